"""A small linear model over the cues: it tags what no single rule says, where enough weak cues point one way.

One logistic regression a topic over the cues that stand in a window (the title and a few sentences). It is trained
on the examples that ship with the rules and on the items of ``tests/quality/training``, all written for it;
``deploy/tables/train_topic_model`` writes its weights.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

SCALE = 4.0
"""Length of every feature vector: a window with many cues must not shout down one with few."""
ROUNDS, STEP, SHRINK, RARE_WEIGHT = 300, 0.05, 0.006, 5.0
"""Of training: full-batch Adam, L2 shrinkage, and how much more a positive example weighs than a negative one."""
MODEL_FILE = "model.json"
RELEVANT = "relevant"
"""The model's last column: whether a window is about the two countries at all, whatever the topic."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Weights by topic (columns) and cue (rows, the last one constant)."""

    topics: tuple[str, ...]
    cues: tuple[str, ...]
    weights: Floats

    def rows(self) -> dict[str, int]:
        """The row of each cue."""
        return {cue: row for row, cue in enumerate(self.cues)}

    def probabilities(self, rows: list[int]) -> Floats:
        """How likely each topic is in a window with the cues of those rows."""
        total = self.weights[rows].sum(axis=0) + self.weights[-1]
        return logistic(total * (SCALE / math.sqrt(len(rows) + 1)))

    def as_json(self) -> str:
        """The model as it ships, weights to three decimals."""
        rows = {cue: [round(float(w), 3) for w in self.weights[row]] for row, cue in enumerate((*self.cues, ""))}
        lines = ",\n".join(f" {json.dumps(cue)}: {json.dumps(row, separators=(',', ':'))}" for cue, row in rows.items())
        return f'{{"topics": {json.dumps(list(self.topics))},\n"weights": {{\n{lines}}}}}\n'


def logistic(value: Floats) -> Floats:
    """The logistic function; the weights are far too small for an overflow.

    >>> float(logistic(np.array([0.0]))[0])
    0.5
    """
    return np.asarray(1.0 / (1.0 + np.exp(-value)))


@cache
def shipped_model() -> TopicModel:
    """The model in the package."""
    stored = json.loads(files("schemas.data").joinpath("topics", MODEL_FILE).read_text("utf-8"))
    names = [cue for cue in stored["weights"] if cue]
    weights = np.array([stored["weights"][cue] for cue in (*names, "")], dtype=np.float64)
    return TopicModel(tuple(stored["topics"]), tuple(names), weights)


def trained(windows: list[tuple[frozenset[str], frozenset[str]]], topics: tuple[str, ...]) -> TopicModel:
    """A model from windows, each the cues in it and the topics it has.

    Guarantees: deterministic; the order of windows changes nothing but the last decimals.
    Source: Kingma and Ba 2015, Adam, algorithm 1.
    """
    cues = tuple(sorted({cue for found, _ in windows for cue in found}))
    row_of = {cue: row for row, cue in enumerate(cues)}
    features = np.zeros((len(windows), len(cues) + 1))
    features[:, -1] = 1.0
    for at, (found, _) in enumerate(windows):
        features[at, [row_of[cue] for cue in found]] = 1.0
    features *= SCALE / np.sqrt(features.sum(axis=1, keepdims=True))
    expected = np.array([[topic in right for topic in topics] for _, right in windows], dtype=np.float64)
    emphasis = 1.0 + RARE_WEIGHT * expected * (expected.mean(axis=0) < 0.5)
    weights = np.zeros((len(cues) + 1, len(topics)))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for turn in range(1, ROUNDS + 1):
        error = (logistic(features @ weights) - expected) * emphasis
        slope = features.T @ error * (10.0 / len(windows)) + SHRINK * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope * slope
        weights -= STEP * (mean / (1 - 0.9**turn)) / (np.sqrt(square / (1 - 0.999**turn)) + 1e-8)
    return TopicModel(topics, cues, weights)
