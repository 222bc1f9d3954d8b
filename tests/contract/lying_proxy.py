"""A proxy before a real Elasticsearch that spoils answers in the ways that proxies and servers do."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PRODUCT = ("X-Elastic-Product", "Elasticsearch")


@dataclass
class Reply:
    """What goes back to the client; ``sent_bytes`` cuts the body off there."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (PRODUCT, ("Content-Type", "application/json"))
    sent_bytes: int | None = None


@dataclass
class Exchange:
    """One request that the proxy may answer as it likes."""

    method: str
    path: str
    body: bytes
    forward: Callable[[], Reply]


Trick = Callable[[Exchange], Reply]


@dataclass
class LyingProxy:
    """Answers requests whose path ends as ``where`` with the next trick, while there is one, else truthfully."""

    url: str = ""
    where: str = "_bulk"
    tricks: list[Trick] = field(default_factory=list)
    requests: list[Exchange] = field(default_factory=list)
    always: Trick | None = None


def honest(exchange: Exchange) -> Reply:
    """What the server says."""
    return exchange.forward()


def answer(status: int, body: dict[str, Any] | None = None, **headers: str) -> Trick:
    """A status of its own, without asking the server."""
    extra = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    reply = Reply(status, json.dumps(body or {}).encode())
    return lambda exchange: Reply(reply.status, reply.body, reply.headers + extra)


def reset_before(exchange: Exchange) -> Reply:
    """The connection ends before the server has heard anything."""
    return Reply(0, b"")


def reset_after(exchange: Exchange) -> Reply:
    """The server has done it, and the connection ends before it says so."""
    exchange.forward()
    return Reply(0, b"")


def twice(exchange: Exchange) -> Reply:
    """The request arrives two times."""
    exchange.forward()
    return exchange.forward()


def cut_off(exchange: Exchange) -> Reply:
    """Half of the answer, then the end."""
    reply = exchange.forward()
    reply.sent_bytes = len(reply.body) // 2
    return reply


def changed(change: Callable[[dict[str, Any]], object]) -> Trick:
    """The server's answer, with something changed in it."""

    def trick(exchange: Exchange) -> Reply:
        reply = exchange.forward()
        body = json.loads(reply.body)
        change(body)
        reply.body = json.dumps(body).encode()
        return reply

    return trick


def refuse_items(kind: str, status: int, every: int = 2) -> Trick:
    """A 200 in which every second item was not done; those are really not done."""

    def trick(exchange: Exchange) -> Reply:
        lines = exchange.body.split(b"\n")
        pairs = [(lines[at], lines[at + 1]) for at in range(0, len(lines) - 1, 2)]
        items: list[Any] = [None] * len(pairs)
        kept = [at for at in range(len(pairs)) if at % every]
        for at, (action, _) in enumerate(pairs):
            identity = json.loads(action)["index"]["_id"]
            error = {"type": kind, "reason": "not now"}
            items[at] = {"index": {"_id": identity, "status": status, "error": error}}
        if kept:
            exchange.body = b"".join(b"%s\n%s\n" % pairs[at] for at in kept)
            for at, item in zip(kept, json.loads(exchange.forward().body)["items"], strict=True):
                items[at] = item
        return Reply(200, json.dumps({"took": 1, "errors": True, "items": items}).encode())

    return trick


@contextmanager
def lying_proxy(target: str) -> Iterator[LyingProxy]:
    """A proxy on a port of its own."""
    proxy = LyingProxy()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            exchange = Exchange(self.command, self.path, body, lambda: forward(exchange, self.headers))
            tricked = self.path.split("?")[0].endswith(proxy.where)
            if tricked:
                proxy.requests.append(exchange)
            trick = proxy.tricks.pop(0) if tricked and proxy.tricks else (tricked and proxy.always) or honest
            reply = trick(exchange)
            if reply.status == 0:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked has given up waiting
                self.end_headers()
                self.wfile.write(reply.body[: reply.sent_bytes] if self.command != "HEAD" else b"")
            if reply.sent_bytes is not None:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _handle

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    def forward(exchange: Exchange, headers: Any) -> Reply:
        kept = {name: headers[name] for name in ("Content-Type", "Accept") if headers[name]}
        request = urllib.request.Request(
            target + exchange.path, data=exchange.body or None, headers=kept, method=exchange.method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as got:
                return Reply(got.status, got.read(), (PRODUCT, ("Content-Type", got.headers["Content-Type"])))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read(), (PRODUCT, ("Content-Type", error.headers["Content-Type"])))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
