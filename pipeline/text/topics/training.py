"""Training the models: from the examples that ship with the rules and from labelled items, with numpy alone.

There are far fewer windows than rows, so each logistic regression is found as a weighted sum of its windows: all that
training needs is how alike two windows are, which is computed once and serves every fold.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import FeatureReader, Layout, Values, layout_of
from pipeline.text.topics.firing import RuleBook
from pipeline.text.topics.grams import Rows
from pipeline.text.topics.model import RELEVANT, Floats, Judgement, TopicModel, logistic
from pipeline.text.topics.scripts import script_of
from pipeline.text.topics.stretches import counting_of, stretches
from schemas.topic_examples import example_articles, irrelevant_examples, topic_examples
from schemas.topics import topic_names

FOLDS = 4
"""Parts that labelled items fall into by their id; the shipped model has seen all, its calibration has not."""
ROUNDS, SHRINK = 80, 0.1
"""Steps of accelerated descent, and the weight of the square of the solution; .05 to .5 differ by less than a point."""
LEADING, TURNS = 50, 4
"""Directions in which the windows differ most, each of which has a step of its own: with one step for all, the
solution after 120 rounds was far from the best (topics .70 instead of .77 on the folds). And turns to find them."""
GATE_FROM, TOPIC_FROM = 0.5, 0.3
"""Where gate and tags begin. On the folds F1 hardly moves from .35 to .55 and from .25 to .45: an even chance at the
gate, and less for a topic, because the gate is open already."""
JOINED = 3
"""Of so many traps in a row, one opens a joined text."""
PART_WEIGHT = 0.5
"""A window of a long irrelevant item counts less than a whole item: its neighbours overlap."""
ELSEWHERE_WEIGHT = 0.25
"""An irrelevant item counts less for a single topic than for the gate, which keeps it out already."""
EXAMPLE_WEIGHT = 3.0
"""An example is a promise that the tests hold the rules to: it counts as so many labelled items."""


def fold_of(key: str) -> int:
    """The part that the item of that id is held out in, the same for ever.

    >>> 0 <= fold_of("t-en-001") < FOLDS
    True
    """
    return zlib.crc32(key.encode()) % FOLDS


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """A text with its topics, none for an irrelevant one; ``optional`` ones count neither way."""

    key: str
    title: str
    body: str
    topics: frozenset[str]
    optional: frozenset[str] = frozenset()
    part: int = -1

    @property
    def fold(self) -> int:
        """The part of the cross-validation that the item is held out in; -1 for an example, which never is."""
        return fold_of(self.key) if self.key else self.part


@dataclass(frozen=True, slots=True)
class Lesson:
    """Windows as the models see them, how alike they are, and what is right for each."""

    layout: Layout
    rarity: Values
    windows: list[tuple[Rows, Values]]
    alike: Floats
    right: Floats
    weight: Floats
    folds: NDArray[np.int64]
    """The fold of each window, -1 for examples, which are never held out."""
    scored: NDArray[np.bool_]
    """Whole labelled items, by which the models are judged."""


def example_items() -> list[LabelledItem]:
    """The examples that ship with the rules."""
    items = []
    for topic, each in topic_examples().items():
        items += [LabelledItem("", "", text, frozenset({topic})) for text in each.match]
        items += [LabelledItem("", "", text, frozenset()) for text in each.other]
    items += [LabelledItem("", "", text, frozenset()) for texts in irrelevant_examples().values() for text in texts]
    items += [LabelledItem("", each.title, each.body, frozenset(each.topics)) for each in example_articles()]
    return items


def joined_items(labelled: Sequence[LabelledItem]) -> list[LabelledItem]:
    """Long texts made of short ones of one language and fold: three traps, or a relevant item among two traps.

    Most labelled items have a few sentences; an article says other things as well.
    """
    groups: dict[tuple[str, int], tuple[list[LabelledItem], list[LabelledItem]]] = {}
    for item in labelled:
        relevant, traps = groups.setdefault((script_of(item.body), item.fold), ([], []))
        (relevant if item.topics else traps).append(item)
    joined = []
    for (_, fold), (relevant, traps) in sorted(groups.items()):
        for at in range(0, len(traps) - 2, JOINED):
            first, second, third = traps[at : at + 3]
            joined.append(_joined(first, (first, second, third), fold))
            if at < len(relevant):
                lead = relevant[at]
                joined.append(_joined(lead, (lead, second, third), fold))
                joined.append(_joined(relevant[-at - 1], (first, relevant[-at - 1], third), fold))
    return joined


def _joined(lead: LabelledItem, parts: tuple[LabelledItem, ...], fold: int) -> LabelledItem:
    body = "\n".join(part.body for part in parts)
    topics = frozenset[str]().union(*(part.topics for part in parts))
    return LabelledItem("", lead.title, body, topics, frozenset[str]().union(*(part.optional for part in parts)), fold)


def lesson(book: RuleBook, labelled: Sequence[LabelledItem]) -> Lesson:
    """Everything that training needs, once for all folds."""
    examples = example_items()
    items = [*examples, *labelled, *joined_items(labelled)]
    layout = layout_of(book)
    reader = FeatureReader(book, layout)
    readings = [book.matcher.read(item.title, item.body) for item in items]
    seen = [reader.see(reading, book.fire(reading)) for reading in readings]
    # Each window is an item's place and its sentences; of a long irrelevant item, every stretch is irrelevant as well.
    runs = [stretches(counting_of(book, reading)) or [[]] for reading in readings]
    places = [(at, each[0]) for at, each in enumerate(runs)]
    for at in range(len(examples) + len(labelled)):
        if not items[at].topics:
            places += [(at, run) for run in runs[at][1:]]
    counts = np.zeros(layout.size)
    for at, run in places[: len(examples) + len(labelled)]:
        counts[reader.window(seen[at], run)[0]] += 1
    rarity = np.sqrt(np.log((len(items) + 1) / (np.minimum(counts, len(items)) + 1)))
    rarity = rarity.astype(np.float16).astype(np.float32)
    rarity[: layout.pairs_from] = 1.0
    reader = FeatureReader(book, layout, rarity)
    windows = [reader.window(seen[at], run) for at, run in places]
    topics = (*topic_names(), RELEVANT)
    meant = [items[at] for at, _ in places]
    right = np.array(
        [[topic in item.topics or (topic == RELEVANT and bool(item.topics)) for topic in topics] for item in meant],
        dtype=np.float32,
    )
    weight = np.array([[weight_of(item, topic) for topic in topics] for item in meant], dtype=np.float32)
    weight[len(items) :] *= PART_WEIGHT
    folds = np.array([item.fold for item in meant])
    scored = np.array([at < len(items) and bool(item.key) for at, item in enumerate(meant)])
    scripts = np.array([script_of(f"{item.title}\n{item.body}") for item in meant])
    return Lesson(layout, rarity, windows, _alike(layout, windows, scripts), right, weight, folds, scored)


def weight_of(item: LabelledItem, topic: str) -> float:
    """How much an item counts for a topic or the gate."""
    if topic in item.optional:
        return 0.0
    elsewhere = ELSEWHERE_WEIGHT if topic != RELEVANT and not item.topics else 1.0
    return elsewhere * (EXAMPLE_WEIGHT if item.fold < 0 else 1.0)


def _alike(layout: Layout, windows: list[tuple[Rows, Values]], scripts: NDArray[np.str_]) -> Floats:
    # Pieces of words are compared within a language only: between two, they would meet by accident of the hash.
    first = layout.grams_from
    named = _dense([(rows[rows < first], values[rows < first]) for rows, values in windows], first)
    alike: Floats = named @ named.T + 1.0
    for script in ("en", "ko", "ja"):
        places = np.flatnonzero(scripts == script)
        some = [windows[at] for at in places]
        pieces = [(rows[rows >= first] - first, values[rows >= first]) for rows, values in some]
        dense = _dense(pieces, layout.size - first)
        alike[np.ix_(places, places)] += dense @ dense.T
    return alike


def _dense(windows: list[tuple[Rows, Values]], width: int) -> Floats:
    dense = np.zeros((len(windows), width), dtype=np.float32)
    for at, (rows, values) in enumerate(windows):
        dense[at, rows] = values
    return dense


def _leading(alike: Floats) -> tuple[Floats, Floats]:
    """The largest eigenvalues of a symmetric matrix, falling, and their vectors as columns.

    Source: Halko, Martinsson and Tropp 2011, randomized subspace iteration.
    """
    count = min(LEADING, len(alike))
    some = np.random.default_rng(0).standard_normal((len(alike), count)).astype(np.float32)
    for _ in range(TURNS):
        some = np.linalg.qr(alike @ some)[0]
    values, turned = np.linalg.eigh(some.T @ (alike @ some))
    return np.asarray(values[::-1], dtype=np.float32), np.asarray((some @ turned)[:, ::-1], dtype=np.float32)


def _solved(alike: Floats, right: Floats, weight: Floats) -> Floats:
    """How much each window counts for each topic.

    Source: Nesterov 1983. A step is one over the largest curvature, in each leading direction its own.
    """
    count = len(alike)
    shrink = SHRINK / count
    values, directions = _leading(alike)
    bend = 0.25 * float(weight.max()) * values / count + shrink
    rest = float(bend[-1])
    further = (1 / bend - 1 / rest)[:, None]
    now: Floats = np.zeros_like(right)
    ahead, pace = now, 1.0
    for _ in range(ROUNDS):
        slope = (logistic(alike @ ahead) - right) * weight / count + shrink * ahead
        step = slope / rest + directions @ (further * (directions.T @ slope))
        after = np.asarray(ahead - step, dtype=np.float32)
        faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = np.asarray(after + (pace - 1) / faster * (after - now), dtype=np.float32)
        now, pace = after, faster
    return np.asarray(now, dtype=np.float32)


def model_without(lessons: Lesson, fold: int | None, judgement: Judgement) -> TopicModel:
    """The model of all windows, or of those outside a fold."""
    kept = np.flatnonzero(lessons.folds != fold) if fold is not None else np.arange(len(lessons.folds))
    shares = _solved(lessons.alike[np.ix_(kept, kept)], lessons.right[kept], lessons.weight[kept])
    weights = np.zeros((lessons.layout.size, shares.shape[1]), dtype=np.float32)
    for at, share in zip(kept, shares, strict=True):
        rows, values = lessons.windows[at]
        weights[rows] += values[:, None] * share
    steps = np.abs(weights).max(axis=0) / 127
    small = np.round(weights / steps).astype(np.int8)
    topics = (*topic_names(), RELEVANT)
    return TopicModel(topics, lessons.layout, small, steps, shares.sum(axis=0), lessons.rarity, judgement)


NEUTRAL = Judgement(1.0, 0.0, 1.0, 0.0, 0.5, 0.4)
"""Sums taken as they are: what the folds are judged by before their judgement is known."""


def held_out_models(lessons: Lesson) -> list[TopicModel]:
    """A model for each fold that has not seen it, all with the judgement that the folds together give."""
    models = [model_without(lessons, fold, NEUTRAL) for fold in range(FOLDS)]
    sums, right, weight = [], [], []
    for fold, model in enumerate(models):
        for at in np.flatnonzero((lessons.folds == fold) & lessons.scored):
            sums.append(model.sums(*lessons.windows[at]))
            right.append(lessons.right[at])
            weight.append(lessons.weight[at])
    judgement = judged(np.array(sums), np.array(right), np.array(weight))
    return [replace(model, judgement=judgement) for model in models]


def judged(sums: Floats, right: Floats, weight: Floats) -> Judgement:
    """Calibration by Platt's method, gate and topics apart, with the thresholds as they are set.

    Source: Platt 1999, Probabilistic outputs for support vector machines.
    """
    gate = _calibrated(sums[:, -1], right[:, -1])
    counted = weight[:, :-1].ravel() > 0
    topic = _calibrated(sums[:, :-1].ravel()[counted], right[:, :-1].ravel()[counted])
    return Judgement(*gate, *topic, GATE_FROM, TOPIC_FROM)


def _calibrated(sums: Floats, right: Floats) -> tuple[float, float]:
    slope, shift = 1.0, 0.0
    for _ in range(30):
        chance = logistic(np.asarray(slope * sums + shift, dtype=np.float32)).astype(np.float64)
        error, bend = chance - right, np.maximum(chance * (1 - chance), 1e-6)
        gradient = np.array([error @ sums, error.sum()])
        curve = np.array([[bend @ (sums * sums), bend @ sums], [bend @ sums, bend.sum()]])
        slope, shift = np.array([slope, shift]) - np.linalg.solve(curve + 1e-6 * np.eye(2), gradient)
    return round(float(slope), 4), round(float(shift), 4)


def train_topic_model(book: RuleBook, labelled: Sequence[LabelledItem]) -> TopicModel:
    """The model from all examples and labelled items; the same ones give the same weights."""
    lessons = lesson(book, labelled)
    return model_without(lessons, None, held_out_models(lessons)[0].judgement)
