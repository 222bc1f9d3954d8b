"""A loopback site of many feeds that publish as time goes by, a part of it wire copies; all follows from the clock.

Hosts are addresses of 127.0.1.0/24: on loopback, and each with a line of its own.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

_LISTED = 30
_PARAGRAPHS = 7
_LINKS = 12
_PREPOSITIONS = ("near", "before", "beside", "after", "without", "against")
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_WIRE_EVERY = 4
_CARRIERS = 8
_SUBJECTS = (
    "The harbour council", "A freight company", "The fisheries union", "The city of Busan", "The governor of Nagasaki",
    "A group of historians", "The transport ministry", "The chamber of commerce", "A shipyard in Ulsan", "The museum",
)  # fmt: skip
_VERBS = (
    "approved", "postponed", "reviewed", "criticised", "welcomed", "signed", "questioned", "extended", "published",
    "rejected",
)  # fmt: skip
_OBJECTS = (
    "a plan for a night ferry", "the budget of the strait authority", "a report on coastal traffic",
    "an agreement about school exchanges", "the terms of a joint survey", "a proposal for cheaper crossings",
    "the list of protected sites", "a loan for two new piers", "the rules for small boats", "a study of tidal power",
)  # fmt: skip
_ENDS = (
    "after a session of four hours", "on the second day of talks", "in a vote that nobody had expected",
    "without naming a date", "despite complaints from residents", "as the season drew to a close",
    "at a meeting in the old customs house", "following months of delay",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who publishes what when; seconds since the epoch. ``seconds`` is how long anything new appears."""

    begins: float
    seconds: float
    feeds: int
    hosts: int
    every_seconds: float

    def published(self, feed: int, now: float) -> list[tuple[int, float]]:
        """(number, moment) of the feed's entries so far, in order."""
        offset = self.every_seconds * ((feed * 37) % self.feeds) / self.feeds
        until = min(now, self.begins + self.seconds)
        count = int((until - self.begins - offset) // self.every_seconds) + 1
        return [(number, self.begins + offset + number * self.every_seconds) for number in range(max(0, count))]

    @property
    def articles(self) -> int:
        """How many entries there are in the end."""
        return sum(len(self.published(feed, float("inf"))) for feed in range(self.feeds))


class PublishingSite:
    """The running site; ``port`` is the same on every host.

    Args:
        names: whether stories are made of names of their own. Without, all are made of the same phrases, so each is
            a candidate for each other: a press whose linking costs more with every article that the index holds.
    """

    def __init__(
        self, schedule: Schedule, port: int, paragraphs: int = _PARAGRAPHS, links: int = _LINKS, names: bool = True
    ) -> None:
        self.schedule = schedule
        self.port = port
        self._paragraphs = paragraphs
        self._links = links
        self._names = names

    def feed_url(self, feed: int) -> str:
        return f"http://127.0.1.{1 + feed % self.schedule.hosts}:{self.port}/feed/{feed}.xml"

    def feed_list(self) -> str:
        feeds = [
            {"url": self.feed_url(feed), "publisher": f"Outlet {feed}", "country": "KR", "language": "en"}
            for feed in range(self.schedule.feeds)
        ]
        return yaml.safe_dump({"feeds": feeds})

    def feed(self, feed: int, now: float) -> bytes:
        items = []
        for number, moment in reversed(self.schedule.published(feed, now)[-_LISTED:]):
            title, _ = self.story(feed, number)
            date = format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
            link = self.feed_url(feed).replace("/feed/", "/page/").replace(".xml", f"/{number}")
            items.append(
                f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{date}</pubDate></item>"
            )
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet {feed}</title><link>http://127.0.1.1/</link>'
            f"<description>news</description>{''.join(items)}</channel></rss>"
        ).encode()

    def page(self, feed: int, number: int) -> bytes:
        title, paragraphs = self.story(feed, number)
        moment = self.schedule.published(feed, float("inf"))[number][1]
        stated = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
        text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        links = "".join(
            f'<li><a href="/page/{feed}/{other}">Older story {other}</a></li>' for other in range(self._links)
        )
        return (
            f'<!doctype html><html lang="en"><head><title>{title} | Outlet {feed}</title>'
            f'<meta property="article:published_time" content="{stated}"></head><body><nav><ul>{links}</ul></nav>'
            f"<article><h1>{title}</h1>{text}</article><footer>All rights reserved.</footer></body></html>"
        ).encode()

    def story(self, feed: int, number: int) -> tuple[str, list[str]]:
        """One entry in four is a wire story that a group of feeds carries, the others are the outlet's own."""
        wire = number % _WIRE_EVERY == 0
        key = f"wire {feed // _CARRIERS} {number}" if wire else f"own {feed} {number}"
        sentences = [_sentence(f"{key} {place}", self._names) for place in range(self._paragraphs * 3)]
        paragraphs = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
        if wire:
            paragraphs[0] = f"BUSAN, South Korea (AP) — {paragraphs[0]}"
        return sentences[0].rstrip("."), paragraphs


def _sentence(key: str, names: bool) -> str:
    digest = hashlib.sha256(key.encode()).digest()
    number = f"case {int.from_bytes(digest[8:11], 'big')}"
    if names:
        one, other, third = (_name(digest[at : at + 6]) for at in (12, 18, 24))
        verb = _VERBS[digest[0] % len(_VERBS)]
        return f"{one} {verb} {other} {_PREPOSITIONS[digest[1] % len(_PREPOSITIONS)]} {third}, {number}."
    parts = [words[digest[place] % len(words)] for place, words in enumerate((_SUBJECTS, _VERBS, _OBJECTS, _ENDS))]
    return f"{' '.join(parts)}, {number} of register {digest[11]}."


def _name(digest: bytes) -> str:
    """Two words that no other text has."""
    syllables = [_CONSONANTS[byte % len(_CONSONANTS)] + _VOWELS[byte // 16 % len(_VOWELS)] for byte in digest]
    return "".join(syllables[:3]).capitalize() + " " + "".join(syllables[3:]).capitalize()


@contextmanager
def publishing_site(schedule: Schedule, paragraphs: int = _PARAGRAPHS, links: int = _LINKS) -> Iterator[PublishingSite]:
    """Serve the schedule on loopback while the block runs."""
    with ExitStack() as stack:
        site = PublishingSite(schedule, 0, paragraphs, links)
        for host in range(schedule.hosts):
            server = ThreadingHTTPServer((f"127.0.1.{1 + host}", site.port), _handler(site))
            server.daemon_threads = True
            site.port = server.server_port
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        yield site


def _handler(site: PublishingSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_GET(self) -> None:
            kind, _, rest = self.path.strip("/").partition("/")
            if kind == "feed":
                self._answer(site.feed(int(rest.removesuffix(".xml")), time.time()), "application/rss+xml")
            elif kind == "page":
                feed, _, number = rest.partition("/")
                self._answer(site.page(int(feed), int(number)), "text/html; charset=utf-8")
            else:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _answer(self, body: bytes, content_type: str) -> None:
            etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            unchanged = self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else 200)
            self.send_header("ETag", etag)
            if not unchanged:
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
