"""Outlets on loopback hosts whose feeds and pages a test changes between rounds, on the misbehaving site's server."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import yaml

from connectors.index import Kind
from connectors.open_index import open_index
from schemas.settings import FetchSettings, RunSettings
from tests.misbehaving_site import Exchange, MisbehavingSite

ALLOWED = ("127.0.0.0/8", "::1")
QUICK = FetchSettings(
    per_host_gap_seconds=0,
    attempts=1,
    obey_robots=False,
    connect_timeout_seconds=5,
    read_timeout_seconds=10,
    total_timeout_seconds=20,
)
_FILLER = {
    "en": "Officials said on day {n} that boat {n} of {m} had left the harbour of {host} with {k} crates on board.",
    "ko": "당국자들은 {n}일 {host} 항구에서 {m}척 가운데 {n}번째 배가 상자 {k}개를 싣고 떠났다고 밝혔다.",
    "ja": "当局者は{n}日、{host}の港から{m}隻のうち{n}隻目の船が{k}個の箱を積んで出たと述べた。",
}


@dataclass
class Page:
    """An article as its outlet shows it now; ``status`` other than 200 takes it down."""

    title: str
    paragraphs: list[str]
    language: str = "en"
    status: int = 200


@dataclass
class Outlet:
    """One host: its pages by path, in the order in which its feed lists them."""

    host: str
    pages: dict[str, Page] = field(default_factory=dict)


class LivePress:
    """The outlets; ``site`` is the server with its log."""

    def __init__(self, site: MisbehavingSite) -> None:
        self.site = site
        self.outlets: dict[str, Outlet] = {}
        site.serve("/feed", self._feed)
        site.serve("/news/", self._page)

    def publish(self, host: str, path: str, language: str = "en", title: str = "") -> Page:
        """A new article of the outlet, its words unlike those of others."""
        outlet = self.outlets.setdefault(host, Outlet(host))
        number = len(outlet.pages) + 1
        seed = sum(map(ord, host + path))
        paragraphs = [
            _FILLER[language].format(n=n, m=number + n * 7, k=seed * n + number, host=host.partition(".")[0])
            for n in range(1, 7)
        ]
        page = Page(title or f"Boats of {host.partition('.')[0]} number {number}", paragraphs, language)
        outlet.pages[path] = page
        return page

    def feed_url(self, host: str) -> str:
        return self.site.url("/feed", host)

    def url(self, host: str, path: str) -> str:
        return self.site.url(path, host)

    def write_list(self, path: Path) -> str:
        """The feeds of all outlets as a list for ``--feeds``."""
        rows = [{"url": self.feed_url(host), "publisher": host.partition(".")[0]} for host in self.outlets]
        path.write_text(yaml.safe_dump({"feeds": rows}), encoding="utf-8")
        return str(path)

    async def _feed(self, exchange: Exchange) -> None:
        outlet = self.outlets.get(exchange.request.host)
        if outlet is None:
            await exchange.answer(b"", 404)
            return
        items = "".join(
            f"<item><title>{escape(page.title)}</title><link>{self.url(outlet.host, path)}</link>"
            f"<guid>{path}</guid></item>"
            for path, page in reversed(outlet.pages.items())
        )
        body = f'<rss version="2.0"><channel><title>{outlet.host}</title>{items}</channel></rss>'.encode()
        tag = f'"{len(outlet.pages)}-{len(body)}"'
        if exchange.request.headers.get("if-none-match") == tag:
            await exchange.answer(b"", 304, "", ETag=tag)
        else:
            await exchange.answer(body, 200, "application/rss+xml", ETag=tag)

    async def _page(self, exchange: Exchange) -> None:
        outlet = self.outlets.get(exchange.request.host)
        page = outlet.pages.get(exchange.request.path) if outlet else None
        if page is None or page.status != 200:
            await exchange.answer(b"<p>gone</p>", page.status if page else 404)
            return
        paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in page.paragraphs)
        title = escape(page.title)
        await exchange.answer(
            f'<!doctype html><html lang="{page.language}"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>".encode()
        )


def settings_for(index: str, *feeds: str, **changes: object) -> RunSettings:
    """Settings of a run on these feed lists."""
    values: dict[str, object] = {"feeds": feeds, "index": index, "allow_private": ALLOWED, "fetch": QUICK, **changes}
    return RunSettings.model_validate(values)


def let_time_pass(location: str, kind: Kind, field_name: str) -> int:
    """Set the times that something waits for into the past, as if they had come; how many there were."""
    index = open_index(location)
    try:
        waiting = [row for row in index.scan(kind) if row[field_name]]
        index.write(kind, [{**row, field_name: "2020-01-01T00:00:00.000Z"} for row in waiting])
        return len(waiting)
    finally:
        index.close()
