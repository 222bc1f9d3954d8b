"""Shingles of a text as 64-bit hashes, by whole-array arithmetic: three words, or six characters in Chinese script.

Words do not work where none are separated (Japanese) or where particles stick to them (Korean): whitespace words
attach .19 of Japanese copies (measured, issue 6). Which of the two is used follows from the script of the text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import HIRAGANA, Hashes, JoinedTexts, join_texts, mix, runs
from pipeline.text.common_units import commonness
from pipeline.text.unit_hashes import UNIT_LETTERS, Integers, prefix_hashes

WORDS_A_SHINGLE = 3
CHARACTERS_A_SHINGLE = 6
COMMON_LEVEL = 3
SHORTEST_WORD = 3
_LONGEST_WORD = 64

_POWERS = np.cumprod(np.full(_LONGEST_WORD, 0x9E3779B97F4A7C15, dtype=np.uint64))
_STEP = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of several texts, in order.

    Attributes:
        hashes: one each.
        says_something: whether it holds more than grammar: an uncommon word, a character that is not hiragana.
            "One of the" stands in every sixth article of an archive: as a key it would fetch them all.
        owner: which text each belongs to: those with word spaces in order, then the dense ones in order.

    """

    hashes: Hashes
    says_something: npt.NDArray[np.bool_]
    owner: Integers


def shingles_of_texts(joined: JoinedTexts) -> Shingles:
    """The shingles of each text; one shorter than a shingle has one, an empty one none.

    >>> from pipeline.text.characters import join_texts
    >>> shingles_of_texts(join_texts(["one two three four", "한국과일본은", ""])).owner.tolist()
    [0, 0, 1]
    """
    inside, count = joined.kinds > 0, len(joined.texts)
    if not joined.dense.any():
        return _shingles(*_words(joined, inside), count, WORDS_A_SHINGLE)
    thick = np.repeat(joined.dense, np.diff(joined.begins))[:-1]
    places = np.flatnonzero(inside & thick)
    letters = joined.lower[places].astype(np.uint64)
    of_dense = _shingles(letters, joined.kinds[places] != HIRAGANA, joined.owners(places), count, CHARACTERS_A_SHINGLE)
    if joined.dense.all():
        return of_dense
    of_words = _shingles(*_words(joined, inside & ~thick), count, WORDS_A_SHINGLE)
    return Shingles(
        np.concatenate((of_words.hashes, of_dense.hashes)),
        np.concatenate((of_words.says_something, of_dense.says_something)),
        np.concatenate((of_words.owner, of_dense.owner)),
    )


def _words(joined: JoinedTexts, inside: npt.NDArray[np.bool_]) -> tuple[Hashes, npt.NDArray[np.bool_], Integers]:
    """One hash per run of letters and digits, in order; whether it is more than grammar; its text."""
    begins, lengths = runs(inside)
    if not len(begins):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=bool), begins
    first = np.cumsum(lengths) - lengths
    position = np.arange(int(lengths.sum())) - np.repeat(first, lengths)
    if int(lengths.max()) > _LONGEST_WORD:
        position %= _LONGEST_WORD
    letters = joined.lower[inside].astype(np.uint64) * _POWERS[position]
    level = commonness(prefix_hashes(joined.lower, begins, np.minimum(lengths, UNIT_LETTERS)))
    rare = (level < COMMON_LEVEL) & (lengths >= SHORTEST_WORD)
    return mix(np.add.reduceat(letters, first)), rare, joined.owners(begins)


def _shingles(units: Hashes, rare: npt.NDArray[np.bool_], owner: Integers, texts: int, length: int) -> Shingles:
    """The shingles of ``length`` units each that do not leave their text."""
    amounts = np.bincount(owner, minlength=texts)
    first = np.cumsum(amounts) - amounts
    counts = np.where(amounts > 0, np.maximum(1, amounts - length + 1), 0)
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    padded, padded_rare = np.zeros(len(units) + length, dtype=np.uint64), np.zeros(len(units) + length, dtype=bool)
    padded[: len(units)], padded_rare[: len(units)] = units, rare
    combined, told = np.zeros(len(units), dtype=np.uint64), np.zeros(len(units), dtype=bool)
    for offset in range(length):
        combined = combined * _STEP + padded[offset : offset + len(units)]
        told |= padded_rare[offset : offset + len(units)]
    for short in np.flatnonzero((amounts > 0) & (amounts < length)).tolist():
        begin, end = int(first[short]), int(first[short] + amounts[short])
        whole = np.zeros(1, dtype=np.uint64)
        for unit in units[begin:end]:
            whole = whole * _STEP + unit
        combined[begin], told[begin] = whole[0], rare[begin:end].any()
    return Shingles(mix(combined[starts]), told[starts], np.repeat(np.arange(texts), counts))


def shingle_hashes(text: str) -> Hashes:
    """The hashes of all shingles of one text, in order.

    >>> [len(shingle_hashes(text)) for text in ("one two three four", "한국과일본은", "")]
    [2, 1, 0]
    """
    return shingles_of_texts(join_texts((text,))).hashes
