"""Feeds: where they are, what one says, and what is remembered of each between polls."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import xxhash

from schemas.documents import time_from_text, time_text
from schemas.labels import Labels
from schemas.records import Entry, Publication

Document = dict[str, Any]

MAX_RECENT_ENTRIES = 300
"""Entries that a feed's state remembers: several times what feeds list, a few dozen kilobytes."""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """One feed of a feed list.

    Attributes:
        feed_id: readable and stable; from the list or from the URL.
        url: where to poll.
        publisher: the outlet's name; country: ISO 3166 code; language: ISO 639-1 code as declared.
        timezone: IANA name, for dates that state no zone; "" is UTC.
        title: the feed's name within the outlet ("Politics").
        headers: (name, value) sent with every request to the feed and to pages of its host; ``${NAME}`` and the like in
            a value are replaced when the request is made, so that no secret is stored or logged.
        charset: overrides what server and document declare, or "".
        verified: whether somebody has polled it and seen entries.
        labels: the user's own, for every article that the feed leads to.
    """

    feed_id: str
    url: str
    publisher: str = ""
    country: str = ""
    language: str = ""
    timezone: str = ""
    title: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    charset: str = ""
    verified: bool = False
    labels: Labels = ()

    @property
    def publication(self) -> Publication:
        """The outlet, as entries carry it."""
        return Publication(self.publisher, self.country, self.language, self.timezone)


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as a feed lists it, with what tells it from its neighbours.

    Attributes:
        entry: with ``key`` from its link.
        guid: the feed's own id for it, or "".
        content_hash: 16 hex digits over title and text, which do not change with link tokens.
    """

    entry: Entry
    guid: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed document says.

    Attributes:
        format: ``rss20``, ``atom10``, ``rdf``, ``json11``, ``news-sitemap``, ``sitemap-index``, ...
        listed: its entries in document order.
        language: as the document declares it; measured_language: as its entries are written.
        ttl_seconds: the longest of ``ttl`` and ``sy:updatePeriod``/``Frequency``; 0 when not stated.
        skip_hours: hours 0..23 in UTC and skip_days: weekdays 0..6 (Monday is 0) in which it asks not to be polled.
        hub: WebSub hub, or "".
        sitemaps: URLs that a sitemap index lists, newest first.
        undated: entries without a readable date; refused_dates: dates in the future or before the web.
        unlinked: entries left out because nothing says where they can be read.
    """

    format: str
    title: str
    listed: tuple[ListedEntry, ...]
    language: str = ""
    measured_language: str = ""
    ttl_seconds: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str = ""
    sitemaps: tuple[str, ...] = ()
    undated: int = 0
    refused_dates: int = 0
    unlinked: int = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in document order."""
        return tuple(listed.entry for listed in self.listed)


@dataclass(frozen=True, slots=True)
class RecentEntry:
    """What is kept of an entry to know it again: key, guid, folded title, time (RFC 3339 or "") and content hash."""

    key: str
    guid: str
    title: str
    published: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """The health record of a feed, and what the next poll needs.

    Attributes:
        feed_id, publisher: of the source; listed_url: its address there.
        url: where to poll: that address, or the new one after a lasting redirect.
        format, title: of the last readable document.
        etag, last_modified: validators of the last full answer.
        body_hash: of that answer's body; equal bodies are not parsed again.
        unconditional_at: from then on one fetch goes without validators, for servers that never say "changed".
        polls: how often it was polled; seeds the jitter.
        polled_at, next_poll_at: last attempt and next one.
        interval_seconds: what the rhythm of the feed asked for, before any request of the server.
        ttl_seconds, skip_hours, skip_days: what the last readable document asked for, which "not modified" does not
            repeat; hours and weekdays as in :class:`ParsedFeed`, joined by commas.
        succeeded_at, new_entry_at: last readable answer (also "not modified") and last entry not seen before.
        failure: reason of the last failure while it lasts, ``empty_feed`` for a readable feed without entries, or "";
            failure_detail: one line; failing_since.
        consecutive_failures: polls in a row.
        entries_per_week: how many entries the feed lists a week, by their dates; -1 while unknown.
        seen_share: share of the listed entries that were known, 0..1, as a running mean.
        lag_seconds: typical time between an entry's date and our first sight of it, or -1.
        entries, undated: in the last readable document.
        language, measured_language: declared and found; language_mismatch: they differ.
        moved_to, moved_times: a permanent redirect, and how often in a row it was answered.
        retired: gone for good (410); polled no more.
        volatile_dates: the feed re-dates its entries at every poll, so that their dates say nothing about change.
        hub: WebSub hub.
        recent: the newest entries, to know them again when ids and links change.
    """

    feed_id: str
    url: str
    listed_url: str = ""
    publisher: str = ""
    format: str = ""
    title: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    unconditional_at: datetime | None = None
    polls: int = 0
    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    interval_seconds: float = 0.0
    ttl_seconds: float = 0.0
    skip_hours: str = ""
    skip_days: str = ""
    succeeded_at: datetime | None = None
    new_entry_at: datetime | None = None
    failure: str = ""
    failure_detail: str = ""
    failing_since: datetime | None = None
    consecutive_failures: int = 0
    entries_per_week: float = -1.0
    seen_share: float = 0.0
    lag_seconds: float = -1.0
    entries: int = 0
    undated: int = 0
    language: str = ""
    measured_language: str = ""
    language_mismatch: bool = False
    moved_to: str = ""
    moved_times: int = 0
    retired: bool = False
    volatile_dates: bool = False
    hub: str = ""
    recent: tuple[RecentEntry, ...] = field(default=())


_TIMES = frozenset({"unconditional_at", "polled_at", "next_poll_at", "succeeded_at", "new_entry_at", "failing_since"})


def feed_id_of(url: str) -> str:
    """The id of a feed that its list gives none: its address without scheme, user and outer slashes.

    >>> feed_id_of("https://www.example.com/rss/politics.xml?lang=ko")
    'example.com/rss/politics.xml?lang=ko'
    """
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return xxhash.xxh3_128_hexdigest(url.encode())
    host = (parts.hostname or "").removeprefix("www.")
    readable = f"{host}{port}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    # Ids in Elasticsearch end at 512 bytes.
    return readable if len(readable.encode()) <= 200 else f"{host}/{xxhash.xxh3_128_hexdigest(url.encode())}"


def feed_state_to_document(state: FeedState) -> Document:
    """The state as the index stores it; times to the millisecond, ``recent`` as JSON text."""
    document: Document = {}
    for name in _NAMES:
        value = getattr(state, name)
        document[name] = time_text(value) if name in _TIMES else value
    document["recent"] = json.dumps([list(asdict(entry).values()) for entry in state.recent], ensure_ascii=False)
    document["updated_at"] = time_text(state.polled_at)
    return document


def feed_state_from_document(document: Document) -> FeedState:
    """The inverse of :func:`feed_state_to_document`; fields that an older version did not write get their defaults."""
    values: dict[str, Any] = {}
    for name in _NAMES:
        if name in document:
            value = document[name]
            values[name] = time_from_text(value) if name in _TIMES else value
    values["recent"] = tuple(RecentEntry(*row) for row in json.loads(document.get("recent") or "[]"))
    return FeedState(**values)


_NAMES = tuple(field.name for field in fields(FeedState) if field.name != "recent")
