"""Pages that a stream visits, over real HTTP."""

from __future__ import annotations

from pathlib import Path

import yaml

from connectors.fetch_pages import Errand
from pipeline.visit_hosts import _VisitDoFn
from schemas.records import Entry, Publication, SourceKind
from schemas.settings import RunSettings
from tests.misbehaving_site import MisbehavingSite


class _State:
    def write(self, value: int) -> None:
        """Kept by a runner, and of no matter here."""


def test_pages_get_the_headers_of_their_feed_and_other_hosts_do_not(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("READER_PASS", "s3cret")
    with MisbehavingSite() as site:
        feed = {"id": "own", "url": site.url("/feed"), "headers": {"X-Pass": "${READER_PASS}"}}
        listed = tmp_path / "feeds.yaml"
        listed.write_text(yaml.safe_dump({"feeds": [feed]}), encoding="utf-8")
        settings = RunSettings(feeds=(str(listed),), allow_private=("127.0.0.0/8", "::1"))
        own, other = site.url("/page?own"), site.url("/page?other", "other.localhost")
        fetcher = _VisitDoFn(settings, 1)
        fetcher.start_bundle()
        for url in (own, other):
            entry = Entry("k", url, SourceKind.FEED, "own", "r", Publication("Outlet"))
            fetcher.process(("partition", Errand(entry, url)), visited=_State(), timestamp=0, window=None)
        listed.write_text("feeds: [", encoding="utf-8")
        list(fetcher.finish_bundle())
        assert [asked.headers.get("x-pass") for asked in site.asked("/page?own")] == [None], "the list was never read"

        listed.write_text(yaml.safe_dump({"feeds": [feed]}), encoding="utf-8")
        fetcher.process(("partition", Errand(entry, own)), visited=_State(), timestamp=0, window=None)
        fetcher.process(("partition", Errand(entry, other)), visited=_State(), timestamp=0, window=None)
        list(fetcher.finish_bundle())
        assert site.asked("/page?own")[-1].headers.get("x-pass") == "s3cret"
        assert "x-pass" not in site.asked("/page?other")[-1].headers
