"""The one writer of a stream: any order, any bundles, any repetition end in the same documents."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp

from connectors.feed_poller import Outcome as PollOutcome
from connectors.feed_poller import PollResult
from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.apply_retention import DailyRetention
from pipeline.settle_entries import SettleEntries, settle, settle_each
from pipeline.strip_boilerplate import strip_article
from pipeline.write_entries import PENDING
from schemas.errors import Failed, FailReason
from schemas.feeds import FeedSource, FeedState
from schemas.records import Article, Entry, SourceKind
from schemas.revisions import visit_key
from schemas.run_report import RunReport
from schemas.settings import RunSettings
from tests.index_snapshot import snapshot
from tests.prism.shuffles import article

ARTICLES = 60
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def index(tmp_path):
    opened = open_index(str(tmp_path / "index.db"))
    opened.setup()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    opened = open_index(str(tmp_path_factory.mktemp("expected") / "index.db"))
    opened.setup()
    settle([article(number) for number in range(ARTICLES)], opened, opened.location)
    held = snapshot(opened.location)
    opened.close()
    assert max(row["size"] for row in held["stories"].values()) > 2
    return held


@pytest.mark.parametrize("seed", range(4))
def test_any_order_in_any_bundles_with_repetitions_ends_in_the_same_documents(seed, index, expected):
    chance = random.Random(seed)
    left = [article(number) for number in range(ARTICLES)] + [article(number) for number in range(0, ARTICLES, 5)]
    chance.shuffle(left)
    while left:
        size = chance.choice([1, 3, 20])
        settle(left[:size], index, index.location)
        left = left[size:]
    assert snapshot(index.location) == expected


def test_two_bundles_that_a_runner_works_on_at_once_follow_each_other(index, expected):
    bundles = [[article(number) for number in range(first, ARTICLES, 3)] for first in range(3)]
    began = threading.Barrier(len(bundles))
    failed = []

    def work(bundle):
        do_fn = SettleEntries(RunSettings(index=index.location)).do_fn()
        do_fn.setup()
        do_fn.start_bundle()
        for one in bundle:
            do_fn.process(("", one), FakeState(), Timestamp(0), GlobalWindow())
        began.wait()
        try:
            list(do_fn.finish_bundle())
        except Exception as error:
            failed.append(error)
        do_fn.teardown()

    threads = [threading.Thread(target=work, args=(bundle,)) for bundle in bundles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert snapshot(index.location) == expected


class FakeState:
    """A value that nobody has written."""

    def read(self):
        return None

    def write(self, value):
        pass


def test_what_a_bundle_received_is_accounted_for(index):
    outcomes = [article(0), article(0), article(1), Failed("fetch_pages", FailReason.TIMEOUT, "https://one.example/")]
    settled = settle(outcomes, index, index.location)
    left_out = frozenset({"list_entries", "drop_repeated", "drop_seen", "fetch_pages", "extract_article"})
    left_out |= {"strip_boilerplate", "attribute_wire", "tag_topics"}
    report = RunReport("test", NOW, counters=settled.counters, left_out=left_out)
    assert report.balanced
    assert settled.counters["merge_articles"] == {"received": 3, "emitted": 2, "rejected_duplicate": 1}
    assert index.count(Kind.DEAD_LETTERS) == 1


def test_an_article_that_meets_a_bug_is_set_aside_and_stops_no_other(index):
    broken = replace(article(2), published_at=datetime(2026, 11, 20))  # noqa: DTZ001  # a time without a zone is the bug
    outcomes = [article(0), article(1), broken, article(3)]
    settled = settle_each(outcomes, index, index.location)
    decided = {key for one in outcomes for key in one.entry_keys}
    assert set(settled.keys) == decided
    indexed = {row["article_id"] for row in index.scan(Kind.ARTICLES, Filters(), ["article_id"])}
    assert {one.article_id for one in outcomes if one is not broken} <= indexed


def visited(article: Article, body: str = "") -> Article:
    """As it comes back from its page."""
    text = body or article.body
    page = replace(article, entry_keys=(visit_key(article.article_id),), body=text, original_text=text)
    stripped = strip_article(page, minimum_characters=80)
    assert isinstance(stripped, Article)
    return stripped


def test_a_visit_done_twice_leaves_one_revision_and_one_plan_and_is_no_entry(index):
    articles = [article(number) for number in range(4)]
    settle(articles, index, index.location, first_visit_seconds=0.001)
    entries = snapshot(index.location)["entries"]
    assert index.count(Kind.VISITS) == 4
    changed = visited(articles[0], f"{articles[0].body}\n\nThe pier was closed again on Friday, its keeper said.")
    gone = Failed("fetch_pages", FailReason.HTTP_GONE, articles[2].url, entry_key=visit_key(articles[2].article_id))
    outcomes = [changed, visited(articles[1]), gone]
    settled = settle(outcomes, index, index.location, first_visit_seconds=3600)
    assert settled.counters == {
        "revisit_articles": {"received": 3, "emitted": 1, "rejected_not_modified": 1, "failed_http_gone": 1}
    }
    once = [list(index.scan(kind)) for kind in (Kind.VISITS, Kind.REVISIONS)]
    assert [row["body_after"] for row in once[1]] == [changed.body]
    settle(outcomes, index, index.location, first_visit_seconds=3600)
    assert [list(index.scan(kind)) for kind in (Kind.VISITS, Kind.REVISIONS)] == once
    assert snapshot(index.location)["entries"] == entries
    assert index.count(Kind.DEAD_LETTERS) == 0
    held = index.get_many(Kind.ARTICLES, [changed.article_id])[changed.article_id]
    assert (held["body"], held["entry_keys"]) == (changed.body, list(articles[0].entry_keys))


def test_what_has_become_too_old_leaves_the_index_once_a_day(index):
    settle([article(number) for number in range(4)], index, index.location)
    index.write(Kind.ARTICLES, [{**row, "@timestamp": "2020-01-01T00:00:00.000Z"} for row in index.scan(Kind.ARTICLES)])
    now = [0.0]
    daily = DailyRetention(clock=lambda: now[0])
    settings = RunSettings(index=index.location, keep_articles_days=30)
    assert not daily.apply_when_due(index, settings)
    assert index.count(Kind.ARTICLES) == 4
    now[0] = 86_401.0
    assert daily.apply_when_due(index, settings)
    assert index.count(Kind.ARTICLES) == index.count(Kind.STORIES) == 0
    assert not daily.apply_when_due(index, settings)


def test_a_feed_counts_as_polled_when_what_it_lists_is_pending(index):
    entry = Entry("key", "https://one.example/story", SourceKind.FEED, "one.example/rss", "1")
    state = FeedState("one.example/rss", "https://one.example/rss", polled_at=NOW, etag='"1"')
    source = FeedSource("one.example/rss", "https://one.example/rss")
    poll = PollResult(source, state, (entry, entry), PollOutcome.POLLED)
    settled = settle([poll], index, index.location)
    assert settled.keys == ["one.example/rss"]
    assert index.get_many(Kind.ENTRIES, ["key"])["key"]["outcome"] == PENDING
    assert index.get_many(Kind.FEEDS, ["one.example/rss"])["one.example/rss"]["etag"] == '"1"'
    assert settled.counters["drop_repeated_in_feeds"] == {"received": 2, "emitted": 1, "rejected_duplicate": 1}


def test_a_listing_that_comes_while_the_page_is_read_is_not_lost(index):
    """The feed lists a new revision after the old one set out and before it is settled."""
    state = FeedState("one.example/rss", "https://one.example/rss", polled_at=NOW)
    source = FeedSource("one.example/rss", "https://one.example/rss")
    read = article(0)

    def listed(revision: str) -> PollResult:
        entry = Entry(read.entry_keys[0], read.url, SourceKind.FEED, read.source_id, revision)
        return PollResult(source, state, (entry,), PollOutcome.POLLED)

    settle([listed("1")], index, index.location)
    settle([listed("2")], index, index.location)
    settle([read], index, index.location)
    document = index.get_many(Kind.ENTRIES, list(read.entry_keys))[read.entry_keys[0]]
    waits = document["outcome"] == PENDING and '"revision": "2"' in document["entry_json"]
    assert waits or "2" in document["revisions"]
