"""Judging a reading by windows: the title with a few sentences at a time, each held against the models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import FeatureReader, Seen, SentenceFacts
from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.model import TopicModel, shipped_model

WHOLE_SENTENCES = 5
"""A body of so many sentences is one window; most items that the models learned from are."""
WINDOW_SENTENCES, STEP_FROM = 4, 8
"""Length of a stretch; in a longer body than the second number every other one is enough."""
SCRAP_WORDS, SCRAP_CHARS = 4, 30
"""Spaces in a line, and characters, that make it more than a slogan."""
SENTENCE_ENDS = frozenset(".!?。！？…\"'」』)）")
SURE_RULE, BACKED_FROM = 0.75, 0.15
"""A rule of that score needs only this much of the model in its strongest stretch."""
DENIED_FROM = 0.25
"""Gate of a text in which a sure rule is about what is not to happen."""
LONG_GATE_FROM = 0.7
"""Gate of a body that is judged by stretches: of many, one looks relevant by chance. On the folds F1 of long items is
.82 at .5 and .87 from .7 to .8."""
HOPELESS_BELOW = 0.05
"""An article that is this surely irrelevant as a whole is not looked at stretch by stretch."""


_NOT = re.compile(r"\b(?:no|not|neither|nor|never)\b|없|않|ない|なかった|せず")
Reason = tuple[str, float]
"""A cue, rule or piece of a word, and what it added to the sum for a topic."""
REASONS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the models say of a reading: how surely it is relevant, and each topic with the sentences that show it."""

    gate: float
    firings: tuple[Firing, ...]
    reasons: tuple[tuple[Reason, ...], ...] = ()
    """For each firing, what spoke for it most."""


def stretches(reading: Reading, facts: Sequence[SentenceFacts], furniture: int) -> list[list[int]]:
    """Sentences that are judged together, the title always among them: first all, then each few in a row.

    A sentence without any cue says nothing that the models could know, and site furniture says nothing at all.
    """
    first = 1 if reading.sentences and reading.sentences[0].in_title else 0
    title = [0] if first else []
    body = [at for at in range(first, len(facts)) if facts[at].mask and not facts[at].mask & furniture]
    # A headline among the paragraphs, or a button, does not end as a sentence does.
    sentences, text = reading.sentences, reading.text
    body = [at for at in body if text[sentences[at].end - 1] in SENTENCE_ENDS and not _is_scrap(reading, at)] or body
    if len(body) <= WHOLE_SENTENCES:
        return [[*title, *body]] if title or body else []
    step = 1 if len(body) <= STEP_FROM else WINDOW_SENTENCES // 2
    runs = (body[at : at + WINDOW_SENTENCES] for at in range(0, len(body) - WINDOW_SENTENCES + step, step))
    return [[*title, *body], *([*title, *run] for run in runs)]


def _is_scrap(reading: Reading, at: int) -> bool:
    """Whether a sentence of a few words has a line to itself, as slogans do."""
    start, end = reading.sentences[at].start, reading.sentences[at].end
    text = reading.text
    alone = text[start - 1 : start] == "\n" and text[end : end + 1] in ("\n", "")
    return alone and end - start < SCRAP_CHARS and text.count(" ", start, end) < SCRAP_WORDS


class WindowTagger:
    """Applies a model to a reading."""

    def __init__(self, book: RuleBook, model: TopicModel) -> None:
        self._book = book
        self.model = model
        self.reader = FeatureReader(book, model.layout, model.rarity)
        self._furniture = book.matcher.bits["furniture"]
        self._about_negation = {rule.key for rule in book.rules if rule.rule.about_negation}

    def judge(self, reading: Reading, fired: list[Firing]) -> Verdict:
        """The verdict on a reading in which these rules fired."""
        seen = self.reader.see(reading, fired)
        windows = self.windows_of(reading, seen)
        if not windows:
            return Verdict(0.0, ())
        first = self.model.sums(*self.reader.window(seen, windows[0]))
        gate = float(self.model.probabilities(first)[-1])
        if gate < HOPELESS_BELOW:
            return Verdict(gate, ())
        rest = (self.model.sums(*self.reader.window(seen, window)) for window in windows[1:])
        sums = np.array([first, *rest])
        # An article is what it is about as a whole and in its strongest stretch: both are heard alike.
        whole = sums[0]
        strongest = sums[1:].max(axis=0) if len(sums) > 1 else whole
        chances = self.model.probabilities((whole + strongest) / 2)
        gate, needed = float(chances[-1]), self.model.judgement.gate_from
        if len(windows) > 1:
            needed = max(needed, LONG_GATE_FROM)
        if gate < needed:
            if gate < DENIED_FROM or not self._denies(reading, fired):
                return Verdict(gate, ())
            gate = needed
        likely = chances[:-1] >= self.model.judgement.topic_from
        likely |= self._backed(fired) & (self.model.probabilities(strongest)[:-1] >= BACKED_FROM)
        columns = [int(column) for column in np.flatnonzero(likely)]
        # An open gate needs a topic: the likeliest one.
        columns = columns or [int(chances[:-1].argmax())]
        firings, reasons = [], []
        for column in columns:
            window = windows[1 + int(sums[1:, column].argmax())] if len(sums) > 1 else windows[0]
            at = self._spokesman(seen, window, column)
            firings.append(self._firing(reading, at, column, float(chances[column])))
            reasons.append(self._reasons(reading, seen, window, column))
        return Verdict(gate, tuple(firings), tuple(reasons))

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

    def gate_reasons(self, reading: Reading, fired: list[Firing]) -> tuple[Reason, ...]:
        """What speaks most for, or against, an article being about the two countries."""
        seen = self.reader.see(reading, fired)
        windows = self.windows_of(reading, seen)
        return self._reasons(reading, seen, windows[0], len(self.model.topics) - 1) if windows else ()

    def _reasons(self, reading: Reading, seen: Seen, window: list[int], column: int) -> tuple[Reason, ...]:
        rows, values = self.reader.window(seen, window)
        shares = self.model.shares(rows, values, column)
        largest = np.argsort(-np.abs(shares), kind="stable")[:REASONS_KEPT]
        named = ((self.reader.name_of(int(rows[at]), reading, seen, window), float(shares[at])) for at in largest)
        return tuple((name, round(share, 3)) for name, share in named if share)

    def windows_of(self, reading: Reading, seen: Seen) -> list[list[int]]:
        """Sentences that are judged together: first all, then each few in a row."""
        return stretches(reading, seen.facts, self._furniture)

    def _spokesman(self, seen: Seen, window: list[int], column: int) -> int:
        """The sentence that speaks for the topic most, the first of equals; the body before the title."""
        shares = {at: float(self.model.sums(*self.reader.window(seen, [at]))[column]) for at in window}
        return max(sorted(window, reverse=True), key=lambda at: shares[at])

    def _firing(self, reading: Reading, at: int, column: int, score: float) -> Firing:
        sentence, topic = reading.sentences[at], self.model.topics[column]
        return Firing(topic, f"{topic}/model", at, round(score, 3), sentence.start, sentence.end)


def _span(reading: Reading, at: int) -> tuple[int, int]:
    return reading.sentences[at].start, reading.sentences[at].end


@cache
def shipped_tagger(book: RuleBook) -> WindowTagger:
    """The tagger with the model in the package."""
    return WindowTagger(book, shipped_model())
