"""Hashes of the units that texts are compared by: the beginnings of words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Codes, Hashes, mix

UNIT_LETTERS = 5
"""Letters of a word that make its unit: "agree", "agreed" and "agreement" are one."""

LONGEST_UNIT = 12
_POWERS = np.cumprod(np.full(LONGEST_UNIT, 0x9E3779B97F4A7C15, dtype=np.uint64))

Integers = npt.NDArray[np.int64]


def unit_hashes_of_words(words: list[str]) -> Hashes:
    """The hashes that words (in lower case, one run of one script each) have as units: for the frozen table."""
    lengths = np.array([min(len(word), LONGEST_UNIT) for word in words], dtype=np.int64)
    codes = np.array([ord(letter) for word in words for letter in word[:LONGEST_UNIT]], dtype=np.uint32)
    return prefix_hashes(codes, np.cumsum(lengths) - lengths, lengths)


def prefix_hashes(lower: Codes, places: Integers, limits: Integers) -> Hashes:
    """The hashes of the characters from each place on, as many as its limit (at most LONGEST_UNIT) says."""
    hashes = np.zeros(len(places), dtype=np.uint64)
    for step in range(LONGEST_UNIT):
        at = np.flatnonzero(limits > step)
        if not len(at):
            break
        hashes[at] += lower[places[at] + step].astype(np.uint64) * _POWERS[step]
    return mix(hashes)
