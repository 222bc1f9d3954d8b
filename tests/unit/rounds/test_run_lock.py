"""One run at a time on one index."""

from __future__ import annotations

import pytest

from connectors.run_lock import run_lock
from schemas.errors import IndexUnavailableError


def test_a_second_run_is_refused_until_the_first_has_ended(tmp_path):
    location = str(tmp_path / "index.db")
    with run_lock(location), pytest.raises(IndexUnavailableError, match="another run is working"), run_lock(location):
        pass
    with run_lock(location):
        pass


def test_a_lock_file_that_cannot_be_opened_is_one_plain_sentence(tmp_path):
    with pytest.raises(IndexUnavailableError, match="has no folder"), run_lock(str(tmp_path / "none" / "index.db")):
        pass
