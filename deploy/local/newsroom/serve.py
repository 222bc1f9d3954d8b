"""The demo newsroom's web server, on 127.0.0.1: ``python -m deploy.local.newsroom.serve --port 8765``.

One host with a path for each outlet: names under .localhost do not resolve on every system, and other
loopback addresses do not exist on every system.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.newsroom.content import Newsroom, Outlet, feed_list, load_newsroom
from deploy.local.newsroom.feeds import CONTENT_TYPES, feed_document, newest
from deploy.local.newsroom.pages import (
    LABELS,
    about_page,
    amp_page,
    article_page,
    front_page,
    list_page,
    plain_page,
)

FOUNDED = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Resource:
    """What one path answers."""

    content: bytes
    content_type: str
    modified: datetime

    @property
    def etag(self) -> str:
        """A strong validator: equal exactly when the bytes are."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the server's log."""

    path: str
    status: int
    user_agent: str


@dataclass(slots=True)
class RunningNewsroom:
    """A server that answers: its address without a trailing slash, what it serves, and what was asked of it."""

    base_url: str
    site: dict[str, Resource]
    requests: list[Request]

    @property
    def feeds_yaml(self) -> str:
        """The feed list for this address."""
        return feed_list(self.base_url)


def build_site(base_url: str) -> dict[str, Resource]:
    """Every path of the newsroom and what it answers; pages refer to each other by ``base_url``.

    Args:
        base_url: address of the server without a trailing slash, such as ``http://127.0.0.1:8765``.
    """
    newsroom = load_newsroom()
    robots = f"User-agent: *\nDisallow: /tidewater-dispatch/print/\nSitemap: {base_url}/kanmon-times/news-sitemap.xml\n"
    site = {
        "/": _html(front_page(newsroom, base_url)),
        "/robots.txt": Resource(robots.encode(), "text/plain; charset=utf-8", FOUNDED),
    }
    for outlet in newsroom.outlets:
        site |= _outlet_pages(newsroom, outlet, base_url)
    for feed in newsroom.feeds:
        content = feed_document(feed, newsroom, base_url)
        site[feed.path] = Resource(content, CONTENT_TYPES[feed.format], newest(feed, newsroom))
    for entry in newsroom.extra_entries:
        if entry.page != "none":
            site[entry.path] = _html(plain_page(entry.page), entry.published)
    return site


@contextlib.contextmanager
def serve(port: int = 0) -> Iterator[RunningNewsroom]:
    """Serve the newsroom on 127.0.0.1 while the block runs.

    Args:
        port: 0 takes a free one. Article ids follow from addresses: give the same port to get the same ids.

    Errors: OSError when the port is taken.
    """
    requests: list[Request] = []
    site: dict[str, Resource] = {}
    handler = type("BoundHandler", (_Handler,), {"site": site, "requests": requests})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    with server:
        site.update(build_site(base_url))
        thread.start()
        try:
            yield RunningNewsroom(base_url, site, requests)
        finally:
            server.shutdown()
            thread.join()


def _outlet_pages(newsroom: Newsroom, outlet: Outlet, base_url: str) -> dict[str, Resource]:
    root = f"/{outlet.id}"
    pages = {
        root: _html(list_page(newsroom, outlet, base_url)),
        f"{root}/": _html(list_page(newsroom, outlet, base_url)),
        f"{root}/about": _html(about_page(outlet, base_url)),
    }
    for section in outlet.sections:
        pages[f"{root}/section/{section}"] = _html(list_page(newsroom, outlet, base_url, section))
    for article in newsroom.by_outlet[outlet.id]:
        # Servers that still write a legacy encoding seldom name it in the header; only the page does.
        charset = "; charset=utf-8" if article.encoding == "utf-8" else ""
        content = article_page(article, newsroom, base_url)
        pages[article.path] = Resource(content, f"text/html{charset}", article.published)
        if article.amp:
            pages[article.amp_path] = _html(amp_page(article, base_url), article.published)
    return pages


def _html(content: bytes, modified: datetime = FOUNDED) -> Resource:
    return Resource(content, f"text/html; charset={LABELS['utf-8']}", modified)


class _Handler(http.server.BaseHTTPRequestHandler):
    """GET and HEAD with validators and gzip; everything else is refused."""

    protocol_version = "HTTP/1.1"
    site: dict[str, Resource]
    requests: list[Request]

    def do_GET(self) -> None:
        resource = self.site.get(urlsplit(self.path).path)
        if resource is None:
            missing = _html(b"<!DOCTYPE html><title>404</title><p>Not here.</p>")
            self._answer(HTTPStatus.NOT_FOUND, missing, missing.content)
        elif self._is_current(resource):
            self._answer(HTTPStatus.NOT_MODIFIED, resource, b"")
        else:
            self._answer(HTTPStatus.OK, resource, resource.content)

    do_HEAD = do_GET

    def _is_current(self, resource: Resource) -> bool:
        """Whether the client has it already. If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2)."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            return resource.etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return resource.modified <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False

    def _answer(self, status: HTTPStatus, resource: Resource, content: bytes) -> None:
        packed = bool(content) and "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(content, mtime=0) if packed else content
        self.send_response(status)
        self.send_header("Content-Type", resource.content_type)
        if status is not HTTPStatus.NOT_FOUND:
            self.send_header("ETag", resource.etag)
            self.send_header("Last-Modified", format_datetime(resource.modified.astimezone(UTC), usegmt=True))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.requests.append(Request(self.path, int(status), self.headers.get("User-Agent", "")))

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet; ``requests`` is the log."""


def main() -> None:
    """Serve until interrupted; print the address, and write the feed list where asked."""
    parser = argparse.ArgumentParser(description="Serve the demo newsroom on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--feeds-out", type=Path, help="write the feed list for this address to this file")
    chosen = parser.parse_args()
    with serve(chosen.port) as newsroom:
        if chosen.feeds_out:
            chosen.feeds_out.write_text(newsroom.feeds_yaml, encoding="utf-8")
        print(newsroom.base_url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
