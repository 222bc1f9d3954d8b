"""The sink on a real server: a short version of ``bash tests/faults/run``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.elasticsearch_server import ElasticsearchServer
from tests.faults import fault_load, poison_load
from tests.faults.sink_load import request


@pytest.fixture
def own_server(elasticsearch_url: str) -> Iterator[ElasticsearchServer]:
    """A server to mistreat; skipped or failed as the shared one is where there is none."""
    server = ElasticsearchServer(settings=fault_load.TINY_QUEUE | poison_load.SMALL_REQUESTS, start_seconds=400)
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
