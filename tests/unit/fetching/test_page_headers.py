"""A feed's own headers go to the pages of its host, and to nobody else."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline

from pipeline.fetch_pages import FetchPages
from schemas.feeds import FeedSource
from schemas.records import Entry, SourceKind
from schemas.settings import FetchSettings
from tests.misbehaving_site import MisbehavingSite

QUICK = FetchSettings(per_host_gap_seconds=0, attempts=1, obey_robots=False)


def test_pages_of_the_feeds_host_get_its_headers_and_others_do_not(site: MisbehavingSite, monkeypatch) -> None:
    monkeypatch.setenv("EXAMPLE_SESSION", "secret")
    feed = FeedSource("f", site.url("/rss", "paid.localhost"), headers=(("Cookie", "session=${EXAMPLE_SESSION}"),))
    free = site.url("/page", "free.localhost")
    urls = [site.url("/page", "paid.localhost"), free, site.url(f"/to?{free}", "paid.localhost")]
    entries = [Entry(str(number), url, SourceKind.FEED, "f", "r") for number, url in enumerate(urls)]
    entries.append(Entry("other", site.url("/pages/2", "paid.localhost"), SourceKind.FEED, "another feed", "r"))
    with BeamPipeline() as pipeline:
        _ = pipeline | beam.Create(entries) | FetchPages(QUICK, ("127.0.0.0/8", "::1"), sources=(feed,))
    cookies = {(row.host, row.path.partition("?")[0]): row.headers.get("cookie") for row in site.log}
    assert cookies == {
        ("paid.localhost", "/page"): "session=secret",
        ("paid.localhost", "/to"): "session=secret",
        ("free.localhost", "/page"): None,
        ("paid.localhost", "/pages/2"): None,
    }
