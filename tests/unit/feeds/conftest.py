from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.misbehaving_site import MisbehavingSite


@pytest.fixture
def site() -> Iterator[MisbehavingSite]:
    with MisbehavingSite() as running:
        yield running
