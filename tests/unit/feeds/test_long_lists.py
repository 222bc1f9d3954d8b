"""A list far longer than feeds are is remembered whole, with the counts of any other."""

from __future__ import annotations

from functools import partial

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.flow import poll_feeds
from pipeline.poll_feeds import LONG_LIST
from pipeline.run_round import run_pipeline
from schemas.run_report import RunReport
from schemas.settings import RunSettings
from tests.unit.feeds.feed_server import ALLOWED, SETTINGS, START, Feed, document


def test_every_entry_of_a_long_list_is_pending_and_counted(site, tmp_path):
    entries = LONG_LIST + 700
    feed = Feed(site, "/long", document(*[f"n{number}" for number in range(entries)]))
    settings = RunSettings(index=str(tmp_path / "index.db"), allow_private=ALLOWED, fetch=SETTINGS)
    index = open_index(settings.index)
    index.setup()
    report = RunReport("test", START)
    report.add(run_pipeline([feed.source], partial(poll_feeds, settings=settings, now=START)))
    assert report.balanced
    assert report.counters["poll_feeds"] == {"received": 1, "emitted": 1, "entries": entries}
    assert report.counters["drop_seen_in_feeds"] == {"received": entries, "emitted": entries, "rejected_seen": 0}
    pending = list(index.scan(Kind.ENTRIES))
    index.close()
    assert len(pending) == entries
    assert {row["outcome"] for row in pending} == {"pending"}
