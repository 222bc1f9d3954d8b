"""Runs over what goes wrong: the rest goes on, nothing is lost, and the exit code says how it went."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.command_line.conftest import FERRY, article_lines, sentence, straitwire
from tests.unit.command_line.newsstand import newsstand, settings_file

ORCHARD = (
    "Apples are cheap this autumn because the summer was mild. Growers in the valley keep part of the crop in cold "
    "storage until spring. Most of them hope for better prices before the new year. A box costs nine coins today"
)


def report(index: str) -> dict:
    outcome = straitwire("report", "--index", index, "--json")
    assert outcome.code == 0, outcome
    return json.loads(outcome.output)


def dead_letters(index: str) -> list[dict]:
    lines = straitwire("export", "dead-letters", "--index", index).output.splitlines()
    return sorted((json.loads(line) for line in lines), key=lambda row: str(row["url"]))


def test_bad_files_leave_the_good_one_alone(at_home: Path) -> None:
    folder = at_home / "files"
    folder.mkdir()
    (folder / "good.txt").write_text("Ferry line\n\n" + "\n\n".join(FERRY), encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 64)
    (folder / "cut.html.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc")
    (folder / "link.txt").symlink_to(at_home / "missing")
    os.mkfifo(folder / "pipe.txt")
    (folder / os.fsdecode(b"b\xe9n\xff.txt")).write_text("Latin name\n\n" + ORCHARD, encoding="utf-8")
    (folder / os.fsdecode(b"empty\xff.txt")).write_bytes(b"")
    outcome = straitwire("run", "--files", "files/*", "--index", "news.db", "--json")
    document = json.loads(outcome.output)
    assert document["balanced"]
    assert document["articles_after"] == 2
    assert outcome.code == 1
    failed = {Path(row["url"]).name: row for row in dead_letters("news.db")}
    assert set(failed) == {"empty.txt", "noise.txt", "cut.html.gz", "missing", "pipe.txt", "empty%FF.txt"}
    assert "not a regular file" in failed["pipe.txt"]["detail"]
    assert "\udcff" not in failed["empty%FF.txt"]["detail"]
    assert json.loads(failed["empty%FF.txt"]["entry_json"])["path"].endswith("empty\udcff.txt")
    assert report("news.db")["faults"] == []


def test_broken_lines_leave_the_others_alone(at_home: Path) -> None:
    lines = [*article_lines(), "{broken", "[]", '{"text": 5}', '{"title": "nothing to read"}']
    Path("rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    outcome = straitwire("run", "--jsonl", "rows.jsonl", "--index", "news.db", "--json")
    assert json.loads(outcome.output)["articles_after"] == 3
    assert outcome.code == 1
    assert [row["reason"] for row in dead_letters("news.db")] == ["bad_record"] * 4
    assert all("rows.jsonl:" in row["detail"] for row in dead_letters("news.db"))


def test_line_that_is_no_address_is_told_in_words(at_home: Path) -> None:
    Path("urls.txt").write_text("not an address\n", encoding="utf-8")
    straitwire("run", "--urls", "urls.txt", "--index", "news.db")
    assert "begins with https://" in dead_letters("news.db")[0]["detail"]


def test_page_that_comes_back_is_read_by_replay(at_home: Path) -> None:
    with newsstand() as stand:
        feed = stand.list_in_feed("/rss", "/ferry", "/orchard")
        stand.publish("/ferry", "Mayors open a ferry line", " ".join(FERRY))
        settings = settings_file(at_home, index="news.db")
        first = straitwire("run", "--settings", settings, "--feeds", feed, "--json")
        assert first.code == 0, first
        assert [row["reason"] for row in dead_letters("news.db")] == ["http_not_found"]
        said = sentence(straitwire("why", f"{stand.url}/orchard", "--index", "news.db"))
        assert "its entry was failed (fetch_pages: http_not_found)" in said

        again = straitwire("replay", "--settings", settings, "--json")  # the settings name the index
        assert again.code == 1, again
        assert len(dead_letters("news.db")) == 1

        stand.publish("/orchard", "Orchard prices fall", ORCHARD)
        there = straitwire("replay", "--settings", settings, "--json")
        assert there.code == 0, there
        assert dead_letters("news.db") == []
        assert report("news.db")["articles"] == 2
        assert report("news.db")["faults"] == []
        nothing = straitwire("replay", "--settings", settings)
        assert (nothing.code, nothing.output) == (0, "No dead letter keeps an entry: nothing to replay.\n")


def test_replay_of_a_reason_that_none_has_names_those_there_are(at_home: Path) -> None:
    Path("rows.jsonl").write_text("[]", encoding="utf-8")
    straitwire("run", "--jsonl", "rows.jsonl", "--index", "news.db")
    said = sentence(straitwire("replay", "--reason", "time_out", "--index", "news.db"))
    assert "'time_out'; there are: bad_record" in said


def test_replay_makes_no_index(at_home: Path) -> None:
    assert "there is no index at none.db" in sentence(straitwire("replay", "--index", "none.db"))
    assert not Path("none.db").exists()


def test_off_topic_page_is_not_fetched_again(at_home: Path) -> None:
    with newsstand() as stand:
        feed = stand.list_in_feed("/rss", "/ferry", "/orchard")
        stand.publish("/ferry", "Korea and Japan open a ferry line", " ".join(FERRY))
        stand.publish("/orchard", "Orchard prices fall", ORCHARD)
        settings = settings_file(at_home, index="news.db", keep="relevant", poll_all=True, feeds=[feed])
        for _ in range(2):
            assert straitwire("run", "--settings", settings).code == 0
        assert (stand.asked["/ferry"], stand.asked["/orchard"]) == (1, 1)
    held = report("news.db")
    assert (held["articles"], held["turned_away"]) == (1, {"tag_topics: off_topic": 1})


def test_feeds_that_all_fail_are_exit_code_1(at_home: Path) -> None:
    with newsstand() as stand:
        settings = settings_file(at_home, index="news.db")
        outcome = straitwire("run", "--settings", settings, "--feeds", f"{stand.url}/none")
        assert outcome.code == 1
        assert "1 http_not_found" in outcome.output
        assert "straitwire report --index news.db" in outcome.output
        assert f"{stand.url}/none" in straitwire("feeds", "list", "--index", "news.db").output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_middle_ends_soon_and_loses_nothing(at_home: Path, number: signal.Signals) -> None:
    with newsstand() as stand:
        pages = [f"/{page}" for page in range(12)]
        for page in pages:
            stand.publish(page, f"Orchard report {page}", ORCHARD.replace("nine", f"{page[1:]}"))
        feed = stand.list_in_feed("/rss", *pages)
        stand.delay_seconds = 4
        settings = settings_file(at_home, index="news.db", feeds=[feed], poll_all=True)
        command = [sys.executable, "-m", "pipeline", "run", "--settings", settings]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as run:  # our own command
            while not stand.asked["/0"] and run.poll() is None:
                signal.sigtimedwait([], 0.05)
            run.send_signal(number)
            output, error = run.communicate(timeout=60)
        assert run.returncode == 128 + number, (output, error)
        assert "stopped; the next run reads what was in hand" in error
        assert "Traceback" not in error
        stand.delay_seconds = 0
        assert straitwire("run", "--settings", settings).code == 0
    held = report("news.db")
    assert (held["articles"], held["faults"]) == (12, [])
