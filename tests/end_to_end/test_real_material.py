"""Real pages and real feeds of the shared material, through the product: everything is accounted for."""

from __future__ import annotations

import http.server
import json
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.flow import poll_feeds
from pipeline.run_round import run_pipeline
from schemas.errors import FailReason
from schemas.feeds import FeedSource, feed_state_from_document
from schemas.settings import FetchSettings, RunSettings
from tests.end_to_end.commands import straitwire
from tests.shared_material import shared_path


@pytest.mark.slow
def test_every_real_page_is_accounted_for(tmp_path):
    pages = shared_path("eval", "extraction")
    count = len(list(pages.glob("*/html/*.html.gz")))
    index = str(tmp_path / "pages.db")
    result = straitwire("run", "--files", str(pages / "*" / "html" / "*.html.gz"), "--index", index, "--json")
    assert result.returncode == 0, result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert report["balanced"]
    assert report["listed"] == count
    assert report["articles_after"] + report["rejected"] + report["failed"] == count
    assert report["articles_after"] >= 0.97 * count
    assert straitwire("report", "--index", index, "--json").returncode == 0


class _FeedHandler(http.server.BaseHTTPRequestHandler):
    files: tuple[Path, ...] = ()
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = self.path.strip("/")
        if place.isdigit():
            body, content_type = self.files[int(place)].read_bytes(), "application/xml"
        elif place == "wall":
            body, content_type = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>", "text/html"
        elif place == "empty":
            body, content_type = b"", "application/rss+xml"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def feed_server():
    folder = shared_path("eval", "feeds")
    suffixes = (".xml", ".json", ".rss", ".atom", ".rdf")
    # A .serde.json file beside a feed is what some parser made of it, no feed.
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in suffixes and ".serde" not in path.suffixes]
    handler = type("Handler", (_FeedHandler,), {"files": tuple(files)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", files
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_every_real_feed_gives_entries_or_a_typed_failure(feed_server, tmp_path):
    base, files = feed_server
    paths = [*map(str, range(len(files))), "wall", "empty", "missing"]
    sources = [FeedSource(feed_id=f"feed-{path}", url=f"{base}/{path}") for path in paths]
    fetch = FetchSettings(per_host_gap_seconds=0, per_host_concurrency=16, obey_robots=False, attempts=1)
    settings = RunSettings(index=str(tmp_path / "feeds.db"), allow_private=("127.0.0.1",), fetch=fetch)
    index = open_index(settings.index)
    index.setup()
    counters = run_pipeline(sources, partial(poll_feeds, settings=settings, now=datetime.now(UTC)))["poll_feeds"]
    states = {row["feed_id"]: feed_state_from_document(row) for row in index.scan(Kind.FEEDS, Filters())}
    entries = index.count(Kind.ENTRIES)
    index.close()
    turned_away = sum(value for name, value in counters.items() if name.startswith(("failed_", "rejected_")))
    assert counters["received"] == len(sources) == counters["emitted"] + turned_away
    assert states.keys() == {source.feed_id for source in sources}
    assert states["feed-wall"].failure == FailReason.HTML_INSTEAD_OF_FEED
    assert states["feed-empty"].failure == FailReason.EMPTY_BODY
    assert states["feed-missing"].failure == FailReason.HTTP_NOT_FOUND
    typed = {reason.value for reason in FailReason} | {"empty_feed"}
    for state in states.values():
        assert state.entries > 0 or state.failure in typed, state.feed_id
    assert entries > 1000
    # Most files of parsers' test suites hold no entry, or one without link and text: 593 do when this is written.
    assert sum(state.entries > 0 for state in states.values()) >= 590
