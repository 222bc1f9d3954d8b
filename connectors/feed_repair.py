"""XML that feeds really send, made well-formed: bare ampersands, HTML entities, stray control characters, bombs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from itertools import pairwise
from xml.sax.saxutils import escape

_START = re.compile(r"<\?xml\b|<!DOCTYPE\b|<!--|<[A-Za-z_]", re.I)
_ENTRY_START = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.I)
_ENTRY_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.I)
_ROOT = re.compile(r"<[A-Za-z_]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SECTIONS = (("<![CDATA[", "]]>"), ("<!--", "-->"))
_SECTION = re.compile(r"<!\[CDATA\[|<!--")
_AMPERSAND = re.compile(r"&(?:#(\d{1,7});|#[xX]([0-9a-fA-F]{1,6});|([A-Za-z]\w{0,31});)?")
_ENTITY = re.compile(r"<!ENTITY\s+([A-Za-z]\w{0,31})\s+(?:\"([^\"&%<]{0,64})\"|'([^'&%<]{0,64})')\s*>")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_MAX_EXPANSIONS = 10_000
"""Of entities that the document declares: 64 characters each, so that no document grows by more than a megabyte."""


def repair_xml(text: str) -> str:
    """The document without declaration and DOCTYPE, from its first element on, its references resolvable.

    Entities that the document declares are replaced when they are short and plain; nested ones, external ones
    and parameters stay unresolved text. CDATA sections and comments are left as they are.

    >>> repair_xml('<?xml version="1.0"?><a>AT&T &nbsp;&amp; <![CDATA[B&B]]></a>')
    '<a>AT&amp;T &#160;&amp; <![CDATA[B&B]]></a>'
    """
    started = _START.search(text)
    text = text[started.start() :] if started else text
    root = _ROOT.search(_without_comments_before_root(text))
    prolog, body = (text[: root.start()], text[root.start() :]) if root else ("", text)
    declared = {name: double or single for name, double, single in _ENTITY.findall(prolog[:100_000])}
    body = _ILLEGAL.sub("", body)
    expansions = 0

    def resolve(found: re.Match[str]) -> str:
        nonlocal expansions
        decimal, hexadecimal, name = found.groups()
        if decimal or hexadecimal:
            return _character(int(decimal) if decimal else int(hexadecimal, 16))
        if name in _XML_NAMES:
            return found[0]
        if name in declared and expansions < _MAX_EXPANSIONS:
            expansions += 1
            return escape(declared[name])
        if name in name2codepoint:
            return f"&#{name2codepoint[name]};"
        return "&amp;" + found[0][1:]

    return "".join(piece if opaque else _AMPERSAND.sub(resolve, piece) for opaque, piece in _pieces(body))


def in_parts(document: str, entries: int = 1_000) -> Iterator[str]:
    """A long document as several with the same head and tail, so that parsing it needs no more memory than one.

    >>> list(in_parts("<rss><item>1</item><item>2</item><item>3</item></rss>", entries=2))
    ['<rss><item>1</item><item>2</item></rss>', '<rss><item>3</item></rss>']
    """
    starts, tail, offset = [], 0, 0
    for opaque, piece in _pieces(document):
        if not opaque:
            starts += [offset + found.start() for found in _ENTRY_START.finditer(piece)]
            for found in _ENTRY_END.finditer(piece):
                tail = offset + found.end()
        offset += len(piece)
    if len(starts) <= entries or tail <= starts[-1]:
        yield document
        return
    head, bounds = document[: starts[0]], [*starts[::entries], tail]
    for start, end in pairwise(bounds):
        yield head + document[start:end] + document[tail:]


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, CDATA sections and comments (True) apart; one that is not closed is closed at the end."""
    position = 0
    while found := _SECTION.search(text, position):
        yield False, text[position : found.start()]
        end = dict(_SECTIONS)[found[0]]
        closed = text.find(end, found.end())
        if closed < 0:
            yield True, text[found.start() :] + end
            return
        position = closed + len(end)
        yield True, text[found.start() : position]
    yield False, text[position:]


def _without_comments_before_root(text: str) -> str:
    """The text with comments blanked, offsets unchanged, as far as the first element can be."""
    head = text[:200_000]
    return re.sub(r"<!--.*?(?:-->|\Z)", lambda found: " " * len(found[0]), head, flags=re.S) + text[200_000:]


def _character(code: int) -> str:
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    # Windows-1252 numbers (&#146;) mean what browsers show for them.
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", errors="replace")
    return f"&#{code};" if legal else "\ufffd"
