"""Roles, TLS and secrets on a real server with security on."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elasticsearch_client import connect, parse_address
from connectors.index import Index, Kind
from connectors.open_index import open_index
from pipeline.index_articles import IndexArticles
from schemas.errors import ConfigError, IndexUnavailableError
from schemas.settings import RunSettings
from tests.conftest import is_continuous_integration
from tests.contract.articles import document
from tests.contract.secured_server import PASSWORD, SecuredServer
from tests.elasticsearch_server import NoServerError

PROJECT = Path(__file__).resolve().parents[2]
ARTICLE = json.dumps(document("a"), ensure_ascii=True)
BULK = json.dumps({"index": {"_index": "straitwire-articles", "_id": "w"}}) + "\n" + ARTICLE + "\n"


@pytest.fixture(scope="module")
def server() -> Iterator[SecuredServer]:
    try:
        made = SecuredServer()
        made.start()
    except NoServerError as error:
        if is_continuous_integration():
            pytest.fail(f"no Elasticsearch: {error}")
        pytest.skip(f"no Elasticsearch: {error}")
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def as_user(server: SecuredServer, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Opens the index as a user; TLS by the authority."""
    opened: list[Index] = []

    def log_in(user: str) -> Index:
        monkeypatch.setenv("STRAITWIRE_ES_CA", str(server.authority))
        monkeypatch.setenv("STRAITWIRE_ES_USER", user)
        monkeypatch.setenv("STRAITWIRE_ES_PASSWORD", PASSWORD)
        index = open_index(server.url)
        opened.append(index)
        return index

    yield log_in
    for index in opened:
        index.close()


@pytest.fixture
def set_up(as_user) -> None:
    as_user("setup").setup(thorough=True)


def test_the_setup_role_sets_up_and_tells_differences(as_user) -> None:
    index = as_user("setup")
    index.setup(thorough=True)
    assert index.differences() == []
    assert index.setup(thorough=True) == []
    assert index.migrate() == []


@pytest.mark.usefixtures("set_up")
def test_the_ingest_role_runs_the_contract_and_creates_nothing(as_user, server: SecuredServer) -> None:
    index = as_user("ingest")
    assert index.setup() == []
    assert [outcome.error for outcome in index.write(Kind.ARTICLES, [document("a"), document("b")])] == ["", ""]
    assert list(index.get_many(Kind.ARTICLES, ["a", "b"])) == ["a", "b"]
    assert [row["article_id"] for row in index.find(Kind.ARTICLES, "bands", ["band-b"])] == ["b"]
    assert len(list(index.scan(Kind.ARTICLES))) == 2
    assert index.delete(Kind.ARTICLES, ["a", "b"]) == 2
    for method, path, body in (
        ("PUT", "/straitwire-other", ""), ("PUT", "/another", ""), ("DELETE", "/straitwire-articles-v2", ""),
        ("PUT", "/straitwire-articles/_mapping", '{"properties": {"x": {"type": "keyword"}}}'),
        ("PUT", "/_index_template/straitwire-articles", '{"index_patterns": ["straitwire-articles-v*"]}'),
        ("PUT", "/straitwire-articles-v2/_block/write", ""), ("GET", "/_security/user", ""),
    ):  # fmt: skip
        assert server.ask("ingest", method, path, body) == 403, (method, path)


@pytest.mark.usefixtures("set_up")
def test_the_writer_role_writes_and_can_neither_read_delete_nor_create(server: SecuredServer) -> None:
    assert server.ask("writer", "PUT", "/straitwire-articles/_doc/w", ARTICLE) == 201
    assert server.ask("writer", "POST", "/_bulk?require_alias=true", BULK) == 200
    for method, path, body in (
        ("GET", "/straitwire-articles/_doc/w", ""), ("POST", "/straitwire-articles/_search", ""),
        ("GET", "/straitwire-articles/_count", ""), ("POST", "/straitwire-articles/_mget", '{"ids": ["w"]}'),
        ("DELETE", "/straitwire-articles/_doc/w", ""), ("DELETE", "/straitwire-articles-v2", ""),
        ("PUT", "/straitwire-new", ""), ("PUT", "/straitwire-new/_doc/1", "{}"), ("PUT", "/other/_doc/1", "{}"),
        ("PUT", "/straitwire-articles/_mapping", '{"properties": {"x": {"type": "keyword"}}}'),
    ):  # fmt: skip
        assert server.ask("writer", method, path, body) == 403, (method, path)
    assert server.ask("ingest", "DELETE", "/straitwire-articles/_doc/w") == 200


@pytest.mark.usefixtures("set_up")
def test_the_reader_role_searches_and_cannot_write(as_user, server: SecuredServer) -> None:
    as_user("ingest").write(Kind.ARTICLES, [document("a")])
    index = as_user("reader")
    assert index.search("Busan").total == 1
    assert len(list(index.scan(Kind.ARTICLES))) == 1
    with pytest.raises(IndexUnavailableError, match="does not allow"):
        index.setup(thorough=True)
    for method, path, body in (
        ("PUT", "/straitwire-articles/_doc/r", ARTICLE), ("POST", "/straitwire-articles/_update/a", '{"doc": {}}'),
        ("DELETE", "/straitwire-articles/_doc/a", ""), ("DELETE", "/straitwire-articles-v2", ""),
        ("PUT", "/straitwire-new", ""), ("GET", "/other/_search", ""),
    ):  # fmt: skip
        assert server.ask("reader", method, path, body) == 403, (method, path)
    with pytest.raises(IndexUnavailableError, match="does not allow this"):
        index.write(Kind.ARTICLES, [document("r")])
    as_user("ingest").delete(Kind.ARTICLES, ["a"])


