"""Which pairs are worth reading: most candidates are refused here, whole arrays at a time, at a few nanoseconds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.text.meetings import Flags, Integers
from pipeline.text.members import Reading

SHARE_OF_KEYS, FEW_KEYS = 0.30, 6
FACTS_IN_COMMON, SHARE_OF_FACTS = 3, 0.65
FACTS_TO_DIFFER, MANY_FACTS, SHARE_TO_DIFFER = 4, 6, (0.5, 0.65)
"""What two texts must have in common to be read at all; four numbers (or names) each, and not half of the smaller set
in both, are different stories (issue 6)."""

NAMES_TO_OUTWEIGH, SHARE_OF_NAMES, SHARE_OF_NUMBERS = 8, 0.9, 0.4
"""A later version of a story moves its figures and keeps its names: with so many names, nearly all the same, this share
of the numbers is enough to read on. Fillings of a template repeat fewer."""

FACT_WORDS = 8
"""Words of 64 bits that hold a text's facts: four for its numbers, four for its names."""

Bits = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint16]
"""A row a text or pair: of its numbers, of its names."""

_MOST = 64 * FACT_WORDS // 2
_EVERY_OTHER, _SIXTEEN = np.uint32(0x00FF00FF), np.uint32(0xFFFF)


def _least(share: Callable[[int], float], most: int = _MOST) -> Counts:
    """For each size of a set, the least of it that is not below the share."""
    return np.array([math.ceil(share(size) * size) for size in range(most + 1)], dtype=np.uint16)


_NEEDED = _least(lambda size: 0.0 if size < FACTS_TO_DIFFER else SHARE_TO_DIFFER[size >= MANY_FACTS])
_NUMBERS_NEEDED = _least(lambda _: SHARE_OF_NUMBERS)
_NAMES_NEEDED = _least(lambda _: SHARE_OF_NAMES)
_NAMES_NEEDED[:NAMES_TO_OUTWEIGH] = _MOST + 1  # never
_ALIKE = np.maximum(_least(lambda _: SHARE_OF_FACTS, 2 * _MOST), np.uint16(FACTS_IN_COMMON))


@dataclass(frozen=True)
class FactSets:
    """The facts of texts, as ``Reading.facts``, a row each."""

    bits: Bits

    @cached_property
    def counts(self) -> Counts:
        """Numbers and names of each text."""
        return _counts(self.bits)

    def in_common(self, texts: Integers, others: Integers) -> tuple[Counts, Counts]:
        """How many each pair has in common, and how many the one has that has fewer."""
        fewer: Counts = np.minimum(self.counts[texts], self.counts[others])
        return _counts(self.bits[texts] & self.bits[others]), fewer


def differ(common: Counts, fewer: Counts) -> Flags:
    """Which pairs have other numbers or other names."""
    numbers, names = common[:, 0], common[:, 1]
    few_numbers = numbers < _NEEDED[fewer[:, 0]]
    later = (numbers >= _NUMBERS_NEEDED[fewer[:, 0]]) & (names >= _NAMES_NEEDED[fewer[:, 1]])
    differing: Flags = (few_numbers & ~later) | (names < _NEEDED[fewer[:, 1]])
    return differing


def are_alike(common: Counts, fewer: Counts) -> Flags:
    """Which pairs share so many facts that their keys do not matter."""
    alike: Flags = common.sum(axis=1, dtype=np.uint16) >= _ALIKE[fewer.sum(axis=1, dtype=np.uint16)]
    return alike


def facts_to_be_alike(fewer: int) -> int:
    """How many facts a text that has so many shares with any other that is alike and has no fewer."""
    return int(_ALIKE[fewer])


def share_enough_keys(shared: Integers, smaller: Integers) -> Flags:
    """Which pairs share enough keys of the one that has fewer, or that one has too few to tell."""
    enough: Flags = (shared >= SHARE_OF_KEYS * smaller) | (smaller <= FEW_KEYS)
    return enough


def _counts(bits: Bits) -> Counts:
    """Numbers and names in each row: bytes are added four at a time."""
    fours = np.bitwise_count(bits).view(np.uint32)
    pairs = (fours & _EVERY_OTHER) + ((fours >> np.uint32(8)) & _EVERY_OTHER)
    counts: Counts = ((pairs + (pairs >> np.uint32(16))) & _SIXTEEN).astype(np.uint16)
    return counts


def share_enough(a: Reading, b: Reading) -> bool:
    """Whether a pair is worth reading: the same keys or facts, and neither other numbers nor other names."""
    shared = len(np.intersect1d(a.keys, b.keys, assume_unique=True))
    common, fewer = FactSets(np.stack((a.facts, b.facts))).in_common(np.array([0]), np.array([1]))
    enough = share_enough_keys(np.array([shared]), np.array([min(len(a.keys), len(b.keys))]))
    return shared > 0 and bool((~differ(common, fewer) & (are_alike(common, fewer) | enough))[0])
