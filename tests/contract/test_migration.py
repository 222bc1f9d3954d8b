"""From an index of format 2 to today's, on a real server: nothing lost, nothing doubled, no gap, whoever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elasticsearch_templates import alias
from connectors.index import Document, Filters, Index, Kind
from connectors.open_index import open_index
from schemas.errors import IndexUnavailableError
from tests.contract.articles import document
from tests.contract.conftest import remove_from_server
from tests.contract.older_index import as_written_then, call, load, make_older_index

PROJECT = Path(__file__).resolve().parents[2]


class Older:
    """A server with an index of format 2."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"t{uuid.uuid4().hex[:12]}"
        self.location = f"{url}/{self.prefix}"
        self.old = make_older_index(url, self.prefix)
        self.alias = alias(self.prefix, Kind.ARTICLES)

    def behind_alias(self) -> list[str]:
        return sorted(call(self.url, "GET", f"/_alias/{self.alias}"))

    def indices(self) -> list[str]:
        return sorted(call(self.url, "GET", f"/{self.alias}-v*"))


@pytest.fixture
def older(elasticsearch_url: str) -> Iterator[Older]:
    made = Older(elasticsearch_url)
    yield made
    remove_from_server(made.url, made.prefix)


@pytest.fixture
def opened(older: Older) -> Iterator[Index]:
    index = open_index(older.location)
    yield index
    index.close()


def ids(count: int, first: str = "a") -> list[str]:
    return [f"{first}{number:05d}" for number in range(count)]


def test_brings_documents_to_todays_format_behind_the_same_alias(older: Older, opened: Index) -> None:
    load(older.url, older.old, [as_written_then(document(identity)) for identity in ids(1200)])
    opened.setup()
    assert older.behind_alias() == [older.old]
    assert any(line.startswith("migrate ") and older.old in line for line in opened.differences())

    told: list[tuple[str, int, int]] = []
    migrated = opened.migrate(lambda *progress: told.append(progress))

    assert migrated == [f"{older.alias}-v2"] == older.behind_alias() == older.indices()
    assert told[-1][1] == told[-1][2] == 1200
    found = opened.get_many(Kind.ARTICLES, ["a00007"])["a00007"]
    assert found == {**document("a00007"), "labels": {}, "dateline_city": "", "page_paywall": "unknown"}
    assert [row["article_id"] for row in opened.scan(Kind.ARTICLES, fields=["article_id"])] == ids(1200)
    assert opened.search("Busan").total == 1200
    assert opened.differences() == []
    assert opened.migrate() == []


def test_an_older_index_goes_on_working_until_it_is_migrated(older: Older, opened: Index) -> None:
    load(older.url, older.old, [as_written_then(document("a"))])
    opened.setup()
    assert [outcome.error for outcome in opened.write(Kind.ARTICLES, [document("b")])] == [""]
    assert opened.search("Busan").total == 2
    assert opened.setup() == []


class Traffic:
    """A writer that replaces, adds and deletes, and a reader that counts: both through the alias, without a pause."""

    def __init__(self, location: str, steady: list[str]) -> None:
        self._location = location
        self._steady = steady
        self._stop = threading.Event()
        self.wanted: dict[str, str] = dict.fromkeys(steady, "Envoys met in Busan.")
        self.errors: list[str] = []
        self.reads = 0
        self._threads = [threading.Thread(target=work) for work in (self._write, self._read)]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        index = open_index(self._location)
        number = 0
        while not self._stop.is_set():
            changed = self._steady[number % len(self._steady)]
            rows = [(changed, f"Changed {number}."), (f"n{number:05d}", "New in Busan.")]
            outcomes = index.write(Kind.ARTICLES, [document(identity, body) for identity, body in rows])
            self.errors += [outcome.error for outcome in outcomes if outcome.error]
            self.wanted.update(rows)
            if number % 3 == 2:
                gone = f"n{number - 1:05d}"
                if index.delete(Kind.ARTICLES, [gone]) != 1:
                    self.errors.append(f"{gone} was not there to delete")
                del self.wanted[gone]
            number += 1
        index.close()

    def _read(self) -> None:
        index = open_index(self._location)
        while not self._stop.is_set():
            counted = index.count(Kind.ARTICLES, Filters(equals=(("source_id", "feed"),)))
            if counted < len(self._steady):
                self.errors.append(f"a reader saw {counted} documents of {len(self._steady)}")
            scanned = [row["article_id"] for row in index.scan(Kind.ARTICLES, fields=["article_id"])]
            missing = set(self._steady) - set(scanned)
            if missing or len(scanned) != len(set(scanned)):
                self.errors.append(f"a scan missed {len(missing)} or saw one twice")
            self.reads += 1
        index.close()


