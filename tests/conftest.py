"""What tests of several areas share: one Elasticsearch, one demo newsroom and one Prism a session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from connectors.host_politeness import SHARED_MEMORY
from deploy.local.demo import demo_settings
from deploy.local.newsroom.serve import RunningNewsroom, serve
from pipeline.prism_server import find_prism
from pipeline.run_round import run_round
from schemas.errors import ConfigError
from schemas.settings import RunSettings
from tests.demo_index import DemoIndex, read_demo
from tests.elasticsearch_server import ElasticsearchServer, NoServerError
from tests.index_snapshot import snapshot

# A slow machine is no error: what takes too long is ended by pytest-timeout.
settings.register_profile("straitwire", deadline=None)
settings.load_profile("straitwire")


def is_continuous_integration() -> bool:
    """Whether a missing server is a failure: nobody reads skips there."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(autouse=True)
def no_host_is_known() -> None:
    """No test inherits what another learned of a host: the port of a server that has ended is given to the next."""
    SHARED_MEMORY.forget()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoIndex:
    """The demo newsroom after one round."""
    return read_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """The URL of an empty Elasticsearch; use a prefix of your own (``{url}/my-test``)."""
    running = os.environ.get("STRAITWIRE_TEST_ELASTICSEARCH")
    if running:
        yield running
        return
    try:
        server = ElasticsearchServer()
        server.start()
    except NoServerError as error:
        if is_continuous_integration():
            pytest.fail(f"no Elasticsearch: {error}")
        pytest.skip(f"no Elasticsearch: {error}")
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def prism() -> Path:
    """The Prism binary; without it a test is skipped, and fails where nobody reads skips."""
    try:
        return find_prism()
    except ConfigError as error:
        if is_continuous_integration():
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningNewsroom, str, dict[str, Any]]]:
    """The demo newsroom while it is served, its feed list, and the documents of an undisturbed round over it."""
    folder = tmp_path_factory.mktemp("newsroom")
    with serve() as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml, encoding="utf-8")
        settings = RunSettings.model_validate(demo_settings(str(feeds), str(folder / "round.db")))
        assert run_round(settings).balanced
        yield site, str(feeds), snapshot(settings.index)
