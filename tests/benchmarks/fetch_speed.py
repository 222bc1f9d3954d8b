"""How fast one round over thousands of hosts is, against a sequential feedparser loop, and whether memory stays flat.

    python -m tests.benchmarks.fetch_speed [--hosts 5000] [--rounds 20] [--sample 200]

A loopback server in a process of its own answers after 50 ms: 304 to nine feeds in ten, a feed of 20 entries to the
tenth. Both sides send validators and parse what is new with feedparser. The sequential loop runs over a sample of the
same feeds, since all of them would take minutes; its speed does not depend on how many there are.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import time
from multiprocessing.connection import Connection
from pathlib import Path

import feedparser

from connectors.host_politeness import HostMemory
from connectors.http_client import FEED_TYPES, HttpClient
from schemas.settings import FetchSettings
from tests.misbehaving_site import Exchange, MisbehavingSite

LATENCY_SECONDS = 0.05
_ITEM = "<item><title>Harbour talks, day {0}</title><link>http://outlet.localhost/{0}</link><guid>{0}</guid></item>"
FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>Harbour Daily</title>"
    + "".join(_ITEM.format(number) for number in range(20))
    + "</channel></rss>"
).encode()


async def _feed(exchange: Exchange) -> None:
    changed = exchange.request.path.endswith("0")
    if not changed and exchange.request.headers.get("if-none-match") == '"v1"':
        await exchange.answer(b"", 304, ETag='"v1"')
    else:
        await exchange.answer(FEED, content_type="application/rss+xml", ETag='"v1"')
    exchange.site.log.clear()  # memory of the server is not what is measured


def _serve(connection: Connection) -> None:
    with MisbehavingSite(delay_seconds=LATENCY_SECONDS) as site:
        site.serve("/feeds/", _feed)
        connection.send(site.port)
        connection.recv()


def _sequential(port: int, sample: int) -> float:
    """Feeds per second of the plain loop."""
    started = time.perf_counter()
    for number in range(sample):
        parsed = feedparser.parse(f"http://127.0.0.1:{port}/feeds/{number}", etag='"v1"')
        assert parsed.status in (200, 304)
    return sample / (time.perf_counter() - started)


async def _round(port: int, hosts: int, settings: FetchSettings, memory: HostMemory) -> tuple[float, int]:
    """(seconds, entries found) of one round over all hosts."""
    started = time.perf_counter()
    found = 0

    async def poll(client: HttpClient, number: int) -> None:
        nonlocal found
        url = f"http://outlet{number}.localhost:{port}/feeds/{number}"
        response = await client.get(url, accept=FEED_TYPES, etag='"v1"', obey_robots=False)
        if not response.not_modified:
            found += len(feedparser.parse(response.content).entries)

    async with HttpClient(settings, ("*.localhost",), memory=memory) as client, asyncio.TaskGroup() as group:
        for number in range(hosts):
            group.create_task(poll(client, number))
    return time.perf_counter() - started, found


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--hosts", type=int, default=5000)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--sample", type=int, default=200)
    options = arguments.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,))
    server.start()
    try:
        port = ours.recv()
        baseline = _sequential(port, options.sample)
        print(f"sequential feedparser loop: {baseline:8.1f} feeds/s ({options.sample} feeds)")
        settings = FetchSettings(contact="https://straitwire.example/bot")
        memory = HostMemory()
        speeds = []
        for number in range(1, options.rounds + 1):
            seconds, found = asyncio.run(_round(port, options.hosts, settings, memory))
            assert found == 20 * len(range(0, options.hosts, 10))
            speeds.append(options.hosts / seconds)
            print(
                f"round {number:2}: {speeds[-1]:8.1f} feeds/s, {seconds:6.2f} s, {found} entries, "
                f"{_resident_megabytes():6.1f} MB resident"
            )
        print(f"straitwire: {min(speeds):.1f} feeds/s at worst, {min(speeds) / baseline:.1f}x the sequential loop")
    finally:
        ours.send("stop")
        server.join(10)


if __name__ == "__main__":
    main()
