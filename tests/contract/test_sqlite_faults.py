from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connectors import sqlite_schema
from connectors.index import Filters, Kind
from connectors.open_index import open_index
from connectors.sqlite_index import SQLiteIndex
from schemas.errors import IndexUnavailableError
from tests.contract.articles import document

_WRITE_AND_DIE = """
import os, signal, sys
from connectors.index import Kind
from connectors.sqlite_index import SQLiteIndex
from tests.contract.articles import document

def write(turn, number):
    body, authors = f"turn{turn} text 대통령이", (f"turn{turn}",)
    index.write(Kind.ARTICLES, [document(f"{n:06d}", body, authors=authors) for n in range(number)])

index = SQLiteIndex(sys.argv[1])
left = int(sys.argv[2])

def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

write(1, 20)
index._open().set_trace_callback(count)
write(2, 40)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "index.db")


@pytest.fixture
def index(path: str) -> Iterator[SQLiteIndex]:
    opened = SQLiteIndex(path)
    opened.setup()
    yield opened
    opened.close()


def check_integrity(path: str) -> None:
    """The file, its full-text index, and keywords that belong to documents."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute("INSERT INTO article_words (article_words) VALUES ('integrity-check')")
        orphans = "SELECT count(*) FROM keywords WHERE holder NOT IN (SELECT number FROM articles)"
        assert connection.execute(orphans).fetchone() == (0,)


@pytest.mark.parametrize("statements", [1, 2, 3, 4, 20, 60, 100, 200, 100_000])
def test_a_writer_killed_at_any_statement_leaves_whole_writes(path: str, index: SQLiteIndex, statements: int) -> None:
    command = [sys.executable, "-c", _WRITE_AND_DIE, path, str(statements)]
    died = subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert died == (statements < 100_000)
    check_integrity(path)
    turn, number = ("turn1", 20) if died else ("turn2", 40)
    assert index.facet(Kind.ARTICLES, "authors") == [(turn, number)]
    assert index.count(Kind.ARTICLES) == index.search(f"{turn} 대통령").total == words_in(path, turn) == number
    assert words_in(path, "text") == number


def words_in(path: str, word: str) -> int:
    """How many articles the full-text index believes to hold the word, whether or not they exist."""
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT count(*) FROM article_words WHERE article_words MATCH ?"
        return int(connection.execute(sql, [word]).fetchone()[0])


def write_documents(path: str, name: str) -> None:
    index = open_index(path)
    for start in range(0, 60, 10):
        outcomes = index.write(Kind.ARTICLES, [document(f"{name}{n:03d}") for n in range(start, start + 10)])
        assert not any(outcome.error for outcome in outcomes)
    index.close()


def test_several_processes_take_turns(path: str, index: SQLiteIndex) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_documents, args=(path, name)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert index.count(Kind.ARTICLES) == index.search("Busan").total == 180
    check_integrity(path)


def test_rewrites_and_deletes_keep_the_full_text_in_step(path: str, index: SQLiteIndex) -> None:
    for turn in range(5):
        index.write(Kind.ARTICLES, [document(f"a{n}", f"turn{turn} 首脳会談") for n in range(turn, turn + 5)])
        index.delete(Kind.ARTICLES, [f"a{turn + 2}"])
    check_integrity(path)
    bodies = [row["body"] for row in index.scan(Kind.ARTICLES)]
    assert words_in(path, "首脳") == len(bodies)
    for turn in range(5):
        assert words_in(path, f"turn{turn}") == sum(f"turn{turn} " in body for body in bodies)


@pytest.mark.usefixtures("index")
def test_a_locked_file_is_waited_for_and_then_one_sentence(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_schema, "BUSY_TIMEOUT_SECONDS", 0.2)
    index = SQLiteIndex(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IndexUnavailableError, match="locked"):
            index.write(Kind.ARTICLES, [document("a")])
        assert index.count(Kind.ARTICLES) == 0  # reading goes on
        other.execute("ROLLBACK")
    assert index.write(Kind.ARTICLES, [document("a")])[0].error == ""
    index.close()


def test_a_full_disk_loses_nothing_that_was_written(path: str, index: SQLiteIndex) -> None:
    index.write(Kind.ARTICLES, [document("a")])
    connection = index._open()
    connection.execute("PRAGMA max_page_count = 1")  # the least that holds what there is
    with pytest.raises(IndexUnavailableError, match="disk is full"):
        index.write(Kind.ARTICLES, [document("b", "word " * 100_000)])
    assert [row["article_id"] for row in index.scan(Kind.ARTICLES)] == ["a"]
    connection.execute("PRAGMA max_page_count = 1000000")
    assert index.write(Kind.ARTICLES, [document("b")])[0].error == ""
    check_integrity(path)


def test_a_damaged_file_is_one_sentence(path: str) -> None:
    index = SQLiteIndex(path)
    index.setup()
    index.write(Kind.ARTICLES, [document(f"a{number}") for number in range(50)])
    index.close()
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    # On opening or on reading, as it is a matter of how much of the file is the schema.
    with pytest.raises(IndexUnavailableError, match="is damaged"), closing(SQLiteIndex(path)) as damaged:
        list(damaged.scan(Kind.ARTICLES))


def test_somebody_elses_file_is_refused_and_left_alone(path: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE articles (number INTEGER)")
    before = Path(path).read_bytes()
    with pytest.raises(IndexUnavailableError, match="not a straitwire index"):
        open_index(path)
    assert Path(path).read_bytes() == before
    assert [entry.name for entry in Path(path).parent.iterdir()] == ["index.db"]


def test_a_newer_format_is_refused(path: str, index: SQLiteIndex) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {sqlite_schema.SCHEMA_VERSION + 1}")
    with pytest.raises(IndexUnavailableError, match="newer straitwire"):
        open_index(path)


@contextmanager
def without_write_permission(folder: Path) -> Iterator[None]:
    """Root may write anywhere, so we are nobody for a while."""
    for entry in [*folder.iterdir(), folder]:
        entry.chmod(0o555 if entry.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_read_only_place_is_one_sentence() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "index.db"
        index = SQLiteIndex(str(path))
        index.setup()
        index.write(Kind.ARTICLES, [document("a")])
        index.close()
        with without_write_permission(Path(name)):
            with pytest.raises(IndexUnavailableError, match=r"cannot be (written|opened)") as caught:
                open_index(str(path)).write(Kind.ARTICLES, [document("b")])
            assert str(path) in str(caught.value)
            with pytest.raises(IndexUnavailableError, match=r"cannot be (written|opened)"):
                open_index(str(Path(name) / "new.db")).setup()


@pytest.mark.parametrize(
    "error",
    [each for each in vars(sqlite3).values() if isinstance(each, type) and issubclass(each, sqlite3.Error)],
)
def test_no_error_of_the_library_escapes_except_for_wrong_use(error: type[sqlite3.Error]) -> None:
    made = error("disk I/O error")
    made.sqlite_errorname = "SQLITE_IOERR"
    expected = error if issubclass(error, sqlite3.ProgrammingError) else IndexUnavailableError
    with pytest.raises(expected), sqlite_schema.plain_errors("index.db"):
        raise made


def test_a_name_that_is_no_file_is_not_created_by_reading(path: str) -> None:
    index = open_index(path)
    with pytest.raises(IndexUnavailableError, match="no index at"):
        index.search("word", Filters())
    assert not Path(path).exists()
