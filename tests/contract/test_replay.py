"""``straitwire replay`` on a real server: what a wrong mapping refused is indexed once the mapping was mended."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.elasticsearch_templates import alias
from connectors.index import Kind
from tests.contract.conftest import remove_from_server
from tests.contract.older_index import call
from tests.end_to_end.commands import straitwire

ARTICLES = 16
SIGNED = 4
SENTENCE = "The two ministries will meet again in autumn to discuss fisheries and visas, officials said on Monday. "


@pytest.fixture
def prefix(elasticsearch_url: str) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:12]}"
    yield name
    remove_from_server(elasticsearch_url, name)


def run(*arguments: str) -> dict[str, Any]:
    done = straitwire(*arguments, "--json")
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def read(url: str, path: str) -> list[dict[str, Any]]:
    call(url, "POST", f"/{path}/_refresh")
    return [hit["_source"] for hit in call(url, "GET", f"/{path}/_search?size=100")["hits"]["hits"]]


def break_the_mapping(url: str, articles: str) -> None:
    """Make the index anew with one field wrong: the names of agencies are no dates."""
    (name,) = call(url, "GET", f"/{articles}")
    mapping = call(url, "GET", f"/{articles}/_mapping")[name]["mappings"]
    mapping["properties"]["agencies"] = {"type": "date"}
    call(url, "DELETE", f"/{name}")
    call(url, "PUT", f"/{name}", {"mappings": mapping, "aliases": {articles: {"is_write_index": True}}})


def write_articles(path: Path) -> Path:
    """Every fourth is signed by an agency."""
    rows = []
    for number in range(ARTICLES):
        dateline = "SEOUL, March 3 (Yonhap) -- " if number % (ARTICLES // SIGNED) == 0 else ""
        text = f"{dateline}Talk number {number} ended late. {SENTENCE * 3}Delegation {number * 7919} left at noon."
        rows.append({"url": f"https://paper.example/{number}", "title": f"Talk {number}", "text": text})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_a_wrong_mapping_refused_is_indexed_by_a_replay_once_it_was_mended(
    elasticsearch_url: str, prefix: str, tmp_path: Path
) -> None:
    url, location = elasticsearch_url, f"{elasticsearch_url}/{prefix}"
    articles, letters = alias(prefix, Kind.ARTICLES), alias(prefix, Kind.DEAD_LETTERS)
    run("setup", "--index", location)
    break_the_mapping(url, articles)
    run("run", "--jsonl", str(write_articles(tmp_path / "articles.jsonl")), "--index", location)
    assert len(read(url, articles)) == ARTICLES - SIGNED
    refused = read(url, letters)
    assert [(row["stage"], row["reason"]) for row in refused] == [("index_articles", "index_rejected")] * SIGNED

    run("replay", "--index", location)  # before it was mended: refused again, and kept
    assert len(read(url, articles)) == ARTICLES - SIGNED
    assert len(read(url, letters)) == SIGNED

    call(url, "PUT", f"/{articles}/_mapping", {"properties": {"agencies": {"type": "date", "ignore_malformed": True}}})
    run("replay", "--index", location)
    assert sorted(row["url"] for row in read(url, articles)) == sorted(
        f"https://paper.example/{number}" for number in range(ARTICLES)
    )
    assert read(url, letters) == []
