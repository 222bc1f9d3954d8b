from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.misbehaving_site import MisbehavingSite

settings.register_profile("any-machine", deadline=None)  # a busy machine makes an example slow, not wrong
settings.load_profile("any-machine")


@pytest.fixture
def site() -> Iterator[MisbehavingSite]:
    with MisbehavingSite() as running:
        yield running
