"""The linear models: what ships is what training gives, training is deterministic, and scores mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from deploy.tables.topic_training_items import training_items
from pipeline.text.topics.model import RELEVANT, loaded, shipped_model
from pipeline.text.topics.tagging import rule_book
from pipeline.text.topics.training import (
    FOLDS,
    LabelledItem,
    held_out_models,
    joined_items,
    lesson,
    model_without,
)
from pipeline.text.topics.windows import WindowTagger
from schemas.topics import topic_names

ITEMS = [
    LabelledItem(
        f"islets-{at}",
        "",
        f"Seoul protested to Tokyo over the islets on day {at}.",
        frozenset({"territory.dokdo_takeshima"}),
    )
    for at in range(24)
] + [LabelledItem(f"rain-{at}", "", f"Rain fell in Seoul and Tokyo on day {at}.", frozenset()) for at in range(24)]


@pytest.fixture(scope="module")
def small_lesson():
    return lesson(rule_book(), ITEMS)


def gate_of(model, text: str) -> float:
    book = rule_book()
    reading = book.matcher.read("", text)
    tagger, fired = WindowTagger(book, model), book.fire(reading)
    return tagger.judge(tagger.view(reading, fired), fired)[0]


@pytest.mark.slow
def test_models_tell_held_out_items_apart(small_lesson):
    model = held_out_models(small_lesson)[0]
    assert gate_of(model, "Seoul protested to Tokyo over the islets on day 99.") > 0.5
    assert gate_of(model, "Rain fell in Seoul and Tokyo on day 99.") < 0.5


def test_a_model_survives_its_file():
    model = shipped_model()
    again = loaded(model.as_bytes())
    assert again.as_bytes() == model.as_bytes()
    assert np.array_equal(again.weights, model.weights)
    assert again.judgement == model.judgement


def test_the_shipped_model_is_small_and_knows_all_topics():
    assert shipped_model().topics == (*topic_names(), RELEVANT)
    assert len(shipped_model().as_bytes()) < 2_000_000


def test_long_items_are_joined_within_a_fold_and_keep_their_topics():
    folds = {item.body: item.fold for item in ITEMS}
    joined = joined_items(ITEMS)
    assert joined
    for item in joined:
        parts = item.body.split("\n")
        assert {folds[part] for part in parts} == {item.fold}
        assert bool(item.topics) == any("islets" in part for part in parts)


def test_every_fold_has_items():
    assert {item.fold for item in training_items()} == set(range(FOLDS))


def test_weights_have_names_that_a_reader_understands():
    book = rule_book()
    reading = book.matcher.read("", "Seoul protested to Tokyo over Dokdo.")
    tagger, fired = WindowTagger(book, shipped_model()), book.fire(reading)
    view = tagger.view(reading, fired)
    names = [name for each in tagger.judge(view, fired)[1] for name, _ in tagger.reasons(view, each)]
    assert names
    assert all(names)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_shipped_model_is_what_training_gives():
    shipped = shipped_model()
    fresh = model_without(lesson(rule_book(), training_items()), None, shipped.judgement)
    assert fresh.layout == shipped.layout, "run deploy/tables/train_topic_model"
    off = np.abs(fresh.weights.astype(int) - shipped.weights)
    assert float((off > 2).mean()) < 0.001, "run deploy/tables/train_topic_model"
