"""The outlines of many texts as one table, so that what is asked of all of them is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Hashes
from pipeline.text.outline import LEAD_SENTENCES, NAME, NUMBER, WEIGHTS, Bits, NamedDays, days_of_units

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SENTENCE_BITS, _KEY_BITS = np.uint64(12), np.uint64(28)
_KEY = np.uint64((1 << 28) - 1)
_SENTENCE = np.uint64((1 << 12) - 1)
_TEXTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class OutlineTable:
    """Texts by position; the distinct units of each, sorted by text, key and sentence, one after the other.

    Attributes:
        sentences: of each text.
        weight: of each text, as ``Outline.weight``.
        days: of each text, as ``Outline.days``.
        first, amount: where the units of each text begin, and how many there are.
        codes: position of the text and key of each unit.
        sentence, weights, classes: of each unit.
        run: from each unit on, how many have its text and key.
        sentence_first: where the sentences of each text begin.
        sentence_weights: of each sentence, repeated units included.
        sentence_totals: the same of distinct units, never zero.
        told: of each text, the sum of those.

    """

    sentences: Integers
    weight: Floats
    days: list[NamedDays]
    first: Integers
    amount: Integers
    codes: Hashes
    sentence: Integers
    weights: Floats
    classes: Bits
    run: Integers
    sentence_first: Integers
    sentence_weights: Floats
    sentence_totals: Floats
    told: Floats

    def codes_in(self, texts: Integers, units: Integers) -> Hashes:
        """The codes that these units would have in those texts."""
        codes: Hashes = (texts.astype(np.uint64) << _KEY_BITS) | (self.codes[units] & _KEY)
        return codes


def tabulate(outlines: Sequence[bytes]) -> OutlineTable:
    """The table of packed outlines, at least one."""
    sentences, lengths, units, owner = _joined(outlines)
    texts, sentence_first = len(outlines), np.cumsum(sentences) - sentences
    sentence_of = np.repeat(np.arange(len(lengths)), lengths)
    weights = WEIGHTS[units & np.uint32(15)]
    codes = (owner.astype(np.uint64) << _KEY_BITS) | (units >> np.uint32(4))
    places = (codes << _SENTENCE_BITS) | (sentence_of - sentence_first[owner]).astype(np.uint64)
    order = np.argsort(places, kind="stable")
    places = places[order]
    new = np.ones(len(places), dtype=bool)
    new[1:] = places[1:] != places[:-1]
    order, places = order[new], places[new]
    distinct = places >> _SENTENCE_BITS
    begins = np.flatnonzero(np.concatenate(([True], distinct[1:] != distinct[:-1]))) if len(distinct) else order
    lasting = np.diff(np.append(begins, len(distinct)))
    run = np.repeat(begins + lasting, lasting) - np.arange(len(distinct))
    amount = np.bincount(owner[order], minlength=texts)
    totals = np.maximum(np.bincount(sentence_of[order], weights[order], len(lengths)), 1e-9)
    ends = np.cumsum(np.bincount(owner, minlength=texts)).tolist()
    sentence_ends = np.cumsum(sentences).tolist()
    return OutlineTable(
        sentences,
        np.array([weights[begin:end].sum() for begin, end in zip([0, *ends], ends, strict=False)]),
        _days(units, sentence_of - sentence_first[owner], owner, texts),
        np.cumsum(amount) - amount,
        amount,
        distinct,
        (places & _SENTENCE).astype(np.int64),
        weights[order],
        units[order] & np.uint32(3),
        run,
        sentence_first,
        np.bincount(sentence_of, weights, len(lengths)).astype(np.float64),
        totals,
        np.array([totals[begin:end].sum() for begin, end in zip([0, *sentence_ends], sentence_ends, strict=False)]),
    )


def fact_bits(outlines: Sequence[bytes]) -> Hashes:
    """The numbers and the names of each text as two sets of 256 bits, in a row of eight words."""
    made = [np.zeros((0, 8), dtype=np.uint64)]
    for at in range(0, len(outlines), _TEXTS_AT_ONCE):
        some = outlines[at : at + _TEXTS_AT_ONCE]
        _, _, units, owner = _joined(some)
        classes, bits = units & np.uint32(3), np.zeros((len(some), 2, 256), dtype=np.uint8)
        for row, wanted in enumerate((classes >= NUMBER, classes == NAME)):
            bits[owner[wanted], row, (units[wanted] >> np.uint32(4)) & np.uint32(255)] = 1
        made.append(np.packbits(bits.reshape(len(some), 512), axis=1).view(np.uint64))
    return np.concatenate(made)


def _joined(outlines: Sequence[bytes]) -> tuple[Integers, Integers, Bits, Integers]:
    """Sentences of each text, units of each sentence, all units, and the text of each."""
    counts = [int.from_bytes(packed[:2], "little") for packed in outlines]
    lengths = np.frombuffer(
        b"".join([packed[2 : 2 + 2 * count] for packed, count in zip(outlines, counts, strict=True)]), "<u2"
    ).astype(np.int64)
    packed_units = [packed[2 + 2 * count :] for packed, count in zip(outlines, counts, strict=True)]
    units = np.frombuffer(b"".join(packed_units), "<u4").astype(np.uint32, copy=False)
    owner = np.repeat(np.arange(len(outlines)), [len(packed) // 4 for packed in packed_units])
    return np.array(counts, dtype=np.int64), lengths, units, owner


def _days(units: Bits, sentence: Integers, owner: Integers, texts: int) -> list[NamedDays]:
    """``named_days`` of each text."""
    places, days = days_of_units(units)
    bits, of_text, leads = np.int64(1) << np.abs(days), owner[places], sentence[places] < LEAD_SENTENCES
    named = np.zeros((4, texts), dtype=np.int64)
    for row, kind in enumerate((days < 0, days > 0)):
        np.bitwise_or.at(named[2 * row], of_text[kind & leads], bits[kind & leads])
        np.bitwise_or.at(named[2 * row + 1], of_text[kind], bits[kind])
    return [
        ((lead_weekdays, weekdays), (lead_dates, dates))
        for lead_weekdays, weekdays, lead_dates, dates in zip(*named.tolist(), strict=True)
    ]
