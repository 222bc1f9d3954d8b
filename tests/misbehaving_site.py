"""A loopback web server that does everything that servers should not, and logs what it was asked, when.

Start it as a context manager; it listens on 127.0.0.1 and answers for every ``*.localhost`` name. What it does
depends on the path alone (see ``_ROUTES``), so that many host names can misbehave at once. Tests add paths of
their own with :meth:`MisbehavingSite.serve`.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import ssl
import threading
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import brotli
import zstandard

PAGE = (
    b"<!doctype html><html lang=en><head><title>Harbour talks resume</title></head>"
    b"<body><article><p>Delegates met at the harbour on Monday.</p></article></body></html>"
)
KOREAN_PAGE = (
    "<html><body><p>항구 회담이 월요일 다시 열렸다. 똠방각하</p></body></html>"  # "The harbour talks reopened"
)
_TICK_SECONDS = 0.05


@dataclass(slots=True)
class LoggedRequest:
    """One request as the server saw it; times in seconds of the monotonic clock."""

    host: str
    path: str
    headers: dict[str, str]
    started: float
    ended: float = float("inf")
    sent_bytes: int = 0


@dataclass(slots=True)
class Exchange:
    """A request being answered."""

    site: MisbehavingSite
    request: LoggedRequest
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        self.request.sent_bytes += len(data)
        await self.writer.drain()

    async def answer(
        self, body: bytes = PAGE, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
    ) -> None:
        """A well-formed answer. Header names are written with underscores."""
        lines = [f"HTTP/1.1 {status} Said"]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(body)}")
        await self.send("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body)

    async def redirect(self, target: str, status: int = 302, **headers: str) -> None:
        await self.answer(b"", status, Location=target, **headers)

    def visit(self) -> int:
        """How often this host's path was asked for, this time included."""
        return self.site.visits[self.request.host, self.request.path]


Handler = Callable[[Exchange], Awaitable[None]]


class MisbehavingSite:
    """The server. ``log`` holds every request in order of arrival."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, delay_seconds: float = 0.0) -> None:
        self.log: list[LoggedRequest] = []
        self.visits: Counter[tuple[str, str]] = Counter()
        self.robots: dict[str, tuple[int, bytes]] = {}
        self.port = 0
        self._delay_seconds = delay_seconds
        self._routes: dict[str, Handler] = dict(_ROUTES)
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="misbehaving-site", daemon=True)

    def __enter__(self) -> MisbehavingSite:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str, host: str = "site.localhost") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def serve(self, path: str, handler: Handler) -> None:
        """Answer this path, or every path below it when it ends with a slash, with the handler."""
        self._routes[path] = handler

    def asked(self, path: str, host: str = "") -> list[LoggedRequest]:
        return [row for row in self.log if row.path == path and host in ("", row.host)]

    def smallest_gaps(self) -> dict[str, float]:
        """Shortest time between the arrivals of two requests, per host with at least two."""
        arrivals = _by_host(self.log)
        return {
            host: min(later.started - earlier.started for earlier, later in itertools.pairwise(rows))
            for host, rows in arrivals.items()
            if len(rows) > 1
        }

    def most_in_flight(self) -> dict[str, int]:
        """Most requests at one moment, per host."""
        return {host: _most_at_once(rows) for host, rows in _by_host(self.log).items()}

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
                while await self._answer_one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first_byte = await reader.readexactly(1)
        if first_byte == b"\x16":  # a TLS greeting to a plain port
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return False
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        started = time.monotonic()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        host = headers.get("host", "").partition(":")[0]
        request = LoggedRequest(host, first.split(" ")[1], headers, started)
        self.log.append(request)
        self.visits[host, request.path] += 1
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        try:
            await self._handler(request.path.partition("?")[0])(Exchange(self, request, writer))
        finally:
            request.ended = time.monotonic()
        return not writer.is_closing()

    def _handler(self, path: str) -> Handler:
        if path in self._routes:
            return self._routes[path]
        parts = path.split("/")
        for end in range(len(parts) - 1, 0, -1):
            folder = "/".join(parts[:end]) + "/"
            if folder in self._routes:
                return self._routes[folder]
        return _not_found


def self_signed_certificate(folder: Path, name: str = "site.localhost", days: int = 2) -> tuple[Path, Path]:
    """Certificate and key files for the name, made now; ``days`` below zero makes an expired one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = datetime.now(UTC) + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@cache
