"""Rounds for tests: in this process, or in a child that can be killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.open_index import open_index
from pipeline.run_round import process_in_batches, run_round
from pipeline.stop_request import StopRequest
from schemas.records import Entry
from schemas.run_report import RunReport
from schemas.settings import RunSettings


def process(entries: Sequence[Entry], settings: RunSettings) -> RunReport:
    """The given entries, in the given order, into the index of the settings."""
    report = RunReport("test", datetime.now(UTC))
    index = open_index(settings.index)
    try:
        index.setup()
    finally:
        index.close()
    process_in_batches(entries, len(entries), settings, report, lambda progress: None, StopRequest(), "test")
    return report


def run_and_kill(settings: RunSettings, after_seconds: float) -> bool:
    """A round in a forked child that is killed after a time; whether it was still at work."""
    child = os.fork()
    if child == 0:
        try:
            run_round(settings)
        finally:
            os._exit(0)
    deadline = time.monotonic() + after_seconds
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True
