"""The transform: entries, states and failures, for the feeds that are due by the index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apache_beam import Create, Map
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.poll_feeds import PollFeeds
from schemas.errors import ConfigError, FailReason
from schemas.feeds import FeedSource, FeedState, feed_state_to_document
from tests.unit.feeds.feed_server import ALLOWED, SETTINGS, START, Feed


@pytest.fixture
def index_location(tmp_path):
    location = str(tmp_path / "index.db")
    index = open_index(location)
    index.setup()
    index.close()
    return location


def poll(sources, index_location, entries, failed, states):
    with BeamPipeline() as pipeline:
        polled = pipeline | Create(sources) | PollFeeds(index_location, SETTINGS, ALLOWED, START)
        assert_that(polled.entries | "Urls" >> Map(lambda entry: entry.url), equal_to(entries), "entries")
        assert_that(polled.failed | "Reasons" >> Map(lambda one: (one.url, one.reason)), equal_to(failed), "failed")
        assert_that(polled.states | "Ids" >> Map(lambda state: state.feed_id), equal_to(states), "states")
    return _counters(pipeline)


def _counters(pipeline):
    counters = pipeline.result.metrics().query()["counters"]
    return {
        metric.key.metric.name: metric.result
        for metric in counters
        if metric.key.metric.namespace == "straitwire.poll_feeds"
    }


def test_due_feeds_give_entries_states_and_failures(site, index_location):
    good, wall = Feed(site, "/good"), FeedSource("wall", site.url("/page"))
    waiting, empty = Feed(site, "/waiting"), Feed(site, "/empty", b"<rss><channel><title>x</title></channel></rss>")
    index = open_index(index_location)
    state = FeedState("/waiting", waiting.source.url, next_poll_at=START + timedelta(hours=1))
    index.write(Kind.FEEDS, [feed_state_to_document(state)])
    index.close()
    counters = poll(
        [good.source, wall, waiting.source, empty.source],
        index_location,
        entries=["https://news.example/a", "https://news.example/b"],
        failed=[(wall.url, FailReason.HTML_INSTEAD_OF_FEED)],
        states=["/good", "wall", "/empty"],
    )
    assert not waiting.asked()
    assert counters == {
        "received": 4, "emitted": 1, "entries": 2, "rejected_not_due": 1, "rejected_empty_feed": 1,
        "failed_html_instead_of_feed": 1,
    }  # fmt: skip


def test_redirect_to_another_host_is_followed_in_the_second_pass(site, index_location):
    feed, _ = Feed(site, "/old"), Feed(site, "/new")
    feed.location, feed.status = site.url("/new", "elsewhere.localhost"), 301
    others = [FeedSource(f"o{n}", site.url("/page", f"host{n}.localhost")) for n in range(3)]
    poll(
        [feed.source, *others],
        index_location,
        entries=["https://news.example/a", "https://news.example/b"],
        failed=[(one.url, FailReason.HTML_INSTEAD_OF_FEED) for one in others],
        states=["/old", "o0", "o1", "o2"],
    )
    assert len(site.asked("/new")) == 1


def test_feed_that_has_moved_to_another_host_is_asked_in_the_second_pass(site, index_location):
    feed, _ = Feed(site, "/old"), Feed(site, "/new")
    index = open_index(index_location)
    moved = FeedState("/old", site.url("/new", "elsewhere.localhost"), listed_url=feed.source.url)
    index.write(Kind.FEEDS, [feed_state_to_document(moved)])
    index.close()
    entries = ["https://news.example/a", "https://news.example/b"]
    counters = poll([feed.source], index_location, entries, failed=[], states=["/old"])
    assert [row.host for row in site.log] == ["elsewhere.localhost"]
    assert counters == {"received": 1, "emitted": 1, "entries": 2}


def test_wrong_permission_fails_at_construction():
    with pytest.raises(ConfigError):
        PollFeeds("index.db", SETTINGS, ("not a network/99",), START)


def test_no_feeds_no_results(index_location):
    assert poll([], index_location, [], [], []) == {}
