"""A typing error in a filter is told; it is never zero results."""

from __future__ import annotations

import json

import pytest

from tests.unit.command_line.conftest import sentence, straitwire


def found(index: str, *arguments: str) -> int:
    outcome = straitwire("search", *arguments, "--index", index, "--json")
    assert outcome.code == 0, outcome
    return int(json.loads(outcome.output)["total"])


@pytest.mark.parametrize("command", ["search", "export", "reprocess"])
@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        pytest.param("--topic", "history.forced_labour", "history.forced_labor", id="topic"),
        pytest.param("--agency", "Yonap", "Yonhap", id="agency"),
        pytest.param("--publisher", "Harbor Post", "Harbour Post", id="publisher"),
        pytest.param("--publisher", "strait", "The Strait Times", id="part-of-a-publisher"),
        pytest.param("--entity", "abe", "abe-shinzo", id="entity"),
        pytest.param("--lang", "english", "write en", id="language"),
        pytest.param("--story", "0123", "no story '0123'", id="story"),
        pytest.param("--since", "yesterday", "2026-10-01", id="since"),
    ],
)
def test_unknown_value_is_told_with_what_is_alike(index: str, command: str, option: str, value: str, hint: str) -> None:
    said = sentence(straitwire(command, option, value, "--index", index))
    assert hint in said
    assert value in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(("--agency", "ap"), 2, id="agency-in-another-case"),
        pytest.param(("--agency", "Associated Press"), 2, id="agency-by-another-name"),
        pytest.param(("--publisher", "harbour post"), 1, id="publisher-in-another-case"),
        pytest.param(("--lang", "EN-us"), 3, id="language-with-region"),
        pytest.param(("--agency", "Kyodo"), 0, id="known-agency-without-articles"),
        pytest.param(("--topic", "history.yasukuni", "--topic", "territory"), 0, id="known-topics-without-articles"),
    ],
)
def test_known_values_filter(index: str, arguments: tuple[str, ...], expected: int) -> None:
    assert found(index, *arguments) == expected


def test_parent_stands_for_the_topics_under_it(index: str) -> None:
    rows = straitwire("export", "--index", index).output.splitlines()
    tagged = [set(json.loads(row)["topics"]) for row in rows]
    parents = {topic.partition(".")[0] for topics in tagged for topic in topics}
    assert parents
    for parent in parents:
        expected = sum(any(topic.startswith(f"{parent}.") for topic in topics) for topics in tagged)
        assert found(index, "--topic", parent) == expected


def test_empty_time_span_is_told(index: str) -> None:
    said = sentence(straitwire("search", "--since", "2026-05-01", "--until", "2026-04-01", "--index", index))
    assert "--since 2026-05-01" in said


def test_text_without_a_word_is_told(index: str) -> None:
    assert "no word" in sentence(straitwire("search", "!?", "--index", index))
