"""The topic training items keep their promises: unique, valid, broad, indirect, none from the development set."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.labelled.topic_items import LANGUAGES, OTHER_TAGS, TOPICS, TRAPS, read_items, repeated_words

FOLDER = Path(__file__).parents[2] / "quality" / "training"


def items(language: str) -> list[dict]:
    return read_items(FOLDER, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_have_the_schema_and_ids_of_their_language(language):
    for number, item in enumerate(items(language), 1):
        assert set(item) == {"id", "lang", "title", "body", "gold", "tags"}
        assert set(item["gold"]) == {"relevant", "topics", "primary", "optional"}
        assert item["id"] == f"t-{language}-{number:03}"
        assert item["lang"] == language
        assert item["title"].strip()
        assert item["body"].strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_follow_the_rules_of_the_taxonomy(language):
    for item in items(language):
        gold, tags = item["gold"], set(item["tags"])
        named = gold["topics"] + gold["optional"]
        assert len(named) == len(set(named)), item["id"]
        assert set(named) <= TOPICS, item["id"]
        assert gold["relevant"] == bool(gold["topics"]), item["id"]
        assert gold["primary"] in (gold["topics"] or [None]), item["id"]
        assert tags <= TRAPS | OTHER_TAGS, item["id"]
        assert len(tags & TRAPS) == (not gold["relevant"]), item["id"]
        assert ("multi" in tags) == (len(gold["topics"]) > 1), item["id"]
        assert gold["relevant"] or not gold["optional"], item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_five_items_three_of_them_without_its_keywords(language):
    labelled = items(language)
    every = Counter(topic for item in labelled for topic in item["gold"]["topics"])
    indirect = Counter(topic for item in labelled if "paraphrase" in item["tags"] for topic in item["gold"]["topics"])
    assert [topic for topic in sorted(TOPICS) if every[topic] < 5 or indirect[topic] < 3] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_set_is_large_and_two_fifths_of_it_are_traps_of_every_kind(language):
    labelled = items(language)
    traps = Counter(tag for item in labelled for tag in item["tags"] if tag in TRAPS)
    assert len(labelled) >= 300
    assert 0.35 <= sum(traps.values()) / len(labelled) <= 0.5
    assert set(traps) == TRAPS


def test_no_text_occurs_twice():
    texts = Counter(item["body"] for language in LANGUAGES for item in items(language))
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize(("language", "length"), [("en", 40), ("ko", 16), ("ja", 16)])
def test_no_item_repeats_words_of_a_development_item(language, length):
    assert repeated_words(items(language), language, length) == {}


def test_languages_are_not_mixed_up():
    for item in items("ko"):
        assert re.search("[가-힣]", item["body"]), item["id"]
    for item in items("ja"):
        assert re.search("[ぁ-んァ-ン]", item["body"]), item["id"]
