"""Import into a server that answers as Kibana is documented to, over real HTTP."""

from __future__ import annotations

import base64
import socket

import pytest

from connectors.kibana.dashboards import all_objects
from connectors.kibana.importing import import_objects, parse_kibana_address
from schemas.errors import ConfigError, KibanaError
from tests.unit.command_line.conftest import sentence, straitwire
from tests.unit.kibana.kibana_server import KibanaServer, serving

OBJECTS = all_objects("straitwire")


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch):
    for name in ("USER", "PASSWORD", "API_KEY", "PASSWORD_FILE", "API_KEY_FILE"):
        monkeypatch.delenv(f"STRAITWIRE_ES_{name}", raising=False)


def refused(url, **arguments):
    with pytest.raises(KibanaError) as caught:
        import_objects(url, OBJECTS, **arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_everything_is_taken_and_taken_again():
    with serving(KibanaServer()) as kibana:
        assert import_objects(kibana.url, OBJECTS) == len(OBJECTS)
        assert kibana.objects == {(row["type"], row["id"]): row for row in OBJECTS}
        assert import_objects(kibana.url + "/", OBJECTS) == len(OBJECTS)
        method, path, headers = kibana.requests[1]
        assert (method, path) == ("POST", "/api/saved_objects/_import?overwrite=true")
        assert headers["kbn-xsrf"]
        assert "Authorization" not in headers


def test_a_space_and_a_base_path_are_part_of_the_address():
    with serving(KibanaServer(base="/kibana/s/press")) as kibana:
        assert import_objects(kibana.url, OBJECTS) == len(OBJECTS)


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        pytest.param(
            {"USER": "elena", "PASSWORD": "pa:ss word"},
            "Basic " + base64.b64encode(b"elena:pa:ss word").decode(),
            id="basic",
        ),
        pytest.param({"API_KEY": "a2V5OnNlY3JldA=="}, "ApiKey a2V5OnNlY3JldA==", id="api key"),
    ],
)
def test_credentials_come_from_the_environment_and_stay_out_of_messages(monkeypatch, environment, sent):
    with serving(KibanaServer(authorization=sent)) as kibana:
        assert "wants to know who asks" in refused(kibana.url)
        for name, value in environment.items():
            monkeypatch.setenv(f"STRAITWIRE_ES_{name}", value)
        assert import_objects(kibana.url, OBJECTS) == len(OBJECTS)
        kibana.authorization = "something else"
        message = refused(kibana.url)
        assert not [value for value in environment.values() if value in message]


def test_a_password_file_is_read(monkeypatch, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    monkeypatch.setenv("STRAITWIRE_ES_USER", "elastic")
    monkeypatch.setenv("STRAITWIRE_ES_PASSWORD_FILE", str(secret))
    expected = "Basic " + base64.b64encode(b"elastic:s3cret").decode()
    with serving(KibanaServer(authorization=expected)) as kibana:
        assert import_objects(kibana.url, OBJECTS) == len(OBJECTS)


def test_an_old_kibana_is_told_apart_and_gets_nothing():
    with serving(KibanaServer(version="8.12.2")) as kibana:
        assert "version 8.12.2; these dashboards need 8.19 or newer" in refused(kibana.url)
        assert kibana.objects == {}


@pytest.mark.parametrize("version", ["8.19.0", "9.0.1", "10.0.0-SNAPSHOT"])
def test_newer_versions_are_fine(version):
    with serving(KibanaServer(version=version)) as kibana:
        assert import_objects(kibana.url, OBJECTS) == len(OBJECTS)


def test_a_kibana_that_is_starting_is_waited_for_but_not_for_ever():
    slept = []
    with serving(KibanaServer(busy_answers=3)) as kibana:
        assert import_objects(kibana.url, OBJECTS, sleep=slept.append) == len(OBJECTS)
    assert len(slept) == 3
    now = [0.0]
    with serving(KibanaServer(busy_answers=10**6)) as kibana:
        message = refused(kibana.url, sleep=lambda seconds: now.__setitem__(0, now[0] + seconds), clock=lambda: now[0])
    assert "is not ready (status 503)" in message
    assert 100 < now[0] < 200


def test_what_is_not_taken_is_named_with_its_reason():
    with serving(KibanaServer(forbidden=["index-pattern"])) as kibana:
        message = refused(kibana.url)
    assert f"took 0 of {len(OBJECTS)}" not in message
    assert f" of {len(OBJECTS)} objects; not: index-pattern straitwire-articles (unsupported type)" in message
    with serving(KibanaServer()) as kibana, pytest.raises(KibanaError) as caught:
        import_objects(kibana.url, [row for row in OBJECTS if row["id"] != "straitwire-feeds"])
    assert "it needs index-pattern straitwire-feeds, which this Kibana does not have" in str(caught.value)


def test_a_newer_shape_is_refused_by_the_server_and_said():
    newer = [{**row, "typeMigrationVersion": "99.0.0"} if row["type"] == "query" else row for row in OBJECTS]
    with serving(KibanaServer()) as kibana, pytest.raises(KibanaError, match="more recent version of Kibana"):
        import_objects(kibana.url, newer)


def test_nobody_there_and_somebody_else_there(elasticsearch_url):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "no Kibana answers at" in refused(f"http://127.0.0.1:{port}")
    assert "is an Elasticsearch" in refused(elasticsearch_url)
    with serving(KibanaServer(base="/somewhere")) as kibana:
        assert "status 404" in refused(kibana.url.removesuffix("/somewhere"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("127.0.0.1:5601", "not a URL"),
        ("ftp://host", "not a URL"),
        ("http://host:port", "not a URL"),
        ("http://elastic:secret@host:5601", "must not hold credentials"),
    ],
)
def test_wrong_addresses(url, said):
    with pytest.raises(ConfigError, match=said) as caught:
        parse_kibana_address(url)
    assert "secret" not in str(caught.value)


def test_the_command(elasticsearch_url):
    from tests.contract.conftest import remove_from_server

    with serving(KibanaServer()) as kibana:
        done = straitwire("setup", "--index", f"{elasticsearch_url}/kibtest", "--kibana", kibana.url)
        remove_from_server(elasticsearch_url, "kibtest")
        assert done.code == 0, done
        assert f"{len(OBJECTS)} dashboards, views, searches and queries are in the Kibana" in done.output
        assert ("dashboard", "kibtest-desk") in kibana.objects
        assert kibana.objects["index-pattern", "kibtest-articles"]["attributes"]["title"] == "kibtest-articles"


def test_an_sqlite_index_has_no_kibana(tmp_path):
    told = sentence(straitwire("setup", "--index", str(tmp_path / "a.db"), "--kibana", "http://127.0.0.1:5601"))
    assert "Kibana reads an Elasticsearch" in told
    assert not (tmp_path / "a.db").exists()
