"""The linear models: one for whether a window is about the two countries, one a topic; small whole numbers in a file.

``deploy/tables/train_topic_model`` writes the file. A score is calibrated: of the windows that score .8 on items the
model was not trained on, about four in five are right.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import Layout, Values
from pipeline.text.topics.grams import Rows

MODEL_FILE = "model.npz"
RELEVANT = "relevant"
"""The last column: whether a window is about the two countries at all, whatever the topic."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How raw sums become decisions: slope and shift of the logistic for gate and topics, and where each begins."""

    gate_slope: float
    gate_shift: float
    topic_slope: float
    topic_shift: float
    gate_from: float
    topic_from: float


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Weights by row and topic as small whole numbers, what a step is worth, and what each topic starts from."""

    topics: tuple[str, ...]
    layout: Layout
    weights: NDArray[np.int8]
    steps: Floats
    starts: Floats
    rarity: Values
    judgement: Judgement

    def sums(self, rows: Rows, values: Values) -> Floats:
        """The raw sum of each topic for a window."""
        return np.asarray(values @ self.weights[rows].astype(np.float32) * self.steps + self.starts)

    def shares(self, rows: Rows, values: Values, column: int) -> Floats:
        """What each row adds to one topic."""
        return np.asarray(values * self.weights[rows, column] * self.steps[column])

    def probabilities(self, sums: Floats) -> Floats:
        """Sums as calibrated probabilities; any number of windows, topics last."""
        judged = self.judgement
        slopes = np.full(sums.shape[-1], judged.topic_slope, dtype=np.float32)
        shifts = np.full(sums.shape[-1], judged.topic_shift, dtype=np.float32)
        slopes[-1], shifts[-1] = judged.gate_slope, judged.gate_shift
        return logistic(sums * slopes + shifts)

    def as_bytes(self) -> bytes:
        """The model as it ships; the same model gives the same bytes."""
        about = {"topics": self.topics, "names": self.layout.names, "judgement": _as_dict(self.judgement)}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            weights=self.weights,
            steps=self.steps,
            starts=self.starts,
            rarity=self.rarity.astype(np.float16),
        )
        return buffer.getvalue()


def _as_dict(judgement: Judgement) -> dict[str, float]:
    return {name: round(getattr(judgement, name), 4) for name in Judgement.__dataclass_fields__}


def logistic(value: Floats) -> Floats:
    """The logistic function.

    >>> float(logistic(np.array([0.0], dtype=np.float32))[0])
    0.5
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -30, 30))))


def loaded(stored: bytes) -> TopicModel:
    """A model from its bytes."""
    with np.load(io.BytesIO(stored)) as arrays:
        about = json.loads(arrays["about"].tobytes())
        return TopicModel(
            tuple(about["topics"]),
            Layout(tuple(about["names"])),
            arrays["weights"],
            arrays["steps"],
            arrays["starts"],
            arrays["rarity"].astype(np.float32),
            Judgement(**about["judgement"]),
        )


@cache
def shipped_model() -> TopicModel:
    """The model in the package."""
    return loaded(files("schemas.data").joinpath("topics", MODEL_FILE).read_bytes())
