"""What a page says of its article in JSON-LD: headline, authors, dates, body, access."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from schemas.json_text import with_whole_characters

JsonObject = dict[str, Any]

_ARTICLE_ENDINGS = ("article", "posting", "blogpost", "report")
_NOT_THE_ARTICLE = ("discussionforumposting", "jobposting", "socialmediaposting")
_OTHER_ITEMS = frozenset({"liveBlogUpdate", "comment", "review", "itemListElement", "citation", "mentions", "hasPart"})
_MAXIMUM_OBJECTS = 20_000  # a live blog of 2,000 units holds about 10,000; above this a page is hostile
_MAXIMUM_DEPTH = 40
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_WRAPPING = re.compile(r"^\s*(?://\s*)?(?:<!\[CDATA\[|<!--)|(?://\s*)?(?:\]\]>|-->)\s*$")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class StructuredArticle:
    """The article item of the page's JSON-LD; empty where it says nothing.

    Attributes:
        authors: names as written, persons and organisations, in order.
        organisations: names that are organisations by type (author, creator) or by role (sourceOrganization,
            copyrightHolder).
        published, modified: date strings as written.
        body: ``articleBody``, may hold HTML.
        is_free: ``isAccessibleForFree``; False also where a part of the article is not; None where unsaid.
        words: ``wordCount``, 0 where unsaid.

    """

    headline: str = ""
    description: str = ""
    section: str = ""
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    body: str = ""
    publisher: str = ""
    url: str = ""
    language: str = ""
    is_free: bool | None = None
    words: int = 0


def structured_article(tree: HtmlElement) -> StructuredArticle:
    """The page's main article item, or an empty record.

    Where several items call themselves articles (teasers, live-blog units), the one that says most wins and
    the first of equals: a teaser rarely states its dates, authors and body.
    """
    roots = [root for script in _json_ld_scripts(tree) for root in parse_json(script)]
    if not roots:
        return StructuredArticle()
    objects = list(_walk(roots))
    by_id = {item["@id"]: item for item in objects if isinstance(item.get("@id"), str) and len(item) > 1}
    articles = [item for item in objects if _is_article(item)]
    if not articles:
        return StructuredArticle()
    main = max(articles, key=_told)
    return _read_article(main, by_id, objects)


def parse_json(text: str) -> list[Any]:
    """The JSON values in a script, repaired where sites break them: comments, CDATA, commas, entities.

    >>> parse_json('<!-- {"a": 1,} -->')
    [{'a': 1}]
    """
    text = with_whole_characters(_WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";"))
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text), html.unescape(text)):
        values = _decode_all(attempt)
        if values:
            return values
    return []


def plain(value: Any) -> str:
    r"""A JSON string as one line of plain text: no tags, no entities, no runs of spaces; "" for anything else.

    >>> plain("Tom &amp;amp; <b>Ann</b>\n")
    'Tom & Ann'
    """
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    if not isinstance(value, str):
        return ""
    if "&" in value:
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = re.sub(r"<[/a-zA-Z!][^<>]{0,500}>", " ", value)
    return " ".join(value.split())


def _decode_all(text: str) -> list[Any]:
    values: list[Any] = []
    position = 0
    while position < len(text):
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return values
        values.append(value)
        while position < len(text) and text[position] in " \t\r\n;,":
            position += 1
    return values


def _json_ld_scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield script.text


def _walk(roots: list[Any]) -> Iterator[JsonObject]:
    """Every object, outer before inner, in order, within bounds."""
    stack: list[tuple[Any, int]] = [(root, 0) for root in reversed(roots)]
    seen = 0
    while stack and seen < _MAXIMUM_OBJECTS:
        value, depth = stack.pop()
        if isinstance(value, dict):
            seen += 1
            yield value
            children: list[Any] = [child for key, child in value.items() if key not in _OTHER_ITEMS]
        elif isinstance(value, list):
            children = value
        else:
            continue
        if depth < _MAXIMUM_DEPTH:
            stack.extend((child, depth + 1) for child in reversed(children) if isinstance(child, (dict, list)))


def _types(item: JsonObject) -> list[str]:
    kind = item.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return [name.rsplit("/", 1)[-1].lower() for name in kinds if isinstance(name, str)]


def _is_article(item: JsonObject) -> bool:
    return any(name.endswith(_ARTICLE_ENDINGS) and name not in _NOT_THE_ARTICLE for name in _types(item))


def _told(item: JsonObject) -> int:
    """How much an item tells; a unit of a live blog or a list tells less than the page's article."""
    told = sum(3 for key in ("headline", "datePublished", "author", "mainEntityOfPage", "publisher") if item.get(key))
    told += sum(1 for key in ("dateModified", "description", "articleSection", "image") if item.get(key))
    if isinstance(item.get("articleBody"), str) and len(item["articleBody"]) > 300:
        told += 2
    return told


