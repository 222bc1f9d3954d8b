"""The demo newsroom, polled over real HTTP: what its authors say it holds is what the index holds."""

from __future__ import annotations

import json

import pytest

from deploy.local.demo import demo_settings
from deploy.local.newsroom.serve import serve
from pipeline.run_round import run_round
from schemas.settings import RunSettings
from tests.end_to_end.commands import straitwire
from tests.end_to_end.newsroom_truth import articles_by_path, differences, expected
from tests.index_snapshot import snapshot


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom")
    with serve() as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml, encoding="utf-8")
        settings = RunSettings.model_validate({**demo_settings(str(feeds), str(folder / "demo.db")), "poll_all": True})
        report = run_round(settings)
        yield site, settings, report


def test_account_balances(newsroom):
    _, _, report = newsroom
    assert report.balanced
    assert report.articles_after == report.indexed == len(expected()["pages"])


def test_articles_titles_dates_agencies_and_stories_are_as_expected(newsroom):
    site, settings, _ = newsroom
    wrong = differences(articles_by_path(settings.index, site.base_url))
    assert {name: lines for name, lines in wrong.items() if name not in ("topics", "relevant")} == {}


def test_topics_agree_with_the_authors_on_nearly_every_page(newsroom):
    site, settings, _ = newsroom
    wrong = differences(articles_by_path(settings.index, site.base_url))
    pages = len(expected()["pages"])
    assert len(wrong.get("relevant", [])) <= 0.05 * pages, wrong["relevant"]
    assert len(wrong.get("topics", [])) <= 0.2 * pages, wrong["topics"]


def test_a_second_run_changes_nothing_and_asks_for_no_page(newsroom):
    site, settings, _ = newsroom
    before = snapshot(settings.index)
    asked = len(site.requests)
    report = run_round(settings)
    assert report.balanced
    assert report.listed == 0
    assert snapshot(settings.index) == before
    pages = {page["path"] for page in expected()["pages"]}
    assert not [request.path for request in site.requests[asked:] if request.path in pages]


def test_what_was_unreachable_is_named(newsroom):
    _, settings, _ = newsroom
    result = straitwire("report", "--index", settings.index, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["faults"] == []
    assert report["dead_letters"]["fetch_pages: http_not_found"] == 1
    assert report["dead_letters"]["poll_feeds: html_instead_of_feed"] == 1
    assert report["turned_away"]["fetch_pages: forbidden_by_robots"] == 1
    assert report["stories_with_copies"] > 5
