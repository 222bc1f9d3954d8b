"""The demo newsroom, read once, in an index of each backend."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest

from connectors.index import Kind
from connectors.open_index import open_index
from deploy.local.demo import demo_settings
from deploy.local.newsroom.serve import serve
from pipeline.run_round import run_round
from schemas.settings import RunSettings
from tests.contract.conftest import remove_from_server


@dataclass(frozen=True)
class DemoIndices:
    sqlite: str
    documents: dict[Kind, list[dict]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kibana")
    location = str(folder / "demo.db")
    with serve() as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml, encoding="utf-8")
        settings = {**demo_settings(str(feeds), location), "poll_all": True}
        assert run_round(RunSettings.model_validate(settings)).balanced
    index = open_index(location)
    documents = {kind: list(index.scan(kind)) for kind in Kind}
    index.close()
    return DemoIndices(location, documents)


@pytest.fixture(scope="session")
def demo_elasticsearch(demo, elasticsearch_url):
    """The same documents on the real server; the server's URL and the prefix."""
    prefix = f"k{uuid.uuid4().hex[:8]}"
    index = open_index(f"{elasticsearch_url}/{prefix}")
    index.setup()
    for kind, rows in demo.documents.items():
        if rows:
            assert not [outcome for outcome in index.write(kind, rows) if outcome.error]
    index.close()
    yield elasticsearch_url, prefix
    remove_from_server(elasticsearch_url, prefix)
