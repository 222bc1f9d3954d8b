"""The sums of all windows of an article at once: of the gate alone for every article, of all topics for the few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_

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
        self._start = float(model.starts[-1])
        self._known = reader.known_cues
        self._bytes = (self._known.bit_length() + 7) // 8
        self._cues = np.zeros((self._bytes * 8, 2), dtype=np.float32)
        for place, row in reader.cue_rows.items():
            self._cues[place] = self._gate_values[row], self._squares[row]
        # Two marks beyond all cues say that a sentence has both sides, and that it names both.
        self._sides = book.places()
        for bits in book.sides.values():
            self._sides |= bits
        self._sides |= book.means_both
        top = max(book.matcher.bits.values())
        self._in_one, self._both_named = top << 1, top << 2
        self._shapes = self._sides | self._in_one | self._both_named
        self._marks = lru_cache(maxsize=4096)(self._marks_of)
        self._shape_sum = lru_cache(maxsize=4096)(self._shape_sum_of)

    def named(self, seen: Seen, counting: Counting) -> Sums:
        """What named evidence gives the gate, of the whole and of each stretch: cues, rules, sides, and its start."""
        first, home = int(counting.has_title), seen.home
        marked = [mask | self._marks(mask & self._sides, home) for mask in counting.masks]
        title = marked[0] if first else 0
        runs = runs_of(len(marked) - first)
        windows = [reduce(or_, marked)]
        windows += [reduce(or_, marked[start + first : end + first], title) for start, end in runs]
        sums = np.array([self._shape_sum(mask & self._shapes, home, seen.script) for mask in windows])
        if any(seen.fired):
            places = counting.places
            spans = [places, *([*places[:first], *places[start + first : end + first]] for start, end in runs)]
            sums += [self._rules(seen, span) for span in spans]
        raw = b"".join([(mask & self._known).to_bytes(self._bytes, "little") for mask in windows])
        bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little").reshape(len(windows), -1)
        values, squares = (bits.astype(np.float32) @ self._cues).T
        return np.asarray(sums + values * (CUE_SHARE / np.sqrt(np.maximum(squares, _NOTHING))) + self._start)

    def unnamed(self, counting: Counting, sightings: Sightings) -> Sums:
        """What pairs of cues and pieces of words give the gate, of the whole and of each stretch."""
        body = len(counting.places) - counting.has_title
        count = len(runs_of(body))
        pairs_at, grams_at = np.searchsorted(sightings.rows, self._kinds_from).tolist()
        rows, first = sightings.rows[pairs_at:], sightings.first[pairs_at:]
        kinds = np.repeat(np.arange(2), (grams_at - pairs_at, len(rows) - grams_at + pairs_at))
        parts = self._gate_values[rows], self._squares[rows]
        whole = [_by_kind(kinds[first], each[first]) for each in parts]
        if not count:
            return self._gate_sum(*whole)[None]
        sentences = sightings.sentences[pairs_at:]
        title, counted, begin, end = _windows(sentences, first, counting.has_title, step_of(body), count)
        bins = kinds[counted] * (count + 1)
        begin, end = bins + begin, bins + end
        stretches = []
        for each in parts:
            kept = each[counted]
            steps = np.bincount(begin, kept, 2 * (count + 1)) - np.bincount(end, kept, 2 * (count + 1))
            sums = np.cumsum(steps.reshape(2, -1), axis=1)[:, :-1].T
            stretches.append(sums + _by_kind(kinds[title], each[title]) if counting.has_title else sums)
        return np.concatenate((self._gate_sum(*whole)[None], self._gate_sum(*stretches)))

    def _gate_sum(self, values: Sums, squares: Sums) -> Sums:
        there = squares > _NOTHING
        lengths = np.sqrt(np.where(there, squares, 1.0))
        return np.asarray((values / lengths * _SHARES[1:] * there).sum(axis=-1))

    def _marks_of(self, mask: int, home: int) -> int:
        both = self._book.has_both_sides
        return (self._in_one if both(mask, home) else 0) | (self._both_named if both(mask, 0) else 0)

    def _shape_sum_of(self, mask: int, home: int, script: str) -> float:
        rows = self._reader.shape(mask, bool(mask & self._in_one), bool(mask & self._both_named), home, script)
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
        values = _presence(sightings, inside, len(rows))
        values *= self._model.rarity[rows]
        for kind, span in enumerate((slice(0, pairs_at), slice(pairs_at, grams_at), slice(grams_at, None))):
            part = values[:, span]
            lengths = np.sqrt(np.einsum("ij,ij->i", part, part))
            part *= (_SHARES[kind] / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)[:, None]
        return _product(values, self._model.weights[rows].astype(np.float32))


def _by_kind(kinds: Places, values: Sums) -> Sums:
    return np.asarray(np.bincount(kinds, values, 2), dtype=np.float64)


def _windows(
    sentences: Places, first: Flags, has_title: bool, step: int, count: int
) -> tuple[Flags, Flags, Places, Places]:
    """Which pairs are the title's, which count in stretches, and in which of these: from the first to the second.

    A row counts once in a stretch: where its sentence is in it and no earlier sentence with it is.
    """
    before = np.empty_like(sentences)
    before[1:] = sentences[:-1]
    before[first] = -1
    if has_title:
        title = sentences == 0
        # Pairs are sorted: the first pair of a row is the title's where the title has the row.
        counted = ~title[np.flatnonzero(first)][np.cumsum(first) - 1]
        sentences, before = sentences[counted] - 1, np.maximum(before[counted] - 1, -1)
    else:
        counted = title = np.ones(len(sentences), dtype=bool)
    begin = (np.maximum(before + 1, sentences - WINDOW_SENTENCES + 1) + step - 1) // step
    end = np.minimum(sentences // step, count - 1) + 1
    return title, counted, np.minimum(begin, end), end


def _presence(sightings: Sightings, inside: Sequence[Sequence[int]], width: int) -> Floats:
    """Whether each window has each row."""
    column = np.cumsum(sightings.first) - 1
    shown = np.zeros((sightings.sentence_count, width), dtype=np.float32)
    shown[sightings.sentences, column] = 1.0
    present = np.empty((len(inside), width), dtype=np.float32)
    for at, places in enumerate(inside):
        if len(places) == sightings.sentence_count:
            present[at] = 1.0
        elif len(places) == 1:
            present[at] = shown[places[0]]
        else:
            np.max(shown[list(places)], axis=0, out=present[at])
    return present


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
