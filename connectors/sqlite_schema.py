"""The SQLite file: opening it, its tables, and its errors in plain words.

Each kind of document has a table; ``keywords`` holds every value with the number of the document that holds
it, so that finding by any value of a list is one look-up; ``article_words`` is the full-text index, which
keeps no text of its own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.index import Kind
from connectors.index_fields import SEARCHED
from schemas.errors import IndexUnavailableError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x73747277
"""``strw``: tells our files from other SQLite files."""

BUSY_TIMEOUT_SECONDS = 60.0

_TABLE = """
CREATE TABLE IF NOT EXISTS {name} (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    moment TEXT NOT NULL,
    document TEXT NOT NULL,
    signature TEXT NOT NULL,
    texts TEXT NOT NULL
)
"""
_KEYWORDS = """
CREATE TABLE IF NOT EXISTS keywords (
    field INTEGER NOT NULL,
    value TEXT NOT NULL,
    holder INTEGER NOT NULL,
    PRIMARY KEY (field, value, holder)
) WITHOUT ROWID
"""
_FIELDS = """
CREATE TABLE IF NOT EXISTS keyword_fields (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, name)
)
"""
# Without its own copy of the text (content=''): what is removed is computed again from the stored document.
_WORDS = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS article_words
USING fts5({", ".join(SEARCHED)}, content='', tokenize='unicode61 remove_diacritics 0')
"""


@contextmanager
def plain_errors(location: str) -> Iterator[None]:
    """Turn SQLite's errors into IndexUnavailableError; wrong use of the library stays what it is, a bug."""
    try:
        yield
    except sqlite3.Error as error:
        advice = _advice(error)
        if not advice:
            raise
        raise IndexUnavailableError(f"the index {location} {advice}") from error


def _advice(error: sqlite3.Error) -> str:
    """What is wrong and what to do, or "" when it is our own SQL that is wrong."""
    name = getattr(error, "sqlite_errorname", None) or ""
    text = str(error)
    if name.startswith("SQLITE_NOTADB") or "not a database" in text:
        return "is not an SQLite file; name another path"
    if name.startswith("SQLITE_CORRUPT") or "malformed" in text:
        return "is damaged; restore it from a copy, or delete it and run again"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"has been locked by another program for {BUSY_TIMEOUT_SECONDS:.0f} seconds; end it, then try again"
    if name.startswith("SQLITE_READONLY"):
        return "cannot be written; allow writing to the file and its folder, or name another path"
    if name.startswith("SQLITE_FULL"):
        return "cannot grow because the disk is full; free some space, then run again"
    if name.startswith("SQLITE_CANTOPEN"):
        return "cannot be opened; allow reading and writing the file and its folder, or name another path"
    if "no such table" in text:
        return "has not been set up; run 'straitwire setup' with this index first"
    if isinstance(error, sqlite3.ProgrammingError) or name in ("", "SQLITE_ERROR", "SQLITE_MISUSE"):
        return ""
    return f"failed ({text}); check the disk, then run again"


def connect(location: str) -> sqlite3.Connection | None:
    """A connection to the file, or None when there is none yet.

    Errors: IndexUnavailableError when it is not an index of ours or cannot be opened.
    """
    path = Path(location)
    try:
        if path.is_dir():
            raise IndexUnavailableError(f"the index {location} is a folder; name a file in it")
        if not path.exists() or path.stat().st_size == 0:
            return None
    except OSError as error:
        raise IndexUnavailableError(
            f"the index {location} cannot be opened ({error.strerror}); name another path"
        ) from error
    with plain_errors(location):
        return _open(path, location)


def create(location: str) -> sqlite3.Connection:
    """Create the file, without tables.

    Errors: IndexUnavailableError when that is not possible.
    """
    path = Path(location)
    try:
        folder_exists = path.parent.is_dir()
    except OSError:
        folder_exists = False
    if not folder_exists:
        raise IndexUnavailableError(f"the index {location} has no folder; create {path.parent} or name another path")
    with plain_errors(location):
        return _open(path, location)


def _open(path: Path, location: str) -> sqlite3.Connection:
    # Beam sets up in one thread and works in another, never in two at once.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _check(connection, location)  # before anything is changed: it may be somebody else's file
        _use_write_ahead_log(connection)
        # With a write-ahead log, NORMAL keeps every committed write when the process is killed (SIGKILL) at any
        # point; only a power cut can take the last ones, and never damages the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -32000")
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch a new file over. Two that do so at once do not wait for each other as writers do."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)


def _check(connection: sqlite3.Connection, location: str) -> None:
    # Tables first: another process that makes them right now sets both marks in the same transaction.
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID and tables:
        raise IndexUnavailableError(f"the file {location} is not a straitwire index; name another path")
    if version > SCHEMA_VERSION:
        raise IndexUnavailableError(
            f"the index {location} was written by a newer straitwire (format {version}); install that version"
        )


def create_tables(connection: sqlite3.Connection) -> list[str]:
    """Create the tables that are missing, in one transaction; their names."""
    before = _tables(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for kind in Kind:
            connection.execute(_TABLE.format(name=kind.value))
            connection.execute(f"CREATE INDEX IF NOT EXISTS {kind.value}_by_moment ON {kind.value} (moment)")
        for statement in (_KEYWORDS, _FIELDS, _WORDS):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        after = _tables(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return sorted(after - before)


def missing_tables(connection: sqlite3.Connection) -> list[str]:
    """Tables that ``create_tables`` would make."""
    wanted = {*(kind.value for kind in Kind), "keywords", "keyword_fields", "article_words"}
    return sorted(wanted - _tables(connection))


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'article_words_%'")
    return {name for (name,) in rows}
