"""Pieces of words as numbers: what the models know a text by beyond the named cues. All of it in whole arrays.

English: words, cut after six letters so that endings do not part them, and pairs of neighbouring words. Korean and
Japanese: runs of two and three characters inside words, the first two of a Korean word once more, single kanji.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.scripts import script_of

GRAM_ROWS = 1 << 15
"""Places that the pieces are hashed into; in the training items 30,000 pieces occur more than once."""
STEM_CHARS = 6
"""Letters of an English word that count."""

Rows = NDArray[np.int64]
_Codes = NDArray[np.uint32]
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


@cache
def _letters() -> NDArray[np.bool_]:
    """Whether each code point of the first plane belongs to a word."""
    return np.array([chr(code).isalnum() and not 0xD800 <= code < 0xE000 for code in range(0x10000)])


@cache
def _kanji() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, dtype=bool)
    table[0x4E00:0xA000] = True
    return table


def grams_of(text: str) -> Grams:
    """The pieces of folded text.

    >>> a, b = grams_of("protests"), grams_of("protesting")
    >>> bool((a.rows == b.rows).all())
    True
    """
    codes: _Codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    plane = np.minimum(codes, 0xFFFF)
    inside = _letters()[plane]
    script = script_of(text)
    parts = _words(codes, inside) if script == "en" else _runs(codes, inside, plane, korean=script == "ko")
    rows, starts, ends = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.argsort(starts, kind="stable")
    return Grams(rows[order], starts[order], ends[order])


def _row(hashed: _Codes, name: str) -> Rows:
    mixed = (hashed ^ _SALTS[name]) * _FACTORS[0]
    return np.asarray(mixed >> _SHIFT, dtype=np.int64)


def _words(codes: _Codes, inside: NDArray[np.bool_]) -> list[tuple[Rows, Rows, Rows]]:
    before = np.concatenate(([False], inside[:-1]))
    starts = np.flatnonzero(inside & ~before)
    if not len(starts):
        return [_nothing()]
    ends = np.flatnonzero(inside & ~np.concatenate((inside[1:], [False]))) + 1
    stems = np.zeros(len(starts), dtype=np.uint32)
    for at in range(STEM_CHARS):
        place = starts + at
        there = place < ends
        stems[there] += codes[place[there]] * _FACTORS[at]
    pairs = stems[:-1] * _FACTORS[1] + stems[1:] * _FACTORS[2]
    return [(_row(stems, "1"), starts, ends), (_row(pairs, "next"), starts[:-1], ends[1:])]


def _runs(codes: _Codes, inside: NDArray[np.bool_], plane: _Codes, korean: bool) -> list[tuple[Rows, Rows, Rows]]:
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
        places = np.flatnonzero(_kanji()[plane])
        parts.append((_row(codes[places], "1"), places, places + 1))
    return parts


def _starting(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return inside & ~np.concatenate(([False], inside[:-1]))


def _nothing() -> tuple[Rows, Rows, Rows]:
    empty = np.zeros(0, dtype=np.int64)
    return empty, empty, empty
