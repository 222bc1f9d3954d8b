"""A feed document's bytes -> its entries: RSS 0.9x to 2.0, RDF, Atom, JSON Feed, news sitemaps. No I/O.

A wall, an empty body or something that is no feed is a typed error, never "no entries".
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import feedparser

from connectors.feed_decoding import decode_feed
from connectors.feed_entries import RawEntry, list_entries
from connectors.feed_repair import in_parts, repair_xml
from connectors.feed_text import plain_text
from connectors.json_feed import is_json, parse_json_feed
from connectors.news_sitemap import parse_sitemap
from schemas.errors import FailReason, PermanentError
from schemas.feeds import FeedSource, ParsedFeed

_FEED_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|rdf|channel|urlset|sitemapindex|opml|xml|html)\b|<!doctype\s+html", re.I)
_ANY_ELEMENT = re.compile(r"<[A-Za-z_][\w:.-]*[\s/>]")
_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry)\b", re.I)
_HEAD_CHARS = 200_000
_UNKNOWN = "unknown"
_SKIP_HOURS = re.compile(r"<(?:\w+:)?skipHours\b[^<>]*>(.{0,4000}?)</(?:\w+:)?skipHours", re.I | re.S)
_SKIP_DAYS = re.compile(r"<(?:\w+:)?skipDays\b[^<>]*>(.{0,4000}?)</(?:\w+:)?skipDays", re.I | re.S)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIOD_SECONDS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MAX_TTL_SECONDS = 30 * 86_400
# What feedparser calls the dates of the formats; the first readable one counts.
_PUBLISHED = ("published", "dc_issued", "prism_publicationdate", "created", "pubdate", "date", "issued", "news_date")
_UPDATED = ("updated", "prism_modificationdate", "modified", "lastmod", "lastbuilddate")


def parse_feed(
    content: bytes, content_type: str, url: str, source: FeedSource, now: datetime | None = None
) -> ParsedFeed:
    """What the document at ``url`` says.

    Args:
        content: the body, decompressed.
        content_type: the server's header, charset included.
        url: where it was read; relative links are resolved against it.
        source: gives feed id, outlet, time zone and charset.
        now: our clock, against which dates in the future are refused; None leaves them.

    Errors: PermanentError with EMPTY_BODY, HTML_INSTEAD_OF_FEED or UNPARSABLE_FEED.
    """
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf\xfe\xff"):
        raise PermanentError(FailReason.EMPTY_BODY, "the feed is empty")
    text = decode_feed(content, content_type, source.charset)
    if is_json(text):
        return parse_json_feed(text, url, source, now)
    root = _root(text)
    if root in ("urlset", "sitemapindex"):
        return parse_sitemap(repair_xml(text), url, source, now)
    return _parse_xml(text, url, source, now)


def _root(text: str) -> str:
    """The document's kind by its first telling element; raises for what cannot be a feed."""
    head = re.sub(r"<!--.*?(?:-->|\Z)", "", text[:_HEAD_CHARS], flags=re.S)
    found = _FEED_ROOT.search(head)
    name = (found[1] or "html").lower() if found else ""
    if name == "html":
        raise PermanentError(FailReason.HTML_INSTEAD_OF_FEED, "a web page was answered, not a feed")
    if name == "opml":
        raise PermanentError(FailReason.UNPARSABLE_FEED, "an OPML list of feeds: use it with 'feeds import'")
    if not found and not _ENTRY.search(head):
        reason = "neither XML nor JSON" if not _ANY_ELEMENT.search(head) else "no feed element in the document"
        raise PermanentError(FailReason.UNPARSABLE_FEED, reason)
    return name


def _parse_xml(text: str, url: str, source: FeedSource, now: datetime | None) -> ParsedFeed:
    feed: ParsedFeed | None = None
    raw_entries: list[RawEntry] = []
    # Without its own address feedparser leaves relative links as they are: a guid such as "17" stays no address.
    headers = {"content-type": "application/xml; charset=utf-8"}
    for part in in_parts(repair_xml(text)):
        data = io.BytesIO(part.encode("utf-8", "replace"))
        # Markup is not shown but reduced to text, so cleaning it would be work for nothing.
        parsed = feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
        feed = feed or _feed(parsed, text)
        raw_entries += [_raw_entry(entry) for entry in parsed["entries"]]
    if feed is None or (not raw_entries and feed.format == _UNKNOWN and not feed.title):
        raise PermanentError(FailReason.UNPARSABLE_FEED, "no feed element in the document")
    found = len(raw_entries)
    listed = list_entries(raw_entries, url, source, now, feed)
    if found and not listed.listed:
        raise PermanentError(FailReason.UNPARSABLE_FEED, f"{found} entries, and none says where to read it")
    return listed


