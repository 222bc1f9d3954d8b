"""Folding text for comparison, with the way back to the original offsets.

Folding is NFKC, case folding, and one spelling for the marks that only differ by habit (apostrophes, hyphens,
middle dots, spaces). It is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.text.topics.code_points import CARE, COMBINING, SAME_LENGTH, codes_of, folded_cluster, foldings

# A code point with whatever may compose with it.
_CLUSTER = re.compile(f"[^{COMBINING}]?[{COMBINING}]{{1,30}}|.", re.DOTALL)
_MARK = re.compile(f"[{COMBINING}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK_OR_SURROGATE = re.compile(f"[{COMBINING}\ud800-\udfff]")
_SHORT = 40
"""Characters up to which a text is folded by the string's own methods."""
_RARE_SPACES = ("\t", "\r", "\x0b", "\x0c")

_folded_cluster = lru_cache(maxsize=4096)(folded_cluster)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and its source; ``starts`` and ``sources`` map offsets back where lengths differ."""

    text: str
    source: str
    starts: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()

    def original(self, offset: int) -> int:
        """The original offset of a folded one; an offset inside an expansion maps to its beginning."""
        if not self.starts:
            return offset
        at = bisect_right(self.starts, offset) - 1
        ahead = offset - self.starts[at]
        if at + 1 < len(self.starts):
            return min(self.sources[at] + ahead, self.sources[at + 1])
        return self.sources[at] + ahead


def fold(text: str) -> Folded:
    """The text folded.

    >>> fold("ＧＳＯＭＩＡ ｶﾞ").text
    'gsomia ガ'
    >>> fold("½ x").original(4)
    2
    """
    if text.isascii():
        folded = text.lower()
        if any(space in folded for space in _RARE_SPACES):
            folded = folded.translate(SAME_LENGTH)
        return Folded(folded, text)
    if len(text) <= _SHORT:
        # A form of a rule or a headline: the arrays are not worth their making.
        folded = text.translate(SAME_LENGTH)
        if unicodedata.is_normalized("NFKC", folded) and not _MARK_OR_SURROGATE.search(text):
            folded = folded.casefold()
            if len(folded) == len(text):
                return Folded(folded, text)
    codes = np.take(foldings(), codes_of(text), mode="clip")
    careful = np.flatnonzero(codes == CARE)
    folded = codes.tobytes().decode("utf-16-le")
    return _folded_with_care(folded, text, careful.tolist()) if len(careful) else Folded(folded, text)


def _folded_with_care(folded: str, source_text: str, careful: list[int]) -> Folded:
    """What stands at the careful places folded with the marks around; the rest is folded already."""
    pieces: list[str] = []
    starts: list[int] = [0]
    sources: list[int] = [0]
    length = done = 0
    for place in careful:
        if place < done:
            continue
        source = place - 1 if place > done and _MARK.match(source_text[place]) else place
        cluster = _CLUSTER.match(source_text, source)
        end = cluster.end() if cluster else place + 1
        piece = _folded_cluster(source_text[source:end])
        pieces += (folded[done:source], piece)
        length += source - done + len(piece)
        done = end
        if len(piece) != end - source:
            # Two entries: where the changed run begins, and where equal steps go on after it.
            if starts[-1] == length - len(piece):
                sources[-1] = source
            else:
                starts.append(length - len(piece))
                sources.append(source)
            if starts[-1] == length:
                sources[-1] = end
            else:
                starts.append(length)
                sources.append(end)
    pieces.append(folded[done:])
    text = _SURROGATE.sub("\ufffd", "".join(pieces))
    return Folded(text, source_text, tuple(starts), tuple(sources))
