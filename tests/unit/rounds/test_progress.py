"""What a person sees of a round while it goes on, and how much of the input is in memory at once."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.local_sources import read_entries
from pipeline import run_round as rounds
from pipeline.run_progress import PULSE, Progress
from pipeline.run_round import local_bytes, process_in_batches
from pipeline.stop_request import StopRequest
from schemas.run_report import RunReport
from schemas.settings import RunSettings


def test_progress_moves_with_every_page_and_ends_at_the_total(tmp_path):
    for number in range(6):
        body = " ".join(f"Boat {number} left harbour {place} at noon." for place in range(20))
        (tmp_path / f"{number}.txt").write_text(body)
    settings = RunSettings(files=(str(tmp_path / "*.txt"),), index=str(tmp_path / "index.db"), batch_entries=4)
    rounds.open_index(settings.index).setup()
    shown: list[Progress] = []
    report = RunReport("test", datetime.now(UTC))
    process_in_batches(read_entries(settings), 6, settings, report, shown.append, StopRequest(), "files")
    done = [one.done for one in shown]
    assert done == sorted(done)
    assert set(done) == set(range(7))
    assert report.balanced


def test_beats_that_nobody_hears_are_no_trouble():
    PULSE.beat()
    heard: list[int] = []
    with PULSE.heard_by(heard.append):
        PULSE.beat()
        PULSE.beat()
    PULSE.beat()
    assert heard == [1, 2]


def test_large_local_files_come_in_smaller_batches(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 1000)
    entries = list(read_entries(RunSettings(files=(str(tmp_path / "*.txt"),))))
    assert [local_bytes(entry) for entry in entries] == [1000] * 5
    found = list(rounds.weighed_batches(entries, 250, 2500, local_bytes))
    assert [len(batch) for batch in found] == [2, 2, 1]
