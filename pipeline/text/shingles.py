"""Shingles of a text as 64-bit hashes, by whole-array arithmetic: three words, or six characters in Chinese script.

Words do not work where none are separated (Japanese) or where particles stick to them (Korean): whitespace words
attach .19 of Japanese copies (measured, issue 6). Which of the two is used follows from the script of the text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import HIRAGANA, Characters, Hashes, mix, runs
from pipeline.text.common_units import commonness
from pipeline.text.unit_hashes import UNIT_LETTERS, prefix_hashes

WORDS_A_SHINGLE = 3
CHARACTERS_A_SHINGLE = 6
COMMON_LEVEL = 3
SHORTEST_WORD = 3
_LONGEST_WORD = 64

_POWERS = np.cumprod(np.full(_LONGEST_WORD, 0x9E3779B97F4A7C15, dtype=np.uint64))
_STEP = np.uint64(0x100000001B3)


def word_hashes(text: Characters) -> Hashes:
    """One hash per run of letters and digits, in order."""
    inside = text.kinds > 0
    _, lengths = runs(inside)
    if not len(lengths):
        return np.zeros(0, dtype=np.uint64)
    first = np.cumsum(lengths) - lengths
    position = np.arange(int(lengths.sum())) - np.repeat(first, lengths)
    letters = text.lower[inside].astype(np.uint64) * _POWERS[position % _LONGEST_WORD]
    return mix(np.add.reduceat(letters, first))


def shingle_hashes(text: Characters) -> Hashes:
    """The hashes of all shingles, in order; a text shorter than a shingle has one, an empty text none.

    >>> from pipeline.text.characters import characters
    >>> [len(shingle_hashes(characters(text))) for text in ("one two three four", "한국과일본은", "")]
    [2, 1, 0]
    """
    if text.dense:
        units, length = text.lower[text.kinds > 0].astype(np.uint64), CHARACTERS_A_SHINGLE
    else:
        units, length = word_hashes(text), WORDS_A_SHINGLE
    if not len(units):
        return np.zeros(0, dtype=np.uint64)
    count = max(1, len(units) - length + 1)
    combined = np.zeros(count, dtype=np.uint64)
    for offset in range(min(length, len(units))):
        combined = combined * _STEP + units[offset : offset + count]
    return mix(combined)


def says_something(text: Characters) -> npt.NDArray[np.bool_]:
    """For each shingle, whether it holds more than grammar: an uncommon word, a character that is not hiragana.

    "One of the" stands in every sixth article of an archive: as a key it would fetch them all.
    """
    if text.dense:
        kinds = text.kinds[text.kinds > 0]
        rare, length = (kinds != HIRAGANA), CHARACTERS_A_SHINGLE
    else:
        begins, lengths = runs(text.kinds > 0)
        level = commonness(prefix_hashes(text.lower, begins, np.minimum(lengths, UNIT_LETTERS)))
        rare, length = (level < COMMON_LEVEL) & (lengths >= SHORTEST_WORD), WORDS_A_SHINGLE
    if not len(rare):
        return np.zeros(0, dtype=bool)
    count = max(1, len(rare) - length + 1)
    told = np.zeros(count, dtype=bool)
    for offset in range(min(length, len(rare))):
        told |= rare[offset : offset + count]
    return told
