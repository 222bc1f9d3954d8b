"""Training of the retelling model: logistic regression by Newton's method, the same numbers on every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.retelling_model import MEASURES, RetellingModel

Floats = npt.NDArray[np.float64]

SHRINK = 5.0
"""L2 shrinkage of standardised weights: with a few dozen storylines no measure may shout."""
TRAP_WEIGHT = 3.0
"""A false merge is worse than a miss."""
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts of one storyline.

    Attributes:
        storyline: of which both are; all its pairs together count as much as another's of the square of their number.
        is_copy: whether they are one story.
        measured: by name.

    """

    storyline: str
    is_copy: bool
    measured: dict[str, float]


def train(pairs: Sequence[Pair]) -> RetellingModel:
    """The model of these pairs."""
    values, copies, counts = _matrix(pairs), np.array([float(pair.is_copy) for pair in pairs]), _weights(pairs)
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled = np.column_stack(((values - mean) / spread, np.ones(len(values))))
    shrink = np.diag([SHRINK] * len(MEASURES) + [1e-6])
    weights = np.zeros(len(MEASURES) + 1)
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (counts * (likely - copies)) + shrink @ weights
        bend = (scaled * (counts * likely * (1 - likely))[:, None]).T @ scaled + shrink
        weights -= np.linalg.solve(bend, slope)
    raw = weights[:-1] / spread
    constant = float(weights[-1] - (raw * mean).sum())
    return RetellingModel(
        {name: round(float(weight), 3) for name, weight in zip(MEASURES, raw, strict=True)}, round(constant, 3)
    )


def scores_left_out(pairs: Sequence[Pair]) -> list[float]:
    """What each pair scores with a model of all other storylines."""
    scores = [0.0] * len(pairs)
    for storyline in sorted({pair.storyline for pair in pairs}):
        model = train([pair for pair in pairs if pair.storyline != storyline])
        for place, pair in enumerate(pairs):
            if pair.storyline == storyline:
                scores[place] = sum_of(model, pair)
    return scores


def sum_of(model: RetellingModel, pair: Pair) -> float:
    """What a pair scores."""
    return model.constant + sum(model.weights[name] * pair.measured[name] for name in MEASURES)


def _matrix(pairs: Sequence[Pair]) -> Floats:
    return np.array([[pair.measured[name] for name in MEASURES] for pair in pairs])


def _weights(pairs: Sequence[Pair]) -> Floats:
    """Of each pair; the many pairs of a large storyline say much the same."""
    counts = Counter((pair.storyline, pair.is_copy) for pair in pairs)
    return np.array(
        [counts[pair.storyline, pair.is_copy] ** -0.5 * (1.0 if pair.is_copy else TRAP_WEIGHT) for pair in pairs]
    )
