"""What one feed says stops neither the round nor the other feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.flow import poll_feeds
from pipeline.run_round import run_pipeline
from pipeline.write_pending_entries import WritePendingEntries
from schemas.entry_json import entry_to_json
from schemas.errors import FailReason
from schemas.feeds import FeedSource
from schemas.records import Entry, SourceKind
from schemas.settings import FetchSettings, RunSettings
from tests.misbehaving_site import MisbehavingSite

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FETCH = FetchSettings(per_host_gap_seconds=0, attempts=1)


@pytest.fixture
def site():
    with MisbehavingSite() as running:
        yield running


def document(name: str, title: str = "Talks") -> bytes:
    item = f"<item><title>{title}</title><link>https://news.example/{name}</link></item>"
    return f'<rss version="2.0"><channel><title>News</title>{item}</channel></rss>'.encode()


def serve(site: MisbehavingSite, path: str, body: bytes, content_type: str = "application/rss+xml", **headers: str):
    async def answer(exchange):
        await exchange.answer(body, 200, content_type, **headers)

    site.serve(path, answer)
    return FeedSource(path, site.url(path))


def polled(tmp_path, *sources: FeedSource):
    settings = RunSettings(index=str(tmp_path / "index.db"), allow_private=("127.0.0.0/8", "::1"), fetch=FETCH)
    index = open_index(settings.index)
    index.setup()
    run_pipeline(sources, partial(poll_feeds, settings=settings, now=NOW))
    held = {kind: list(index.scan(kind)) for kind in (Kind.ENTRIES, Kind.FEEDS, Kind.DEAD_LETTERS)}
    index.close()
    return held


def test_header_bytes_that_are_no_text_are_no_reason_to_stop(site, tmp_path):
    hostile = serve(site, "/hostile", document("a"), "application/rss+xml; charset=\udce9", ETag='"caf\udce9"')
    held = polled(tmp_path, hostile, serve(site, "/other", document("b")))
    assert {row["url"] for row in held[Kind.ENTRIES]} == {"https://news.example/a", "https://news.example/b"}
    assert {row["feed_id"]: row["etag"] for row in held[Kind.FEEDS]} == {"/hostile": '"caf\ufffd"', "/other": ""}


def test_an_entry_that_the_index_refuses_is_a_dead_letter_and_the_others_are_pending(tmp_path):
    location = str(tmp_path / "index.db")
    index = open_index(location)
    index.setup()
    good = Entry("k" * 32, "https://news.example/a", SourceKind.FEED, "feed", "r1")
    refused = replace(good, key="k" * 600, url="https://news.example/b")  # longer than any backend takes
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        pending = pipeline | beam.Create([good, refused]) | WritePendingEntries(location)
        assert_that(pending.passed, equal_to([good.key]), "passed")
        failed = pending.failed | beam.Map(lambda failed: (failed.reason, failed.url, failed.entry_json))
        assert_that(failed, equal_to([(FailReason.INDEX_REJECTED, refused.url, entry_to_json(refused))]), "failed")
    assert [row["entry_key"] for row in index.scan(Kind.ENTRIES)] == [good.key]
    index.close()
