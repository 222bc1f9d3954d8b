"""XML that feeds really send, made well-formed: bare ampersands, HTML entities, stray control characters, bombs."""

from __future__ import annotations

import re
from html.entities import name2codepoint
from xml.sax.saxutils import escape

_START = re.compile(r"<\?xml\b|<!DOCTYPE\b|<!--|<[A-Za-z_]", re.I)
_ROOT = re.compile(r"<[A-Za-z_]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)", re.S)
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

    pieces = _CDATA.split(body)
    # Odd pieces are the CDATA sections and comments that the pattern's group captured.
    return "".join(piece if position % 2 else _AMPERSAND.sub(resolve, piece) for position, piece in enumerate(pieces))


def _without_comments_before_root(text: str) -> str:
    """The text with comments blanked, offsets unchanged, as far as the first element can be."""
    head = text[:200_000]
    return re.sub(r"<!--.*?-->", lambda found: " " * len(found[0]), head, flags=re.S) + text[200_000:]


def _character(code: int) -> str:
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    # Windows-1252 numbers (&#146;) mean what browsers show for them.
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", errors="replace")
    return f"&#{code};" if legal else "\ufffd"
