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
    assert report["turned_away"]["strip_boilerplate: not_an_article"] == 1
    assert report["stories_with_copies"] > 5


def test_keep_relevant_turns_the_rest_away_once(newsroom, tmp_path):
    site, settings, _ = newsroom
    relevant = settings.model_copy(update={"index": str(tmp_path / "relevant.db"), "keep": "relevant"})
    kept = run_round(relevant)
    assert kept.balanced
    everything = articles_by_path(settings.index, site.base_url)
    assert articles_by_path(relevant.index, site.base_url).keys() == {
        path for path, row in everything.items() if row["relevant"]
    }
    assert kept.total("rejected_")["off_topic"] > 5
    asked = len(site.requests)
    again = run_round(relevant)
    assert (again.listed, again.articles_after) == (0, kept.articles_after)
    pages = {page["path"] for page in expected()["pages"]}
    assert not [request.path for request in site.requests[asked:] if request.path in pages]


def test_copies_are_searched_by_agency_language_and_story(newsroom):
    _, settings, _ = newsroom
    found = json.loads(straitwire("search", "정상회담", "--index", settings.index, "--json").stdout)
    assert found["total"] >= 3
    assert {hit["language"] for hit in found["hits"]} == {"ko"}
    originals = json.loads(
        straitwire("search", "정상회담", "--originals-only", "--index", settings.index, "--json").stdout
    )
    assert 0 < originals["total"] < found["total"]
    story = found["hits"][0]["story_id"]
    members = json.loads(straitwire("search", "--story", story, "--index", settings.index, "--json").stdout)
    told = json.loads(straitwire("story", found["hits"][0]["url"], "--index", settings.index, "--json").stdout)
    assert {hit["article_id"] for hit in members["hits"]} == {row["article_id"] for row in told["articles"]}
    assert told["articles"][0]["story_role"] == "origin"
    kyodo = json.loads(straitwire("search", "--agency", "Kyodo", "--index", settings.index, "--json").stdout)
    assert kyodo["total"] > 0
    assert {hit["agency"] for hit in kyodo["hits"]} == {"Kyodo"}
