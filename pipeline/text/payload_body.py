"""Stories that a page holds only in the data of its scripts: Next.js, Nuxt, and stores of other frameworks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from pipeline.text.headline import name_key
from pipeline.text.structured_data import plain
from schemas.json_text import with_whole_characters

_DECODER = json.JSONDecoder(strict=False)
_NEXT_CHUNK = re.compile(r"self\.__next_f\.push\(\s*(?=\[)")
# A string literal of script code, closed or cut off; possessive, so that hostile code costs one pass.
_LITERAL = re.compile(r'(?:\b([A-Za-z_$][\w$]{0,40}+)\s{0,4}+:\s{0,4}+)?("(?:[^"\\\n]|\\.)*+)("?)')
_CODE_START = re.compile(r"=\s*\(\s*function\b|=\s*\(\s*\(")
_STORE_START = re.compile(r"(?:=|\bpush\(|\bJSON\.parse\()\s*(?=[\[{\"'])")
_FLIGHT_ROW = re.compile(r"(?:^|\n)[0-9a-f]{1,6}:(?:[A-Z]{1,2}(?=[\[{\"]))?")
_FLIGHT_TEXT = re.compile(r"(?:^|\n)([0-9a-f]{1,6}):T([0-9a-f]{1,6}),")
_MINIMUM_SCRIPT_CHARS = 150  # the shortest story is a hundred CJK characters
_MAXIMUM_STARTS = 40
_MAXIMUM_REFUSED = 100
_MAXIMUM_NODES = 200_000
_MINIMUM_STORY_CHARS = 200
_MINIMUM_STORY_CHARS_CJK = 100
_PARAGRAPH_KEYS = ("content", "text", "value", "html", "body", "paragraph", "children", "data", "p", "string")
_NOT_STORY_KEYS = re.compile(
    r"css|style|script|svg|url|href|src|policy|terms|cookie|consent|comment|caption|alt$|image|photo|related|"
    r"recommend|widget|\bad\b|meta|class|schema|config|locale|i18n|translation|label|message|description$|summary$",
    re.IGNORECASE,
)
_TITLE_KEYS = ("title", "headline", "newstitle", "articletitle", "subject", "name", "headlines")
_SUBTITLE_KEYS = ("subtitle", "subheadline", "subheadlines", "deck", "standfirst", "dek")
_DATE_KEYS = re.compile(
    r"^(?:date_?published|publish(?:ed)?_?(?:at|date|time|on)?|pub_?date|first_?published(?:_?at)?|display_?date|"
    r"first_?publish_?date|(?:release|deploy|service|open|issue)_?(?:date|time|dt)|reg(?:ist)?_?(?:date|dt|time)|input_?(?:date|dt)|create_?(?:d_?at|dt|date))$",
    re.IGNORECASE,
)
_AUTHOR_KEYS = re.compile(
    r"^(?:authors?|by_?lines?|reporters?|writers?|journalists?|reporter_?name|author_?name)$", re.IGNORECASE
)
_NAME_KEY = re.compile(r"name$", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_REFERENCE = re.compile(r"^\$[0-9a-fL@]{1,6}$")


@dataclass(frozen=True, slots=True)
class PayloadStory:
    """A story found in script data; the body may hold HTML.

    Attributes:
        html: paragraphs as HTML or plain lines.
        subtitle: standfirst lines of the same object, may hold HTML.
        published: a date of the same object as written, or "".
        authors: names of the same object.
    """

    html: str
    title: str = ""
    subtitle: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()


def payload_story(tree: HtmlElement, titles: frozenset[str] = frozenset()) -> PayloadStory | None:
    """The longest story in the page's script data; one whose object states the page's title wins over longer ones.

    Args:
        tree: the page.
        titles: what the page states as its headline, as ``name_key`` gives it.
    """
    best: PayloadStory | None = None
    best_rank = (False, 0)
    texts: dict[str, str] = {}
    for value in _values(tree, texts):
        for story in _stories(value, texts):
            rank = (bool(story.title) and _same_title(story.title, titles), len(plain(story.html)))
            if rank > best_rank:
                best, best_rank = story, rank
    return best


def _same_title(title: str, titles: frozenset[str]) -> bool:
    key = name_key(title)
    return len(key) > 5 and any(key in known for known in titles)


def _values(tree: HtmlElement, texts: dict[str, str]) -> Iterator[Any]:
    """JSON values of scripts: whole scripts of JSON, flight rows of Next.js, what is assigned or pushed."""
    flight: list[str] = []
    for script in tree.iter("script"):
        text = with_whole_characters(script.text or "")
        kind = (script.get("type") or "").lower()
        if len(text) < _MINIMUM_SCRIPT_CHARS or "ld+json" in kind:
            continue
        if "json" in kind:
            for value in _decoded(text, 0):
                yield value
                yield from _unflattened(value)
            continue
        chunk = _NEXT_CHUNK.search(text)
        if chunk:
            for value in _decoded(text, chunk.end()):
                flight.extend(part for part in value[1:2] if isinstance(part, str))
            continue
        for number, start in enumerate(_STORE_START.finditer(text)):
            if number >= _MAXIMUM_STARTS:
                break
            for value in _decoded(text, start.end()):
                yield from _decoded(value, 0) if isinstance(value, str) and value[:1] in "[{" else (value,)
        if _CODE_START.search(text):
            yield from _literals(text)
    if flight:
        yield from _flight_values(with_whole_characters("".join(flight)), texts)


def _literals(code: str) -> Iterator[dict[str, str]]:
    """Stories among the string literals of a function that builds the store (Nuxt 2), with the last title before.

    Source: @nuxt/devalue writes the store as ``(function(a,b){return {...}}(1,2))``: JavaScript, not JSON.
    """
    title = ""
    for match in _LITERAL.finditer(code):
        key, literal, end = match.groups()
        is_title = bool(key) and key.lower() in _TITLE_KEYS
        if not end or (len(literal) < _MINIMUM_STORY_CHARS_CJK and not is_title):
            continue
        for value in _decoded(literal + end, 0):
            if is_title:
                title = value
            elif _is_story(value):
                yield {"title": title, key or "body": value}


def _unflattened(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a flattened payload (Nuxt 3): one list of all values, in which members are places in it.

    Strings, and lists of strings, are put back; deeper values have their own object in the list.
    Source: https://github.com/Rich-Harris/devalue, ``stringify``.
    """
    if not isinstance(value, list):
        return

    def resolved(place: Any) -> Any:
        return value[place] if type(place) is int and 0 <= place < len(value) else None

    for item in value[:_MAXIMUM_NODES]:
        if not isinstance(item, dict) or not item or not all(type(place) is int for place in item.values()):
            continue
        members = {key: resolved(place) for key, place in item.items()}
        yield {
            key: [part for part in map(resolved, member) if isinstance(part, str)]
            if isinstance(member, list)
            else member
            for key, member in members.items()
            if isinstance(member, str | list)
        }