def _feed(parsed: Mapping[str, Any], text: str) -> ParsedFeed:
    """What the document says of itself, its entries apart."""
    channel: Mapping[str, Any] = parsed["feed"]
    return ParsedFeed(
        format=parsed.get("version") or _UNKNOWN,
        title=plain_text(_text(channel, "title")),
        listed=(),
        language=_text(channel, "language") or _text(channel, "dc_language"),
        ttl_seconds=_ttl_seconds(channel),
        skip_hours=_skip_hours(text),
        skip_days=_skip_days(text),
        hub=_hub(channel),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    """A field that should be text; as a plain ``dict`` because feedparser's own ``get`` substitutes other fields."""
    value = dict(fields).get(name)
    return value.strip() if isinstance(value, str) else ""


def _raw_entry(entry: Mapping[str, Any]) -> RawEntry:
    contents = [part.get("value") or "" for part in entry.get("content", ())]
    texts = sorted({*contents, _text(entry, "summary")} - {""}, key=lambda text: (-len(text), text))
    origin = entry.get("source") or {}
    return RawEntry(
        links=_links(entry),
        guid=_text(entry, "id"),
        title=_text(entry, "title"),
        text=texts[0] if texts else "",
        summary=_text(entry, "summary"),
        author=_text(entry, "author"),
        published=tuple(text for name in _PUBLISHED if (text := _text(entry, name))),
        updated=tuple(text for name in _UPDATED if (text := _text(entry, name))),
        source_title=_text(origin, "title"),
        source_url=_text(origin, "href"),
    )


def _links(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses, best first: the one a click counter replaced, the entry's own, alternates, an id that is a URL."""
    others = [
        link.get("href") or ""
        for link in entry.get("links", ())
        if link.get("rel", "alternate") == "alternate" and "html" in link.get("type", "html")
    ]
    guid, link = _text(entry, "id"), _text(entry, "link")
    is_guid = bool(entry.get("guidislink")) and link == guid
    addresses = [
        _text(entry, "feedburner_origlink"),
        _text(entry, "pheedo_origlink"),
        *others,
        link if not is_guid or link.startswith("/") else "",
        guid if re.match(r"https?://", guid) else "",
    ]
    return tuple(address for address in addresses if address)


def _ttl_seconds(channel: Mapping[str, Any]) -> float:
    ttl = _number(_text(channel, "ttl")) * 60
    period = _PERIOD_SECONDS.get(_text(channel, "sy_updateperiod").lower(), 0)
    frequency = _number(_text(channel, "sy_updatefrequency")) or 1
    return min(max(ttl, period / frequency), _MAX_TTL_SECONDS)


def _number(text: str) -> float:
    found = re.match(r"\s*(\d{1,7}(?:\.\d+)?)", text)
    return float(found[1]) if found else 0.0


def _skip_hours(text: str) -> frozenset[int]:
    """RSS 2.0, skipHours: hours in GMT; RSS 0.91 counts from 1 to 24."""
    found = _SKIP_HOURS.search(text[:_HEAD_CHARS])
    hours = [int(hour) for hour in re.findall(r">\s*(\d{1,2})\s*<", found[1])] if found else []
    skipped = frozenset(hour % 24 for hour in hours if hour <= 24)
    return skipped if len(skipped) < 24 else frozenset()


def _skip_days(text: str) -> frozenset[int]:
    found = _SKIP_DAYS.search(text[:_HEAD_CHARS])
    named = re.findall(r">\s*([a-z]+)\s*<", found[1].lower()) if found else []
    skipped = frozenset(_DAYS.index(day) for day in named if day in _DAYS)
    return skipped if len(skipped) < 7 else frozenset()


def _hub(channel: Mapping[str, Any]) -> str:
    return next((link.get("href") or "" for link in channel.get("links", ()) if link.get("rel") == "hub"), "")
