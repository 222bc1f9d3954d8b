"""Windows of a reading for the linear model: the title with a few sentences, and what the model sees in each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.model import TopicModel, shipped_model

WINDOW_SENTENCES = 4
"""Sentences of the body in a window; the examples that the model learned from have one to four."""
PROBABLE_FROM, PROBABLE_BESIDE = 0.7, 0.85
"""Lowest probabilities that count, alone and beside topics that rules have found: an article has one or two topics."""


def windows(sentences: int, first_body: int) -> Iterator[range]:
    """Runs of body sentences, each a sentence further.

    >>> [list(window) for window in windows(6, 1)]
    [[1, 2, 3, 4], [2, 3, 4, 5]]
    """
    last = max(first_body + 1, sentences - WINDOW_SENTENCES + 1)
    for start in range(first_body, last):
        yield range(start, min(sentences, start + WINDOW_SENTENCES))


class WindowTagger:
    """Applies a model to a reading."""

    def __init__(self, book: RuleBook, model: TopicModel) -> None:
        self._book = book
        self._model = model
        rows = model.rows()
        self._rows = {bit.bit_length() - 1: rows[cue] for cue, bit in book.matcher.bits.items() if cue in rows}

    def fire(self, reading: Reading, ruled: bool) -> list[Firing]:
        """A firing for each probable topic of each window, in the sentence that speaks for it most."""
        sentences = reading.sentences
        first_body = 1 if sentences and sentences[0].in_title else 0
        masks = [self._book.live_mask(reading, at) for at in range(len(sentences))]
        title = masks[0] if first_body else 0
        home = self._book.home(reading.text)
        lowest = PROBABLE_BESIDE if ruled else PROBABLE_FROM
        best: dict[tuple[str, int], Firing] = {}
        for window in windows(len(sentences), first_body):
            mask = title
            for at in window:
                mask |= masks[at]
            if not self._book.has_both_sides(mask, home):
                continue
            rows = self.rows_of(mask)
            if not rows:
                continue
            probabilities = self._model.probabilities(rows)
            for column in (probabilities >= lowest).nonzero()[0]:
                score = float(probabilities[column])
                places = [*window, 0] if first_body else list(window)
                firing = self._firing(reading, masks, places, int(column), score)
                key = (firing.topic, firing.sentence)
                if key not in best or best[key].score < score:
                    best[key] = firing
        return list(best.values())

    def rows_of(self, mask: int) -> list[int]:
        """The rows of the model for the cues in a mask."""
        rows = []
        while mask:
            low = mask & -mask
            row = self._rows.get(low.bit_length() - 1)
            if row is not None:
                rows.append(row)
            mask ^= low
        return rows

    def _firing(self, reading: Reading, masks: list[int], places: list[int], column: int, score: float) -> Firing:
        weights = self._model.weights[:, column]
        spoken = {at: float(weights[self.rows_of(masks[at])].sum()) for at in places}
        at = max(spoken, key=lambda place: (spoken[place], -place))
        sentence = reading.sentences[at]
        topic = self._model.topics[column]
        return Firing(topic, f"{topic}/model", at, round(score, 3), sentence.start, sentence.end)


@cache
def shipped_tagger(book: RuleBook) -> WindowTagger:
    """The tagger with the model in the package."""
    return WindowTagger(book, shipped_model())
