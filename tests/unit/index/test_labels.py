"""Users' own labels, from where they are stated to where they filter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.feed_list import load_feed_list
from connectors.jsonl_records import read_jsonl
from pipeline.command_line.application import application
from pipeline.run_round import run_round
from schemas.entry_json import entry_from_json, entry_to_json
from schemas.errors import ConfigError, Failed
from schemas.labels import labels_from, labels_from_document, labels_to_document, union
from schemas.records import Entry
from schemas.settings import RunSettings

TEXT = "The harbour council opened its new reading room on Monday, with a hundred chairs and a view of two bridges. "


@pytest.mark.parametrize(
    "stated",
    [["desk"], {"a.b": "x"}, {"": "x"}, {"desk": ""}, {"desk": {"x": 1}}, {"desk": "two\nlines"}, {"desk": "x" * 201}],
)
def test_what_are_no_labels_is_told(stated: object) -> None:
    with pytest.raises(ValueError, match="must"):
        labels_from(stated)


def test_a_document_holds_the_same_labels() -> None:
    labels = labels_from({"desk": ["europe", "asia"], "urgent": True})
    assert labels == (("desk", "asia"), ("desk", "europe"), ("urgent", "true"))
    assert labels_from_document(labels_to_document(labels)) == labels
    assert labels_from_document(None) == ()
    assert union(labels, (("desk", "asia"), ("desk", "africa")))[0] == ("desk", "africa")


def test_a_feed_list_states_labels(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds:\n- url: https://news.example/rss\n  labels: {desk: [asia, europe], priority: 1}\n")
    (feed,) = load_feed_list(str(path))
    assert feed.labels == (("desk", "asia"), ("desk", "europe"), ("priority", "1"))
    path.write_text("feeds:\n- url: https://news.example/rss\n  labels: {a.b: c}\n")
    with pytest.raises(ConfigError, match="line 2: labels must have names"):
        load_feed_list(str(path))


def test_a_record_whose_labels_are_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text('{"text": "x", "labels": [1]}\n{"text": "y", "labels": {"desk": "asia"}}\n')
    broken, entry = read_jsonl(path)
    assert isinstance(broken, Failed)
    assert "field labels must be" in broken.detail
    assert isinstance(entry, Entry)
    assert entry.labels == (("desk", "asia"),)
    assert entry_from_json(entry_to_json(entry)) == entry


def test_labels_reach_the_article_and_filter_searches(tmp_path: Path) -> None:
    rows = [
        {"url": f"https://news.example/{desk}", "text": f"{TEXT * 2} For {desk}.", "labels": {"desk": desk}}
        for desk in ("asia", "europe")
    ]
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    location = str(tmp_path / "index.db")
    run_round(RunSettings(jsonl=(str(tmp_path / "two.jsonl"),), index=location))
    runner = CliRunner()

    def found(*words: str) -> list[str]:
        done = runner.invoke(application, ["search", "harbour", "--json", "--index", location, *words])
        return [hit["url"] for hit in json.loads(done.stdout)["hits"]]

    assert found("--label", "desk=asia") == ["https://news.example/asia"]
    assert len(found()) == 2
    assert found("--label", "desk=asia", "--label", "desk=europe") == []
    wrong = runner.invoke(application, ["search", "harbour", "--index", location, "--label", "desk"])
    assert isinstance(wrong.exception, ConfigError)
