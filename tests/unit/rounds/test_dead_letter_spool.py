"""Dead letters that the index could not take wait in a file, whatever is in them and whoever is killed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.dead_letter_spool import drain_spool, spool_dead_letters, spool_path
from connectors.index import Kind
from connectors.open_index import open_index
from schemas.documents import dead_letter_document
from schemas.errors import Failed, FailReason

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def letter(identity: str, detail: str = "slow") -> dict:
    failed = Failed("fetch_pages", FailReason.TIMEOUT, "https://outlet.example/a", detail)
    return dead_letter_document(failed, identity, NOW)


@pytest.fixture
def index(tmp_path):
    opened = open_index(str(tmp_path / "index.db"))
    opened.setup()
    yield opened
    opened.close()


@pytest.mark.parametrize("detail", ["two\u2028lines", "next\u0085line", "form\x0cfeed", "한국", "file\x1cseparator"])
def test_any_text_comes_back_as_it_was(index, detail):
    spool_dead_letters(index.location, [letter("a", detail), letter("b")])
    assert drain_spool(index.location, index) == 2
    assert index.get_many(Kind.DEAD_LETTERS, ["a", "b"]) == {"a": letter("a", detail), "b": letter("b")}
    assert not spool_path(index.location).exists()


def test_a_line_cut_short_by_a_kill_hides_no_other(index):
    spool_dead_letters(index.location, [letter("a"), letter("cut")])
    path = spool_path(index.location)
    path.write_bytes(path.read_bytes()[:-20])
    spool_dead_letters(index.location, [letter("b")])
    assert drain_spool(index.location, index) == 2
    assert set(index.get_many(Kind.DEAD_LETTERS, ["a", "b", "cut"])) == {"a", "b"}


def test_what_the_index_refuses_again_stays_in_the_file(index):
    refused = letter("r") | {"permanent": "perhaps"}
    spool_dead_letters(index.location, [letter("a"), refused])
    for _ in range(2):
        drain_spool(index.location, index)
        assert set(index.get_many(Kind.DEAD_LETTERS, ["a", "r"])) == {"a"}
    index.delete(Kind.DEAD_LETTERS, ["a"])
    assert drain_spool(index.location, index) == 0
    assert '"perhaps"' in spool_path(index.location).read_text()
