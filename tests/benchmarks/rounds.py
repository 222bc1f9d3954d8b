"""Memory of ``straitwire run --every`` over many rounds, as the system sees it, children included.

``python -m tests.benchmarks.rounds [feeds] [rounds]``. Every round polls all feeds (1,200 on distinct loopback hosts),
of which one in twenty has a new article, which is fetched, read and indexed. Printed: resident memory after each
round and the slope of a straight line through the second half of them. Linux only: it reads /proc.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import yaml

from tests.end_to_end.commands import PROJECT

NEW_OF_TWENTY = 1
_WORDS = ("harbour", "ferry", "crate", "envoy", "port", "quota", "signal", "winter", "ledger", "anchor", "market")


def main(feeds: int = 1_200, rounds: int = 20) -> None:
    """Measure and print."""
    parent, child = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(child,), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(parent.recv(), feeds, rounds, Path(folder))
    finally:
        server.kill()
        server.join()


def _measure(port: int, feeds: int, rounds: int, folder: Path) -> None:
    urls = [f"http://feed{number}.localhost:{port}/feed" for number in range(feeds)]
    fetch = {"per_host_gap_seconds": 0, "obey_robots": False, "concurrency": 128}
    values = {"index": str(folder / "news.db"), "allow_private": ["127.0.0.0/8", "::1"], "poll_all": True}
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"feeds": urls}))
    (folder / "settings.yaml").write_text(
        yaml.safe_dump({**values, "feeds": [str(folder / "feeds.yaml")], "fetch": fetch})
    )
    command = [sys.executable, "-m", "pipeline", "run", "--settings", str(folder / "settings.yaml"), "--every", "1s"]
    process = subprocess.Popen(
        [*command, "--json"], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    resident, articles = [], 0
    try:
        assert process.stdout is not None
        for line in process.stdout:
            report = json.loads(line)
            resident.append(_resident_megabytes(process.pid))
            new, articles = report["articles_after"] - articles, report["articles_after"]
            print(f"round {len(resident):2}  {resident[-1]:6.1f} MB  {new:5} new articles", flush=True)
            if not report["balanced"]:
                raise SystemExit("the account does not balance")
            if len(resident) == rounds:
                break
        else:
            raise SystemExit("the rounds ended")
    finally:
        process.terminate()
        process.wait(30)
    half = resident[len(resident) // 2 :]
    print(f"slope over the last {len(half)} rounds: {_slope(half):+.2f} MB a round")


def _slope(values: list[float]) -> float:
    """Of the least-squares line."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((place - middle) ** 2 for place in range(len(values)))
    return sum((place - middle) * (value - mean) for place, value in enumerate(values)) / (spread or 1)


def _resident_megabytes(number: int) -> float:
    """Of a process and its children, memory they share counted once."""
    children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    kilobytes = 0
    for one in (number, *children):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


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
            writer.write(_answer(head))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(head: str) -> bytes:
    fields = dict(line.split(": ", 1) for line in head.lower().split("\r\n") if ": " in line)
    address, path = fields["host"], head.split(" ", 2)[1]
    number = int(address.partition(".")[0].removeprefix("feed"))
    if path != "/feed":
        return _page(number, int(path.rpartition("/")[2]))
    visit = _VISITS[address] = _VISITS.get(address, 0) + 1
    newest = sum((number + earlier) % 20 < NEW_OF_TWENTY for earlier in range(visit))
    tag = f'"{newest}"'
    if fields.get("if-none-match") == tag:
        return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
    items = "".join(
        f"<item><title>Report {entry} of {number}</title><link>http://{address}/news/{entry}</link></item>"
        for entry in range(max(0, newest - 20), newest)
    )
    body = f'<rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'
    return _response(body, "text/xml", f"ETag: {tag}\r\n")


def _page(feed: int, entry: int) -> bytes:
    words = [_WORDS[(feed * 7 + entry * 13 + place * place) % len(_WORDS)] for place in range(300)]
    sentences = [" ".join(words[start : start + 15]) + f" {feed * start + entry}." for start in range(0, 300, 15)]
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return _response(f"<html><head><title>Report {entry}</title></head><body>{paragraphs}</body></html>", "text/html")


def _response(body: str, content_type: str, more: str = "") -> bytes:
    content = body.encode()
    head = f"HTTP/1.1 200 OK\r\n{more}Content-Type: {content_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
