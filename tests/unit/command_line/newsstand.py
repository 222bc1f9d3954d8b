"""A loopback site whose pages come and go, and settings that may ask it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml


class Newsstand:
    """Pages by path; every other path is a 404. ``asked`` counts requests by path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, tuple[str, str]] = {}
        self.asked: Counter[str] = Counter()
        self.delay_seconds = 0.0

    def publish(self, path: str, title: str, text: str) -> str:
        """Put an article page there; its address."""
        paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in text.split(". ") if sentence)
        article = f"<article><h1>{title}</h1>{paragraphs}</article>"
        self.pages[path] = ("text/html", f"<html><head><title>{title}</title></head><body>{article}</body></html>")
        return self.url + path

    def list_in_feed(self, path: str, *pages: str) -> str:
        """Put a feed of pages there; its address."""
        items = "".join(f"<item><title>{page}</title><link>{self.url}{page}</link></item>" for page in pages)
        self.pages[path] = (
            "application/rss+xml",
            f'<rss version="2.0"><channel><title>Stand</title>{items}</channel></rss>',
        )
        return self.url + path


@contextmanager
def newsstand() -> Iterator[Newsstand]:
    """Serve a newsstand until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand.asked[self.path] += 1
            content_type, body = stand.pages.get(self.path, ("text/plain", ""))
            if self.path in stand.pages:
                time.sleep(stand.delay_seconds)
            content = body.encode()
            self.send_response(200 if self.path in stand.pages else 404)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the reader was stopped, as some tests want

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand = Newsstand(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings_file(folder: Path, **values: object) -> str:
    """A settings file that permits loopback and does not wait between requests."""
    path = folder / "settings.yaml"
    fetch = {"per_host_gap_seconds": 0, "per_host_concurrency": 8, "attempts": 1}
    path.write_text(yaml.safe_dump({"allow_private": ["127.0.0.1"], "fetch": fetch, **values}), encoding="utf-8")
    return str(path)