def held(index: Index) -> dict[str, Document]:
    return {row["article_id"]: row["body"] for row in index.scan(Kind.ARTICLES, fields=["article_id", "body"])}


def test_others_write_and_read_meanwhile_and_notice_nothing(older: Older, opened: Index) -> None:
    steady = ids(3000)
    load(older.url, older.old, [as_written_then(document(identity)) for identity in steady])
    opened.setup()
    with Traffic(older.location, steady) as traffic:
        time.sleep(1)
        opened.migrate()
        time.sleep(1)
    assert traffic.errors == []
    assert traffic.reads > 3
    assert held(opened) == traffic.wanted
    assert older.indices() == [f"{older.alias}-v2"]


def test_killed_at_any_moment_it_goes_on_where_it_was(older: Older, opened: Index) -> None:
    steady = ids(4000)
    load(older.url, older.old, [as_written_then(document(identity)) for identity in steady])
    opened.setup()
    command = [sys.executable, "-m", "pipeline", "setup", "--migrate", "--index", older.location]
    kills = 0
    with Traffic(older.location, steady) as traffic:
        for seconds in (2.0, 2.6, 3.2, 4.0, 5.0, 6.5):
            process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
            if process.returncode == 0:
                break
        opened.migrate()
        time.sleep(0.5)
    assert kills > 0
    assert traffic.errors == []
    assert held(opened) == traffic.wanted
    assert older.behind_alias() == older.indices() == [f"{older.alias}-v2"]


@pytest.mark.parametrize("step", ["_copy", "_delete_what_was_deleted", "_swap", "_leave"])
def test_broken_off_at_a_step_writers_go_on_and_a_repetition_ends_it(
    older: Older, opened: Index, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import connectors.elasticsearch_migration as migration

    load(older.url, older.old, [as_written_then(document(identity)) for identity in ids(30)])
    opened.setup()

    def broken(*_: object) -> None:
        raise IndexUnavailableError("the network is gone")

    with monkeypatch.context() as patched:
        patched.setattr(migration if step == "_leave" else migration._Move, step, broken)
        with pytest.raises(IndexUnavailableError, match="network"):
            opened.migrate()
    assert [outcome.error for outcome in opened.write(Kind.ARTICLES, [document("late")])] == [""]
    opened.migrate()
    assert opened.count(Kind.ARTICLES) == 31
    assert older.behind_alias() == older.indices() == [f"{older.alias}-v2"]


def test_a_document_that_the_new_mapping_refuses_stops_it_and_changes_nothing(older: Older, opened: Index) -> None:
    # A date that only the old index takes: it had none for this field.
    call(older.url, "PUT", f"/{older.old}/_mapping", {"properties": {"page_paywall": {"type": "object"}}})
    bad = {**as_written_then(document("bad")), "page_paywall": {}}
    load(older.url, older.old, [bad, as_written_then(document("good"))])
    opened.setup()
    with pytest.raises(IndexUnavailableError, match=r"bad of .* cannot be taken over"):
        opened.migrate()
    assert older.behind_alias() == [older.old]
    assert [outcome.error for outcome in opened.write(Kind.ENTRIES, [])] == []
    assert opened.count(Kind.ARTICLES) == 2


def test_documents_of_an_older_sqlite_file_are_brought_to_todays_format(tmp_path: Path) -> None:
    index = open_index(str(tmp_path / "index.db"))
    index.setup()
    index.write(Kind.ARTICLES, [as_written_then(document("a")), document("b")])
    assert index.differences() == ["migrate 1 articles of an older format"]
    assert index.migrate() == ["articles"]
    assert index.differences() == []
    assert index.get_many(Kind.ARTICLES, ["a"])["a"]["dateline_city"] == ""
    index.close()
