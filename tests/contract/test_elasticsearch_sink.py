"""The sink on a real server: short versions of ``bash tests/faults/run``, and replay of what a bad mapping refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.elasticsearch_server import ElasticsearchServer
from tests.faults import fault_load, poison_load
from tests.faults.sink_load import request

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_server(elasticsearch_url: str) -> Iterator[ElasticsearchServer]:
    """A server to mistreat; skipped or failed as the shared one is where there is none."""
    server = ElasticsearchServer(settings=fault_load.TINY_QUEUE | poison_load.SMALL_REQUESTS)
    server.start()
    yield server
    server.resume()
    server.stop()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_faults_and_poison_lose_and_spoil_nothing(own_server: ElasticsearchServer) -> None:
    fault_load.run(own_server, 1500, fault_load.SHORT_FAULTS)
    request(f"{own_server.url}/{poison_load.INDEX}", "DELETE")
    poison_load.run(own_server, 640)


def straitwire(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "pipeline", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_replay_indexes_what_a_wrong_mapping_refused(elasticsearch_url: str, tmp_path: Path) -> None:
    location = f"{elasticsearch_url}/replay-test"
    straitwire("setup", "--index", location)
    articles = f"{elasticsearch_url}/replay-test-articles"
    # The index is made anew with one field wrong: an agency's name is no date.
    (index,) = request(articles)
    mapping = request(f"{articles}/_mapping")[index]["mappings"]
    wrong = {**mapping, "properties": {**mapping["properties"], "agency": {"type": "date"}}}
    request(f"{elasticsearch_url}/{index}", "DELETE")
    request(f"{elasticsearch_url}/{index}", "PUT", {"mappings": wrong, "aliases": {"replay-test-articles": {}}})

    sentence = "The two ministries will meet again in autumn to discuss fisheries and visas, officials said on Monday. "
    lines = []
    for number in range(40):
        dateline = "SEOUL, March 3 (Yonhap) -- " if number % 4 == 0 else ""
        text = f"{dateline}Talk number {number} ended late. {sentence * 3}Delegation {number * 7919} left at noon."
        lines.append({"url": f"https://paper.example/{number}", "title": f"Talk {number}", "text": text})
    source = tmp_path / "articles.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    straitwire("run", "--jsonl", str(source), "--index", location)
    request(f"{elasticsearch_url}/replay-test-*/_refresh", "POST")
    assert request(f"{articles}/_count")["count"] == 30
    letters = request(f"{elasticsearch_url}/replay-test-dead-letters/_search?size=100")["hits"]["hits"]
    assert [(row["_source"]["stage"], row["_source"]["reason"]) for row in letters] == [
        ("index_articles", "index_rejected")
    ] * 10

    request(f"{articles}/_mapping", "PUT", {"properties": {"agency": {"type": "date", "ignore_malformed": True}}})
    straitwire("replay", "--index", location)
    request(f"{elasticsearch_url}/replay-test-*/_refresh", "POST")
    assert request(f"{articles}/_count")["count"] == 40
    assert request(f"{elasticsearch_url}/replay-test-dead-letters/_count")["count"] == 0
    for kind in request(f"{elasticsearch_url}/replay-test-*"):
        request(f"{elasticsearch_url}/{kind}", "DELETE")
