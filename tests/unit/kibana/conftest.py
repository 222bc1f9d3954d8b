"""The demo newsroom's documents on the real Elasticsearch."""

from __future__ import annotations

import uuid

import pytest

from connectors.open_index import open_index
from tests.contract.conftest import remove_from_server


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
