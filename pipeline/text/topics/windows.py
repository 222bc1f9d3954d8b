"""Judging a reading by windows: the title with a few sentences at a time, each held against the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from pipeline.text.topics.features import FeatureReader, Seen
from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.model import Floats, TopicModel, shipped_model

WHOLE_SENTENCES = 5
"""A body of so many sentences is one window; most items that the models learned from are."""
WINDOW_SENTENCES = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the models say of a reading: how surely it is relevant, and each topic with the sentences that show it."""

    gate: float
    firings: tuple[Firing, ...]


def stretches(reading: Reading, sentences: int) -> list[list[int]]:
    """The title with each few sentences in a row, none for a short body."""
    first = 1 if reading.sentences and reading.sentences[0].in_title else 0
    if sentences - first <= WHOLE_SENTENCES:
        return []
    title = [0] if first else []
    return [
        [*title, *range(at, at + WINDOW_SENTENCES)] for at in range(first, sentences - WINDOW_SENTENCES + 1)
    ]


class WindowTagger:
    """Applies a model to a reading."""

    def __init__(self, book: RuleBook, model: TopicModel) -> None:
        self._book = book
        self.model = model
        self.reader = FeatureReader(book, model.layout, model.rarity)
        self._furniture = book.matcher.bits["furniture"]
        self._speaking = book.places() | book.starting

    def judge(self, reading: Reading, fired: list[Firing]) -> Verdict:
        """The verdict on a reading in which these rules fired."""
        seen = self.reader.see(reading, fired)
        windows = self.windows_of(reading, seen)
        if not windows:
            return Verdict(0.0, ())
        sums = np.array([self.model.sums(*self.reader.window(seen, window)) for window in windows])
        chances = self.model.probabilities(sums)
        gate = self._gate(windows, chances)
        if gate < self.model.judgement.gate_from:
            return Verdict(gate, ())
        return Verdict(gate, tuple(self._topics(reading, seen, windows, chances, gate)))

    def windows_of(self, reading: Reading, seen: Seen) -> list[list[int]]:
        """Sentences that are judged together, the title always among them."""
        first = 1 if reading.sentences and reading.sentences[0].in_title else 0
        title = [0] if first else []
        masks = [fact.mask for fact in seen.facts]
        body = [at for at in range(first, len(masks)) if not masks[at] & self._furniture]
        whole = [*title, *body]
        if len(body) <= WHOLE_SENTENCES:
            return [whole] if whole else []
        runs = [body[at : at + WINDOW_SENTENCES] for at in range(len(body) - WINDOW_SENTENCES + 1)]
        return [whole, *([*title, *run] for run in runs if any(masks[at] & self._speaking for at in run))]

    def _gate(self, windows: list[list[int]], chances: Floats) -> float:
        return float(chances[:, -1].max())

    def _topics(
        self, reading: Reading, seen: Seen, windows: list[list[int]], chances: Floats, gate: float
    ) -> list[Firing]:
        open_ = np.flatnonzero(chances[:, -1] >= self.model.judgement.gate_from)
        best = chances[open_, :-1].max(axis=0)
        columns = [int(column) for column in np.flatnonzero(best >= self.model.judgement.topic_from)]
        if not columns:
            # An open gate needs a topic: the likeliest one.
            columns = [int(best.argmax())]
        firings = []
        for column in columns:
            window = windows[int(open_[int(chances[open_, column].argmax())])]
            score = float(best[column])
            firings.append(self._firing(reading, self._spokesman(seen, window, column), column, score))
        return firings

    def _spokesman(self, seen: Seen, window: list[int], column: int) -> int:
        """The sentence that speaks for the topic most, the first of equals; the body before the title."""
        shares = {at: float(self.model.sums(*self.reader.window(seen, [at]))[column]) for at in window}
        return max(sorted(window, reverse=True), key=lambda at: shares[at])

    def _firing(self, reading: Reading, at: int, column: int, score: float) -> Firing:
        sentence, topic = reading.sentences[at], self.model.topics[column]
        return Firing(topic, f"{topic}/model", at, round(score, 3), sentence.start, sentence.end)


@cache
def shipped_tagger(book: RuleBook) -> WindowTagger:
    """The tagger with the model in the package."""
    return WindowTagger(book, shipped_model())
