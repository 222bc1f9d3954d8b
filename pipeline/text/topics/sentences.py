"""Sentences of folded text. A line is at least one sentence; a sentence never crosses a line break."""

from __future__ import annotations

import re

# Where a sentence may end: a closing mark, perhaps a quote or bracket, and space or the end after a full stop.
_END = re.compile(r"""\n+|[。！？!?]+["'」』）)\]]*|\.["')\]]*(?=\s|$|["「『])|(?<=[다요까])\.(?=\S)""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|gen|adm|col|lt|sen|rep|gov|st|no|vs|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|corp|inc"
    r"|co|ltd|etc|al|approx|fig|[a-z]|u\.s|u\.n|u\.k|e\.u|s|n|a\.m|p\.m))\.$"
)
_LONGEST = 2000


def sentence_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences between two offsets, in order, without surrounding space; none is empty.

    A sentence is cut at 2,000 characters, so that later steps stay linear in a text without punctuation.

    >>> sentence_spans("a met b in the u.s. on friday. they left.", 0, 41)
    [(0, 30), (31, 41)]
    """
    spans: list[tuple[int, int]] = []
    at = start
    for mark in _END.finditer(text, start, end):
        if mark.end() <= at:
            continue
        if text[mark.start()] == "." and _is_abbreviation(text, at, mark.start(), mark.end(), end):
            continue
        _add(spans, text, at, mark.end())
        at = mark.end()
    _add(spans, text, at, end)
    return spans


def _is_abbreviation(text: str, start: int, dot: int, mark_end: int, end: int) -> bool:
    before = _ABBREVIATION.search(text, max(start, dot - 12), dot + 1)
    if before is None:
        return False
    return mark_end < end and text[mark_end] != "\n"


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST:
        cut = text.rfind(" ", start, start + _LONGEST)
        cut = cut if cut > start else start + _LONGEST
        spans.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        spans.append((start, end))
