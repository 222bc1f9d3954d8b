"""Articles that outlets change after they were indexed: looked at again, ever more rarely, and shown as a diff."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.run_round import run_round
from schemas.documents import time_from_text
from tests.end_to_end.live_press import LivePress, let_time_pass, settings_for
from tests.misbehaving_site import MisbehavingSite
from tests.unit.command_line.conftest import straitwire

HOUR = 3600.0


@pytest.fixture
def press():
    with MisbehavingSite() as site:
        yield LivePress(site)


@pytest.fixture(params=["sqlite", "elasticsearch"])
def location(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "news.db")
    return f"{request.getfixturevalue('elasticsearch_url')}/revisits-{request.node.name[-20:-16].strip('[')}"


def rows(location, kind):
    index = open_index(location)
    try:
        return list(index.scan(kind))
    finally:
        index.close()


def visit_all(location, settings):
    assert let_time_pass(location, Kind.VISITS, "next_visit_at")
    report = run_round(settings)
    assert report.balanced
    assert not report.bugs
    return report.counters["revisit_articles"]


def shown(location, url):
    outcome = straitwire("diff", url, "--index", location)
    assert outcome.code == 0, outcome
    told = straitwire("diff", url, "--index", location, "--json")
    return outcome.output, json.loads(told.output)


def test_changes_are_revisions_with_a_word_diff_and_corrections_are_flagged(press, location, tmp_path):
    english = press.publish("harbour.localhost", "/news/en")
    korean = press.publish("pohang.localhost", "/news/ko", "ko", "포항의 배")
    japanese = press.publish("minato.localhost", "/news/ja", "ja", "港の船")
    press.publish("quiet.localhost", "/news/same")
    settings = settings_for(location, press.write_list(tmp_path / "feeds.yaml"), revisit_after_seconds=HOUR)
    assert run_round(settings).indexed == 4
    asked = len(press.site.log)
    assert run_round(settings).balanced
    assert len(press.site.log) == asked, "nothing is due within the hour, neither feed nor page"
    assert visit_all(location, settings) == {"received": 4, "rejected_not_modified": 4}

    english.title = "Boats of harbour leave early"
    english.paragraphs[1] = english.paragraphs[1].replace("crates", "barrels")
    english.paragraphs.append("Correction: an earlier version of this article gave the wrong number of crates.")
    korean.paragraphs[0] = korean.paragraphs[0].replace("당국자들은", "당국자들이")
    japanese.paragraphs[0] = japanese.paragraphs[0].replace("箱", "樽")
    japanese.paragraphs.append("【訂正】初出時、箱の数に誤りがありました。")
    assert visit_all(location, settings) == {"received": 4, "emitted": 3, "rejected_not_modified": 1}

    text, told = shown(location, press.url("harbour.localhost", "/news/en"))
    assert "CORRECTION" in text
    assert "{+leave early+}" in text
    assert "[-crates-]{+barrels+}" in text
    assert "4 unchanged paragraphs" in text
    (revision,) = told["revisions"]
    assert revision["changed"] == ["headline", "body"]
    assert revision["correction"]
    assert revision["notices"][0]["text"].startswith("Correction:")
    assert {"op": "deleted", "text": "crates"} in revision["body"]
    assert told["title"] == "Boats of harbour leave early", "the index holds the latest text"

    listed = straitwire("diff", "--index", location).output
    assert "3 of 3 revisions" in listed
    assert listed.count("CORRECTION") == 2

    text, told = shown(location, press.url("pohang.localhost", "/news/ko"))
    assert "당국자들[-은-]{+이+}" in text
    assert not told["revisions"][0]["correction"]
    text, told = shown(location, press.url("minato.localhost", "/news/ja"))
    assert "[-箱-]{+樽+}" in text
    assert told["revisions"][0]["correction"]
    text, told = shown(location, press.url("quiet.localhost", "/news/same"))
    assert "no change was seen" in text
    assert told["revisions"] == []


def test_a_page_is_visited_ever_more_rarely_and_a_withdrawn_one_not_at_all(press, tmp_path):
    location = str(tmp_path / "news.db")
    press.publish("harbour.localhost", "/news/stays")
    withdrawn = press.publish("harbour.localhost", "/news/withdrawn")
    settings = settings_for(location, press.write_list(tmp_path / "feeds.yaml"), revisit_after_seconds=HOUR)
    run_round(settings)
    withdrawn.status = 404
    for _ in range(2):
        visit_all(location, settings)
    visits = {row["url"].rpartition("/")[2]: row for row in rows(location, Kind.VISITS)}
    stays = visits["stays"]
    waits = time_from_text(stays["next_visit_at"]) - time_from_text(stays["visited_at"])
    assert (stays["visits"], round(waits / timedelta(hours=9))) == (2, 1)
    assert (visits["withdrawn"]["visits"], visits["withdrawn"]["next_visit_at"]) == (2, None)
    assert len(rows(location, Kind.ARTICLES)) == 2, "what was withdrawn stays in the index"
    assert not rows(location, Kind.DEAD_LETTERS)


def test_an_entry_that_its_feed_announces_as_changed_leaves_a_revision_without_revisits(press, tmp_path):
    location = str(tmp_path / "news.db")
    page = press.publish("harbour.localhost", "/news/en")
    settings = settings_for(location, press.write_list(tmp_path / "feeds.yaml"))
    run_round(settings)
    assert not rows(location, Kind.VISITS)
    page.title, page.paragraphs[0] = "Boats stay at home", "Nobody left the harbour, officials said on Monday."
    let_time_pass(location, Kind.FEEDS, "next_poll_at")
    assert run_round(settings).balanced
    (revision,) = rows(location, Kind.REVISIONS)
    assert revision["changed"] == ["headline", "body"]
    assert revision["title_after"] == "Boats stay at home"
    assert run_round(settings).balanced
    assert len(rows(location, Kind.REVISIONS)) == 1


def test_an_address_that_leads_to_another_article_changes_nothing(press, tmp_path):
    location = str(tmp_path / "news.db")
    press.publish("harbour.localhost", "/news/first")
    settings = settings_for(location, press.write_list(tmp_path / "feeds.yaml"), revisit_after_seconds=HOUR)
    run_round(settings)
    before = rows(location, Kind.ARTICLES)
    press.publish("harbour.localhost", "/news/second")

    async def moved(exchange):
        await exchange.redirect("/news/second")

    press.site.serve("/news/first", moved)
    counts = visit_all(location, settings)
    assert counts == {"received": 1, "rejected_duplicate": 1}
    assert rows(location, Kind.ARTICLES) == before
    assert not rows(location, Kind.REVISIONS)
