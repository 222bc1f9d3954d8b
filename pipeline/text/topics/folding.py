"""Folding text for comparison, with the way back to the original offsets.

Folding is NFKC, case folding, and one spelling for the marks that only differ by habit (apostrophes, hyphens,
middle dots, spaces). It is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u02bc\u02b9\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u30fb\u318d\u2027\u2219\u2022\u119e\u22c5", "\u00b7"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    }
)
# A code point with whatever may compose with it: combining marks, half-width voicing marks, conjoining jamo.
_CLUSTER = re.compile(
    "[^\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff]?[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff]{1,30}|.",
    re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    plain = text.translate(_SAME_LENGTH)
    if unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        if len(folded) == len(text):
            return Folded(_without_surrogates(folded), text)
    return _fold_with_map(plain, text)


def _without_surrogates(text: str) -> str:
    # The automaton works on UTF-8, which has no unpaired surrogates.
    return _SURROGATE.sub("\ufffd", text) if not text.isascii() and _SURROGATE.search(text) else text


def _fold_with_map(text: str, source_text: str) -> Folded:
    pieces: list[str] = []
    starts: list[int] = [0]
    sources: list[int] = [0]
    length = 0
    for cluster in _CLUSTER.finditer(text):
        piece = unicodedata.normalize("NFKC", cluster.group()).translate(_SAME_LENGTH).casefold()
        piece = unicodedata.normalize("NFKC", piece)
        source, end = cluster.span()
        pieces.append(piece)
        length += len(piece)
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
    return Folded(_without_surrogates("".join(pieces)), source_text, tuple(starts), tuple(sources))
