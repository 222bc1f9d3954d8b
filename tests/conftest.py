"""What tests of several areas share: one Elasticsearch a session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.elasticsearch_server import ElasticsearchServer, NoServerError

# A slow machine is no error: what takes too long is ended by pytest-timeout.
settings.register_profile("straitwire", deadline=None)
settings.load_profile("straitwire")


def is_continuous_integration() -> bool:
    """Whether a missing server is a failure: nobody reads skips there."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


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
