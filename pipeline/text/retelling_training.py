"""Training of the retelling model: logistic regression by Newton's method, the same numbers on every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.retelling_model import QUESTIONS, RetellingModel, Terms

Floats = npt.NDArray[np.float64]

COPY = "copy"
SHRINK = 5.0
"""L2 shrinkage of standardised weights: with a few dozen storylines no measure may shout."""
TRAP_WEIGHT = 3.0
"""A false merge is worse than a miss."""
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts of one storyline.

    Attributes:
        storyline: of which both are.
        kind: COPY, or the question that should tell that it is none.
        measured: by name.
        share: 0..1, weight of the longer text's sentences that the shorter says.
    """

    storyline: str
    kind: str
    measured: Terms
    share: float = 1.0


def train(pairs: Sequence[Pair]) -> RetellingModel:
    """The model of these pairs."""
    return RetellingModel(
        {
            question: _train([pair for pair in pairs if pair.kind in (COPY, question)], question)
            for question in QUESTIONS
        }
    )


def scores_left_out(pairs: Sequence[Pair]) -> list[float]:
    """What each pair scores, at the question it scores less at, with a model of all other storylines."""
    scores = [0.0] * len(pairs)
    for storyline in sorted({pair.storyline for pair in pairs}):
        model = train([pair for pair in pairs if pair.storyline != storyline])
        for place, pair in enumerate(pairs):
            if pair.storyline == storyline:
                scores[place] = min(model.scores(pair.measured).values())
    return scores


def _train(pairs: Sequence[Pair], question: str) -> Terms:
    names = QUESTIONS[question]
    values = np.array([[pair.measured[name] for name in names] for pair in pairs])
    copies, counts = np.array([float(pair.kind == COPY) for pair in pairs]), _counts(pairs)
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled = np.column_stack(((values - mean) / spread, np.ones(len(values))))
    shrink = np.diag([SHRINK] * len(names) + [1e-6])
    weights = np.zeros(len(names) + 1)
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (counts * (likely - copies)) + shrink @ weights
        bend = (scaled * (counts * likely * (1 - likely))[:, None]).T @ scaled + shrink
        weights -= np.linalg.solve(bend, slope)
    raw = weights[:-1] / spread
    constant = float(weights[-1] - (raw * mean).sum())
    return {name: round(float(value), 3) for name, value in zip(("", *names), (constant, *raw), strict=True)}


def _counts(pairs: Sequence[Pair]) -> Floats:
    """What each pair counts: the many pairs of one storyline say much the same."""
    counts = Counter((pair.storyline, pair.kind) for pair in pairs)
    return np.array(
        [counts[pair.storyline, pair.kind] ** -0.5 * (1.0 if pair.kind == COPY else TRAP_WEIGHT) for pair in pairs]
    )
