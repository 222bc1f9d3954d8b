"""What is forgotten or too old is gone, stays gone, and leaves the rest as if it had never been there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.index import Index, Kind
from connectors.index_account import account_of
from connectors.open_index import open_index
from pipeline.command_line.application import application
from pipeline.forget_articles import forget, what_is_meant
from pipeline.run_round import run_round
from schemas.documents import dead_letter_document, entry_document
from schemas.entry_json import entry_to_json
from schemas.errors import ConfigError, Failed, FailReason
from schemas.records import Entry, Publication, SourceKind
from schemas.run_report import RunReport
from schemas.settings import RunSettings
from tests.index_snapshot import snapshot

NOW = datetime.now(UTC)
LANTERN = (
    "SEOUL (AP) — The lantern makers of Haru Street agreed on Tuesday to share their paper with the kite makers of the "
    "harbour quarter, ending a quarrel that began when a cart of white sheets was sent to the wrong door.\n\n"
    "Twelve workshops signed the agreement, which runs for three years and sets aside 4,200 sheets a month for both "
    "trades. The oldest maker, who is 81, said that nobody had slept well since the spring.\n\n"
    "The mayor of the quarter, who had offered the town hall for the talks, said the first joint festival would be "
    "held in October, with 300 lanterns and as many kites above the two bridges."
)
FERRY = (
    "A ferry that has crossed the Mirae strait since 1961 made its last journey on Friday with forty passengers and a "
    "brass band on board.\n\nThe company will keep the ship as a museum of the crossing, and plans to open it to "
    "schools after the winter, once the engine room has been made safe for visitors."
)


def record(name: str, publisher: str, text: str, days_ago: float) -> dict[str, Any]:
    return {
        "url": f"https://{publisher.lower().replace(' ', '-')}.example/{name}",
        "title": f"The {name}",
        "text": text,
        "publisher": publisher,
        "language": "en",
        "published": (NOW - timedelta(days=days_ago)).isoformat(),
    }


RECORDS = {
    "first": record("lanterns", "Harbour Post", LANTERN, 3),
    "second": record("paper-peace", "Kite Weekly", LANTERN, 2.9),
    "third": record("workshops", "Bridge Times", LANTERN, 2.8),
    "ferry": record("ferry", "Harbour Post", FERRY, 2),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, row in RECORDS.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return tmp_path


def run(location: str, folder: Path, *names: str, **settings: Any) -> RunReport:
    files = tuple(str(folder / f"{name}.jsonl") for name in names or RECORDS)
    report = run_round(RunSettings(jsonl=files, index=location, **settings))
    assert report.balanced
    return report


@pytest.fixture
def held(location: str, folder: Path) -> Iterator[Index]:
    run(location, folder)
    index = open_index(location)
    assert index.count(Kind.ARTICLES) == 4
    assert [row["size"] for row in index.scan(Kind.STORIES) if row["size"] > 1] == [3]
    yield index
    index.close()


def without(folder: Path, *names: str) -> dict[str, Any]:
    """What an index holds that never had these."""
    location = str(folder / f"without-{'-'.join(names)}.db")
    run(location, folder, *(name for name in RECORDS if name not in names))
    return snapshot(location)


def test_an_article_is_gone_and_its_story_is_that_of_the_others(held: Index, folder: Path) -> None:
    forget(held, what_is_meant(held, RECORDS["first"]["url"]))
    assert snapshot(held.location) == without(folder, "first")
    assert account_of(held).faults == []
    run(held.location, folder)
    assert snapshot(held.location) == without(folder, "first"), "it came in again"
    text = json.dumps([row for kind in Kind if kind is not Kind.RUNS for row in held.scan(kind)])
    assert RECORDS["first"]["url"] not in text


def test_a_publisher_is_gone_and_whatever_else_it_publishes_stays_out(held: Index, folder: Path) -> None:
    forget(held, what_is_meant(held, "Harbour Post"))
    assert snapshot(held.location) == without(folder, "first", "ferry")
    new = record("ferry-again", "Harbour Post", FERRY + " A second ship follows in May.", 1)
    (folder / "new.jsonl").write_text(json.dumps(new) + "\n", encoding="utf-8")
    run(held.location, folder, "new", *RECORDS)
    assert snapshot(held.location) == without(folder, "first", "ferry")


def test_an_address_that_is_not_known_yet_is_kept_out(location: str, folder: Path) -> None:
    index = open_index(location)
    index.setup()
    forget(index, what_is_meant(index, RECORDS["ferry"]["url"]))
    run(location, folder)
    assert index.count(Kind.ARTICLES) == 3
    index.close()


def test_entries_that_wait_and_dead_letters_go_too(held: Index) -> None:
    url = "https://harbour-post.example/soon"
    entry = Entry("e" * 32, url, SourceKind.FEED, "feed", "1", Publication("Harbour Post"))
    payload = entry_to_json(entry)
    held.write(Kind.ENTRIES, [entry_document(entry.key, url, (), "pending", "", "", NOW, payload)])
    failed = Failed("fetch_pages", FailReason.DNS, url, "", payload, True, entry.key)
    held.write(Kind.DEAD_LETTERS, [dead_letter_document(failed, "d", NOW)])
    forget(held, what_is_meant(held, "Harbour Post"))
    assert held.count(Kind.DEAD_LETTERS) == 0
    assert held.get_many(Kind.ENTRIES, [entry.key]) == {}


class KilledError(Exception):
    """As SIGKILL would, between two writes."""


class Mortal:
    """An index that dies after a number of changes."""

    def __init__(self, index: Index, changes: int) -> None:
        self._index = index
        self._left = changes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._index, name)
        if name not in ("write", "delete"):
            return found

        def counted(*arguments: Any) -> Any:
            if not self._left:
                raise KilledError
            self._left -= 1
            return found(*arguments)

        return counted


@pytest.mark.parametrize("target", [RECORDS["first"]["url"], "Harbour Post"], ids=["article", "publisher"])
def test_killed_between_any_two_changes_and_repeated_it_is_the_same(tmp_path: Path, folder: Path, target: str) -> None:
    expected = without(folder, *(("first",) if "://" in target else ("first", "ferry")))
    whole = tmp_path / "whole.db"
    run(str(whole), folder)
    for changes in range(30):
        copied = tmp_path / f"killed-{changes}.db"
        copied.write_bytes(whole.read_bytes())
        index = open_index(str(copied))
        mortal: Any = Mortal(index, changes)
        try:
            forget(mortal, what_is_meant(mortal, target))
            ended = True
        except KilledError:
            ended = False
        forget(index, what_is_meant(index, target))
        assert snapshot(str(copied)) == expected, f"after {changes} changes"
        index.close()
        if ended:
            assert changes > 5
            return
    raise AssertionError("it never ended")


def test_the_command_asks_shows_and_undoes(held: Index, folder: Path) -> None:
    runner = CliRunner()

    def straitwire(*words: str) -> Any:
        return runner.invoke(application, ["forget", *words, "--index", held.location])

    before = snapshot(held.location)
    shown = straitwire("Harbour Post", "--dry-run", "--json")
    assert json.loads(shown.stdout)["articles"] == 2
    refused = straitwire("Harbour Post")
    assert isinstance(refused.exception, ConfigError)
    assert "--yes" in str(refused.exception)
    unknown = straitwire("Harbor Post", "--yes")
    assert isinstance(unknown.exception, ConfigError)
    assert snapshot(held.location) == before
    assert straitwire("Harbour Post", "--yes").exit_code == 0
    assert held.count(Kind.ARTICLES) == 2
    assert straitwire("Harbour Post", "--undo").exit_code == 0
    run(held.location, folder)
    assert snapshot(held.location) == before


def test_what_is_too_old_leaves_and_does_not_come_in_again(folder: Path) -> None:
    location = str(folder / "index.db")
    old = record("old-lanterns", "Old Post", LANTERN, 40)
    (folder / "old.jsonl").write_text(json.dumps(old) + "\n", encoding="utf-8")
    run(location, folder, "old", *RECORDS)
    index = open_index(location)
    assert index.count(Kind.ARTICLES) == 5
    assert index.count(Kind.RUNS) == 1
    for _ in range(2):
        run(location, folder, "old", *RECORDS, keep_articles_days=30, keep_runs_days=1)
        found = snapshot(location)
        entries = found.pop("entries")
        plain = without(folder, "old")
        plain.pop("entries")
        assert found == plain
        assert sorted(row["outcome"] for row in entries.values()) == ["indexed"] * 4 + ["rejected"]
        assert account_of(index).faults == []
    late = record("late-find", "Late Post", FERRY + " It was found in a drawer.", 31)
    (folder / "late.jsonl").write_text(json.dumps(late) + "\n", encoding="utf-8")
    report = run(location, folder, "late", keep_articles_days=30)
    assert report.counters["tag_topics"]["rejected_expired"] == 1
    assert index.count(Kind.ARTICLES) == 4
    index.close()


def test_reprocessing_takes_out_what_would_not_be_taken_up_only_when_asked(folder: Path) -> None:
    location = str(folder / "index.db")
    run(location, folder)
    index = open_index(location)
    runner = CliRunner()
    settings = folder / "settings.yaml"
    settings.write_text("minimum_body_characters: 450\n", encoding="utf-8")  # the ferry has fewer
    words = ["reprocess", "--index", location, "--settings", str(settings), "--json"]
    kept = runner.invoke(application, words)
    assert json.loads(kept.stdout)["stages"]["strip_boilerplate"]["rejected_too_short"] == 1
    assert index.count(Kind.ARTICLES) == 4
    assert runner.invoke(application, [*words, "--remove"]).exit_code == 0
    assert index.count(Kind.ARTICLES) == 3
    assert account_of(index).faults == []
    (row,) = [row for row in index.scan(Kind.ENTRIES) if row["outcome"] == "rejected"]
    assert row["reason"] == "strip_boilerplate: too_short"
    index.close()
