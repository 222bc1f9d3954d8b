from __future__ import annotations

import json
import logging
import pickle
import random
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import elastic_transport
import elasticsearch
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig

from connectors import elasticsearch_bulk, elasticsearch_client
from connectors.elasticsearch_client import PatientClient, parse_address
from connectors.elasticsearch_index import ElasticsearchIndex
from connectors.index import Document, Filters, Index, Kind
from connectors.open_index import open_index
from schemas.documents import entry_document
from schemas.errors import ConfigError, IndexUnavailableError
from tests.contract.articles import NOON
from tests.contract.lying_proxy import (
    Exchange,
    LyingProxy,
    Reply,
    Trick,
    answer,
    changed,
    cut_off,
    honest,
    lying_proxy,
    refuse_items,
    reset_after,
    reset_before,
    twice,
)
from tests.elasticsearch_server import ElasticsearchServer


def entries(first: int, number: int, url: str = "u") -> list[Document]:
    return [entry_document(f"{n:06d}", url, ["1"], "indexed", "", "", NOON) for n in range(first, first + number)]


def stored(index: Index) -> list[str]:
    return [row["entry_key"] for row in index.scan(Kind.ENTRIES, Filters(), ["entry_key"])]


def keys(rows: list[Document]) -> list[str]:
    return [row["entry_key"] for row in rows]


@pytest.fixture
def proxy(elasticsearch_url: str) -> Iterator[LyingProxy]:
    with lying_proxy(elasticsearch_url) as opened:
        yield opened


@pytest.fixture
def index(proxy: LyingProxy, elasticsearch_location: str) -> Iterator[ElasticsearchIndex]:
    """The index behind the proxy, empty."""
    opened = ElasticsearchIndex(f"{proxy.url}/{elasticsearch_location.rpartition('/')[2]}")
    assert opened.count(Kind.ENTRIES) == 0
    yield opened
    proxy.tricks, proxy.always = [], None
    opened.delete(Kind.ENTRIES, stored(opened))
    opened.close()


def drop_items(body: dict[str, Any]) -> None:
    del body["items"]


def drop_an_item(body: dict[str, Any]) -> None:
    body["items"].pop()


def swap_items(body: dict[str, Any]) -> None:
    body["items"].reverse()


TRICKS = {
    "reset before": reset_before,
    "reset after": reset_after,
    "cut off": cut_off,
    "delivered twice": twice,
    "no items": changed(drop_items),
    "one item less": changed(drop_an_item),
    "items of others": changed(swap_items),
    "items are no objects": changed(lambda body: body.update(items=[None] * len(body["items"]))),
    "status 429": answer(429, Retry_After="0"),
    "status 502": answer(502),
    "status 503": answer(503),
    "status 504": answer(504),
    "rejected items": refuse_items("es_rejected_execution_exception", 429),
    "all items rejected": refuse_items("es_rejected_execution_exception", 429, every=1),
    "circuit breaker": refuse_items("circuit_breaking_exception", 429),
    "unavailable shards": refuse_items("unavailable_shards_exception", 503),
    "read-only": refuse_items("cluster_block_exception", 403),
}


