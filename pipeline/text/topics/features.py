"""What the models see in a window of sentences: rows of one weight table, and how much each counts.

Five kinds of evidence, each with its own share: named cues, pairs of cues in one sentence, rules that fired, which
sides are there, and pieces of words (``grams``). Cues and rules are known by name, so that a model outlives an edit of
the rules; pairs and pieces are hashed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.grams import GRAM_ROWS, Grams, Rows, grams_of
from pipeline.text.topics.matching import Reading

PAIR_ROWS = 1 << 13
MOST_CUES = 40
"""Cues of a sentence that are paired; a sentence with more is a list."""
CUE_SHARE, PAIR_SHARE, RULE_SHARE, SHAPE_SHARE, GRAM_SHARE = 2.0, 1.4, 0.7, 0.55, 2.0
"""Length of each kind's vector, so its square in a comparison of two windows; found on four folds of training items."""
SHAPES = ("both", "both_in_one", "both_named", "pair", "two", "korea", "japan", "third", "en", "ko", "ja")

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which row is what: cues, rules and topics by name, then shapes, pairs and pieces of words."""

    names: tuple[str, ...]

    @property
    def pairs_from(self) -> int:
        """First row of the pairs."""
        return len(self.names)

    @property
    def grams_from(self) -> int:
        """First row of the pieces of words."""
        return len(self.names) + PAIR_ROWS

    @property
    def size(self) -> int:
        """All rows."""
        return self.grams_from + GRAM_ROWS


def layout_of(book: RuleBook) -> Layout:
    """The layout for the rules as they are."""
    topics = sorted({rule.topic for rule in book.rules})
    names = [f"cue {cue}" for cue in sorted(book.matcher.names)]
    names += [f"rule {rule.key}" for rule in sorted(book.rules, key=lambda rule: rule.key)]
    names += [f"topic {topic}" for topic in topics]
    names += ["fired", *(f"shape {shape}" for shape in SHAPES)]
    return Layout(tuple(names))


@dataclass(frozen=True, slots=True)
class SentenceFacts:
    """What one sentence adds to a window."""

    mask: int
    cues: Rows
    pairs: Rows
    grams: Rows
    """Places in the pieces of the text."""


_NOTHING: Rows = np.zeros(0, dtype=np.int64)
_NO_FACTS = SentenceFacts(0, _NOTHING, _NOTHING, _NOTHING)


class Seen:
    """A reading as the models see it; what a sentence adds is found when it is asked for, once.

    Attributes:
        fired: by sentence, the rows of the rules that fired with their scores.
        script: the language of the text.
        home: the side that it need not name.

    """

    def __init__(
        self,
        reading: Reading,
        fired: Sequence[dict[int, float]],
        home: int,
        facts_of: Callable[[Reading, Grams, int], SentenceFacts],
    ) -> None:
        self.fired = fired
        self.script = reading.script
        self.home = home
        self._reading = reading
        self._facts_of = facts_of
        self._facts: dict[int, SentenceFacts] = {}

    @cached_property
    def grams(self) -> Grams:
        """The pieces of the text."""
        return grams_of(self._reading.text)

    def facts(self, at: int) -> SentenceFacts:
        """What one sentence adds to a window."""
        if at not in self._facts:
            self._facts[at] = self._facts_of(self._reading, self.grams, at)
        return self._facts[at]


@cache
def _pairing(count: int) -> tuple[Rows, Rows]:
    left, right = np.triu_indices(count, 1)
    return left, right


def _distinct(rows: Rows) -> Rows:
    if len(rows) < 2:
        return rows
    ordered = np.sort(rows)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


class FeatureReader:
    """Turns readings into rows and values.

    Args:
        book: the compiled rules.
        layout: of the model; what the rules have beyond it is not seen.
        rarity: how much each row counts within its kind.
    """

    def __init__(self, book: RuleBook, layout: Layout, rarity: Values | None = None) -> None:
        self._book = book
        self.layout = layout
        self.rarity: Values = np.ones(layout.size, dtype=np.float32) if rarity is None else rarity
        row_of = {name: row for row, name in enumerate(layout.names)}
        self.cue_rows = {
            bit.bit_length() - 1: row_of[f"cue {cue}"]
            for cue, bit in book.matcher.bits.items()
            if f"cue {cue}" in row_of
        }
        self.known_cues = 0
        for place in self.cue_rows:
            self.known_cues |= 1 << place
        self._row_of = row_of
        self._marks = np.array([zlib.crc32(name.encode()) for name in layout.names], dtype=np.uint32)

    def see(self, reading: Reading, firings: list[Firing]) -> Seen:
        """The sentences of a reading."""
        fired: list[dict[int, float]] = [{} for _ in reading.sentences]
        for firing in firings:
            there = fired[firing.sentence]
            for name in (f"rule {firing.key}", f"topic {firing.topic}", "fired"):
                row = self._row_of.get(name)
                if row is not None:
                    there[row] = max(there.get(row, 0.0), firing.score)
        return Seen(reading, fired, self._book.home(reading.article), self._facts)

    def _facts(self, reading: Reading, grams: Grams, at: int) -> SentenceFacts:
        sentence = reading.sentences[at]
        mask, silent = self._book.live_and_silent(reading, at)
        rows = self._rows(mask & self.known_cues)
        places = np.arange(*grams.between(sentence.start, sentence.end))
        for start, end in silent:
            places = places[(grams.ends[places] <= start) | (grams.starts[places] >= end)]
        return SentenceFacts(mask, rows, self._pairs(rows), places)

    def _rows(self, mask: int) -> Rows:
        rows = []
        while mask:
            low = mask & -mask
            rows.append(self.cue_rows[low.bit_length() - 1])
            mask ^= low
        rows.sort()
        return np.array(rows, dtype=np.int64)

    def _pairs(self, rows: Rows) -> Rows:
        some = rows[:MOST_CUES]
        if len(some) < 2:
            return np.zeros(0, dtype=np.int64)
        marks = self._marks[some]
        left, right = _pairing(len(some))
        return self._hashed(marks[left], marks[right])

    def _hashed(self, one: NDArray[np.uint32], other: NDArray[np.uint32]) -> Rows:
        low, high = np.minimum(one, other), np.maximum(one, other)
        hashed = (low * np.uint32(2654435761) ^ high) * np.uint32(2246822519)
        return (hashed >> np.uint32(19)).astype(np.int64) + self.layout.pairs_from

    def pair_rows(self) -> Rows:
        """The row of each pair of cues, by their rows."""
        marks = self._marks[: max(self.cue_rows.values(), default=-1) + 1]
        return self._hashed(marks[:, None], marks[None, :])

    def window(self, seen: Seen, places: list[int]) -> tuple[Rows, Values]:
        """Rows and values of some sentences together."""
        facts = [seen.facts(at) for at in places] or [_NO_FACTS]
        parts_rows: list[Rows] = []
        parts_values: list[Values] = []
        kinds = (
            (np.concatenate([fact.cues for fact in facts]), CUE_SHARE),
            (np.concatenate([fact.pairs for fact in facts]), PAIR_SHARE),
            (np.concatenate([seen.grams.rows[fact.grams] for fact in facts]) + self.layout.grams_from, GRAM_SHARE),
        )
        for every, share in kinds:
            rows = _distinct(every)
            if len(rows):
                values = self.rarity[rows]
                length = float(np.sqrt(values @ values))
                parts_rows.append(rows)
                parts_values.append(values * np.float32(share / length) if length else values)
        some = self.rules_and_sides(seen, places, [fact.mask for fact in facts])
        parts_rows.append(np.fromiter(some, dtype=np.int64, count=len(some)))
        parts_values.append(np.fromiter(some.values(), dtype=np.float32, count=len(some)))
        return np.concatenate(parts_rows), np.concatenate(parts_values)

    def rules_and_sides(self, seen: Seen, places: list[int], masks: Sequence[int]) -> dict[int, float]:
        """Rows and values of the rules that fired in some sentences, and of the sides that are there by their masks."""
        best: dict[int, float] = {}
        for at in places:
            for row, score in seen.fired[at].items():
                best[row] = max(best.get(row, 0.0), score * RULE_SHARE)
        sides = [(self._book.has_both_sides(mask, seen.home), self._book.has_both_sides(mask, 0)) for mask in masks]
        in_one, named = (any(each[at] for each in sides) for at in range(2))
        return best | dict.fromkeys(self.shape(reduce(or_, masks), in_one, named, seen.home, seen.script), SHAPE_SHARE)

    def shape(self, mask: int, both_in_one: bool, both_named: bool, home: int, script: str) -> list[int]:
        """The rows of the sides that are there.

        Args:
            mask: of all cues of a window.
            both_in_one: whether one sentence has both sides.
            both_named: whether one sentence names both.
            home: the side that the text need not name.
            script: its language.
        """
        true = {
            "both": self._book.has_both_sides(mask, home),
            "both_in_one": both_in_one,
            "both_named": both_named,
            **{name: bool(mask & bits) for name, bits in self._book.sides.items()},
            script: True,
        }
        return [self._row_of[f"shape {name}"] for name, holds in true.items() if holds]

    def name_of(self, row: int, reading: Reading, seen: Seen, places: list[int]) -> str:
        """What a row means in a window: a cue, a rule, two cues together, or the piece of a word in quotes."""
        if row < self.layout.pairs_from:
            return self.layout.names[row]
        for fact in map(seen.facts, places):
            if row < self.layout.grams_from:
                found = np.flatnonzero(fact.pairs == row)
                if len(found):
                    left, right = _pairing(len(fact.cues[:MOST_CUES]))
                    names = (self.layout.names[fact.cues[side[found[0]]]] for side in (left, right))
                    return " with ".join(names)
            else:
                found = np.flatnonzero(seen.grams.rows[fact.grams] == row - self.layout.grams_from)
                if len(found):
                    at = int(fact.grams[found[0]])
                    return f"'{reading.text[seen.grams.starts[at] : seen.grams.ends[at]]}'"
        return ""
