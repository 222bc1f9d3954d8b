"""From what a feed format says of an entry to an Entry: identity, revision, dates and plain text. Pure."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import xxhash

from connectors.feed_dates import guarded_date, parse_feed_date
from connectors.feed_text import folded_title, measure_language, plain_text
from schemas.canonical_url import article_id, host_of, is_home_page, normalise_url
from schemas.feeds import FeedSource, ListedEntry, ParsedFeed
from schemas.records import Entry, Publication, SourceKind
from schemas.url_rules import load_url_rules

_MAX_SUMMARY_CHARS = 2_000
_MAX_TITLE_CHARS = 500
_MAX_GUID_CHARS = 500
_MAX_URL_CHARS = 4_000
_MAIL = r"[\w.+-]+@[\w.-]+"
_MAIL_AUTHOR = re.compile(rf"{_MAIL}\s*\((?P<name>[^)]+)\)|(?P<before>[^<(]+?)\s*[<(]\s*{_MAIL}\s*[>)]")


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as its format has it: strings, markup included, "" where nothing is said.

    Attributes:
        links: where it can be read, best first; may be relative.
        text: the longest of content and summary; summary: the shorter one when there are two.
        published, updated: date strings; ``published_times`` would be several, the first readable counts.
        source_title, source_url: the outlet an aggregator took it from.
    """

    links: tuple[str, ...] = ()
    guid: str = ""
    title: str = ""
    text: str = ""
    summary: str = ""
    author: str = ""
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    source_title: str = ""
    source_url: str = ""
    alternates: tuple[tuple[str, str], ...] = ()


def list_entries(
    raw_entries: list[RawEntry], base_url: str, source: FeedSource, now: datetime | None, feed: ParsedFeed
) -> ParsedFeed:
    """``feed`` with these entries in it, each article once, and the counts of what was missing.

    ``raw_entries`` is emptied on the way: a long feed would otherwise be in memory twice.
    """
    links = [_link(raw, base_url) for raw in raw_entries]
    shared = Counter(links)
    listed: dict[str, ListedEntry] = {}
    undated = refused = unlinked = 0
    raw_entries.reverse()
    for link in links:
        raw = raw_entries.pop()
        # A front page given as the link of every entry leads to none of them.
        leads_there = bool(link) and not (shared[link] > 1 and is_home_page(link))
        if not leads_there and not plain_text(raw.text):
            unlinked += 1
            continue
        one, refused_dates = _listed(raw, link if leads_there else "", base_url, source, now)
        undated += one.entry.published_at is None
        refused += refused_dates
        listed.setdefault(one.entry.key, one)
    texts = [f"{one.entry.title} {one.entry.summary[:300]}" for one in listed.values()]
    return replace(
        feed,
        listed=tuple(listed.values()),
        measured_language=measure_language(texts),
        undated=undated,
        refused_dates=refused,
        unlinked=unlinked,
    )


def revision_of(updated_at: datetime | None, content_hash: str) -> str:
    """16 hex digits that change when the feed says that the entry changed: its date of change or its words."""
    moment = updated_at.isoformat() if updated_at else ""
    return _hash(f"{moment}\0{content_hash}")


def _listed(
    raw: RawEntry, link: str, base_url: str, source: FeedSource, now: datetime | None
) -> tuple[ListedEntry, int]:
    """The entry and how many of its dates were refused; without a link, its text is all there is to read."""
    published, updated, refused = _dates(raw, source.timezone, now)
    title, text = plain_text(raw.title)[:_MAX_TITLE_CHARS], plain_text(raw.text)
    publication, title, aggregator = _publisher(raw, link, title, source.publication)
    digest = _hash(f"{folded_title(title)}\0{text}")
    url = link or f"{base_url.partition('#')[0]}#!entry-{_hash(raw.guid or digest)}"
    entry = Entry(
        key=article_id(url),
        url=url,
        kind=SourceKind.FEED,
        source_id=source.feed_id,
        revision=revision_of(updated, digest),
        publication=publication,
        title=title,
        summary=(plain_text(raw.summary) or text)[:_MAX_SUMMARY_CHARS],
        author=_author(raw.author),
        published_at=published,
        updated_at=updated,
        aggregator=aggregator,
        alternates=raw.alternates,
        labels=source.labels,
        text="" if link else _page(title, raw.text),
        content_type="" if link else "text/html",
    )
    return ListedEntry(entry, raw.guid[:_MAX_GUID_CHARS], digest), refused


def _page(title: str, text: str) -> str:
    shown = html.escape(title)
    return f"<html><head><title>{shown}</title></head><body><article><h1>{shown}</h1>\n{text}</article></body></html>"


def _dates(raw: RawEntry, zone: str, now: datetime | None) -> tuple[datetime | None, datetime | None, int]:
    """Publication and change as far as they can be believed, and how many dates were refused.

    A lone date of change stands for publication too: it is all that many Atom and RDF feeds state.
    """
    read_published = _first_date(raw.published, zone)
    read_updated = _first_date(raw.updated, zone)
    published, updated = guarded_date(read_published, zone, now), guarded_date(read_updated, zone, now)
    refused = (read_published is not None and published is None) + (read_updated is not None and updated is None)
    if published and updated and updated < published - timedelta(days=1):
        updated = published
    return published or updated, updated, refused


def _first_date(texts: Sequence[str], zone: str) -> datetime | None:
    return next((moment for text in texts if text and (moment := parse_feed_date(text, zone))), None)


def _link(raw: RawEntry, base_url: str) -> str:
    """The first usable address; an aggregator's wrapper gives way to the address inside it."""
    for candidate in raw.links:
        text = re.sub(r"[\x00-\x20]+", lambda found: "" if found[0].strip(" ") else "%20", candidate.strip())
        try:
            address = urljoin(base_url, text) if text else ""
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > _MAX_URL_CHARS:
            continue
        if host_of(address) in load_url_rules().aggregators:
            return normalise_url(address)
        return address
    return ""


def _publisher(raw: RawEntry, link: str, title: str, listed: Publication) -> tuple[Publication, str, str]:
    """(outlet, title, aggregator): an aggregator's entry belongs to the outlet that its ``<source>`` names."""
    host = host_of(link)
    named = plain_text(raw.source_title)
    if host not in load_url_rules().aggregators:
        return listed, title, ""
    if not named:
        return replace(listed, publisher="", country="") if listed.publisher else listed, title, host
    for dash in (" - ", " – ", " | "):
        title = title.removesuffix(f"{dash}{named}")
    # Country and zone are those of the aggregator's feed, not of the outlet.
    return Publication(named, "", listed.language, ""), title, host


def _author(text: str) -> str:
    name = plain_text(text)[:300]
    found = _MAIL_AUTHOR.fullmatch(name)
    if found:
        name = (found["name"] or found["before"] or "").strip()
    return name[:200]


def _hash(text: str) -> str:
    return xxhash.xxh3_64_hexdigest(text.encode("utf-8", "replace"))
