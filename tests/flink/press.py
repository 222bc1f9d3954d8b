"""A generated press on the misbehaving site: outlets with a feed each, stories that many of them copy, bad servers.

What a page or feed answers depends on its address and on how often it was asked, and in the end it answers for good:
two runs over it must agree, however often either had to ask.
"""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import yaml

from tests.misbehaving_site import Exchange, MisbehavingSite

ARTICLES = 8
REMINDER = "Readers can follow the strait weather desk through the night."
"""Stands below some English stories; no rule knows it."""

_COPIES = 3
_DAY = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
_LANGUAGES = ("en", "ko", "ja")
_SUBJECTS = {
    "en": ("ferry line", "school exchange", "chip accord", "fishing quota", "museum loan", "radar talks"),
    "ko": ("여객선 노선", "학교 교류", "반도체 협정", "어획 할당", "박물관 대여", "레이더 협의"),
    "ja": ("旅客船の航路", "学校の交流", "半導体の協定", "漁獲の割当", "博物館の貸与", "レーダー協議"),
}
_SENTENCES = {
    "en": "Negotiators from Seoul and Tokyo met in {place} on day {day} and agreed that the {subject} would need "
    "{cost} million won, {months} months and the consent of {people} residents.",
    "ko": "한국과 일본의 협상단은 {day}일 {place}에서 만나 {subject}에 {cost}억원과 {months}개월, "
    "그리고 주민 {people}명의 동의가 필요하다는 데 합의했다.",
    "ja": "日韓の交渉団は{day}日に{place}で会い、{subject}には{cost}億円と{months}カ月、"
    "そして住民{people}人の同意が必要だと合意した。",
}
_PLACES = {
    "en": ("Busan", "Fukuoka", "Ulsan", "Matsue", "Jeju", "Niigata", "Pohang", "Sasebo"),
    "ko": ("부산", "후쿠오카", "울산", "마쓰에", "제주", "니가타", "포항", "사세보"),
    "ja": ("釜山", "福岡", "蔚山", "松江", "済州", "新潟", "浦項", "佐世保"),
}


class Press:
    """The outlets; their pages and feeds are served by the site.

    Attributes:
        feeds: one an outlet, in the order in which they are opened.
    """

    def __init__(self, site: MisbehavingSite, outlets: int) -> None:
        self._site = site
        of_one_language = outlets // len(_LANGUAGES) * ARTICLES
        self._stories = of_one_language // _COPIES
        self.feeds = [site.url("/feed.xml", _host(outlet)) for outlet in range(outlets)]
        site.serve("/feed.xml", self._feed)
        site.serve("/news/", self._article)
        site.serve("/moved/", self._moved)

    def write_feed_list(self, path: Path, opened: int) -> None:
        """The first outlets as a feed list; replaces the file at once, as an editor does."""
        rows = [
            {"url": url, "publisher": f"Outlet {outlet}", "language": _language(outlet), "country": "KR"}
            for outlet, url in enumerate(self.feeds[:opened])
        ]
        unfinished = path.with_suffix(".part")
        unfinished.write_text(yaml.safe_dump({"feeds": rows}), encoding="utf-8")
        unfinished.replace(path)

    async def _feed(self, exchange: Exchange) -> None:
        outlet = int(exchange.request.host.split(".")[0].removeprefix("outlet"))
        if outlet % 9 == 4 and exchange.visit() == 1:
            await exchange.answer(b"", 503)
            return
        items = "".join(self._item(outlet, number) for number in range(ARTICLES))
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet {outlet}</title>{items}</channel></rss>'
        await exchange.answer(text.encode(), content_type="application/rss+xml; charset=utf-8")

    def _item(self, outlet: int, number: int) -> str:
        folder = "moved" if (outlet + number) % 19 == 0 else "news"
        link = self._site.url(f"/{folder}/{number}", _host(outlet))
        published = format_datetime(_published(outlet, number))
        title = self._title(outlet, number)
        return f"<item><title>{title}</title><link>{link}</link><pubDate>{published}</pubDate></item>"

    async def _moved(self, exchange: Exchange) -> None:
        await exchange.redirect(exchange.request.path.replace("/moved/", "/news/"), 301)

    async def _article(self, exchange: Exchange) -> None:
        outlet = int(exchange.request.host.split(".")[0].removeprefix("outlet"))
        number = int(exchange.request.path.rsplit("/", 1)[1])
        kind, visit = (outlet * ARTICLES + number) % 43, exchange.visit()
        page = self._page(outlet, number)
        if kind == 3 and visit <= 2:
            await exchange.answer(b"", 503)
        elif kind == 7 and visit == 1:
            await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n<p>half")
            exchange.writer.close()
        elif kind == 11:
            await exchange.answer(b"<p>gone</p>", 404)
        elif kind == 15 and visit == 1:
            await exchange.answer(b"", 429, Retry_After="1")
        elif kind == 19:
            await exchange.answer(page.encode(), Content_Encoding="gzip")  # which it is not
        elif kind == 23:
            await exchange.answer(b"<html><body><p>Soon more.</p></body></html>")
        elif kind == 27:
            await exchange.answer(gzip.compress(page.encode()), Content_Encoding="gzip")
        elif kind == 31 and visit <= 4:  # longer than one round asks: read a minute later
            await exchange.answer(b"", 502)
        else:
            await exchange.answer(page.encode())

    def _story(self, outlet: int, number: int) -> int:
        # Copies of one story stand in outlets that are opened at different times.
        return (outlet // len(_LANGUAGES) * ARTICLES + number) % self._stories

    def _title(self, outlet: int, number: int) -> str:
        story, language = self._story(outlet, number), _language(outlet)
        return f"{_SUBJECTS[language][story % 6]} {story}: {_PLACES[language][story % 8]}"

    def _page(self, outlet: int, number: int) -> str:
        language = _language(outlet)
        paragraphs = _paragraphs(language, self._story(outlet, number))
        kept = paragraphs[: len(paragraphs) - (outlet + number) % 4]
        if language == "en" and (outlet + number) % 5 == 0:
            kept = [*kept, REMINDER]
        body = "".join(f"<p>{paragraph}</p>" for paragraph in kept)
        title, published = self._title(outlet, number), _published(outlet, number).isoformat()
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f"<title>{title} | Outlet {outlet}</title>"
            f'<meta property="article:published_time" content="{published}">'
            f'<meta property="og:site_name" content="Outlet {outlet}"></head><body><nav><a href="/">Home</a></nav>'
            f"<article><h1>{title}</h1>{body}</article><footer>Share this article</footer></body></html>"
        )


def _host(outlet: int) -> str:
    return f"outlet{outlet}.localhost"


def _language(outlet: int) -> str:
    return _LANGUAGES[outlet % len(_LANGUAGES)]


def _published(outlet: int, number: int) -> datetime:
    return _DAY + timedelta(minutes=7 * number, hours=outlet % 48, seconds=outlet)


def _paragraphs(language: str, story: int) -> list[str]:
    chance = random.Random(f"{language} {story}")
    return [
        _SENTENCES[language].format(
            day=chance.randint(1, 28), subject=_SUBJECTS[language][story % 6], cost=chance.randint(100, 9999),
            months=chance.randint(2, 40), people=chance.randint(11, 9999), place=chance.choice(_PLACES[language]),
        )
        for _ in range(10)
    ]  # fmt: skip
