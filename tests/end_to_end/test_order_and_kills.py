"""The same input in any order, and a run killed anywhere, end in the same documents."""

from __future__ import annotations

import random
import time

import pytest

from connectors.local_sources import read_entries
from pipeline.run_round import run_round
from schemas.settings import RunSettings
from tests.end_to_end.rounds import process, run_and_kill
from tests.end_to_end.sample_pages import write_sample_pages
from tests.index_snapshot import snapshot

SHUFFLES = 10
KILLS = 20


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("pages")
    write_sample_pages(folder)
    return str(folder / "*.html")


@pytest.fixture(scope="module")
def undisturbed(pages, tmp_path_factory):
    location = str(tmp_path_factory.mktemp("undisturbed") / "index.db")
    report = run_round(RunSettings(files=(pages,), index=location))
    assert report.balanced
    assert report.total("failed_") == {}
    held = snapshot(location)
    assert any(row["size"] > 2 for row in held["stories"].values()), "the sample holds copied stories"
    return held


def test_shuffled_orders_end_in_identical_documents(pages, undisturbed, tmp_path):
    entries = list(read_entries(RunSettings(files=(pages,))))
    for seed in range(SHUFFLES):
        shuffled = entries[:]
        random.Random(seed).shuffle(shuffled)
        settings = RunSettings(
            index=str(tmp_path / f"{seed}.db"), batch_entries=random.Random(seed).choice([9, 17, 1000])
        )
        assert process(shuffled, settings).balanced
        assert snapshot(settings.index) == undisturbed, f"shuffle {seed}"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["sqlite", "elasticsearch"])
def test_runs_killed_at_random_points_end_in_identical_documents(backend, pages, undisturbed, tmp_path, request):
    if backend == "sqlite":
        location = str(tmp_path / "killed.db")
    else:
        location = request.getfixturevalue("elasticsearch_url") + "/killed"
    settings = RunSettings(files=(pages,), index=location, batch_entries=4)
    started = time.monotonic()
    trial = RunSettings(files=(pages,), index=str(tmp_path / "trial.db"), batch_entries=4)
    assert not run_and_kill(trial, 600)
    whole_seconds = time.monotonic() - started
    chance = random.Random(1)
    # Each kill comes later than the one before would have let the run end, so that they spread over the whole work.
    killed = sum(run_and_kill(settings, chance.uniform(0.02, 0.35) * whole_seconds) for _ in range(KILLS))
    assert killed >= KILLS // 2, f"only {killed} runs were still at work when they were to be killed"
    report = run_round(settings)
    assert report.balanced
    assert snapshot(location) == undisturbed
    assert run_round(settings).articles_after == len(undisturbed["articles"])
