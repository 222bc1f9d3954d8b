"""Rounds that are killed, and restarts between rounds: the server's log shows who was asked once more, and who was not.

Time passes by setting what the index waits for into the past, never by waiting.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.run_round import run_round
from schemas.documents import time_text
from tests.end_to_end.live_press import LivePress, let_time_pass, settings_for
from tests.index_snapshot import snapshot
from tests.misbehaving_site import MisbehavingSite

HOSTS = 5
PERIODS = 2
KILLS = {"sqlite": 4, "elasticsearch": 2}


@pytest.fixture
def press():
    with MisbehavingSite(delay_seconds=0.05) as site:
        yield LivePress(site)


@pytest.fixture(scope="module")
def processes():
    """Children that begin at once, with everything imported, and share no thread with this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.run_round"])
    return context


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["sqlite", "elasticsearch"])
def test_killed_and_restarted_rounds_ask_nobody_early_or_twice_and_miss_nothing(
    backend, press, processes, tmp_path, request
):
    location = str(tmp_path / "news.db")
    if backend == "elasticsearch":
        location = f"{request.getfixturevalue('elasticsearch_url')}/restarts"
    _publish(press, 0, 2)
    feeds = press.write_list(tmp_path / "feeds.yaml")
    settings = settings_for(location, feeds, batch_entries=4)
    run_round(settings_for(str(tmp_path / "first.db"), feeds, batch_entries=4))  # what is loaded once is loaded
    began = time.monotonic()
    run_round(settings_for(str(tmp_path / "trial.db"), feeds, batch_entries=4))
    whole_seconds = time.monotonic() - began
    chance = random.Random(7)
    killed = 0
    for period in range(PERIODS):
        if period:
            _publish(press, 10 * period, 2)
            assert let_time_pass(location, Kind.FEEDS, "next_poll_at") == HOSTS
        press.site.log.clear()
        settled: set[str] = set()
        for number in range(KILLS[backend]):
            wait = chance.uniform(0.05, 0.25 + 0.75 * number / KILLS[backend]) * whole_seconds
            killed += _run_and_kill(processes, settings, wait)
            settled = _checked(press, location, settled)
        assert run_round(settings).balanced
        settled = _checked(press, location, settled)
        assert len(settled) == HOSTS * (3 + 2 * period), "every feed is polled and every page is read"
        assert run_round(settings).balanced
        assert _checked(press, location, settled) == settled
        assert not press.site.log, "a round after the last one asks nobody before its time"
    assert killed >= PERIODS * KILLS[backend] // 2, f"only {killed} rounds were still at work when they were killed"
    undisturbed = str(tmp_path / "undisturbed.db")
    run_round(settings_for(undisturbed, feeds))
    held, expected = snapshot(location), snapshot(undisturbed)
    assert held["articles"] == expected["articles"]
    assert held["stories"] == expected["stories"]
    assert held["entries"] == expected["entries"]
    assert held["dead_letters"] == {}


def _publish(press, first, count):
    for number in range(first, first + count):
        for host in range(HOSTS):
            press.publish(f"outlet{host}.localhost", f"/news/{number}")


def _checked(press, location, settled):
    """Check what was asked since the last check; the addresses that are settled by now: polled, or decided.

    Nothing that was settled was asked again, and nothing was asked twice by one round.
    """
    log = press.site.log
    asked = Counter(press.site.url(row.path, row.host) for row in list(log))
    log.clear()
    assert not settled & asked.keys()
    assert [url for url, times in asked.items() if times > 1] == []
    index = open_index(location)
    try:
        index.setup()
        now = time_text(datetime.now(UTC))
        polled = {row["url"] for row in index.scan(Kind.FEEDS) if (row["next_poll_at"] or "") > now}
        decided = {row["url"] for row in index.scan(Kind.ENTRIES) if row["outcome"] != "pending"}
    finally:
        index.close()
    return polled | decided


def _run_and_kill(processes, settings, after_seconds):
    """A round in a process of its own that gets SIGKILL after a time; whether it was still at work."""
    child = processes.Process(target=run_round, args=(settings,))
    child.start()
    child.join(after_seconds)
    was_at_work = child.is_alive()
    child.kill()
    child.join()
    return was_at_work
