"""What a feed list says of pages, headers and character set, holds for the host of the feed and for nobody else."""

from __future__ import annotations

import apache_beam as beam
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

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


def test_pages_of_the_feeds_host_are_read_in_the_character_set_of_the_list(site: MisbehavingSite) -> None:
    feed = FeedSource("f", site.url("/rss", "old.localhost"), charset="cp949")
    urls = [site.url("/page", "old.localhost"), site.url("/page", "new.localhost")]
    entries = [Entry(str(number), url, SourceKind.FEED, "f", "r") for number, url in enumerate(urls)]
    with BeamPipeline() as pipeline:
        pages = pipeline | beam.Create(entries) | FetchPages(QUICK, ("127.0.0.0/8", "::1"), sources=(feed,))
        assert_that(
            pages.passed | beam.Map(lambda page: (page.entry.key, page.charset)),
            equal_to([("0", "cp949"), ("1", "utf-8")]),
        )