def _flight_values(stream: str, texts: dict[str, str]) -> Iterator[Any]:
    """The rows of a React flight stream: ``5:[...]`` is JSON, ``6:T1a2,...`` text of so many bytes."""
    for match in _FLIGHT_TEXT.finditer(stream):
        size = int(match.group(2), 16)
        raw = stream[match.end() : match.end() + size].encode("utf-8", "surrogatepass")[:size]
        texts["$" + match.group(1)] = raw.decode("utf-8", "ignore")
    refused = 0
    for match in _FLIGHT_ROW.finditer(stream):
        if stream[match.end() : match.end() + 1] in ("[", "{", '"'):
            values = list(_decoded(stream, match.end()))
            yield from values
            refused += not values
            if refused > _MAXIMUM_REFUSED:  # each refusal counts the stream's lines for its message
                break
    # Apps may stream bare HTML as a row of its own.
    if stream.lstrip().startswith("<"):
        yield {"body": stream}


def _decoded(text: str, position: int) -> Iterator[Any]:
    try:
        yield _DECODER.raw_decode(text, position)[0]
    except (ValueError, RecursionError):
        return


def _stories(root: Any, texts: dict[str, str]) -> Iterator[PayloadStory]:
    """Objects with a long prose string or a list of paragraph objects in them."""
    stack: list[Any] = [root]
    visited = 0
    while stack and visited < _MAXIMUM_NODES:
        value = stack.pop()
        visited += 1
        if isinstance(value, list):
            if len(value) > 2 and isinstance(value[0], dict):
                joined = _joined_paragraphs(value)
                if _is_story(joined):
                    yield PayloadStory(joined)
            stack.extend(value)
        elif isinstance(value, dict):
            html = max((_candidate(key, entry, texts) for key, entry in value.items()), key=len, default="")
            if html:
                yield _story(value, html)
            stack.extend(entry for key, entry in value.items() if not _NOT_STORY_KEYS.search(str(key)))


