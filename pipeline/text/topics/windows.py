"""Windows of a reading for the linear model: the title with a few sentences, and what the model sees in each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, reduce
from operator import or_

import numpy as np

from pipeline.text.topics.firing import Firing, RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.model import Floats, TopicModel, shipped_model

WINDOW_SENTENCES = 4
"""Sentences of the body in a window; the examples that the model learned from have one to four."""
RELEVANT_FROM, LEADING_FROM, TAGGED_AT = 0.8, 0.12, 0.5
"""Where a window is this surely about the two countries, its likeliest topic is tagged, at a tag's lowest score."""
SPEAKING_CUES = 3
"""Cues in a sentence without a country that make it part of the story."""
DOUBTFUL_BELOW = 0.5
"""A window that is less surely about the two countries gets no topic from the model."""
WINDOW_REACH = 12
"""Lines from the first to the last sentence of a window: buttons and captions between paragraphs do not part them."""
PROBABLE_FROM = 0.6
"""Lowest probability of a tag, set by hand: in five folds over an earlier model 349 of 385 such tags were right."""


def windows(places: list[int]) -> Iterator[list[int]]:
    """Runs of the sentences that have cues, each a sentence further; a run does not reach over a long stretch without.

    >>> list(windows([1, 2, 3, 5, 6]))
    [[1, 2, 3, 5], [2, 3, 5, 6]]
    """
    for at in range(max(1, len(places) - WINDOW_SENTENCES + 1)):
        run = places[at : at + WINDOW_SENTENCES]
        yield [place for place in run if place - run[0] < WINDOW_REACH]


class WindowTagger:
    """Applies a model to a reading."""

    def __init__(self, book: RuleBook, model: TopicModel) -> None:
        self._book = book
        self._model = model
        rows = model.rows()
        bits = book.matcher.bits
        self._listings = reduce(or_, (bits[f"setting_{kind}"] for kind in ("market", "ranking", "sport", "nature")))
        self._nothing: Floats = np.zeros(len(model.topics))
        self._places, self._furniture = book.places(), book.matcher.bits["furniture"]
        self._known = reduce(or_, (bit for cue, bit in book.matcher.bits.items() if cue in rows), 0)
        self._rows = {bit.bit_length() - 1: rows[cue] for cue, bit in book.matcher.bits.items() if cue in rows}

    def fire(self, reading: Reading) -> list[Firing]:
        """A firing for each probable topic of each window, in the sentence that speaks for it most."""
        sentences = reading.sentences
        first_body = 1 if sentences and sentences[0].in_title else 0
        masks = [self._book.live_mask(reading, at) for at in range(len(sentences))]
        title = masks[0] if first_body else 0
        home = self._book.home(reading.text)
        speaking = [at for at in range(first_body, len(sentences)) if self._speaks(masks[at])]
        rows_at = {at: self.rows_of(masks[at]) for at in speaking}
        title_rows = self.rows_of(title)
        seen: list[tuple[list[int], Floats, bool]] = []
        for window in windows(speaking):
            mask = title
            together = set(title_rows)
            for at in window:
                mask |= masks[at]
                together.update(rows_at[at])
            rows = list(together)
            if rows and self._book.has_both_sides(mask, home):
                seen.append((window, self._model.probabilities(rows), bool(mask & self._listings)))
            elif rows:
                seen.append((window, self._nothing, True))
        best: dict[tuple[str, int], Firing] = {}
        for window, probabilities, is_listing in seen:
            for column in self._likely(probabilities, is_listing):
                places = [*window, 0] if first_body else window
                at = self._spokesman(masks, places, int(column))
                # A window that cuts the context off must not decide alone: all that hold the sentence are heard.
                heard = [other for run, other, _ in seen if at in run or at < first_body]
                if sum(float(other[-1]) for other in heard) / len(heard) < DOUBTFUL_BELOW:
                    continue
                score = sum(float(other[column]) for other in heard) / len(heard)
                firing = self._firing(reading, at, int(column), score)
                if score >= LEADING_FROM and (firing.topic, at) not in best:
                    best[firing.topic, at] = firing
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

    def _speaks(self, mask: int) -> bool:
        """Whether a sentence names a country or has several cues: a button or a form has neither."""
        if mask & self._furniture:
            return False
        return bool(mask & self._places or (mask & self._known).bit_count() >= SPEAKING_CUES)

    def _likely(self, probabilities: Floats, is_listing: bool) -> list[int]:
        """Columns of the topics that are likely, or the likeliest one where the window is surely relevant.

        Markets, rankings, results and weather name the two countries side by side without a relation: for them a
        topic has to be likely by itself.
        """
        if probabilities[-1] < DOUBTFUL_BELOW:
            return []
        topics = probabilities[:-1]
        likely = [int(column) for column in (topics >= PROBABLE_FROM).nonzero()[0]]
        if likely or is_listing or probabilities[-1] < RELEVANT_FROM:
            return likely
        leading = int(topics.argmax())
        return [leading] if topics[leading] >= LEADING_FROM else []

    def _spokesman(self, masks: list[int], places: list[int], column: int) -> int:
        """The sentence whose cues weigh most for the topic, the first of equals."""
        weights = self._model.weights[:, column]
        return max(places, key=lambda at: (float(weights[self.rows_of(masks[at])].sum()), -at))

    def _firing(self, reading: Reading, at: int, column: int, score: float) -> Firing:
        sentence, topic = reading.sentences[at], self._model.topics[column]
        score = max(score, TAGGED_AT)
        return Firing(topic, f"{topic}/model", at, round(score, 3), sentence.start, sentence.end)


@cache
def shipped_tagger(book: RuleBook) -> WindowTagger:
    """The tagger with the model in the package."""
    return WindowTagger(book, shipped_model())
