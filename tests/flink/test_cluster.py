"""The cluster by itself: a small stream with state goes through kills and savepoints, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.flink_rest import FlinkError
from pipeline.flink_submission import flink_options
from tests.flink.conftest import wait_until
from tests.flink.counting_pipeline import contradictions, rows_of

pytestmark = pytest.mark.timeout(600)
ROWS, ROWS_SECONDS = 40, 120


def submit(target, path: Path, start: float, version: str = "1"):
    command = [sys.executable, "-m", "tests.flink.counting_pipeline", "--path", str(path), "--start", str(start)]
    command += ["--version", version, *flink_options(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def more_rows(path: Path, rows: int = ROWS) -> float:
    wanted = len(rows_of(path)) + rows
    return wait_until(lambda: len(rows_of(path)) >= wanted, ROWS_SECONDS, f"{rows} more rows")


@pytest.fixture
def stream(rest, target, tmp_path):
    """A running job and the file it writes to."""
    path, start = tmp_path / "rows.jsonl", time.time()
    submit(target, path, start)
    more_rows(path)
    job = rest.live_job(target.job_name)
    assert job is not None
    wait_until(lambda: rest.checkpoints(job.job_id)["counts"]["completed"] > 0, 60, "a completed checkpoint")
    return job, path, start


def test_state_is_exactly_once_through_kills_of_every_part(cluster, rest, stream):
    job, path, _ = stream
    for victim in ("taskmanager-0", "a Python worker", "jobserver", "pool"):
        restored = rest.checkpoints(job.job_id)["counts"]["restored"]
        if victim == "a Python worker":
            os.kill(cluster.workers()[0], signal.SIGKILL)
        else:
            cluster.kill(victim)
        if victim != "jobserver":  # which a running job does without
            took = wait_until(
                lambda before=restored: rest.checkpoints(job.job_id)["counts"]["restored"] > before, 120, "restored"
            )
            print(f"{victim} killed: restored after {took:.1f} s", end="")
        print(f"; {ROWS} more rows after {more_rows(path):.1f} s")
        assert contradictions(rows_of(path)) == []
    wait_until(lambda: rest.overview()["taskmanagers"] == 2, 60, "the killed TaskManager is back")
    assert cluster.restarts == {"taskmanager-0": 1, "jobserver": 1, "pool": 1}


def test_savepoint_is_resumed_by_a_job_with_a_step_appended(rest, stream, target):
    job, path, start = stream
    savepoint = rest.stop(job.job_id)
    before = len(rows_of(path))
    submit(replace(target, savepoint=savepoint), path, start, version="2")
    more_rows(path)
    rows = rows_of(path)
    assert contradictions(rows) == []
    assert {row[3] for row in rows[before:]} == {"2"}, "rows of the new version follow"
    assert len(rows) == len({(key, number) for key, number, _, _ in rows}), "a savepoint repeats nothing"


def test_savepoint_is_refused_by_a_job_with_a_step_before_the_state(rest, stream, target):
    job, path, start = stream
    savepoint = rest.stop(job.job_id)
    submit(replace(target, savepoint=savepoint), path, start, version="3")
    wait_until(lambda: rest.jobs()[0].state == "FAILED", 60, "the refusal")
    with pytest.raises(FlinkError, match="Cannot map checkpoint/savepoint state"):
        rest.wait_for(rest.jobs()[0].job_id, lambda job: job.runs_fully, 60)


def test_cancelling_ends_the_job_and_its_workers(cluster, rest, stream):
    job, _, _ = stream
    rest.cancel(job.job_id)
    assert rest.job(job.job_id).state == "CANCELED"
    assert rest.latest_checkpoint(job.job_id), "a retained checkpoint stays"
    took = wait_until(lambda: not cluster.workers(), 60, "no Python worker is left")
    print(f"workers gone {took:.1f} s after the cancel")


def test_counters_of_the_pipeline_come_out_of_rest(rest, stream):
    job, _, _ = stream

    def counted() -> int:
        return rest.counters(job.job_id).get("straitwire_test_received", 0)

    wait_until(lambda: counted() >= ROWS, 60, "the counter shows what went through")
