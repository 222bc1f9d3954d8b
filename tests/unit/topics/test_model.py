"""The linear model: what ships is what training gives, and training is deterministic."""

from __future__ import annotations

import numpy as np
import pytest

from deploy.tables.topic_training_items import training_items
from pipeline.text.topics.model import RELEVANT, shipped_model, trained
from pipeline.text.topics.tagging import rule_book
from pipeline.text.topics.training import train_topic_model
from schemas.topics import topic_names

WINDOWS = [
    (frozenset({"islets", "protest"}), frozenset({"a"})),
    (frozenset({"weather"}), frozenset[str]()),
    (frozenset({"swap", "dollar"}), frozenset({"b"})),
    (frozenset({"dollar"}), frozenset[str]()),
]


def test_a_model_tells_its_examples_apart():
    model = trained(WINDOWS, ("a", "b"))
    rows = model.rows()
    for cues, topics in WINDOWS:
        likely = model.probabilities([rows[cue] for cue in cues]) > 0.5
        assert {topic for topic, yes in zip(model.topics, likely, strict=True) if yes} == topics


def test_the_order_of_examples_does_not_matter():
    there, back = trained(WINDOWS, ("a", "b")), trained(WINDOWS[::-1], ("a", "b"))
    assert there.cues == back.cues
    assert np.allclose(there.weights, back.weights, atol=1e-6)


def test_the_shipped_model_knows_all_topics():
    assert shipped_model().topics == (*topic_names(), RELEVANT)


@pytest.mark.slow
def test_the_shipped_model_is_what_training_gives():
    fresh, shipped = train_topic_model(rule_book(), training_items()), shipped_model()
    assert fresh.cues == shipped.cues
    assert np.allclose(fresh.weights, shipped.weights, atol=0.02), "run deploy/tables/train_topic_model"
