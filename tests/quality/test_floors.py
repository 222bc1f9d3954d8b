"""The pinned floors hold: run in CI, which has the shared material beside it."""

from __future__ import annotations

import importlib

import pytest

from tests.quality.__main__ import AREAS, below_floor
from tests.shared_material import shared_path


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("area", AREAS)
def test_scores_are_not_below_their_floors(area):
    shared_path("eval", "README.md")
    module = importlib.import_module(f"tests.quality.{area}")
    scores = module.measure()
    stated = {name.removeprefix("max:") for name in module.FLOORS}
    assert stated <= scores.keys(), f"floors without a measure: {stated - scores.keys()}"
    assert not {name: value for name, value in scores.items() if below_floor(module.FLOORS, name, value)}
