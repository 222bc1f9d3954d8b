"""What an analyst's tools ask of the Elasticsearch directly: bare text, time, facets; and what an operator does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.elasticsearch_features import CORE, probe
from connectors.elasticsearch_templates import alias, index_templates
from connectors.index import Index, Kind
from connectors.open_index import open_index
from tests.conftest import is_continuous_integration
from tests.contract.articles import NOON, document
from tests.contract.conftest import remove_from_server
from tests.contract.older_index import call


class Desk:
    """An index that was set up, and the server's own address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"t{uuid.uuid4().hex[:12]}"
        self.location = f"{url}/{self.prefix}"
        self.articles = alias(self.prefix, Kind.ARTICLES)
        self.index: Index = open_index(self.location)
        self.index.setup()

    def found(self, query: dict) -> list[str]:
        answer = call(self.url, "POST", f"/{self.articles}/_search", {"query": query, "_source": False})
        return sorted(hit["_id"] for hit in answer["hits"]["hits"])


@pytest.fixture
def desk(elasticsearch_url: str) -> Iterator[Desk]:
    made = Desk(elasticsearch_url)
    yield made
    made.index.close()
    remove_from_server(made.url, made.prefix)


@pytest.fixture(scope="module")
def texts(elasticsearch_url: str) -> Iterator[Desk]:
    desk = Desk(elasticsearch_url)
    desk.index.write(
        Kind.ARTICLES,
        [
            document("ja", "日韓首脳会談が東京で開かれた。", title="首脳会談", language="ja"),
            document("ko", "한일 정상회담이 도쿄에서 열렸다.", title="정상회담", language="ko"),
            document("en", "The leaders met in Tokyo.", title="Summit"),
        ],
    )
    yield desk
    desk.index.close()
    remove_from_server(desk.url, desk.prefix)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("首脳", ["ja"], id="part of a Japanese compound"),
        pytest.param("首脳会談", ["ja"], id="Japanese compound"),
        pytest.param('"首脳会談"', ["ja"], id="in a row"),
        pytest.param("정상회담", ["ko"], id="Korean noun with a particle in the text"),
        pytest.param("도쿄 정상회담", ["ko"], id="two Korean words"),
        pytest.param("leaders", ["en"], id="English"),
        pytest.param("首脳 leaders", ["en", "ja"], id="either"),
        pytest.param("大統領", [], id="not there"),
    ],
)
def test_bare_text_without_a_field_finds_every_language(texts: Desk, typed: str, expected: list[str]) -> None:
    """The two queries that Kibana makes of text typed into its search bar: Lucene syntax, and KQL."""
    assert texts.found({"query_string": {"query": typed}}) == expected
    if '"' not in typed:
        assert texts.found({"multi_match": {"type": "best_fields", "query": typed, "lenient": True}}) == expected


def test_time_line_is_publication_within_reason(desk: Desk) -> None:
    ancient, future = datetime(1, 1, 1, tzinfo=UTC), NOON + timedelta(days=400)
    desk.index.write(
        Kind.ARTICLES,
        [
            document("a", published_at=ancient), document("b", published_at=future), document("c", published_at=None),
            document("d", published_at=NOON - timedelta(days=30)),
        ],
    )  # fmt: skip
    stored = desk.index.get_many(Kind.ARTICLES, list("abcd"), ["@timestamp", "published_at"])
    assert [stored[name]["@timestamp"][:10] for name in "abcd"] == ["2026-03-01"] * 3 + ["2026-01-30"]
    assert stored["a"]["published_at"] == "0001-01-01T00:00:00.000Z"
    months = {"aggs": {"m": {"date_histogram": {"field": "@timestamp", "calendar_interval": "month"}}}, "size": 0}
    assert len(call(desk.url, "POST", f"/{desk.articles}/_search", months)["aggregations"]["m"]["buckets"]) == 3


def test_setup_is_idempotent_and_its_differences_are_exact(desk: Desk) -> None:
    assert desk.index.differences() == []
    assert desk.index.setup(thorough=True) == []
    call(desk.url, "DELETE", f"/_index_template/{desk.articles}")
    call(desk.url, "PUT", f"/{desk.articles}/_settings", {"index.query.default_field": ["title"]})
    settings = call(desk.url, "GET", f"/_component_template/{desk.prefix}-settings")
    held = settings["component_templates"][0]["component_template"]
    body = {name: held[name] for name in ("template", "version", "_meta")}  # a 9.x server adds dates that it refuses
    body["template"]["settings"]["index"]["number_of_shards"] = "3"
    call(desk.url, "PUT", f"/_component_template/{desk.prefix}-settings", body)
    lines = desk.index.differences()
    assert f"create {desk.articles}" in lines
    assert f"update {desk.prefix}-settings" in lines
    assert "    ~ template.settings.index.number_of_shards: 3 -> 1" in lines
    assert any("~ index.query.default_field" in line for line in lines)
    assert desk.index.differences() == lines, "looking changes nothing"
    desk.index.setup(thorough=True)
    assert desk.index.differences() == []


def test_probing_the_core_distribution_finds_the_core(desk: Desk) -> None:
    client = desk.index._client  # type: ignore[attr-defined]  # what it is asked through
    assert probe(client) == CORE


def test_templates_are_what_the_server_composes(desk: Desk) -> None:
    for name in index_templates(desk.prefix):
        made = call(desk.url, "POST", f"/_index_template/_simulate_index/{name}-v9")["template"]
        held = next(iter(call(desk.url, "GET", f"/{name}").values()))
        assert made["mappings"] == held["mappings"]


def test_a_snapshot_brings_back_every_document(desk: Desk) -> None:
    settings = call(desk.url, "GET", "/_nodes/settings")
    nodes = [node["settings"] for node in settings["nodes"].values()]
    repository = next((node["path"].get("repo") for node in nodes if "repo" in node.get("path", {})), None)
    if repository is None:
        if is_continuous_integration():
            pytest.fail("the server has no path.repo")
        pytest.skip("the server has no path.repo")
    place = repository if isinstance(repository, str) else repository[0]
    desk.index.write(Kind.ARTICLES, [document(f"a{number}") for number in range(50)])
    before = list(desk.index.scan(Kind.ARTICLES))
    name = f"s{uuid.uuid4().hex[:8]}"
    call(desk.url, "PUT", f"/_snapshot/{name}", {"type": "fs", "settings": {"location": f"{place}/{name}"}})
    request = {"indices": f"{desk.prefix}-*", "include_global_state": False}
    made = call(desk.url, "PUT", f"/_snapshot/{name}/one?wait_for_completion=true", request)
    assert made["snapshot"]["state"] == "SUCCESS"
    desk.index.delete(Kind.ARTICLES, [row["article_id"] for row in before])
    call(desk.url, "DELETE", f"/{desk.prefix}-*")
    restored = call(desk.url, "POST", f"/_snapshot/{name}/one/_restore?wait_for_completion=true", request)
    assert restored["snapshot"]["shards"]["failed"] == 0
    assert list(desk.index.scan(Kind.ARTICLES)) == before
    assert desk.index.differences() == []
    call(desk.url, "DELETE", f"/_snapshot/{name}/one")
    call(desk.url, "DELETE", f"/_snapshot/{name}")
