"""The sums of all windows of an article at once: of the gate alone for every article, of all topics for the few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import (
    CUE_SHARE,
    GRAM_SHARE,
    PAIR_SHARE,
    RULE_SHARE,
    SHAPE_SHARE,
    FeatureReader,
    Seen,
)
from pipeline.text.topics.firing import RuleBook
from pipeline.text.topics.model import Floats, TopicModel
from pipeline.text.topics.sightings import Counting, Flags, Places, Sightings, in_blocks
from pipeline.text.topics.stretches import WINDOW_SENTENCES, runs_of, step_of

_SHARES = np.array([CUE_SHARE, PAIR_SHARE, GRAM_SHARE])
_NOTHING = 1e-9
"""A squared length below that is rounding: the rarest row that counts at all adds 1e-4."""
_ON_ONE_THREAD, _SLICE = 200_000, 32
"""Multiplications that OpenBLAS does not share between threads (it does from 262,144), and rows of a slice."""

Sums = NDArray[np.float64]


class WindowSums:
    """Sums by a model."""

    def __init__(self, book: RuleBook, model: TopicModel, reader: FeatureReader) -> None:
        self._book = book
        self._model = model
        self._reader = reader
        gate = model.weights[:, -1] * model.steps[-1].astype(np.float64)
        self._gate = gate
        self._gate_values = model.rarity * gate
        self._squares = model.rarity.astype(np.float64) ** 2
        self._kinds_from = (reader.layout.pairs_from, reader.layout.grams_from)
        self._sides = book.places()
        for bits in book.sides.values():
            self._sides |= bits
        self._shape_sum = lru_cache(maxsize=4096)(self._shape_sum_of)

    def gates(self, seen: Seen, counting: Counting, sightings: Sightings) -> Sums:
        """The sums of the gate: of the whole, then of each stretch."""
        body = len(counting.places) - counting.has_title
        runs = runs_of(body)
        first, rows = sightings.first, sightings.rows
        pairs_at, grams_at = np.searchsorted(rows, self._kinds_from)
        kinds = np.repeat(np.arange(3), (pairs_at, grams_at - pairs_at, len(rows) - grams_at))
        values, squares = self._gate_values[rows], self._squares[rows]
        whole = _by_kind(kinds[first], values[first]), _by_kind(kinds[first], squares[first])
        totals = [self._gate_sum(*whole)]
        if runs:
            title, counted, begin, end = _windows(sightings, counting.has_title, step_of(body), len(runs))
            bins = kinds[counted] * (len(runs) + 1)
            parts = []
            for each in (values, squares):
                steps = np.bincount(bins + begin, each[counted], 3 * (len(runs) + 1))
                steps -= np.bincount(bins + end, each[counted], 3 * (len(runs) + 1))
                parts.append(np.cumsum(steps.reshape(3, -1), axis=1)[:, :-1].T + _by_kind(kinds[title], each[title]))
            totals.append(self._gate_sum(*parts))
        sums = np.concatenate([np.atleast_1d(total) for total in totals])
        return np.asarray(sums + self._named(seen, counting, runs))

    def _gate_sum(self, values: Sums, squares: Sums) -> Sums:
        there = squares > _NOTHING
        lengths = np.sqrt(np.where(there, squares, 1.0))
        return np.asarray((values / lengths * _SHARES * there).sum(axis=-1))

    def _named(self, seen: Seen, counting: Counting, runs: list[tuple[int, int]]) -> Sums:
        """What rules and sides add, and what the gate starts from."""
        masks, first, home = counting.masks, int(counting.has_title), seen.home
        both = self._book.has_both_sides
        in_one = [both(mask, home) for mask in masks]
        named = [both(mask, 0) for mask in masks]
        sums = []
        for start, end in [(0, len(masks) - first), *runs]:
            span = slice(start + first, end + first)
            mask = masks[0] if first else 0
            for each in masks[span]:
                mask |= each
            one, name = any(in_one[span]) or (first and in_one[0]), any(named[span]) or (first and named[0])
            total = self._shape_sum(mask & self._sides, bool(one), bool(name), home, seen.script)
            sums.append(total + self._rules(seen, [*counting.places[:first], *counting.places[span]]))
        return np.array(sums) + float(self._model.starts[-1])

    def _shape_sum_of(self, mask: int, in_one: bool, named: bool, home: int, script: str) -> float:
        rows = self._reader.shape(mask, in_one, named, home, script)
        return float(self._gate[rows].sum()) * SHAPE_SHARE

    def _rules(self, seen: Seen, places: Sequence[int]) -> float:
        best: dict[int, float] = {}
        for at in places:
            for row, score in seen.fired[at].items():
                best[row] = max(best.get(row, 0.0), score)
        return sum(score * RULE_SHARE * float(self._gate[row]) for row, score in best.items())

    def topics(self, seen: Seen, counting: Counting, sightings: Sightings, windows: Sequence[Sequence[int]]) -> Floats:
        """The sums of all topics and the gate, for any windows of places among all sentences."""
        place_of = {place: at for at, place in enumerate(counting.places)}
        inside = [[place_of[place] for place in window] for window in windows]
        blocks = [self._shown(*block) for block in in_blocks(sightings, inside)]
        mask_of = dict(zip(counting.places, counting.masks, strict=True))
        sums = np.concatenate(blocks)
        for at, window in enumerate(windows):
            some = self._reader.rules_and_sides(seen, list(window), [mask_of[place] for place in window])
            sums[at] += np.array(list(some.values()), dtype=np.float32) @ self._model.weights[list(some)]
        return np.asarray(sums * self._model.steps + self._model.starts, dtype=np.float32)

    def _shown(self, sightings: Sightings, inside: Sequence[Sequence[int]]) -> Floats:
        """What cues, pairs and pieces of words add, in steps of the weights."""
        rows = sightings.rows[sightings.first]
        pairs_at, grams_at = np.searchsorted(rows, self._kinds_from)
        values = _presence(sightings, inside, len(rows)) * self._model.rarity[rows]
        for kind, span in enumerate((slice(0, pairs_at), slice(pairs_at, grams_at), slice(grams_at, None))):
            part = values[:, span]
            lengths = np.sqrt(np.einsum("ij,ij->i", part, part))
            part *= (_SHARES[kind] / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)[:, None]
        return _product(values, self._model.weights[rows].astype(np.float32))


def _by_kind(kinds: Places, values: Sums) -> Sums:
    return np.asarray(np.bincount(kinds, values, 3), dtype=np.float64)


def _windows(sightings: Sightings, has_title: bool, step: int, count: int) -> tuple[Flags, Flags, Places, Places]:
    """Which pairs are the title's, which count in stretches, and in which of these: from the first to the second.

    A row counts once in a stretch: where its sentence is in it and no earlier sentence with it is.
    """
    sentences, first = sightings.sentences, sightings.first
    title = sentences == 0 if has_title else np.zeros(len(sentences), dtype=bool)
    # Pairs are sorted: the first pair of a row is the title's where the title has the row.
    counted = ~title[np.flatnonzero(first)][np.cumsum(first) - 1]
    before = np.empty_like(sentences)
    before[1:] = sentences[:-1]
    before[first] = has_title - 1
    place, before = sentences[counted] - has_title, before[counted] - has_title
    begin = (np.maximum(before + 1, place - WINDOW_SENTENCES + 1) + step - 1) // step
    end = np.minimum(place // step, count - 1) + 1
    return title, counted, np.minimum(begin, end), end


def _presence(sightings: Sightings, inside: Sequence[Sequence[int]], width: int) -> Floats:
    """Whether each window has each row."""
    column = np.cumsum(sightings.first) - 1
    shown = np.zeros((sightings.sentence_count, width), dtype=np.float32)
    shown[sightings.sentences, column] = 1.0
    chosen = np.zeros((len(inside), sightings.sentence_count), dtype=np.float32)
    for at, places in enumerate(inside):
        chosen[at, list(places)] = 1.0
    return np.asarray(np.minimum(_product(chosen, shown), 1.0))


def _product(left: Floats, right: Floats) -> Floats:
    """The matrix product in slices that OpenBLAS takes on one thread: a second one spins for longer than it works."""
    height, depth = left.shape
    width = right.shape[1]
    result = np.zeros((height, width), dtype=np.float32)
    for row in range(0, height, _SLICE):
        for column in range(0, width, 4 * _SLICE):
            part = result[row : row + _SLICE, column : column + 4 * _SLICE]
            deep = max(_ON_ONE_THREAD // (part.shape[0] * part.shape[1]), 1)
            for at in range(0, depth, deep):
                part += left[row : row + _SLICE, at : at + deep] @ right[at : at + deep, column : column + 4 * _SLICE]
    return result