def gzip_bomb(decoded_bytes: int) -> bytes:
    """About a thousandth of its decoded size: members of zeros, one after the other."""
    member = gzip.compress(bytes(10_000_000), 9)
    return member * (decoded_bytes // 10_000_000)


@cache
def zstd_bomb(decoded_bytes: int) -> bytes:
    frame = zstandard.ZstdCompressor().compress(bytes(10_000_000))
    return frame * (decoded_bytes // 10_000_000)


@cache
def brotli_bomb(decoded_bytes: int) -> bytes:
    """Zeros; after the first piece every further one is compressed to the same bytes."""
    compressor = brotli.Compressor(quality=5)
    first, second = (compressor.process(bytes(10_000_000)) + compressor.flush() for _ in range(2))
    return first + second * (decoded_bytes // 10_000_000 - 1) + compressor.finish()


def _by_host(log: Iterable[LoggedRequest]) -> dict[str, list[LoggedRequest]]:
    rows: dict[str, list[LoggedRequest]] = defaultdict(list)
    for row in sorted(log, key=lambda row: row.started):
        rows[row.host].append(row)
    return rows


def _most_at_once(rows: list[LoggedRequest]) -> int:
    # An answer that ends at the very moment a request starts is over: ends sort first.
    moments = sorted([(row.started, 1) for row in rows] + [(row.ended, -1) for row in rows])
    at_once = most = 0
    for _, change in moments:
        at_once += change
        most = max(most, at_once)
    return most


async def _not_found(exchange: Exchange) -> None:
    await exchange.answer(b"<p>nothing here</p>", 404)


async def _page(exchange: Exchange) -> None:
    await exchange.answer()


async def _robots(exchange: Exchange) -> None:
    status, content = exchange.site.robots.get(exchange.request.host, (404, b""))
    await exchange.answer(content, status, "text/plain")


async def _status(exchange: Exchange) -> None:
    await exchange.answer(b"<p>no</p>", int(exchange.request.path.rsplit("/", 1)[1]))


async def _echo(exchange: Exchange) -> None:
    await exchange.answer(json.dumps(exchange.request.headers).encode(), 200, "text/plain")


async def _slow_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Wait: ")
    while True:
        await exchange.send(b"z")
        await asyncio.sleep(_TICK_SECONDS)


async def _slow_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000\r\n\r\n<p>")
    while True:
        await exchange.send(b"z")
        await asyncio.sleep(_TICK_SECONDS)


async def _silent(exchange: Exchange) -> None:
    await asyncio.Event().wait()


async def _endless(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.send(b"10000\r\n" + b"z" * 65536 + b"\r\n")


async def _endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
    number = 0
    while True:
        number += 1
        await exchange.send(b"X-%d: %s\r\n" % (number, b"z" * 1000))


async def _huge_length(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999999999\r\n\r\n<p>")
    await _silent(exchange)


def _bomb(coding: str, make: Callable[[], bytes]) -> Handler:
    async def handler(exchange: Exchange) -> None:
        bomb = await asyncio.to_thread(make)  # takes a second: other visitors are not to wait for it
        await exchange.answer(bomb, Content_Encoding=coding)

    return handler


async def _redirect_chain(exchange: Exchange) -> None:
    left = int(exchange.request.path.rsplit("/", 1)[1])
    await exchange.redirect(f"/chain/{left - 1}" if left > 1 else "/page")


async def _redirect_to(exchange: Exchange) -> None:
    """``/to?URL`` and ``/to/STATUS?URL``."""
    path, _, target = exchange.request.path.partition("?")
    status = path.rsplit("/", 1)[1]
    await exchange.redirect(unquote(target), int(status) if status.isdigit() else 302)


async def _redirect_loop(exchange: Exchange) -> None:
    await exchange.redirect("/loop/2" if exchange.request.path.endswith("/1") else "/loop/1")


async def _redirect_growing(exchange: Exchange) -> None:
    await exchange.redirect(exchange.request.path + "/x")


async def _redirect_nowhere(exchange: Exchange) -> None:
    await exchange.answer(b"", 302)


async def _cookie_wall(exchange: Exchange) -> None:
    if "seen=yes" in exchange.request.headers.get("cookie", ""):
        await exchange.answer()
    else:
        await exchange.redirect(exchange.request.path, Set_Cookie="seen=yes; Path=/")


async def _too_many_for_seconds(exchange: Exchange) -> None:
    if exchange.visit() == 1:
        await exchange.answer(b"", 429, Retry_After="1")
    else:
        await exchange.answer()


async def _too_many_until_date(exchange: Exchange) -> None:
    if exchange.visit() == 1:
        moment = datetime.now(UTC) + timedelta(seconds=2)  # dates have whole seconds: 1 to 2 seconds ahead
        await exchange.answer(b"", 429, Retry_After=format_datetime(moment, usegmt=True))
    else:
        await exchange.answer()


async def _too_many_for_an_hour(exchange: Exchange) -> None:
    await exchange.answer(b"", 429, Retry_After="3600")


async def _flapping(exchange: Exchange) -> None:
    if exchange.visit() % 2:
        await exchange.answer(b"", 503)
    else:
        await exchange.answer()


async def _truncated_chunks(exchange: Exchange) -> None:
    await exchange.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n<p>half"
    )
    exchange.writer.close()


async def _broken_chunks(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzebra\r\n<p>")
    exchange.writer.close()


async def _truncated_length(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<p>half")
    exchange.writer.close()


async def _truncated_gzip(exchange: Exchange) -> None:
    await exchange.answer(gzip.compress(PAGE)[:-20], Content_Encoding="gzip")


async def _broken_gzip(exchange: Exchange) -> None:
    await exchange.answer(PAGE, Content_Encoding="gzip")


async def _unknown_coding(exchange: Exchange) -> None:
    await exchange.answer(PAGE, Content_Encoding="rot13")


async def _no_answer(exchange: Exchange) -> None:
    exchange.writer.close()


async def _not_http(exchange: Exchange) -> None:
    await exchange.send(b"220 mail.localhost ESMTP ready\r\n\r\n")
    exchange.writer.close()


async def _wrong_charset(exchange: Exchange) -> None:
    await exchange.answer(KOREAN_PAGE.encode("cp949"), content_type="text/html; charset=iso-8859-1")


def _coded(coding: str, encode: Callable[[bytes], bytes]) -> Handler:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(encode(PAGE), Content_Encoding=coding)

    return handler


def _typed(content_type: str, body: bytes) -> Handler:
    async def handler(exchange: Exchange) -> None:
        await exchange.answer(body, content_type=content_type)

    return handler


async def _conditional(exchange: Exchange) -> None:
    if exchange.request.headers.get("if-none-match") == '"v1"':
        await exchange.answer(b"", 304)
    else:
        await exchange.answer(ETag='"v1"', Last_Modified="Mon, 02 Mar 2026 08:00:00 GMT")


def _raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


_BOMB_BYTES = 1_000_000_000
_ROUTES: dict[str, Handler] = {
    "/page": _page,
    "/pages/": _page,
    "/robots.txt": _robots,
    "/status/": _status,
    "/echo": _echo,
    "/slow-headers": _slow_headers,
    "/slow-body": _slow_body,
    "/silent": _silent,
    "/endless": _endless,
    "/endless-headers": _endless_headers,
    "/huge-length": _huge_length,
    "/bomb/gzip": _bomb("gzip", lambda: gzip_bomb(_BOMB_BYTES)),
    "/bomb/ten-gigabytes": _bomb("gzip", lambda: gzip_bomb(10_000_000_000)),
    "/bomb/nested": _bomb("gzip, gzip", lambda: gzip.compress(gzip_bomb(_BOMB_BYTES))),
    "/bomb/br": _bomb("br", lambda: brotli_bomb(_BOMB_BYTES)),
    "/bomb/br-ten-gigabytes": _bomb("br", lambda: brotli_bomb(10_000_000_000)),
    "/bomb/zstd": _bomb("zstd", lambda: zstd_bomb(_BOMB_BYTES)),
    "/coded/gzip": _coded("gzip", gzip.compress),
    "/coded/two-members": _coded("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
    "/coded/deflate": _coded("deflate", zlib.compress),
    "/coded/raw-deflate": _coded("deflate", _raw_deflate),
    "/coded/br": _coded("br", brotli.compress),
    "/coded/zstd": _coded("zstd", zstandard.ZstdCompressor().compress),
    "/coded/gzip-then-br": _coded("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    "/chain/": _redirect_chain,
    "/to": _redirect_to,
    "/to/": _redirect_to,
    "/loop/": _redirect_loop,
    "/growing/": _redirect_growing,
    "/nowhere": _redirect_nowhere,
    "/cookie-wall": _cookie_wall,
    "/too-many/seconds": _too_many_for_seconds,
    "/too-many/date": _too_many_until_date,
    "/too-many/hour": _too_many_for_an_hour,
    "/flapping": _flapping,
    "/truncated/chunks": _truncated_chunks,
    "/truncated/length": _truncated_length,
    "/truncated/gzip": _truncated_gzip,
    "/broken/chunks": _broken_chunks,
    "/broken/gzip": _broken_gzip,
    "/broken/coding": _unknown_coding,
    "/no-answer": _no_answer,
    "/not-http": _not_http,
    "/wrong-charset": _wrong_charset,
    "/image": _typed("image/png", b"\x89PNG\r\n\x1a\n"),
    "/untyped": _typed("", PAGE),
    "/empty": _typed("text/html", b""),
    "/conditional": _conditional,
}
