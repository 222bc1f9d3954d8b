"""JSON Feed 1.0 and 1.1. Source: jsonfeed.org/version/1.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.feed_entries import RawEntry, list_entries
from connectors.feed_text import plain_text
from schemas.errors import FailReason, PermanentError
from schemas.feeds import FeedSource, ParsedFeed
from schemas.json_text import with_whole_characters


def is_json(text: str) -> bool:
    """Whether the document starts as JSON objects and lists do.

    >>> is_json('{"version": ""}'), is_json("<rss/>")
    (True, False)
    """
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def parse_json_feed(text: str, url: str, source: FeedSource, now: datetime | None) -> ParsedFeed:
    """The feed, or PermanentError(UNPARSABLE_FEED) when the JSON is broken or no feed."""
    try:
        document = json.loads(with_whole_characters(text.lstrip("\ufeff")), strict=False)
    except (ValueError, RecursionError) as error:
        raise PermanentError(FailReason.UNPARSABLE_FEED, f"broken JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise PermanentError(FailReason.UNPARSABLE_FEED, "JSON without a list of items: no JSON Feed")
    version = _text(document, "version")
    hubs = [hub for hub in _list(document, "hubs") if isinstance(hub, dict)]
    feed = ParsedFeed(
        format="json11" if version.rstrip("/").endswith("1.1") else "json10",
        title=plain_text(_text(document, "title")),
        listed=(),
        language=_text(document, "language"),
        hub=_text(hubs[0], "url") if hubs else "",
    )
    items = [item for item in document["items"] if isinstance(item, dict)]
    feed_authors = _authors(document)
    listed = list_entries([_raw_entry(item, feed_authors) for item in items], url, source, now, feed)
    if document["items"] and not listed.listed:
        raise PermanentError(FailReason.UNPARSABLE_FEED, f"{len(items)} items, and none says where to read it")
    return listed


def _raw_entry(item: Mapping[str, Any], feed_authors: str) -> RawEntry:
    guid = _text(item, "id")
    addresses = (_text(item, "url"), _text(item, "external_url"), guid if guid.startswith("http") else "")
    content = _text(item, "content_html") or _text(item, "content_text").replace("<", "&lt;")
    summary = _text(item, "summary").replace("<", "&lt;")
    return RawEntry(
        links=tuple(address for address in addresses if address),
        guid=guid,
        title=_text(item, "title"),
        text=content or summary,
        summary=summary,
        author=_authors(item) or feed_authors,
        published=(_text(item, "date_published"),),
        updated=(_text(item, "date_modified"),),
    )


def _authors(fields: Mapping[str, Any]) -> str:
    """Names of ``authors`` (1.1), or of ``author`` (1.0)."""
    people = [*_list(fields, "authors"), fields.get("author")]
    names = [_text(person, "name") for person in people if isinstance(person, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    # Ids are numbers in some feeds, against the standard.
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
