"""Feed lists: YAML, OPML, or one feed's address; and a list written as OPML for other readers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import yaml
from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors.feed_decoding import decode_feed
from connectors.feed_repair import repair_xml
from connectors.index_fields import MAXIMUM_ID_BYTES
from schemas.errors import ConfigError
from schemas.feeds import FeedSource, feed_id_of
from schemas.labels import labels_from
from schemas.validation_messages import plain_problem

# Countries with one zone: what a date without a zone means in their outlets' feeds.
_ZONES = {
    "KR": "Asia/Seoul", "KP": "Asia/Pyongyang", "JP": "Asia/Tokyo", "CN": "Asia/Shanghai", "TW": "Asia/Taipei",
    "HK": "Asia/Hong_Kong", "SG": "Asia/Singapore", "IN": "Asia/Kolkata", "PH": "Asia/Manila", "GB": "Europe/London",
    "FR": "Europe/Paris", "DE": "Europe/Berlin", "QA": "Asia/Qatar", "VN": "Asia/Ho_Chi_Minh", "TH": "Asia/Bangkok",
}  # fmt: skip
_MUST_BE = {
    "id": "one word of up to 200 characters",
    "country": "a code of two capital letters, such as KR",
    "language": "a code such as ko or zh-Hant",
}
_ADDRESS = re.compile(r"(?:https?|feed)://", re.IGNORECASE)
_OPML_FIELDS = ("publisher", "country", "language", "timezone", "charset")


class FeedRow(BaseModel):
    """One feed of a YAML list."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    url: str
    id: str = Field("", pattern=r"^\S{0,200}$")
    publisher: str = ""
    country: str = Field("", pattern=r"^([A-Z]{2})?$")
    language: str = Field("", pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]+)*)?$")
    timezone: str = ""
    title: str = ""
    headers: dict[str, str] = {}
    charset: str = ""
    verified: bool = False
    labels: dict[str, Any] = {}

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, labels: dict[str, Any]) -> dict[str, Any]:
        labels_from(labels)
        return labels

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        url = re.sub(r"^feed:(?://)?(?=https?:)", "", url.strip())
        url = re.sub(r"^feed://", "https://", url)
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or re.search(r"\s", url):
            raise ValueError("must be an http or https address")
        return url

    @field_validator("id")
    @classmethod
    def _can_be_stored(cls, identity: str) -> str:
        if len(identity.encode("utf-8", "surrogatepass")) > MAXIMUM_ID_BYTES:
            raise ValueError(f"must not be longer than {MAXIMUM_ID_BYTES} bytes")
        return identity

    @field_validator("headers")
    @classmethod
    def _are_single_lines(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise ValueError("must be names of HTTP headers, each with one line of text")
        return headers

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            if name:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be an IANA zone such as Asia/Seoul") from error
        return name

    @field_validator("language", mode="before")
    @classmethod
    def _not_a_truth_value(cls, language: object) -> object:
        # YAML reads a bare `no` (Norwegian) as false.
        return "no" if language is False else language


def load_feed_lists(sources: Iterable[str]) -> list[FeedSource]:
    """The feeds of all lists, each address once, in order.

    Errors: ConfigError, also when two lists give one id to different addresses.
    """
    return _each_once((source, feed) for source in sources for feed in load_feed_list(source))


def feeds_with_own_pages(sources: tuple[str, ...]) -> tuple[FeedSource, ...]:
    """The feeds that say how pages of their host are asked for or read; read again only when a list has changed.

    Errors: ConfigError as :func:`load_feed_lists`.
    """
    files = [source for source in sources if not _ADDRESS.match(source)]
    return _with_own_pages(tuple((file, Path(file).stat().st_mtime_ns if Path(file).exists() else 0) for file in files))


@lru_cache(maxsize=8)
def _with_own_pages(stamped: tuple[tuple[str, int], ...]) -> tuple[FeedSource, ...]:
    return tuple(feed for feed in load_feed_lists(source for source, _ in stamped) if feed.headers or feed.charset)


def load_feed_list(source: str) -> list[FeedSource]:
    """The feeds of a YAML file, an OPML file or, when ``source`` is an http(s) address, that one feed.

    Errors: ConfigError naming the file, the line and what to do.
    """
    if _ADDRESS.match(source):
        return [_feed({"url": source}, source)]
    path = Path(source)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"feed list {source} cannot be read: {error.strerror}") from error
    text = decode_feed(content)
    rows = _opml_rows(text, source) if text.lstrip().startswith("<") else _yaml_rows(text, source)
    if not rows:
        raise ConfigError(f"feed list {source} names no feed: list addresses under 'feeds:', or use an OPML file")
    return _each_once((where, _feed(row, where)) for where, row in rows)


