"""Pieces of words as numbers: what the models know a text by beyond the named cues. All of it in whole arrays.

English: words, cut after six letters so that endings do not part them, and pairs of neighbouring words. Korean and
Japanese: runs of two and three characters inside words, the first two of a Korean word once more, single kanji.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.code_points import KANJI, LETTER, Codes, Kinds, codes_of, kinds_of
from pipeline.text.topics.scripts import script_of

GRAM_ROWS = 1 << 15
"""Places that the pieces are hashed into; in the training items 30,000 pieces occur more than once."""
STEM_CHARS = 6
"""Letters of an English word that count."""

Rows = NDArray[np.int64]
Pieces = tuple[Rows, Rows, Rows]
"""Rows, and where the pieces start and end."""
_FACTORS = np.array([2654435761, 2246822519, 3266489917, 668265263, 374761393, 1274126177], dtype=np.uint32)
_SALTS = {
    name: np.uint32(0x9E3779B9 * (at + 1) & 0xFFFFFFFF) for at, name in enumerate(("1", "2", "3", "start", "next"))
}
_SHIFT = np.uint32(17)


@dataclass(frozen=True, slots=True)
class Grams:
    """The pieces of a text in order of where they start: rows, and the offsets of their first and last character."""

    rows: Rows
    starts: Rows
    ends: Rows

    def between(self, start: int, end: int) -> tuple[int, int]:
        """First and last place, the latter excluded, of the pieces that start in that span."""
        first, last = np.searchsorted(self.starts, (start, end))
        return int(first), int(last)


def grams_of(text: str) -> Grams:
    """The pieces of folded text.

    >>> a, b = grams_of("protests"), grams_of("protesting")
    >>> bool((a.rows == b.rows).all())
    True
    """
    parts = pieces_of(text, kinds_of(text), script_of(text))
    rows, starts, ends = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.argsort(starts, kind="stable")
    return Grams(rows[order], starts[order], ends[order])


def pieces_of(text: str, kinds: bytes, script: str) -> list[Pieces]:
    """The same in no order, from the kinds of the characters of the text and its language."""
    codes = codes_of(text)
    kind = np.frombuffer(kinds, dtype=np.uint8)
    inside = (kind & LETTER) != 0
    return _words(codes, inside) if script == "en" else _runs(codes, inside, kind, korean=script == "ko")


def _row(hashed: Codes, name: str) -> Rows:
    mixed = (hashed ^ _SALTS[name]) * _FACTORS[0]
    return np.asarray(mixed >> _SHIFT, dtype=np.int64)


def _words(codes: Codes, inside: NDArray[np.bool_]) -> list[Pieces]:
    before = np.concatenate(([False], inside[:-1]))
    starts = np.flatnonzero(inside & ~before)
    if not len(starts):
        return [_nothing()]
    ends = np.flatnonzero(inside & ~np.concatenate((inside[1:], [False]))) + 1
    places = starts[:, None] + np.arange(STEM_CHARS)
    letters = np.take(codes, places, mode="clip") * _FACTORS
    letters *= places < ends[:, None]
    stems = letters.sum(axis=1, dtype=np.uint32)
    pairs = stems[:-1] * _FACTORS[1] + stems[1:] * _FACTORS[2]
    return [(_row(stems, "1"), starts, ends), (_row(pairs, "next"), starts[:-1], ends[1:])]


def _runs(codes: Codes, inside: NDArray[np.bool_], kinds: Kinds, korean: bool) -> list[Pieces]:
    parts = []
    two = inside[:-1] & inside[1:]
    hashed = codes[:-1] * _FACTORS[0] + codes[1:] * _FACTORS[1]
    for name, places in (("2", np.flatnonzero(two)), ("start", np.flatnonzero(two & _starting(inside)[:-1]))):
        if name == "2" or korean:
            parts.append((_row(hashed[places], name), places, places + 2))
    places = np.flatnonzero(two[:-1] & two[1:])
    hashed = hashed[:-1] + codes[2:] * _FACTORS[2]
    parts.append((_row(hashed[places], "3"), places, places + 3))
    if not korean:
        # The iteration mark says nothing alone.
        places = np.flatnonzero((kinds & KANJI != 0) & (codes != ord("々")))
        parts.append((_row(codes[places], "1"), places, places + 1))
    return parts


def _starting(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return inside & ~np.concatenate(([False], inside[:-1]))


def _nothing() -> Pieces:
    empty = np.zeros(0, dtype=np.int64)
    return empty, empty, empty
