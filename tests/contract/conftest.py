"""An empty index on each backend."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elasticsearch_index import ElasticsearchIndex
from connectors.index import ID_FIELD, Index, Kind
from connectors.open_index import open_index

BACKENDS = ["sqlite", "elasticsearch"]


def remove_from_server(url: str, prefix: str) -> None:
    """Take what ``setup`` made off the server again: hundreds of indices would make it slow."""
    for path in (f"{prefix}-*", f"_index_template/{prefix}-*", f"_component_template/{prefix}-*"):
        try:
            urllib.request.urlopen(urllib.request.Request(f"{url}/{path}", method="DELETE")).close()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 404:  # a test may have made none
                raise


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an index may be made that nobody else uses."""
    if request.param == "sqlite":
        yield str(tmp_path / "index.db")
        return
    url = request.getfixturevalue("elasticsearch_url")
    prefix = f"t{uuid.uuid4().hex[:12]}"
    yield f"{url}/{prefix}"
    remove_from_server(url, prefix)


@pytest.fixture(scope="session")
def elasticsearch_location(elasticsearch_url: str) -> Iterator[str]:
    """An Elasticsearch index that was set up once."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    location = f"{elasticsearch_url}/{prefix}"
    index = ElasticsearchIndex(location)
    index.setup()
    if os.environ.get("STRAITWIRE_TEST_PARTITION") == "monthly":  # tests/contract/versions.py runs the contract so, too
        index.partition()
    index.close()
    yield location
    remove_from_server(elasticsearch_url, prefix)


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    """An index, set up and empty."""
    if request.param == "sqlite":
        opened = open_index(str(tmp_path / "index.db"))
        opened.setup()
        yield opened
        opened.close()
        return
    opened = open_index(request.getfixturevalue("elasticsearch_location"))
    yield opened
    for kind in Kind:
        opened.delete(kind, [row[ID_FIELD[kind]] for row in opened.scan(kind, fields=[ID_FIELD[kind]])])
    opened.close()
