"""A bulk endpoint on loopback that keeps documents in memory, and lies about them as the test decides."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

Item = dict[str, Any]
RETRIED = {
    "es_rejected_execution_exception": 429,
    "circuit_breaking_exception": 429,
    "unavailable_shards_exception": 503,
    "cluster_block_exception": 403,
    "node_closed_exception": 500,
}
LIES = (
    "honest", "reset before", "reset after", "cut off", "no json", "no items", "one item less", "one item more",
    "reordered", "items of nothing", "429", "502", "503", "504", "500", "some refused", "all refused", "late",
    "delivered twice", "says no errors", "empty",
)  # fmt: skip


@dataclass
class Action:
    operation: str
    meta: dict[str, Any]
    source: dict[str, Any] | None
    size: int


@dataclass
class LyingBulkServer:
    """``lie`` chooses what happens to each request; ``largest_bytes`` is answered by 413.

    A document with ``poison: "item"`` is refused by itself, one with ``poison: "request"`` spoils its request.
    """

    url: str = ""
    lie: Callable[[], str] = lambda: "honest"
    largest_bytes: int = 10**9
    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    applied: list[tuple[str, str, Any]] = field(default_factory=list)
    requests: list[list[Action]] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    busy: int = 0
    most_busy: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self, action: Action) -> Item:
        """What an honest server does."""
        index, identity = action.meta.get("_index", ""), action.meta["_id"]
        key, result, status = (index, identity), "created", 201
        if action.source is not None and action.source.get("poison") == "item":
            return self._error(action, 400, "document_parsing_exception")
        if index == "missing":
            return self._error(action, 404, "index_not_found_exception")
        version = action.meta.get("version")
        if version is not None and self.versions.get(key, -1) >= version:
            return self._error(action, 409, "version_conflict_engine_exception")
        if action.operation == "create" and key in self.documents:
            return self._error(action, 409, "version_conflict_engine_exception")
        if action.operation == "delete":
            there = self.documents.pop(key, None) is not None
            result, status = ("deleted", 200) if there else ("not_found", 404)
        elif action.operation == "update":
            assert action.source is not None
            if key not in self.documents and not action.source.get("doc_as_upsert"):
                return self._error(action, 404, "document_missing_exception")
            result, status = ("updated", 200) if key in self.documents else ("created", 201)
            self.documents[key] = {**self.documents.get(key, {}), **action.source.get("doc", {})}
        else:
            result, status = ("updated", 200) if key in self.documents else ("created", 201)
            self.documents[key] = action.source or {}
        if version is not None:
            self.versions[key] = version
        self.applied.append((*key, action.source))
        return {action.operation: {"_index": index, "_id": identity, "status": status, "result": result}}

    @staticmethod
    def _error(action: Action, status: int, kind: str) -> Item:
        error = {"type": kind, "reason": "because"}
        return {action.operation: {"_id": action.meta["_id"], "status": status, "error": error}}

    def answer(self, body: bytes, draw: Random) -> tuple[int, bytes | None, int | None]:
        """Status, body (None: the connection ends), and how many bytes of it are sent."""
        with self.lock:
            actions = _parse(body)
            self.requests.append(actions)
            self.bodies.append(len(body))
            lie = self.lie()
        if lie == "late":
            time.sleep(0.03)
        with self.lock:
            if lie == "reset before":
                return 0, None, None
            if lie.isdigit():
                return int(lie), b'{"error":{"type":"busy","reason":"later"}}', None
            if len(body) > self.largest_bytes:
                return 413, b"{}", None
            if any(action.source and action.source.get("poison") == "request" for action in actions):
                return 400, b'{"error":{"type":"parse_exception","reason":"spoilt"}}', None
            refused = [lie == "all refused" or (lie == "some refused" and draw.random() < 0.5) for _ in actions]
            items = []
            for action, is_refused in zip(actions, refused, strict=True):
                kind = draw.choice(list(RETRIED))
                items.append(self._error(action, RETRIED[kind], kind) if is_refused else self.apply(action))
            if lie == "delivered twice":
                items = [self.apply(action) for action in actions]
            return self._spoil(lie, items)

    @staticmethod
    def _spoil(lie: str, items: list[Item]) -> tuple[int, bytes | None, int | None]:
        errors = lie != "says no errors" and any("error" in next(iter(item.values())) for item in items)
        said: dict[str, Any] = {"took": 1, "errors": errors, "items": items}
        if lie == "reset after":
            return 0, None, None
        if lie == "no json":
            return 200, b"<html>upstream", None
        if lie == "empty":
            return 200, b"", None
        if lie == "no items":
            del said["items"]
        if lie == "one item less":
            items.pop()
        if lie == "one item more":
            items.append(items[0])
        if lie == "reordered":
            items.reverse()
        if lie == "items of nothing":
            said["items"] = [None] * len(items)
        text = json.dumps(said).encode()
        return 200, text, len(text) // 2 if lie == "cut off" else None


def _parse(body: bytes) -> list[Action]:
    lines = body.split(b"\n")
    assert lines.pop() == b"", "a bulk ends with a line end"
    actions, at = [], 0
    while at < len(lines):
        ((operation, meta),) = json.loads(lines[at]).items()
        with_source = operation != "delete"
        source = json.loads(lines[at + 1]) if with_source else None
        actions.append(Action(operation, meta, source, sum(map(len, lines[at : at + 1 + with_source]))))
        at += 1 + with_source
    return actions


@contextmanager
def lying_bulk_server(seed: int = 0) -> Iterator[LyingBulkServer]:
    """A server on a port of its own."""
    state, draw = LyingBulkServer(), Random(seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            with state.lock:
                state.busy += 1
                state.most_busy = max(state.most_busy, state.busy)
                state.headers.append({name.lower(): value for name, value in self.headers.items()})
                state.paths.append(self.path)
            try:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text, sent = state.answer(body, draw)
                if text is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text[:sent])
                if sent is not None:
                    self.close_connection = True
            finally:
                with state.lock:
                    state.busy -= 1

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
