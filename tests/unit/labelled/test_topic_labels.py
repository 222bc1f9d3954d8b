"""The labelled topic set keeps its own promises: unique, valid, balanced, and none of it from the development set."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.shared_material import shared_path
from tests.unit.labelled.topic_items import LANGUAGES, OTHER_TAGS, TOPICS, TRAPS, read_items, repeated_words

FOLDER = Path(__file__).parents[2] / "quality" / "labelled"


def items(language: str) -> list[dict]:
    return read_items(FOLDER, language)


def sentences(item: dict) -> int:
    """Full stops that end a sentence; in Japanese not those in front of a closing quote."""
    if item["lang"] == "ja":
        return len(re.findall(r"。(?!」)", item["body"]))
    text = re.sub(r"\b(Mr|Corp|U\.S|a\.m|p\.m)\.", r"\1", item["body"])
    return len(re.findall(r"[.!?][\"”’]?(?=\s|$)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_have_the_schema_and_ids_of_their_language(language):
    for number, item in enumerate(items(language), 1):
        assert set(item) == {"id", "lang", "title", "body", "gold", "tags"}
        assert set(item["gold"]) == {"relevant", "topics", "primary", "optional"}
        assert item["id"] == f"l-{language}-{number:03}"
        assert item["lang"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_follow_the_rules_of_the_taxonomy(language):
    for item in items(language):
        gold, tags = item["gold"], set(item["tags"])
        named = gold["topics"] + gold["optional"]
        assert len(named) == len(set(named)), item["id"]
        assert set(named) <= TOPICS, item["id"]
        assert gold["relevant"] == bool(gold["topics"]), item["id"]
        assert gold["primary"] == (gold["topics"][0] if gold["topics"] else None), item["id"]
        assert tags <= TRAPS | OTHER_TAGS, item["id"]
        assert gold["relevant"] == (not tags & TRAPS), item["id"]
        assert ("multi" in tags) == (len(gold["topics"]) > 1), item["id"]
        assert gold["relevant"] or not gold["optional"], item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_set_is_large_hard_and_covers_every_topic(language):
    labelled = items(language)
    relevant = [item for item in labelled if item["gold"]["relevant"]]
    assert len(labelled) >= 80
    assert len(labelled) - len(relevant) >= 0.35 * len(labelled)
    assert sum("paraphrase" in item["tags"] for item in relevant) >= len(relevant) / 3
    assert sum("negation_or_passing" in item["tags"] for item in relevant) >= 3
    assert {topic for item in relevant for topic in item["gold"]["topics"]} == TOPICS
    assert {tag for item in labelled for tag in item["tags"]} >= TRAPS
    lengths = [sentences(item) for item in labelled]
    assert sum(length >= 8 for length in lengths) >= len(labelled) / 3
    assert all(2 <= length <= 15 for length in lengths)


def test_no_text_occurs_twice():
    texts = Counter(item[part] for language in LANGUAGES for item in items(language) for part in ("title", "body"))
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize(("language", "length"), [("en", 40), ("ko", 16), ("ja", 16)])
def test_no_item_repeats_words_of_a_development_item(language, length):
    assert repeated_words(items(language), language, length) == {}


def test_topics_are_those_of_the_taxonomy():
    taxonomy = shared_path("eval", "topics", "TAXONOMY.md").read_text(encoding="utf-8")
    assert frozenset(re.findall(r"^\| (\w+\.\w+) \|", taxonomy, re.MULTILINE)) == TOPICS
