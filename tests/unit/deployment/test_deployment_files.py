"""Every way of deploying runs the same configuration, the same versions, and files that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from deploy.dataflow.launch import launch, parameters, settings_of
from schemas.errors import ConfigError

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
PROJECT = DEPLOY.parent
HARDENED = {name: str(value) for name, value in yaml.safe_load((DEPLOY / "flink" / "config.yaml").read_text()).items()}
COMPOSE = yaml.safe_load((DEPLOY / "flink" / "compose.yaml").read_text())
DOCKERFILES = sorted(DEPLOY.glob("*/Dockerfile*"))
METADATA = json.loads((DEPLOY / "dataflow" / "metadata.json").read_text())


def same(value: object) -> str:
    """Flink's configuration as text: a YAML true is a 'true' there."""
    return str(value).lower()


def pom(name: str) -> str:
    found = re.search(f"<{name}>([^<]+)</{name}>", (DEPLOY / "flink" / "pom.xml").read_text())
    assert found is not None
    return found[1]


def compose_configuration() -> dict[str, str]:
    text = COMPOSE["services"]["jobmanager"]["environment"]["FLINK_PROPERTIES"]
    return yaml.safe_load(text)


def kubernetes_configuration() -> dict[str, str]:
    document = yaml.safe_load((DEPLOY / "kubernetes" / "flink-deployment.yaml").read_text())
    return document["spec"]["flinkConfiguration"]


@pytest.mark.parametrize("configuration", [compose_configuration, kubernetes_configuration])
def test_cluster_is_configured_as_the_one_that_is_tested(configuration):
    made = configuration()
    assert {name: same(made.get(name)) for name in HARDENED} == {name: same(value) for name, value in HARDENED.items()}


def test_versions_of_flink_and_beam_agree():
    flink = pom("flink.version")
    assert f"FROM flink:{flink}-" in (DEPLOY / "flink" / "Dockerfile.flink").read_text()
    minor = "_".join(flink.split(".")[:2])
    assert f"flinkVersion: v{minor}" in (DEPLOY / "kubernetes" / "flink-deployment.yaml").read_text()
    locked = re.search(r"^apache-beam==(\S+)", (DEPLOY / "requirements" / "run.txt").read_text(), re.MULTILINE)
    assert locked is not None
    assert f"apache/beam_python3.11_sdk:{locked[1]}" in (DEPLOY / "dataflow" / "Dockerfile").read_text()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_an_image_copies_exists(path):
    text = path.read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert bool(copied) is ("COPY" in text)
    for sources in copied:
        for source in sources.split():
            assert (PROJECT / source).exists(), source


def test_image_and_manifests_name_one_version_of_straitwire():
    version = re.search(r'version="([^"]+)"', (PROJECT / "setup.py").read_text())
    assert version is not None
    named = set()
    for path in [*DEPLOY.glob("flink/compose.yaml"), *DEPLOY.glob("kubernetes/*.yaml")]:
        named |= set(re.findall(r"image: straitwire(?:-flink)?:(\S+)", path.read_text()))
    assert named == {version[1]}


def test_every_taskmanager_has_its_workers_in_its_own_network():
    services = COMPOSE["services"]
    managers = [name for name in services if name.startswith("taskmanager")]
    homes = [services[name]["network_mode"] for name in services if name.startswith("workers")]
    assert sorted(homes) == sorted(f"service:{name}" for name in managers)


def test_only_the_page_of_flink_is_published_and_only_on_loopback():
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published == {"jobmanager": ["127.0.0.1:8081:8081"]}


def test_template_describes_exactly_the_parameters_that_are_taken():
    options = {action.dest: action for action in parameters()._actions if action.dest not in ("help", "dry_run")}
    described = {row["name"]: row for row in METADATA["parameters"]}
    assert described.keys() == options.keys()
    for name, row in described.items():
        assert row["isOptional"] is not options[name].required
    assert METADATA["streaming"] is True
    assert METADATA["defaultStreamingMode"] == "AT_LEAST_ONCE"


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("feeds", ["/template/feeds.yaml", "https://a.example/rss,/b.yaml"], ["", ",a", "a,,b"]),
        ("index", ["https://elastic.example:9243/press", "http://10.0.0.3:9200"], ["news.db", "https://u:p@host:9200"]),
        ("keep", ["all", "relevant"], ["ALL", "some"]),
        ("contact", ["", "press@example.org"], ["a\nb"]),
        ("look_every_seconds", ["1", "0.5"], ["-1", "a", ""]),
        ("revisit_after_seconds", ["0", "3600"], ["-1", "1h", ""]),
    ],
)
def test_template_refuses_wrong_values_before_anything_starts(name, good, wrong):
    row = next(row for row in METADATA["parameters"] if row["name"] == name)
    for value, fits in [*((value, True) for value in good), *((value, False) for value in wrong)]:
        assert all(re.search(regex, value) is not None for regex in row["regexes"]) is fits, value


def test_template_parameters_become_settings():
    chosen = parameters().parse_args(["--feeds", "a.yaml, https://b.example/rss", "--index", "http://e:9200"])
    settings = settings_of(chosen)
    assert settings.feeds == ("a.yaml", "https://b.example/rss")
    assert settings.fetch.contact == ""
    with pytest.raises(ConfigError, match="is a file"):
        settings_of(parameters().parse_args(["--feeds", "a.yaml", "--index", "news.db"]))


def test_template_builds_the_stream_and_names_what_it_would_submit(elasticsearch_url, tmp_path, capsys):
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text('feeds: [{url: "https://outlet.example/rss", publisher: Outlet}]')
    launch(["--feeds", str(feeds), "--index", f"{elasticsearch_url}/template", "--dry_run"])
    assert re.search(r"has \d{2,} transforms; nothing submitted", capsys.readouterr().out)
