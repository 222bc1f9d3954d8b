"""5,000 feeds on distinct loopback hosts, mostly unchanged: rounds of ours against a sequential feedparser loop.

``python -m tests.benchmarks.polling [feeds] [rounds]``. The server answers after 50 ms and runs in a process of its
own. Measured: one round in which 95 of 100 feeds answer 304, in feeds/s of both; our memory over further rounds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

import feedparser

from connectors.feed_poller import Outcome, poll_feeds
from schemas.feeds import FeedSource, FeedState
from schemas.settings import FetchSettings

DELAY_SECONDS = 0.05
ENTRIES = 20
CHANGED_OF_HUNDRED = 5
SEQUENTIAL_SAMPLE = 200
"""The sequential loop is measured on this many feeds and its rate taken for all: it would need minutes."""


def main(feeds: int = 5_000, rounds: int = 20) -> None:
    """Measure and print."""
    parent, child = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(child,), daemon=True)
    server.start()
    port = parent.recv()
    try:
        _measure(port, feeds, rounds)
    finally:
        server.kill()
        server.join()


def _measure(port: int, feeds: int, rounds: int) -> None:
    sources = [
        FeedSource(f"feed-{number}", f"http://feed-{number}.localhost:{port}/feed-{number}") for number in range(feeds)
    ]
    settings = FetchSettings(concurrency=256)
    states: dict[str, FeedState] = {}
    now = datetime.now(UTC)
    first, _ = _round(sources, states, settings, now)
    memory, seconds, outcomes = [], [], {}
    for number in range(1, rounds + 1):
        taken, outcomes = _round(sources, states, settings, now + timedelta(days=2 * number))
        seconds.append(taken)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    ours = feeds / min(seconds[:3])
    sequential = _sequential(sources[:SEQUENTIAL_SAMPLE], states)
    print(f"feeds                        {feeds}, of which {outcomes} in the last round")
    print(f"first round                  {feeds / first:8.1f} feeds/s, every feed read in full")
    print(f"straitwire                   {ours:8.1f} feeds/s")
    print(f"sequential feedparser loop   {sequential:8.1f} feeds/s")
    print(f"ratio                        {ours / sequential:8.1f}")
    print(f"peak memory, round by round  {memory} MB")


def _round(
    sources: list[FeedSource], states: dict[str, FeedState], settings: FetchSettings, now: datetime
) -> tuple[float, dict[str, int]]:
    started = time.perf_counter()
    outcomes: dict[str, int] = {}
    for result in poll_feeds(sources, states, settings, ("127.0.0.0/8", "::1"), now):
        states[result.source.feed_id] = result.state
        outcomes[result.outcome.value] = outcomes.get(result.outcome.value, 0) + 1
    if outcomes.get(Outcome.FAILED.value):
        raise SystemExit(f"feeds failed: {outcomes}")
    return time.perf_counter() - started, outcomes


def _sequential(sources: list[FeedSource], states: dict[str, FeedState]) -> float:
    """Feeds a second of the loop that most programs write, validators included."""
    started = time.perf_counter()
    for source in sources:
        # Not every system resolves names below localhost; which loopback name it is makes no difference here.
        address = re.sub(r"//[^:/]+", "//127.0.0.1", source.url)
        parsed = feedparser.parse(address, etag=states[source.feed_id].etag)
        if parsed.get("status") not in (200, 304):
            raise SystemExit(f"the sequential loop got {parsed.get('status')}")
    return len(sources) / (time.perf_counter() - started)


def _serve(connection: Connection) -> None:
    asyncio.run(_serve_until_killed(connection))


async def _serve_until_killed(connection: Connection) -> None:
    server = await asyncio.start_server(_connected, "127.0.0.1", 0, backlog=8192)
    connection.send(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


_VISITS: dict[str, int] = {}


async def _connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
            await asyncio.sleep(DELAY_SECONDS)
            writer.write(_answer(head))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(head: str) -> bytes:
    """304 for a request with a validator, except for one feed in twenty, which has a new entry each time."""
    fields = dict(line.split(": ", 1) for line in head.lower().split("\r\n") if ": " in line)
    host = head.split(" ", 2)[1].lstrip("/")
    number = int(host.rpartition("-")[2])
    is_changing = number % 100 < CHANGED_OF_HUNDRED
    if fields.get("if-none-match") and not is_changing:
        return b'HTTP/1.1 304 Not Modified\r\nETag: "v"\r\n\r\n'
    visit = _VISITS[host] = _VISITS.get(host, 0) + is_changing
    items = "".join(
        f"<item><title>Report number {entry} from desk {number}</title><link>https://{host}.example/{entry}</link>"
        f"<description>Words about report {entry}.</description><pubDate>Fri, 01 May 2026 09:00:00 GMT</pubDate></item>"
        for entry in range(visit, visit + ENTRIES)
    )
    body = f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'.encode()
    return b'HTTP/1.1 200 OK\r\nETag: "v"\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n' % len(body) + body


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
