"""What kind of content this is, from headers that say so and bytes that show it."""

from __future__ import annotations

import re

PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
_SNIFFED_BYTES = 1024
_MARKUP = re.compile(
    rb"<(!doctype html|html|head|body|title|meta|script|article|main|div|p|h1|a|br|table)\b", re.IGNORECASE
)


def parse_content_type(value: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, in lower case, "" for what it does not state.

    >>> parse_content_type('text/HTML; Charset="EUC-KR"')
    ('text/html', 'euc-kr')
    """
    media_type = value.partition(";")[0].partition(",")[0].strip().lower()
    found = re.search(r"""charset\s*=\s*["']?\s*([^\s"';,]{1,40})""", value, re.IGNORECASE)
    return (media_type if "/" in media_type else ""), (found.group(1).lower() if found else "")


def guessed_type(content: bytes) -> str:
    """``text/html`` for content that starts with markup, else ``text/plain``.

    >>> guessed_type(b"<!-- x --><HTML>"), guessed_type(b"One < two")
    ('text/html', 'text/plain')
    """
    return "text/html" if _MARKUP.search(content, 0, _SNIFFED_BYTES) else "text/plain"
