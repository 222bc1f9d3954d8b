"""Sentences of folded text. A line is at least one sentence; a sentence never crosses a line break."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from pipeline.text.topics.code_points import END, kinds_of

# Where a sentence may end: a closing mark, perhaps a quote or bracket, and space or the end after a full stop. Line
# breaks are seen to apart.
_END = re.compile(r"""[。！？!?]+["'」』）)\]]*|\.["')\]]*(?=\s|$|["「『])|(?<=[다요까])\.(?=\S)""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|gen|adm|col|lt|sen|rep|gov|st|no|vs|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|corp|inc"
    r"|co|ltd|etc|al|approx|fig|[a-z]|u\.s|u\.n|u\.k|e\.u|s|n|a\.m|p\.m))\.$"
)
_LONGEST = 2000
_PLAINLY_AFTER = ("", " ", "\n")
_KOREAN_ENDS = ("다", "요", "까")


def sentence_spans(text: str, start: int, end: int, marks: Iterable[int] | None = None) -> list[tuple[int, int]]:
    """Spans of the sentences between two offsets, in order, without surrounding space; none is empty.

    A sentence is cut at 2,000 characters, so that later steps stay linear in a text without punctuation.

    Args:
        text: folded.
        start: of the part that is wanted.
        end: of it.
        marks: places of all line breaks and closing marks of the text, where they are known already.

    >>> sentence_spans("a met b in the u.s. on friday. they left.", 0, 41)
    [(0, 30), (31, 41)]
    """
    spans: list[tuple[int, int]] = []
    at = seen = start
    for place in end_marks(kinds_of(text)) if marks is None else marks:
        if not seen <= place < end:
            continue
        character = text[place]
        if character == "\n":
            after = place + 1
        elif character == ".":
            after = _after_full_stop(text, at, place, end)
        else:
            mark = _END.match(text, place, end)
            after = mark.end() if mark else 0
        if after > 0:
            _add(spans, text, at, after)
            at = after
        seen = max(seen, abs(after))
    _add(spans, text, at, end)
    return spans


def end_marks(kinds: bytes) -> list[int]:
    """The places of line breaks and closing marks, from the kinds of the characters of a text."""
    places: list[int] = np.flatnonzero(np.frombuffer(kinds, dtype=np.uint8) & END).tolist()
    return places


def _after_full_stop(text: str, start: int, dot: int, end: int) -> int:
    """Where a sentence with this full stop ends: 0 for nowhere, less than 0 for an abbreviation that ends there."""
    follows = text[dot + 1] if dot + 1 < end else ""
    if follows in _PLAINLY_AFTER:
        after = dot + 1
    else:
        if follows.isalnum() and text[dot - 1 : dot] not in _KOREAN_ENDS:
            return 0
        mark = _END.match(text, dot, end)
        if mark is None:
            return 0
        after = mark.end()
    return -after if _is_abbreviation(text, start, dot, after, end) else after


def _is_abbreviation(text: str, start: int, dot: int, mark_end: int, end: int) -> bool:
    if mark_end >= end or text[mark_end] == "\n":
        return False
    # The longest abbreviation has six letters; most sentences end in a longer word, or not in a Latin one.
    if not "a" <= text[dot - 1 : dot] <= "z" or (dot - 7 >= start and text[dot - 7 : dot].isalpha()):
        return False
    return _ABBREVIATION.search(text, max(start, dot - 12), dot + 1) is not None


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
