"""What an article and a feed cost, stage by stage: the figures of the capacity model in deploy/README.md.

    python -m tests.benchmarks.stage_costs [repetitions]

The pages of the shared material, each repetition with addresses and a sentence of its own, go through the functions of
each stage, one stage after the other; an Elasticsearch of its own and a web server in another process are at the ends.
CPU milliseconds are of this process; of the index those of the server as well. Feeds are polled twice: new, with twenty
entries, and not modified.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from connectors.feed_poller import PollResult, poll_feeds
from connectors.fetch_pages import fetch_all
from connectors.local_sources import read_entries
from connectors.open_index import open_index
from pipeline.attribute_wire import attribute_article
from pipeline.extract_article import page_to_article
from pipeline.settle_entries import settle
from pipeline.strip_boilerplate import NOTHING_LEARNED, strip_article
from pipeline.tag_topics import tag_article
from pipeline.text.extraction import extract
from schemas.feeds import FeedSource
from schemas.records import Article, Page, SourceKind
from schemas.settings import FetchSettings, RunSettings
from tests.benchmarks.pipeline_cost import write_pages
from tests.elasticsearch_server import ElasticsearchServer
from tests.misbehaving_site import Exchange, MisbehavingSite

FEEDS = 300
ENTRIES = 20
BUNDLE = 50
MINIMUM_BODY = 80
FETCH = FetchSettings(per_host_gap_seconds=0, per_host_concurrency=4, obey_robots=False)
LOOPBACK = ("127.0.0.0/8", "*.localhost")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print one row a stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=1)
    repetitions = parser.parse_args().repetitions
    server = ElasticsearchServer()
    server.start()
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        count = write_pages(Path(folder), repetitions)
        site = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, folder), daemon=True)
        site.start()
        try:
            _measure(Path(folder), count, ours.recv(), server)
        finally:
            ours.send("end")
            site.join(10)
            server.stop()


def _measure(folder: Path, count: int, port: int, server: ElasticsearchServer) -> None:
    index = open_index(f"{server.url}/costs")
    index.setup()
    print(f"{count} pages, ms of each that reached the stage; the machine's load is {os.getloadavg()[0]:.1f}")
    now = datetime.now(UTC)
    local = list(read_entries(RunSettings(files=(str(folder / "*.html.gz"),))))
    entries = [replace(one, url=f"http://127.0.0.1:{port}/pages/{number}", kind=SourceKind.FEED)
               for number, one in enumerate(local)]  # fmt: skip
    pages = timed("fetch", len(entries), lambda: only(Page, fetch_all(entries, FETCH, LOOPBACK, now)))
    extract(pages[0].content, "text/html", "", "")  # loads its models
    articles = timed("extract", len(pages), lambda: [page_to_article(page, _extracted(page)) for page in pages])
    articles = only(Article, articles)
    stripped = timed("strip", len(articles), lambda: [_strip(one) for one in articles])
    stripped = only(Article, stripped)
    attributed = timed("attribute", len(stripped), lambda: [attribute_article(one) for one in stripped])
    tag_article(attributed[0], "all")  # compiles its rules
    tagged = timed("tag", len(attributed), lambda: only(Article, [tag_article(one, "all") for one in attributed]))
    bundles = [tagged[at : at + BUNDLE] for at in range(0, len(tagged), BUNDLE)]
    for name in ("settle: link, write", "settle again, nothing new"):
        timed(name, len(tagged), lambda: [settle(some, index, index.location) for some in bundles], server)
    print(f"{'index on disk':28} {_stored_bytes(server) / len(tagged) / 1024:8.1f} KB an article, entries included")
    print(f"{FEEDS} feeds of {ENTRIES} entries, ms of each feed")
    sources = [FeedSource(f"feed {number}", f"http://f{number}.localhost:{port}/feeds/{number}")
               for number in range(FEEDS)]  # fmt: skip
    polled = timed("poll, all new", FEEDS, lambda: only(PollResult, poll_feeds(sources, {}, FETCH, LOOPBACK, now)))
    timed("settle polls", FEEDS, lambda: settle(polled, index, index.location), server)
    states = {poll.state.feed_id: poll.state for poll in polled}
    later = now + timedelta(days=2)
    again_polled = timed("poll, not modified", FEEDS, lambda: list(poll_feeds(sources, states, FETCH, LOOPBACK, later)))
    timed("settle polls, not modified", FEEDS, lambda: settle(again_polled, index, index.location), server)
    index.close()


def timed(stage: str, count: int, work: Callable[[], Any], server: ElasticsearchServer | None = None) -> Any:
    """What the work gives; prints what it cost a piece."""
    index_before = server_cpu_seconds(server) if server else 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    given = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    row = f"{stage:28} {1000 * cpu / count:8.2f} CPU ms {1000 * wall / count:8.2f} wall ms"
    if server:
        row += f"   Elasticsearch {1000 * (server_cpu_seconds(server) - index_before) / count:8.2f} CPU ms"
    print(row, flush=True)
    return given


def only(kind: type, outcomes: Iterable[Any]) -> list[Any]:
    """Those that went on."""
    return [one for one in outcomes if isinstance(one, kind)]


def _extracted(page: Page) -> Future[Any]:
    """In this process, where the pipeline uses one of its own: the time is the same, and it is counted."""
    made: Future[Any] = Future()
    try:
        zone = page.entry.publication.timezone
        made.set_result(extract(page.content, page.content_type, page.charset, page.url, zone, ""))
    except Exception as error:  # a page that cannot be read costs, too
        made.set_exception(error)
    return made


def _strip(article: Article) -> Any:
    return strip_article(article, MINIMUM_BODY, NOTHING_LEARNED)


def _stored_bytes(server: ElasticsearchServer) -> int:
    for action in ("_refresh", "_forcemerge?max_num_segments=1"):
        request = urllib.request.Request(f"{server.url}/costs*/{action}", method="POST")
        urllib.request.urlopen(request, timeout=300).close()
    with urllib.request.urlopen(f"{server.url}/costs*/_stats/store", timeout=60) as answer:
        return int(json.load(answer)["_all"]["primaries"]["store"]["size_in_bytes"])


def server_cpu_seconds(server: ElasticsearchServer) -> float:
    """CPU seconds of the server's process group so far."""
    group, total = os.getpgid(server.process_id), 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _serve(connection: Connection, folder: str) -> None:
    pages = sorted(Path(folder).glob("*.html.gz"))

    async def page(exchange: Exchange) -> None:
        content = pages[int(exchange.request.path.rsplit("/", 1)[1])].read_bytes()
        await exchange.answer(content, content_type="text/html", Content_Encoding="gzip")

    async def feed(exchange: Exchange) -> None:
        if exchange.request.headers.get("if-none-match") == '"v1"':
            await exchange.answer(b"", 304, ETag='"v1"')
            return
        name = exchange.request.path.rsplit("/", 1)[1]
        items = "".join(_item(f"http://127.0.0.1/{name}/{number}", number) for number in range(ENTRIES))
        text = f"<rss version='2.0'><channel><title>Outlet {name}</title>{items}</channel></rss>"
        await exchange.answer(text.encode(), content_type="application/rss+xml", ETag='"v1"')

    with MisbehavingSite() as site:
        site.serve("/pages/", page)
        site.serve("/feeds/", feed)
        connection.send(site.port)
        connection.recv()


def _item(link: str, number: int) -> str:
    summary = "Delegations met at the harbour and spoke about fares, berths and the weather of the strait. " * 3
    date = f"Mon, 04 May 2026 {number % 24:02d}:00:00 GMT"
    return (f"<item><title>Harbour talks, day {number}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{date}</pubDate><description>{summary}</description></item>")  # fmt: skip


if __name__ == "__main__":
    main()
