"""How common units of text are, by their hashes, in the frozen table."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Hashes
from pipeline.text.unit_hashes import unit_hashes_of_words
from schemas.common_units import default_common_units


def commonness(hashes: Hashes) -> npt.NDArray[np.int64]:
    """The level of each unit: 0 rare or unknown, up to 3; 4 is a function word."""
    known, levels = _table()
    if not len(known) or not len(hashes):
        return np.zeros(len(hashes), dtype=np.int64)
    at = np.searchsorted(known, hashes)
    at[at == len(known)] = 0
    return np.where(known[at] == hashes, levels[at], 0)


@cache
def _table() -> tuple[Hashes, npt.NDArray[np.int64]]:
    rows = default_common_units().levels
    hashes = unit_hashes_of_words([unit for unit, _ in rows])
    order = np.argsort(hashes)
    return hashes[order], np.array([level for _, level in rows], dtype=np.int64)[order]