def write_opml(feeds: Iterable[FeedSource], title: str = "straitwire") -> str:
    """The feeds as OPML 2.0, grouped by publisher. Request headers stay out: they may carry secrets.

    Source: opml.org/spec2.opml, section "subscription lists".
    """
    groups: dict[str, list[FeedSource]] = {}
    for feed in feeds:
        groups.setdefault(feed.publisher or feed.title or feed.feed_id, []).append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += [f"  <head><title>{quoteattr(title)[1:-1]}</title></head>", "  <body>"]
    for name, members in groups.items():
        lines.append(f"    <outline text={quoteattr(name)}>")
        lines += [f"      {_outline(feed)}" for feed in members]
        lines.append("    </outline>")
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines)


def _each_once(feeds: Iterable[tuple[str, FeedSource]]) -> list[FeedSource]:
    """The first listing of each feed; one id for two addresses (scheme and ``www.`` apart) is an error."""
    chosen: dict[str, FeedSource] = {}
    for where, feed in feeds:
        earlier = chosen.setdefault(feed.feed_id, feed)
        if feed_id_of(earlier.url) != feed_id_of(feed.url):
            raise ConfigError(f"{where}: feed id {feed.feed_id!r} is also that of {earlier.url}: give one another id")
    return list(chosen.values())


def _outline(feed: FeedSource) -> str:
    attributes = {
        "type": "rss",
        "text": feed.title or feed.publisher or feed.feed_id,
        "title": feed.title,
        "xmlUrl": feed.url,
        "id": "" if feed.feed_id == feed_id_of(feed.url) else feed.feed_id,
        **{name: getattr(feed, name) for name in _OPML_FIELDS},
        "verified": "true" if feed.verified else "",
    }
    shown = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
    return f"<outline {shown}/>"


def _feed(row: dict[str, Any], where: str) -> FeedSource:
    try:
        checked = FeedRow.model_validate(row)
    except ValidationError as error:
        raise ConfigError(f"{where}: {plain_problem(error, FeedRow.model_fields, _MUST_BE)}") from error
    return FeedSource(
        feed_id=checked.id or feed_id_of(checked.url),
        url=checked.url,
        publisher=checked.publisher,
        country=checked.country,
        language=checked.language,
        timezone=checked.timezone or _ZONES.get(checked.country, ""),
        title=checked.title,
        headers=tuple(sorted(checked.headers.items())),
        charset=checked.charset,
        verified=checked.verified,
        labels=labels_from(checked.labels),
    )


def _yaml_rows(text: str, source: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        loaded = yaml.safe_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"feed list {source}{line} is not YAML: {getattr(error, 'problem', error)}") from error
    if not isinstance(loaded, dict) or set(loaded) != {"feeds"} or not isinstance(loaded["feeds"], list):
        raise ConfigError(f"feed list {source} must hold 'feeds:' and under it one '- url: https://...' for each feed")
    # The same text, loaded and composed: both have the list under the only name.
    items = tree.value[0][1].value if tree is not None else []
    lines = [item.start_mark.line + 1 for item in items]
    rows = []
    for line, row in zip(lines, loaded["feeds"], strict=True):
        where = f"feed list {source}, line {line}"
        if isinstance(row, str):
            row = {"url": row}
        if not isinstance(row, dict):
            raise ConfigError(f"{where}: write '- url: https://...' with further names below it")
        rows.append((where, row))
    return rows


def _opml_rows(text: str, source: str) -> list[tuple[str, dict[str, Any]]]:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(repair_xml(text).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise ConfigError(f"feed list {source} is not OPML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        found = "nothing" if root is None else f"<{etree.QName(root).localname}>"
        raise ConfigError(f"feed list {source} holds {found}, not <opml>: give a feed by its http address instead")
    rows = []
    for outline in root.iter("outline", "OUTLINE"):
        attributes = {name.lower(): value.strip() for name, value in outline.attrib.items()}
        if not attributes.get("xmlurl"):
            continue
        row: dict[str, Any] = {name: attributes[name] for name in _OPML_FIELDS if attributes.get(name)}
        row["language"] = row.get("language", "").lower().replace("_", "-").partition("-")[0]
        row["url"], row["id"] = attributes["xmlurl"], attributes.get("id", "")
        row["title"] = attributes.get("title", "")
        # Lists from other readers name the outlet only in the outline's title or text.
        row.setdefault("publisher", row["title"] or attributes.get("text", ""))
        row["verified"] = attributes.get("verified") == "true"
        rows.append((f"feed list {source}, line {outline.sourceline}", row))
    return rows
