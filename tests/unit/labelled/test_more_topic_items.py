"""Topic items that other hands wrote, to train on and to score only: valid, unique, none of them known elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from tests.unit.labelled.topic_items import LANGUAGES, TOPICS, repeated_words, shingles

QUALITY = Path(__file__).parents[2] / "quality"
TRAINED = {language: QUALITY / "training" / f"topics-{language}-more.jsonl" for language in LANGUAGES}
SCORED = {language: QUALITY / "labelled" / f"unseen-topics-{language}.jsonl" for language in LANGUAGES}
FILES = [*TRAINED.items(), *SCORED.items()]
OWN_WORDS = {"en": 60, "ko": 40, "ja": 40}
"""Letters in a row that two texts do not share by accident; a formula of a ministry has up to 32."""


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("language", "path"), FILES)
def test_items_are_valid(language, path):
    items = read(path)
    assert len({item["id"] for item in items}) == len({item["title"] for item in items}) == len(items)
    for item in items:
        gold = item["gold"]
        assert set(item) == {"id", "lang", "title", "body", "gold", "tags"}
        assert set(gold) == {"relevant", "topics", "primary", "optional"}
        assert item["lang"] == language
        assert item["title"].strip()
        assert item["body"].strip()
        assert {*gold["topics"], *gold["optional"]} <= TOPICS, item["id"]
        assert not {*gold["topics"]} & {*gold["optional"]}, item["id"]
        assert gold["relevant"] == bool(gold["topics"]), item["id"]
        assert gold["primary"] in (gold["topics"] or [None]), item["id"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_scored_is_hard_and_broad(language):
    items = read(SCORED[language])
    traps = sum(not item["gold"]["relevant"] for item in items)
    assert 0.35 * len(items) <= traps <= 0.5 * len(items)
    assert sum("long" in item["tags"] for item in items) >= 0.25 * len(items)
    assert len(Counter(topic for item in items for topic in item["gold"]["topics"])) >= 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_scored_is_trained_on(language):
    length = OWN_WORDS[language]
    trained = chain(read(TRAINED[language]), read(QUALITY / "training" / f"topics-{language}.jsonl"))
    known = set().union(*(shingles(item["title"] + item["body"], length) for item in trained))
    assert [item["id"] for item in read(SCORED[language]) if shingles(item["body"], length) & known] == []


@pytest.mark.parametrize(("language", "path"), FILES)
def test_no_words_of_the_development_set(language, path):
    assert repeated_words(read(path), language, OWN_WORDS[language]) == {}
