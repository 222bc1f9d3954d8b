"""The feeds of a web site: what its pages and robots.txt name, then where feeds usually are; each one polled once."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from lxml import etree, html

from connectors.feed_decoding import decode_feed
from connectors.feed_parser import parse_feed
from connectors.http_client import ANY_TYPE, HttpClient, Response
from connectors.robots_policy import ForbiddenByRobotsError
from schemas.canonical_url import normalise_url, same_site
from schemas.errors import PermanentError, TransientError
from schemas.feeds import FeedSource, ParsedFeed, feed_id_of
from schemas.settings import FetchSettings

COMMON_PATHS = (
    "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/rss/all.xml", "/rss/news.xml",
    "/rss/allArticle.xml", "/feed.json", "/arc/outboundfeeds/rss/?outputType=xml",
)  # fmt: skip
NEWS_SITEMAP_PATHS = (
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/arc/outboundfeeds/news-sitemap/?outputType=xml",
)
"""Where content systems in use at outlets put them: WordPress, Arc, and the Korean ND Soft (allArticle.xml)."""

_FEED_TYPES = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|application/json|text/xml", re.I)
_FEED_WORD = re.compile(r"(?:^|[/._?=-])(?:rss|feeds?|atom|rdf)(?:$|[/._?&=-]|\d)", re.I)
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.I | re.M)
_MAXIMUM_LINKS = 20
_MAXIMUM_SITEMAPS = 4


@dataclass(frozen=True, slots=True)
class DiscoveredFeed:
    """A feed that answered.

    Attributes:
        source: to poll it: address, language as measured, title as it states it.
        format, entries: of its document.
        found_by: ``address`` (the one given), ``link`` (rel=alternate), ``page`` (a link on the page), ``robots``
            (a sitemap that robots.txt names) or ``path`` (where feeds usually are).
    """

    source: FeedSource
    format: str
    entries: int
    found_by: str


def discover(url: str, settings: FetchSettings, allow_private: tuple[str, ...] = ()) -> list[DiscoveredFeed]:
    """The feeds of the page's site that can be read, those that the page itself names first.

    Usual places are only tried when neither page nor robots.txt names a feed. Polite like any fetch: robots.txt is
    obeyed as the settings say, and requests to one host keep their gap.

    Errors: TransientError, PermanentError, ForbiddenByRobotsError when the page itself cannot be read.
    """
    return asyncio.run(_discover(url, settings, allow_private))


def named_feeds(page: bytes, content_type: str, url: str) -> list[tuple[str, str]]:
    """(address, ``link`` or ``page``) of everything on an HTML page that looks like a feed, best first.

    >>> named_feeds(b'<link rel="alternate" type="application/rss+xml" href="/rss">', "", "https://example.com/a")
    [('https://example.com/rss', 'link')]
    """
    text = decode_feed(page, content_type)
    try:
        root = html.fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    found: dict[str, str] = {}
    for link in root.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        is_alternate = "alternate" in relations and _FEED_TYPES.search(link.get("type") or "")
        if (is_alternate or "feed" in relations) and (address := _joined(url, link.get("href"))):
            found.setdefault(address, "link")
    for anchor in root.iter("a"):
        address = _joined(url, anchor.get("href"))
        if address and len(found) < _MAXIMUM_LINKS and same_site(address, url) and _FEED_WORD.search(address):
            found.setdefault(address, "page")
    return list(found.items())[:_MAXIMUM_LINKS]


async def _discover(url: str, settings: FetchSettings, allow_private: tuple[str, ...]) -> list[DiscoveredFeed]:
    async with HttpClient(settings, allow_private) as client:
        page = await client.get(url, accept=ANY_TYPE)
        itself = _read(page, "address")
        if itself is not None:
            return [itself]
        named = named_feeds(page.content, page.headers.get("content-type", ""), page.url)
        named += [(address, "robots") for address in await _sitemaps(client, page.url)]
        feeds = await _polled(client, named)
        if not feeds:
            paths = [(urljoin(page.url, path), "path") for path in (*COMMON_PATHS, *NEWS_SITEMAP_PATHS)]
            feeds = await _polled(client, paths)
        return feeds


async def _polled(client: HttpClient, candidates: list[tuple[str, str]]) -> list[DiscoveredFeed]:
    """Those of the candidates that are feeds, each once though it may have several addresses."""
    answers = await asyncio.gather(*(_answer(client, address) for address, _ in candidates))
    feeds: dict[str, DiscoveredFeed] = {}
    for (_, found_by), answer in zip(candidates, answers, strict=True):
        feed = _read(answer, found_by) if answer is not None else None
        if feed is not None:
            feeds.setdefault(normalise_url(feed.source.url), feed)
    return list(feeds.values())


async def _answer(client: HttpClient, address: str) -> Response | None:
    try:
        return await client.get(address, accept=ANY_TYPE)
    except (TransientError, PermanentError, ForbiddenByRobotsError):
        return None


async def _sitemaps(client: HttpClient, url: str) -> list[str]:
    """Sitemaps that robots.txt names and whose file name says that they hold news."""
    answer = await _answer(client, urljoin(url, "/robots.txt"))
    if answer is None:
        return []
    named = list(dict.fromkeys(_SITEMAP_LINE.findall(answer.content[:500_000].decode("utf-8", "replace"))))
    own = [address for address in named if same_site(address, url)]
    news = [address for address in own if "news" in address.rpartition("/")[2].lower()]
    return news[:_MAXIMUM_SITEMAPS]


def _read(answer: Response, found_by: str) -> DiscoveredFeed | None:
    source = FeedSource(feed_id_of(answer.url), answer.url)
    try:
        parsed = parse_feed(
            answer.content, answer.headers.get("content-type", ""), answer.url, source, datetime.now(UTC)
        )
    except PermanentError:
        return None
    return DiscoveredFeed(_described(source, parsed), parsed.format, len(parsed.listed), found_by)


def _described(source: FeedSource, parsed: ParsedFeed) -> FeedSource:
    language = parsed.measured_language or parsed.language.lower().partition("-")[0]
    return FeedSource(
        source.feed_id, source.url, title=parsed.title[:200], language=language, verified=bool(parsed.listed)
    )


def _joined(base: str, reference: str | None) -> str:
    try:
        address = urljoin(base, (reference or "").strip())
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""
