"""Which pairs are worth reading: most candidates are refused here, whole arrays at a time, at a few nanoseconds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.text.candidates import Integers
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

Facts = npt.NDArray[np.uint64]


def have_enough_in_common(shared: Integers, smaller: Integers, facts: Facts, others: Facts) -> npt.NDArray[np.bool_]:
    """Which pairs are worth reading: the same keys or facts, and neither other numbers nor other names.

    A pure function of each pair, whole arrays at a time: most candidates are refused here, at a few nanoseconds.

    Args:
        shared: keys that the two share, at least one.
        smaller: keys of the one that has fewer.
        facts: ``Reading.facts`` of the one, a row a pair.
        others: those of the other.

    """
    common, fewer = _counts(facts & others), np.minimum(_counts(facts), _counts(others))
    differ = (fewer >= FACTS_TO_DIFFER) & (common < np.where(fewer < MANY_FACTS, *SHARE_TO_DIFFER) * fewer)
    later = (fewer[:, 1] >= NAMES_TO_OUTWEIGH) & (common[:, 1] >= SHARE_OF_NAMES * fewer[:, 1])
    differ[:, 0] &= ~(later & (common[:, 0] >= SHARE_OF_NUMBERS * fewer[:, 0]))
    common, fewer = common.sum(axis=1), fewer.sum(axis=1)
    alike = (common >= FACTS_IN_COMMON) & (common >= SHARE_OF_FACTS * fewer)
    enough: npt.NDArray[np.bool_] = (shared >= SHARE_OF_KEYS * smaller) | alike | (smaller <= FEW_KEYS)
    return enough & ~differ.any(axis=1)


def _counts(facts: Facts) -> Integers:
    """Numbers and names in each row."""
    counts: Integers = np.bitwise_count(facts).reshape(len(facts), 2, facts.shape[1] // 2).sum(axis=2, dtype=np.int64)
    return counts


def share_enough(a: Reading, b: Reading) -> bool:
    """The same for one pair."""
    shared = len(np.intersect1d(a.keys, b.keys, assume_unique=True))
    counts = np.array([shared]), np.array([min(len(a.keys), len(b.keys))])
    return shared > 0 and bool(have_enough_in_common(*counts, a.facts[None], b.facts[None])[0])
