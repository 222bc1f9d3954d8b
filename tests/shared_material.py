"""Where the shared development material is, for the tests that read it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_root() -> Path:
    """The folder named by STRAITWIRE_SHARED, else ``shared`` beside the project."""
    named = os.environ.get("STRAITWIRE_SHARED")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared"


def shared_path(*parts: str) -> Path:
    """A path inside the shared material; skips the calling test, with the reason, where it is missing."""
    path = shared_root().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared development material is not here: {'/'.join(parts)}")
    return path