def _candidate(key: str, entry: Any, texts: dict[str, str]) -> str:
    if _NOT_STORY_KEYS.search(key):
        return ""
    if isinstance(entry, list):
        entry = _joined_paragraphs(entry)
    if isinstance(entry, str) and _REFERENCE.match(entry):
        entry = texts.get(entry, "")
    return entry if isinstance(entry, str) and _is_story(entry) else ""


def _joined_paragraphs(blocks: list[Any]) -> str:
    """The strings of a list of paragraph objects, as HTML paragraphs in order."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
        elif isinstance(block, dict) and "image" not in str(block.get("type", "")).lower():
            text = next((block[key] for key in _PARAGRAPH_KEYS if isinstance(block.get(key), str)), "")
            parts.append(text)
    return "".join(f"<p>{part}</p>" for part in parts if part.strip())


def _is_story(text: str) -> bool:
    """Long, and sentences rather than code or a list of names."""
    minimum = _MINIMUM_STORY_CHARS_CJK if _CJK.search(text) else _MINIMUM_STORY_CHARS
    if len(text) < minimum or text.lstrip()[:1] in "{[":
        return False
    words = plain(text)
    if len(words) < minimum:
        return False
    ends = len(re.findall(r"[.!?][\"'”’」』)]*(?:\s|$)|[。！？]|다\.", words))
    codes = sum(words.count(mark) for mark in "{};=<>|")
    return ends >= 2 and ends * 600 > len(words) and codes < 0.02 * len(words)


def _story(item: dict[str, Any], html: str) -> PayloadStory:
    lowered = {str(key).lower(): entry for key, entry in item.items()}
    title = next((plain(lowered[key]) for key in _TITLE_KEYS if isinstance(lowered.get(key), str)), "")
    if not title and isinstance(lowered.get("headlines"), dict):
        title = plain(lowered["headlines"].get("basic"))
    subtitle = next((lowered[key] for key in _SUBTITLE_KEYS if isinstance(lowered.get(key), str)), "")
    published = next(
        (plain(entry) for key, entry in item.items() if _DATE_KEYS.match(str(key)) and plain(entry)[:1].isdigit()), ""
    )
    authors: list[str] = []
    for key, entry in item.items():
        if _AUTHOR_KEYS.match(str(key)):
            authors.extend(_person_names(entry))
    return PayloadStory(html, title, subtitle, published, tuple(dict.fromkeys(authors)))


def _person_names(entry: Any) -> Iterator[str]:
    for person in entry if isinstance(entry, list) else [entry]:
        if isinstance(person, str):
            yield plain(person)
        elif isinstance(person, dict):
            names = (plain(value) for key, value in person.items() if _NAME_KEY.search(str(key)))
            name = next((name for name in names if name), "")
            if name:
                yield name
