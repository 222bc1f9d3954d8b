"""Judging a reading by windows: the title with a few sentences at a time, each held against the models."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import FeatureReader, Seen
from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.model import TopicModel, shipped_model
from pipeline.text.topics.sightings import Counting, SightingReader, Sightings
from pipeline.text.topics.stretches import counting_of, stretches
from pipeline.text.topics.sums import WindowSums

SURE_RULE, BACKED_FROM = 0.75, 0.15
"""A rule of that score needs only this much of the model in its strongest stretch."""
DENIED_FROM = 0.25
"""Gate of a text in which a sure rule is about what is not to happen."""
LONG_GATE_FROM = 0.8
"""Gate of a body that is judged by stretches: of many, one looks relevant by chance. On the folds F1 of long items is
.86 at .5 and .90 from .7 to .85."""
HOPELESS_BELOW = 0.05
"""An article that is this surely irrelevant as a whole is not looked at stretch by stretch."""
_ROUNDING = 1e-4
"""The gate is summed in another order where it is summed alone."""

_NOT = re.compile(r"\b(?:no|not|neither|nor|never)\b|없|않|ない|なかった|せず")
Reason = tuple[str, float]
"""A cue, rule or piece of a word, and what it added to the sum for a topic."""
REASONS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Spoken:
    """A topic that the model speaks for: its column and name, how surely, and the sentences where it is strongest."""

    column: int
    topic: str
    score: float
    window: list[int]


class View:
    """A reading with what fired in it, as the models see it; what is costly is found when it is asked for."""

    def __init__(self, reading: Reading, seen: Seen, counting: Counting, sighted: SightingReader) -> None:
        self.reading = reading
        self.seen = seen
        self.counting = counting
        self.windows = stretches(counting)
        self._sighted = sighted

    @cached_property
    def sightings(self) -> Sightings:
        """The rows that its sentences show."""
        return self._sighted.see(self.reading, self.counting)


class WindowTagger:
    """Applies a model to a reading."""

    def __init__(self, book: RuleBook, model: TopicModel) -> None:
        self._book = book
        self.model = model
        self.reader = FeatureReader(book, model.layout, model.rarity)
        self._sighted = SightingReader(self.reader)
        self.sums = WindowSums(book, model, self.reader)
        self._about_negation = {rule.key for rule in book.rules if rule.rule.about_negation}

    def view(self, reading: Reading, fired: list[Firing]) -> View:
        """A reading in which these rules fired."""
        return View(reading, self.reader.see(reading, fired), counting_of(self._book, reading), self._sighted)

    def is_hopeless(self, view: View, fired: list[Firing]) -> bool:
        """Whether the gate will stay shut, by the sums of the gate alone: four articles in five end here."""
        if not view.windows:
            return True
        needed = self._needed(view)
        if self._denies(view.reading, fired):
            needed = min(needed, DENIED_FROM)
        needed = self._sum_for(needed) - _ROUNDING
        sums = self.sums.named(view.seen, view.counting) + self.sums.unnamed(view.counting, view.sightings)
        return float(sums[0]) < self._sum_for(HOPELESS_BELOW) - _ROUNDING or _heard(sums) < needed

    def judge(self, view: View, fired: list[Firing]) -> tuple[float, tuple[Spoken, ...]]:
        """How surely a reading is about the two countries, and the topics that it is about."""
        windows = view.windows
        if not windows:
            return 0.0, ()
        sums = self.sums.topics(view.seen, view.counting, view.sightings, windows)
        first = float(self.model.probabilities(sums[0])[-1])
        if first < HOPELESS_BELOW:
            return first, ()
        # An article is what it is about as a whole and in its strongest stretch: both are heard alike.
        whole = sums[0]
        strongest = sums[1:].max(axis=0) if len(sums) > 1 else whole
        chances = self.model.probabilities((whole + strongest) / 2)
        gate, needed = float(chances[-1]), self._needed(view)
        if gate < needed:
            if gate < DENIED_FROM or not self._denies(view.reading, fired):
                return gate, ()
            gate = needed
        likely = chances[:-1] >= self.model.judgement.topic_from
        likely |= self._backed(fired) & (self.model.probabilities(strongest)[:-1] >= BACKED_FROM)
        # An open gate needs a topic: the likeliest one.
        columns = [int(column) for column in np.flatnonzero(likely)] or [int(chances[:-1].argmax())]
        at = [1 + int(sums[1:, column].argmax()) if len(sums) > 1 else 0 for column in columns]
        spoken = (
            Spoken(column, self.model.topics[column], float(chances[column]), windows[window])
            for column, window in zip(columns, at, strict=True)
        )
        return gate, tuple(spoken)

    def _sum_for(self, gate: float) -> float:
        judged = self.model.judgement
        return (math.log(gate / (1 - gate)) - judged.gate_shift) / judged.gate_slope

    def _needed(self, view: View) -> float:
        gate_from = self.model.judgement.gate_from
        return max(gate_from, LONG_GATE_FROM) if len(view.windows) > 1 else gate_from

    def _backed(self, fired: list[Firing]) -> NDArray[np.bool_]:
        """Which topics a sure rule speaks for: one statement of its own is enough in an article on something else."""
        sure = {firing.topic for firing in fired if firing.score >= SURE_RULE}
        return np.array([topic in sure for topic in self.model.topics[:-1]])

    def _denies(self, reading: Reading, fired: list[Firing]) -> bool:
        """Whether a sure rule is about what is not to happen: the rule alone knows that."""
        return any(
            firing.score >= SURE_RULE
            and firing.key in self._about_negation
            and _NOT.search(reading.text, *_span(reading, firing.sentence))
            for firing in fired
        )

    def gate_reasons(self, view: View) -> tuple[Reason, ...]:
        """What speaks most for, or against, an article being about the two countries."""
        return self._reasons(view, view.windows[0], len(self.model.topics) - 1) if view.windows else ()

    def reasons(self, view: View, spoken: Spoken) -> tuple[Reason, ...]:
        """What speaks most for a topic, or against it, where it is strongest."""
        return self._reasons(view, spoken.window, spoken.column)

    def _reasons(self, view: View, window: list[int], column: int) -> tuple[Reason, ...]:
        rows, values = self.reader.window(view.seen, window)
        shares = self.model.shares(rows, values, column)
        largest = np.argsort(-np.abs(shares), kind="stable")[:REASONS_KEPT]
        named = ((self.reader.name_of(int(rows[at]), view.reading, view.seen, window), shares[at]) for at in largest)
        return tuple((name, round(float(share), 3)) for name, share in named if share)

    def spokesman(self, view: View, spoken: Spoken) -> Firing:
        """The sentence that speaks for a topic most, the first of equals; the body before the title."""
        window = spoken.window
        sums = self.sums.topics(view.seen, view.counting, view.sightings, [[at] for at in window])
        shares = {at: round(float(total), 5) for at, total in zip(window, sums[:, spoken.column], strict=True)}
        at = max(sorted(window, reverse=True), key=lambda at: shares[at])
        sentence = view.reading.sentences[at]
        key = f"{spoken.topic}/model"
        return Firing(spoken.topic, key, at, round(spoken.score, 3), sentence.start, sentence.end)


def _heard(sums: NDArray[np.float64]) -> float:
    """The sum that decides: half of the whole, half of the strongest stretch."""
    return float(sums[0] + sums[1:].max()) / 2 if len(sums) > 1 else float(sums[0])


def _span(reading: Reading, at: int) -> tuple[int, int]:
    return reading.sentences[at].start, reading.sentences[at].end


@cache
def shipped_tagger(book: RuleBook) -> WindowTagger:
    """The tagger with the model in the package."""
    return WindowTagger(book, shipped_model())