@pytest.mark.usefixtures("set_up")
def test_what_the_ingest_role_may_not_create_lives_in_the_first_index(as_user, server: SecuredServer) -> None:
    """Last in this file's order of the index's life: from here on it is partitioned."""
    as_user("setup").partition()
    index = as_user("ingest")
    index.write(Kind.ARTICLES, [document("far")])
    assert list(index.get_many(Kind.ARTICLES, ["far"])) == ["far"]
    assert server.ask("reader", "GET", "/straitwire-articles-v2/_doc/far") == 200
    assert index.delete(Kind.ARTICLES, ["far"]) == 1


def environment(server: SecuredServer, tmp_path: Path, user: str, **changes: str) -> dict[str, str]:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    names = {
        "STRAITWIRE_ES_USER": user, "STRAITWIRE_ES_PASSWORD_FILE": str(secret),
        "STRAITWIRE_ES_CA": str(server.authority), **changes,
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRAITWIRE_ES_")}
    return {**kept, **{name: value for name, value in names.items() if value}}


def straitwire(server: SecuredServer, given: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *words, "--index", server.url]
    return subprocess.run(command, cwd=PROJECT, env=given, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("trust", ["authority", "fingerprint"])
def test_run_and_search_end_to_end_with_the_least_roles(server: SecuredServer, tmp_path: Path, trust: str) -> None:
    by_fingerprint = {"STRAITWIRE_ES_CA": "", "STRAITWIRE_ES_FINGERPRINT": server.fingerprint}
    changes = by_fingerprint if trust == "fingerprint" else {}
    made = straitwire(server, environment(server, tmp_path, "setup", **changes), "setup")
    assert made.returncode == 0, made.stderr
    record = {
        "url": f"https://outlet.example/{trust}", "title": "Talks", "publisher": "Outlet", "language": "en",
        "text": f"Envoys of both sides met on the island of {trust} to talk about fishing grounds. " * 4,
    }  # fmt: skip
    (tmp_path / "one.jsonl").write_text(json.dumps(record) + "\n")
    ingest, reader = (environment(server, tmp_path, user, **changes) for user in ("ingest", "reader"))
    ran = straitwire(server, ingest, "run", "--jsonl", str(tmp_path / "one.jsonl"), "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["indexed"] == 1
    found = straitwire(server, reader, "search", f"island {trust}", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["total"] == 1
    for done in (made, ran, found):
        assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"STRAITWIRE_ES_CA": ""}, "certificate", id="authority not known"),
        pytest.param({"STRAITWIRE_ES_CA": "", "STRAITWIRE_ES_FINGERPRINT": "00" * 32}, "certificate", id="other one"),
        pytest.param({"STRAITWIRE_ES_USER": "nobody"}, "wants to know who asks", id="unknown user"),
        pytest.param({"STRAITWIRE_ES_USER": ""}, "wants to know who asks", id="nobody"),
        pytest.param({"STRAITWIRE_ES_PASSWORD_FILE": "/nowhere"}, "PASSWORD_FILE", id="no file"),
        pytest.param({"STRAITWIRE_ES_API_KEY": "bm9uZTpzdWNo", "STRAITWIRE_ES_USER": ""}, "who asks", id="unknown key"),
    ],
)
def test_what_is_wrong_with_the_credentials_is_one_plain_sentence(
    server: SecuredServer, tmp_path: Path, changes: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(server, tmp_path, "reader", **changes)
    for name in [name for name in os.environ if name.startswith("STRAITWIRE_ES_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        if name.startswith("STRAITWIRE_ES_"):
            monkeypatch.setenv(name, value)
    with pytest.raises((IndexUnavailableError, ConfigError), match=said) as caught:
        open_index(server.url).search("x")
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_an_api_key_is_sent_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core distribution has none to check it against: what is sent is what the documentation says."""
    monkeypatch.setenv("STRAITWIRE_ES_API_KEY", "a2V5OnNlY3JldA==")
    client = connect(parse_address("https://search.example:9200"))
    assert client.client._headers["authorization"] == "ApiKey a2V5OnNlY3JldA=="


def test_secrets_are_in_no_option_pickle_display_data_or_log(
    as_user, caplog: pytest.LogCaptureFixture, server: SecuredServer
) -> None:
    with caplog.at_level(logging.DEBUG):
        index = as_user("reader")
        with pytest.raises(IndexUnavailableError):
            index.setup(thorough=True)
    written = io.StringIO("\n".join(record.getMessage() for record in caplog.records)).read()
    transform = IndexArticles(server.url)
    shown = [
        written, repr(pickle.dumps(transform)), repr(transform.display_data()), repr(RunSettings(index=server.url)),
        index.location, repr(index),
    ]  # fmt: skip
    encoded = base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
    for text in shown:
        assert PASSWORD not in text
        assert encoded not in text