def _read_article(item: JsonObject, by_id: dict[str, JsonObject], objects: list[JsonObject]) -> StructuredArticle:
    authors = [*_people(item.get("author"), by_id), *_people(item.get("creator"), by_id)]
    sources = [
        *_people(item.get("sourceOrganization"), by_id),
        *_people(item.get("copyrightHolder"), by_id),
    ]
    organisations = [name for name, kind in authors if "organization" in kind] + [name for name, _ in sources]
    publishers = _people(item.get("publisher"), by_id)
    body = item.get("articleBody") or item.get("text")
    return StructuredArticle(
        headline=plain(item.get("headline")) or plain(item.get("name")),
        description=plain(item.get("description")),
        section=plain(item.get("articleSection")),
        authors=tuple(dict.fromkeys(name for name, _ in authors)),
        organisations=tuple(dict.fromkeys(organisations)),
        published=_date_text(item, "datePublished", "dateCreated") or _date_of_page(objects, "datePublished"),
        modified=_date_text(item, "dateModified") or _date_of_page(objects, "dateModified"),
        body=body if isinstance(body, str) else "",
        publisher=publishers[0][0] if publishers else "",
        url=_url_of(item),
        language=plain(item.get("inLanguage"))[:35],
        is_free=_is_free(item),
        words=_whole_number(item.get("wordCount")),
    )


def _date_text(item: JsonObject, *keys: str) -> str:
    return next((text for text in (plain(item.get(key)) for key in keys) if text), "")


def _date_of_page(objects: list[JsonObject], key: str) -> str:
    """Some generators date the WebPage and not the article."""
    return next((_date_text(item, key) for item in objects if "webpage" in _types(item) and item.get(key)), "")


def _url_of(item: JsonObject) -> str:
    for value in (item.get("url"), item.get("mainEntityOfPage")):
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        if isinstance(value, str) and value.startswith("http"):
            return value
    return ""


def _people(value: Any, by_id: dict[str, JsonObject]) -> list[tuple[str, str]]:
    """(name, lower-case type) of persons and organisations given as string, object, reference or list of these."""
    found: list[tuple[str, str]] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            name, kind = plain(entry), ""
        elif isinstance(entry, dict):
            known = entry if entry.get("name") else by_id.get(str(entry.get("@id")), entry)
            name, kind = _name(known), " ".join(_types(known))
        else:
            continue
        if name:
            found.append((name, kind))
    return found


def _name(person: JsonObject) -> str:
    name = plain(person.get("name"))
    if name:
        return name
    parts = (plain(person.get("givenName")), plain(person.get("familyName")))
    return " ".join(part for part in parts if part)


def _is_free(item: JsonObject) -> bool | None:
    """Of the article and of the parts that it marks as behind the wall."""
    parts = item.get("hasPart")
    for part in parts if isinstance(parts, list) else [parts]:
        if isinstance(part, dict) and _truth(part.get("isAccessibleForFree")) is False:
            return False
    return _truth(item.get("isAccessibleForFree"))


def _whole_number(value: Any) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 9:
        return int(value)
    return value if isinstance(value, int) and 0 <= value < 10**8 else 0


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.strip().lower().rsplit("/", 1)[-1])
    return None
