"""Outline: what a text says, sentence by sentence, in units that survive cutting, rewriting and spinning.

A spinner replaces common words and keeps names, numbers, rare words and their order; an editor moves sentences and
keeps what stands in them. Units are word stems (five letters, two Hangul syllables), pairs of Han characters, katakana
words and whole numbers. Function words are left out. No grammar is needed, and no dictionary.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import (
    DIGIT,
    HAN,
    HANGUL,
    KATAKANA,
    LETTER,
    Characters,
    JoinedTexts,
    Kinds,
    join_texts,
    mix,
)
from pipeline.text.common_units import commonness
from pipeline.text.unit_hashes import UNIT_LETTERS, prefix_hashes, unit_hashes_of_words

UNITS_CAP = 3000
"""Of a longer text the beginning is outlined."""

SHORTEST_SENTENCE = 4
"""Units; a shorter one (a fragment after an abbreviation, a stray heading) is read with the next."""

LEAD_SENTENCES = 2
"""The lead: what is said there is the news, what follows may be its background."""

WORD, NAME, NUMBER, DIGIT_NUMBER = range(4)
"""Classes of units; a number of one digit says little, chance repeats it."""
CLASS_WEIGHTS = (1.0, 1.5, 2.0, 1.0)
COMMON_WEIGHTS = (1.0, 0.8, 0.6, 0.4)
"""By class, and by how common the unit is in the frozen table (level 0 is unknown, thus rare)."""

WEIGHT_STEPS = 10
"""Every weight is a whole number of tenths."""

WEIGHTS = np.outer(COMMON_WEIGHTS, CLASS_WEIGHTS).ravel()

_UNIT_LENGTH = np.zeros(7, dtype=np.int64)
_UNIT_LENGTH[[LETTER, DIGIT, HANGUL, HAN, KATAKANA]] = UNIT_LETTERS, 12, 2, 2, 4
_SHORTEST_RUN = np.full(7, 1 << 30, dtype=np.int64)
_SHORTEST_RUN[[LETTER, DIGIT, HANGUL, HAN, KATAKANA]] = 3, 1, 2, 2, 2
_DAY_HANGUL, _DAY_HAN = ord("일"), ord("日")
_DAY = np.uint64(0xA0761D6478BD642F)
_IDEOGRAPHIC_STOP, _NEW_LINE = ord("。"), ord("\n")
_END, _STOP, _SPACE = 1, 2, 4
_MARKS = np.zeros(0x10000, dtype=np.uint8)
_MARKS[[ord(mark) for mark in ".!?"]] = _END
_MARKS[[ord(mark) for mark in " \t\"'”’」』)]"]] = _SPACE
_MARKS[_IDEOGRAPHIC_STOP], _MARKS[_NEW_LINE] = _STOP, _STOP | _SPACE

Days = int
"""A set of days, a bit each."""
Day = tuple[int, int]
"""A day and the sentence that names it."""
NamedDays = tuple[tuple[Days, Days], tuple[Days, Days]]
Bits = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outline:
    """A text's units. What is derived from them is computed once, when it is first asked for.

    Attributes:
        units: one number a unit: 28 bits of hash, 2 of commonness, 2 of class.
        sentence: the number of the sentence that each stands in.
        sentences: how many there are.

    """

    units: Bits
    sentence: Integers
    sentences: int

    @cached_property
    def keys(self) -> Bits:
        """The units without class and weight: what is compared."""
        return self.units >> np.uint32(4)

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """What each unit counts."""
        weights: npt.NDArray[np.float64] = WEIGHTS[self.units & np.uint32(15)]
        return weights

    @cached_property
    def weight(self) -> float:
        """What the text says, in all."""
        return float(self.weights.sum())

    @cached_property
    def sentence_weights(self) -> npt.NDArray[np.float64]:
        """What each sentence says, repeated units included."""
        return np.bincount(self.sentence, self.weights, self.sentences).astype(np.float64)

    @cached_property
    def classes(self) -> Bits:
        """WORD, NAME, NUMBER or DIGIT_NUMBER for each unit."""
        return self.units & np.uint32(3)

    @property
    def is_name(self) -> npt.NDArray[np.bool_]:
        """Which units are names."""
        names: npt.NDArray[np.bool_] = self.classes == NAME
        return names

    @property
    def is_number(self) -> npt.NDArray[np.bool_]:
        """Which units are numbers, of one digit too."""
        numbers: npt.NDArray[np.bool_] = self.classes >= NUMBER
        return numbers

    @cached_property
    def facts(self) -> Bits:
        """The distinct names and numbers, without single digits, sorted."""
        return np.unique(self.keys[(self.classes == NAME) | (self.classes == NUMBER)])

    @cached_property
    def distinct(self) -> DistinctUnits:
        """The units, each once a sentence, sorted by key."""
        codes = (self.keys.astype(np.uint64) << np.uint64(32)) | self.sentence.astype(np.uint64)
        order = np.argsort(codes, kind="stable")
        ordered = codes[order]
        order = order[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(order) else order
        return DistinctUnits(self.keys[order], self.sentence[order], self.weights[order], self.classes[order])

    @cached_property
    def days(self) -> NamedDays:
        """The weekdays, and the days of a month, that the text names: those in its first two sentences, and all.

        수요일 (Wednesday) is left out: its first two syllables are also the word for demand.
        """
        places, days = days_of_units(self.units)
        return named_days(zip(days.tolist(), self.sentence[places].tolist(), strict=True))


def days_of_units(units: Bits) -> tuple[Integers, Integers]:
    """Which units name a day, and the day: -1 to -7 for a weekday, 1 to 31 for a date."""
    keys = units >> np.uint32(4)
    known_keys, known = _days()
    at = np.searchsorted(known_keys, keys)
    at[at == len(known_keys)] = 0
    found = np.flatnonzero(known_keys[at] == keys)
    return found, known[at[found]]


def named_days(places: Iterable[Day]) -> NamedDays:
    """The weekdays, and the days of a month, of a text: those in its first two sentences, and all."""
    lead_weekdays = weekdays = lead_dates = dates = 0
    for day, sentence in places:
        bit = 1 << abs(day)
        if day < 0:
            weekdays |= bit
            lead_weekdays |= bit if sentence < LEAD_SENTENCES else 0
        else:
            dates |= bit
            lead_dates |= bit if sentence < LEAD_SENTENCES else 0
    return (lead_weekdays, weekdays), (lead_dates, dates)


def are_rare_facts(units: Bits) -> npt.NDArray[np.bool_]:
    """Which units are numbers, but for single digits, or names that are no common words."""
    classes = units & np.uint32(3)
    rare: npt.NDArray[np.bool_] = (classes == NUMBER) | (units & np.uint32(15) == NAME)
    return rare


@dataclass(frozen=True, slots=True)
class DistinctUnits:
    """Parallel arrays, sorted by key then sentence."""

    keys: Bits
    sentence: Integers
    weights: npt.NDArray[np.float64]
    classes: Bits


def outline(text: str) -> bytes:
    """The packed outline of a text."""
    return outlines(join_texts((text,)))[0][0]


def outlines(joined: JoinedTexts) -> tuple[list[bytes], Bits, Integers]:
    """The packed outline of each text; the units of all, and which text each belongs to.

    Layout, little-endian: 2 bytes, number of sentences; 2 bytes each, their units; 4 bytes each, the units.
    """
    units, sentence, owner = _units(joined)
    packed = units.astype("<u4").tobytes()
    until = np.searchsorted(owner, np.arange(1, len(joined.texts) + 1)).tolist()
    made, begin = [], 0
    for end in until:
        lengths = _merged(np.bincount(sentence[begin:end] - sentence[begin]).tolist()) if end > begin else []
        made.append(struct.pack(f"<{len(lengths) + 1}H", len(lengths), *lengths) + packed[4 * begin : 4 * end])
        begin = end
    return made, units, owner


def unpack(packed: bytes) -> Outline:
    """The outline behind the bytes; no bytes are an empty one."""
    if not packed:
        return Outline(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64), 0)
    count = int(np.frombuffer(packed, "<u2", 1)[0])
    lengths = np.frombuffer(packed, "<u2", count, 2).astype(np.int64)
    units = np.frombuffer(packed, "<u4", offset=2 + 2 * count).astype(np.uint32)
    return Outline(units, np.repeat(np.arange(count), lengths), count)


def _units(text: JoinedTexts) -> tuple[Bits, Integers, Integers]:
    """The units in order, at most UNITS_CAP a text, the raw sentence of each (ascending, with gaps), and its text."""
    places, limits = _places(text.kinds)
    owner = text.owners(places)
    if len(places) > UNITS_CAP and np.bincount(owner).max() > UNITS_CAP:
        kept = np.arange(len(places)) - np.searchsorted(owner, owner) < UNITS_CAP
        places, limits, owner = places[kept], limits[kept], owner[kept]
    if not len(places):
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64), owner
    hashes = prefix_hashes(text.lower, places, limits)
    days = _is_day(text, places, limits)
    hashes[days] = mix(hashes[days] ^ _DAY)
    sentence = _sentence_of(text)[places]
    begins = np.concatenate(([True], sentence[1:] != sentence[:-1]))
    capital = (text.codes[places] != text.lower[places]) & ~begins
    classes = np.where(capital, NAME, WORD)
    digits = text.kinds[places] == DIGIT
    classes[digits] = np.where(limits[digits] > 1, NUMBER, DIGIT_NUMBER)
    level = commonness(hashes)
    kept = level < len(COMMON_WEIGHTS)
    packed = (
        ((hashes >> np.uint64(36)) << np.uint64(4))
        | (level.astype(np.uint64) << np.uint64(2))
        | classes.astype(np.uint64)
    )
    return packed[kept].astype(np.uint32), sentence[kept], owner[kept]


def _places(kinds: Kinds) -> tuple[Integers, Integers]:
    """Where units begin and how many characters each has."""
    if not len(kinds):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    begins = np.flatnonzero(np.concatenate(([True], kinds[1:] != kinds[:-1])))
    lengths = np.diff(np.append(begins, len(kinds)))
    kind = kinds[begins]
    long_enough = lengths >= _SHORTEST_RUN[kind]
    begins, lengths, kind = begins[long_enough], lengths[long_enough], kind[long_enough]
    repeats = np.where(kind == HAN, lengths - 1, 1)
    first = np.cumsum(repeats) - repeats
    offset = np.arange(int(repeats.sum())) - np.repeat(first, repeats)
    places = np.repeat(begins, repeats) + offset
    limits = np.minimum(np.repeat(_UNIT_LENGTH[kind], repeats), np.repeat(lengths, repeats) - offset)
    return places, limits


def _is_day(text: JoinedTexts, places: Integers, limits: Integers) -> npt.NDArray[np.bool_]:
    """Which units are numbers of a day: followed by 일 or 日."""
    after = np.minimum(places + limits, len(text.codes) - 1)
    follows = (text.codes[after] == _DAY_HANGUL) | (text.codes[after] == _DAY_HAN)
    days: npt.NDArray[np.bool_] = follows & (text.kinds[places] == DIGIT)
    return days


@cache
def _days() -> tuple[Bits, Integers]:
    """The keys of units that name a day, sorted, and the day: -1 to -7 for a weekday, 1 to 31 for a date."""
    weekdays = (
        "monda tuesd wedne thurs frida satur sunda 월요 화요 - 목요 금요 토요 일요 月曜 火曜 水曜 木曜 金曜 土曜 日曜"
    )
    names = unit_hashes_of_words(weekdays.split())
    numbers = mix(unit_hashes_of_words([str(day) for day in range(1, 32)]) ^ _DAY)
    keys = (np.concatenate((names, numbers)) >> np.uint64(36)).astype(np.uint32)
    days = np.concatenate((-1 - np.arange(len(names)) % 7, np.arange(1, 32)))
    order = np.argsort(keys)
    return keys[order], days[order]


def unit_texts(text: Characters) -> tuple[str, frozenset[str]]:
    """The script of a text ("letters", "hangul" or "han") and its distinct units but for numbers, readable."""
    places, limits = (part[:UNITS_CAP] for part in _places(text.kinds))
    lower = text.lower.astype("<u4").tobytes().decode("utf-32-le")
    units = frozenset(
        lower[place : place + limit]
        for place, limit, kind in zip(places.tolist(), limits.tolist(), text.kinds[places].tolist(), strict=True)
        if kind != DIGIT
    )
    if not text.dense:
        return "letters", units
    return ("hangul" if np.count_nonzero(text.kinds == HANGUL) * 2 > np.count_nonzero(text.kinds) else "han"), units


def _sentence_of(text: JoinedTexts) -> Integers:
    """The number of the sentence that each character stands in."""
    marks = _MARKS[np.where(text.codes < len(_MARKS), text.codes, 0)]
    ends = (marks & _STOP) > 0
    ends[:-1] |= (marks[:-1] == _END) & ((marks[1:] & _SPACE) > 0)
    return np.cumsum(ends)


def _merged(counts: list[int]) -> list[int]:
    """Units per sentence once fragments are read with what follows, a last one with what precedes."""
    merged: list[int] = []
    waiting = 0
    for count in counts:
        waiting += count
        if waiting >= SHORTEST_SENTENCE:
            merged.append(waiting)
            waiting = 0
    if waiting and merged:
        merged[-1] += waiting
    elif waiting:
        merged.append(waiting)
    return merged