class TestLyingServer:
    @pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
    def test_every_document_is_written_once(self, index: Index, proxy: LyingProxy, trick: Trick) -> None:
        proxy.tricks = [trick, trick]
        rows = entries(0, 30)
        assert [(outcome.document_id, outcome.error) for outcome in index.write(Kind.ENTRIES, rows)] == [
            (key, "") for key in keys(rows)
        ]
        assert stored(index) == keys(rows)

    def test_only_what_was_refused_is_sent_again(self, index: Index, proxy: LyingProxy) -> None:
        proxy.tricks = [refuse_items("es_rejected_execution_exception", 429, every=3)]
        index.write(Kind.ENTRIES, entries(0, 30))
        assert [request.body.count(b'"index"') for request in proxy.requests] == [20, 10]

    def test_any_mixture(self, index: Index, proxy: LyingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(elasticsearch_bulk, "MAXIMUM_ACTIONS", 20)
        monkeypatch.setattr(elasticsearch_client, "_LONGEST_PAUSE_SECONDS", 0.05)
        draw = random.Random(7)
        proxy.tricks = [draw.choice([honest, *TRICKS.values()]) for _ in range(60)]
        rows = entries(0, 300)
        assert not any(outcome.error for outcome in index.write(Kind.ENTRIES, rows))
        assert stored(index) == keys(rows)

    def test_reads_are_repeated_too(self, index: Index, proxy: LyingProxy) -> None:
        rows = entries(0, 1200)
        index.write(Kind.ENTRIES, rows)
        proxy.where = ""
        for trick in (reset_before, reset_after, cut_off, answer(429), answer(503)):
            proxy.tricks = [trick]
            assert index.count(Kind.ENTRIES) == 1200
            proxy.tricks = [trick]
            assert set(index.get_many(Kind.ENTRIES, ["000001", "000002"])) == {"000001", "000002"}
            proxy.tricks = [honest, trick, honest, trick]
            assert stored(index) == keys(rows)

    def test_a_scan_goes_on_after_the_server_lost_its_view(self, index: Index, proxy: LyingProxy) -> None:
        rows = entries(0, 1200)
        index.write(Kind.ENTRIES, rows)
        proxy.where = "_search"
        lost = answer(404, {"error": {"type": "search_phase_execution_exception", "reason": "gone"}})
        proxy.tricks = [honest, lost, honest]
        assert stored(index) == keys(rows)


class TestRefusedRequests:
    def test_too_large_for_the_server_is_found_by_halving(self, index: Index, proxy: LyingProxy) -> None:
        limit = 20_000
        proxy.always = lambda exchange: answer(413)(exchange) if len(exchange.body) > limit else exchange.forward()
        rows = entries(0, 40)
        rows[17] = entry_document("000017", "u" * 30_000, ["1"], "indexed", "", "", NOON)
        outcomes = index.write(Kind.ENTRIES, rows)
        assert [outcome.document_id for outcome in outcomes if outcome.error] == ["000017"]
        assert "too large" in outcomes[17].error
        assert stored(index) == [key for key in keys(rows) if key != "000017"]

    def test_what_spoils_a_request_is_found_by_halving(self, index: Index, proxy: LyingProxy) -> None:
        def refuse_poison(exchange: Exchange) -> Reply:
            poisoned = b"poison" in exchange.body
            error = {"error": {"type": "parse_exception", "reason": "bad"}}
            return answer(400, error)(exchange) if poisoned else exchange.forward()

        proxy.always = refuse_poison
        rows = entries(0, 50)
        for bad in (3, 4, 49):
            rows[bad] = {**rows[bad], "url": "poison"}
        outcomes = index.write(Kind.ENTRIES, rows)
        assert [number for number, outcome in enumerate(outcomes) if outcome.error] == [3, 4, 49]
        assert outcomes[3].error == "parse_exception: bad"
        assert len(stored(index)) == 47

    def test_what_the_server_itself_refuses_quotes_no_article(
        self, index: Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.elasticsearch_index.refusal", lambda kind, document: "")
        rows: list[Document] = entries(0, 3)
        rows[1] = {**rows[1], "attempts": "the text of an article"}
        rows[2] = {**rows[2], "surprise": 1}
        good, wrong_type, unknown = index.write(Kind.ENTRIES, rows)
        assert good.error == ""
        assert "document_parsing_exception" in wrong_type.error
        assert "article" not in wrong_type.error
        assert "strict_dynamic_mapping_exception" in unknown.error
        assert stored(index) == ["000000"]

    def test_requests_stay_within_both_limits(
        self, index: Index, proxy: LyingProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(elasticsearch_bulk, "MAXIMUM_BYTES", 5000)
        monkeypatch.setattr(elasticsearch_bulk, "MAXIMUM_ACTIONS", 10)
        index.write(Kind.ENTRIES, entries(0, 50))
        assert all(len(request.body) <= 5000 for request in proxy.requests)
        assert max(request.body.count(b'{"index"') for request in proxy.requests) <= 10


class TestGivingUp:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(elasticsearch_client, "PATIENCE_SECONDS", 0.3)
        monkeypatch.setattr(elasticsearch_client, "FIRST_CONTACT_SECONDS", 0.3)

    @pytest.mark.parametrize(
        ("trick", "said"),
        [
            pytest.param(answer(429), "overloaded", id="overloaded"),
            pytest.param(reset_before, "no Elasticsearch answers", id="resets"),
            pytest.param(refuse_items("es_rejected_execution_exception", 429, 1), "keeps refusing writes", id="items"),
            pytest.param(changed(drop_items), "keeps refusing writes", id="no items"),
            pytest.param(answer(401), "STRAITWIRE_ES_USER", id="who are you"),
            pytest.param(answer(403), "does not allow", id="not allowed"),
            pytest.param(answer(500), "refused a request", id="broken"),
            pytest.param(lambda exchange: Reply(200, b"{}", ()), "not an Elasticsearch", id="another product"),
        ],
    )
    def test_is_one_plain_sentence(self, index: Index, proxy: LyingProxy, trick: Trick, said: str) -> None:
        proxy.always = trick
        with pytest.raises(IndexUnavailableError, match=said) as caught:
            index.write(Kind.ENTRIES, entries(0, 3))
        assert urlsplit(proxy.url).netloc in str(caught.value)
        assert "\n" not in str(caught.value)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301

    def test_no_error_of_the_library_escapes(self) -> None:
        client = PatientClient(elasticsearch.Elasticsearch("http://127.0.0.1:1"), "here", sleep=lambda seconds: None)
        meta = ApiResponseMeta(418, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "h", 1))
        errors = {
            each
            for module in (elasticsearch, elastic_transport)
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Exception) and not issubclass(each, Warning)
        }
        errors.remove(elastic_transport.ApiError)  # the client raises elasticsearch.ApiError, made from it
        assert len(errors) > 10
        for error in errors:
            if issubclass(error, elastic_transport.ApiError):
                made: Exception = error("m", meta, {"error": {"type": "t", "reason": "r"}})
            else:
                made = error("m")

            def fail(library: object, made: Exception = made) -> None:
                raise made

            with pytest.raises(IndexUnavailableError):
                client.ask(fail)


class TestAddressAndSecrets:
    @pytest.mark.parametrize(
        ("location", "url", "prefix"),
        [
            ("http://h", "http://h:9200", "straitwire"),
            ("https://h/", "https://h:443", "straitwire"),
            ("http://h:9201/news", "http://h:9201", "news"),
            ("http://[::1]:9200/news/", "http://[::1]:9200", "news"),
            ("https://h/es?prefix=news", "https://h:443/es", "news"),
        ],
    )
    def test_the_path_is_the_prefix(self, location: str, url: str, prefix: str) -> None:
        address = parse_address(location)
        assert (address.url, address.prefix) == (url, prefix)

    @pytest.mark.parametrize(
        "location",
        ["http://", "http://h:port", "http://h/Upper", "http://h/a*", "http://h/a/b", "http://name:secret@h:9200"],
    )
    def test_what_is_no_address_is_a_plain_error(self, location: str) -> None:
        with pytest.raises(ConfigError) as caught:
            open_index(location)
        assert "secret" not in str(caught.value)

    def test_credentials_reach_the_server_and_nothing_else(
        self, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        monkeypatch.setenv("STRAITWIRE_ES_USER", "writer")
        monkeypatch.setenv("STRAITWIRE_ES_PASSWORD", "open-sesame")
        monkeypatch.setattr(elasticsearch_client, "FIRST_CONTACT_SECONDS", 0.1)
        with lying_proxy(elasticsearch_url) as proxy:
            proxy.where, proxy.always = "", answer(401)
            index = open_index(proxy.url)
            with pytest.raises(IndexUnavailableError) as caught:
                index.setup()
            index.close()
        assert index.location == f"{proxy.url}/straitwire"
        for text in (str(caught.value), caplog.text, repr(index.__dict__)):
            assert "open-sesame" not in text

    def test_two_ways_to_say_who_asks_contradict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STRAITWIRE_ES_USER", "writer")
        monkeypatch.setenv("STRAITWIRE_ES_API_KEY", "key")
        with pytest.raises(ConfigError, match="not both"):
            open_index("http://h")


@pytest.fixture
def own_server() -> Iterator[ElasticsearchServer]:
    server = ElasticsearchServer()
    server.start()
    yield server
    server.resume()
    server.stop()


def put_setting(url: str, index: str, **settings: object) -> None:
    body = json.dumps(settings).encode()
    headers = {"Content-Type": "application/json"}
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/{index}/_settings", data=body, headers=headers, method="PUT")
    ).close()


@pytest.mark.slow
@pytest.mark.usefixtures("elasticsearch_url")  # skips or fails as that does where there is no server
def test_a_server_that_is_killed_paused_and_blocked_loses_nothing(
    own_server: ElasticsearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(f"{own_server.url}/fault")
    index.setup()
    rows = entries(0, 3000)
    errors: list[object] = []

    def write() -> None:
        mine = open_index(f"{own_server.url}/fault")
        try:
            for start in range(0, len(rows), 50):
                outcomes = mine.write(Kind.ENTRIES, rows[start : start + 50])
                errors.extend(outcome.error for outcome in outcomes if outcome.error)
        except Exception as error:
            errors.append(error)
        mine.close()

    writer = threading.Thread(target=write)
    writer.start()

    def wait_for(number: int) -> None:
        while writer.is_alive() and index.count(Kind.ENTRIES) < number:
            pass

    wait_for(300)
    own_server.kill()
    own_server.start()
    wait_for(900)
    monkeypatch.setattr(elasticsearch_client, "REQUEST_TIMEOUT_SECONDS", 2.0)
    own_server.pause()
    writer.join(5)
    own_server.resume()
    wait_for(1500)
    put_setting(own_server.url, "fault-entries", **{"index.blocks.read_only_allow_delete": True})
    writer.join(2)
    put_setting(own_server.url, "fault-entries", **{"index.blocks.read_only_allow_delete": None})
    writer.join(200)
    assert not writer.is_alive()
    assert errors == []
    assert stored(index) == keys(rows)
    index.close()
