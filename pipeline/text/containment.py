"""How much of one text stands in another word for word, for many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.text.characters import Hashes
from pipeline.text.meetings import Integers
from pipeline.text.signature import PACKED_BYTES, SHINGLES_CAP

_HASH_BITS = np.uint64(8 * PACKED_BYTES)


def containments(texts: Sequence[Hashes], ones: Integers, others: Integers) -> list[tuple[float, int]]:
    """Share of the shorter text's shingles that the longer holds, rounded to 4 places, and how many those are.

    Of a text with more than SHINGLES_CAP only the smallest hashes are known: both are then read up to its largest.

    Args:
        texts: their shingles as ``unpack_shingles`` gives them.
        ones: position of the one text of each pair.
        others: of the other.

    >>> one, other = np.arange(4, dtype=np.uint64), np.arange(1, 9, dtype=np.uint64)
    >>> containments([one, other], np.array([0]), np.array([1]))
    [(0.75, 3)]
    """
    amounts = np.array([len(text) for text in texts], dtype=np.int64)
    shorter = np.where(amounts[ones] <= amounts[others], ones, others)
    longer = ones + others - shorter
    first = np.cumsum(amounts) - amounts
    every = np.concatenate(texts) | (np.repeat(np.arange(len(texts), dtype=np.uint64), amounts) << _HASH_BITS)
    pair = np.repeat(np.arange(len(ones)), amounts[shorter])
    ends = np.cumsum(amounts[shorter])
    places = np.arange(len(pair)) + np.repeat(first[shorter] - (ends - amounts[shorter]), amounts[shorter])
    wanted = every[places] + ((longer - shorter)[pair].astype(np.uint64) << _HASH_BITS)
    found = every.take(np.searchsorted(every, wanted), mode="clip") == wanted if len(every) else pair > 0
    shared = np.bincount(pair[found], minlength=len(ones)).tolist()
    measured = [
        (round(both / least, 4), both) if least else (0.0, 0)
        for both, least in zip(shared, amounts[shorter].tolist(), strict=True)
    ]
    for place in np.flatnonzero(amounts[longer] >= SHINGLES_CAP).tolist():
        measured[place] = _of_capped(texts[shorter[place]], texts[longer[place]])
    return measured


def _of_capped(first: Hashes, second: Hashes) -> tuple[float, int]:
    for capped in (first, second):
        if len(capped) == SHINGLES_CAP:
            first, second = first[first <= capped[-1]], second[second <= capped[-1]]
    smaller = min(len(first), len(second))
    if not smaller:
        return 0.0, 0
    if len(first) > len(second):
        first, second = second, first
    shared = int(np.count_nonzero(second.take(second.searchsorted(first), mode="clip") == first))
    return round(shared / smaller, 4), shared
