"""Broken pages from whole ones: truncated, spliced, with flipped bytes; the same for the same count."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.unit.extraction.pages import all_pages

_SPICE = (
    b"<", b">", b"</", b"<!--", b"<![CDATA[", b"\x00", b"\xff\xfe", b"&#x110000;", b"<svg><p>", b"{", b'"',
    b"\x1b$B", b"<script>", b"</body>", b"<table><tr>", b"<plaintext>", b"\xed\xa0\x80", b"]]>", b"<template>",
)  # fmt: skip


def mutated_pages(count: int, seed: int = 7) -> Iterator[bytes]:
    """``count`` pages, each with one to six injuries."""
    source = random.Random(seed)  # repeatable, not secret
    pages = all_pages()
    for _ in range(count):
        page = source.choice(pages)
        for _ in range(source.randint(1, 6)):
            page = _injured(page, pages, source)
        yield page


def _injured(page: bytes, pages: list[bytes], source: random.Random) -> bytes:
    kind = source.randrange(6)
    at = source.randrange(len(page) + 1)
    if kind == 0:
        return page[:at]
    if kind == 1:
        return page[at:]
    if kind == 2:
        other = source.choice(pages)
        return page[:at] + other[source.randrange(len(other)) :]
    if kind == 3:
        broken = bytearray(page)
        for _ in range(source.randint(1, 30)):
            if broken:
                broken[source.randrange(len(broken))] = source.randrange(256)
        return bytes(broken)
    if kind == 4:
        return page[:at] + source.choice(_SPICE) * source.randint(1, 400) + page[at:]
    end = source.randrange(at, len(page) + 1)
    return page[:end] + page[at:end] * source.randint(1, 5) + page[end:]
