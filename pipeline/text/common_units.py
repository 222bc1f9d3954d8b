"""How common units of text are, by their hashes, in the frozen table."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Hashes
from pipeline.text.unit_hashes import unit_hashes_of_words
from schemas.common_units import default_common_units

_BITS = 16
_PLACE_BITS = np.uint64(64 - _BITS)


def commonness(hashes: Hashes) -> npt.NDArray[np.int64]:
    """The level of each unit: 0 rare or unknown, up to 3; 4 is a function word."""
    places = hashes >> _PLACE_BITS
    found = np.zeros(len(hashes), dtype=np.int64)
    for known, levels in _tables():
        found += np.where(known[places] == hashes, levels[places], 0)
    return found


@cache
def _tables() -> tuple[tuple[Hashes, npt.NDArray[np.int64]], ...]:
    """The frozen table by the first bits of the hashes: where several begin alike, each stands in another table.

    Looking at two or three places costs less than a binary search.
    """
    rows = default_common_units().levels
    hashes = unit_hashes_of_words([unit for unit, _ in rows])
    all_levels = np.array([level for _, level in rows], dtype=np.int64)
    tables = []
    while len(hashes):
        places, first = np.unique(hashes >> _PLACE_BITS, return_index=True)
        # No hash equals that of an empty place: it belongs in another place, and the last one belongs in the first.
        known = ~np.arange(1 << _BITS, dtype=np.uint64) << _PLACE_BITS
        levels = np.zeros(1 << _BITS, dtype=np.int64)
        known[places], levels[places] = hashes[first], all_levels[first]
        tables.append((known, levels))
        hashes, all_levels = np.delete(hashes, first), np.delete(all_levels, first)
    return tuple(tables)
