"""Chrome that no rule knows is learned from a host's articles, frozen, and cut from all articles of the host."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time

import pytest

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.reprocess_articles import learn, reprocess
from pipeline.run_round import run_round
from pipeline.stop_request import StopRequest
from schemas.settings import RunSettings
from tests.end_to_end.commands import straitwire
from tests.end_to_end.sample_host import CHROME, HOST, REFRAIN, story_of, url_of, write_articles
from tests.index_snapshot import snapshot

ARTICLES = 40


def quiet(progress: object) -> None:
    pass


def called(*arguments: str) -> dict:
    result = straitwire(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def bodies(location: str) -> dict[str, str]:
    index = open_index(location)
    try:
        return {row["url"]: row["body"] for row in index.scan(Kind.ARTICLES, Filters())}
    finally:
        index.close()


def assert_only_story(body: str, number: int) -> None:
    lines = body.split("\n\n")
    assert sum(line in CHROME for line in lines) <= 1
    assert [line for line in lines if line not in CHROME] == list(story_of(number))


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """All articles, run before anything was learned."""
    folder = tmp_path_factory.mktemp("host")
    settings = RunSettings(
        jsonl=(write_articles(folder / "all.jsonl", range(ARTICLES)),), index=str(folder / "all.db"), batch_entries=16
    )
    report = run_round(settings)
    assert (report.balanced, report.articles_after) == (True, ARTICLES)
    return settings


@pytest.fixture(scope="module")
def applied(indexed, tmp_path_factory):
    """The same index after ``learn --apply`` that nothing disturbed."""
    location = str(tmp_path_factory.mktemp("applied") / "index.db")
    shutil.copy(indexed.index, location)
    settings = indexed.model_copy(update={"index": location})
    done = learn(settings, True, quiet, StopRequest())
    assert done.report is not None
    assert done.report.balanced
    return settings, done


def test_chrome_is_not_known_to_any_rule(indexed):
    assert all(sum(line in body for line in CHROME) == len(CHROME) for body in bodies(indexed.index).values())


@pytest.mark.parametrize("draw", range(3))
def test_learned_from_any_ten_articles_and_cut_from_all_others_through_the_commands(draw, tmp_path):
    numbers = list(range(ARTICLES))
    ten = random.Random(draw).sample(numbers, 10)
    location = str(tmp_path / "index.db")
    called("run", "--jsonl", write_articles(tmp_path / "ten.jsonl", ten), "--index", location)
    learned = called("learn", "--apply", "--index", location)
    (host,) = learned["hosts"]
    assert (host["host"], host["articles"], host["applied"]) == (HOST, 10, True)
    assert learned["reprocessed"]["written"] == 10
    assert set(host["examples"]) <= set(CHROME)
    others = [number for number in numbers if number not in ten]
    called("run", "--jsonl", write_articles(tmp_path / "others.jsonl", others), "--index", location)
    found = bodies(location)
    for number in numbers:
        assert_only_story(found[url_of(number)], number)
    assert sum(REFRAIN in body for body in found.values()) == ARTICLES // 8
    cuts = called("why", url_of(others[0]), "--index", location)["cuts"]
    rules = {cut["rule"] for cut in cuts if cut["text"] in CHROME}
    assert rules == {f"recurring.{HOST}@{host['version']}"}


def test_applying_cleans_what_was_indexed_before(applied):
    settings, done = applied
    for number in range(ARTICLES):
        assert_only_story(bodies(settings.index)[url_of(number)], number)
    assert done.report.counters["index_articles"]["written"] == ARTICLES


def test_learning_and_reprocessing_again_change_nothing(applied):
    settings, done = applied
    before = snapshot(settings.index)
    again = learn(settings, True, quiet, StopRequest())
    assert (again.hosts, again.report) == (done.hosts, None)
    report = reprocess(settings, Filters(), quiet, StopRequest())
    assert report.balanced
    assert report.counters["index_articles"] == {"received": ARTICLES, "emitted": ARTICLES, "written": 0}
    assert snapshot(settings.index) == before


def test_a_run_never_learns(indexed):
    assert snapshot(indexed.index)["tables"] == {}


def test_same_articles_in_any_order_and_batches_give_the_same_table_and_documents(applied, tmp_path):
    settings, _ = applied
    for seed in range(2):
        numbers = list(range(ARTICLES))
        random.Random(seed).shuffle(numbers)
        source = write_articles(tmp_path / f"{seed}.jsonl", numbers)
        shuffled = RunSettings(jsonl=(source,), index=str(tmp_path / f"{seed}.db"), batch_entries=7 + 20 * seed)
        run_round(shuffled)
        learn(shuffled, True, quiet, StopRequest())
        assert_same_text(snapshot(shuffled.index), snapshot(settings.index))


def assert_same_text(held: dict, wanted: dict) -> None:
    """Equal but for the file and line that each article was read from."""
    assert held["tables"] == wanted["tables"]
    assert held["stories"] == wanted["stories"]
    for name in ("body", "cuts", "kept", "agency", "topics", "story_id", "bands"):
        assert {key: row[name] for key, row in held["articles"].items()} == {
            key: row[name] for key, row in wanted["articles"].items()
        }


def test_killed_while_applying_and_repeated_ends_in_the_same_documents(indexed, applied, tmp_path):
    undisturbed, _ = applied
    location = str(tmp_path / "killed.db")
    shutil.copy(indexed.index, location)
    settings = indexed.model_copy(update={"index": location, "batch_entries": 5})
    chance = random.Random(4)
    killed = 0
    for _ in range(6):
        child = os.fork()
        if child == 0:
            try:
                learn(settings, True, quiet, StopRequest())
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0.1, 1.5))
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert killed
    done = learn(settings, True, quiet, StopRequest())
    assert [one.applied for one in done.hosts] == [True]
    assert snapshot(location) == snapshot(undisturbed.index)


def test_reprocessing_takes_the_filters_of_search(applied):
    settings, _ = applied
    report = called("reprocess", "--since", "2026-03-05", "--until", "2026-03-06", "--index", settings.index)
    assert report["balanced"]
    assert 0 < report["stages"]["strip_boilerplate"]["received"] < 5
