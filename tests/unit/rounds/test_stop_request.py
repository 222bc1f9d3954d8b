"""A request to stop is kept whatever the main thread is in: each case in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.end_to_end.commands import PROJECT

_BEGIN = """
import sys, time
from pipeline.stop_request import stop_on_signals
with stop_on_signals(float(sys.argv[1])) as stop:
    print("ready", flush=True)
"""
ENDS_ITS_BATCH = "    while not stop: time.sleep(0.01)\nprint('drained')"
WAITS = "    stop.wait(60)\nprint('drained')"
NEVER_COMES_BACK = """
    import ctypes
    library, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
    library.pthread_mutex_lock(mutex), library.pthread_mutex_lock(mutex)
"""
HANGS_AFTERWARDS = "    stop.wait(60)\nwhile True: time.sleep(1)"


def _started(doing: str, grace_seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _BEGIN + doing, str(grace_seconds)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("doing", [ENDS_ITS_BATCH, WAITS], ids=["batch", "pause"])
def test_what_ends_in_time_ends_by_itself(number: signal.Signals, doing: str) -> None:
    process = _started(doing, 30)
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "drained\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("doing", [NEVER_COMES_BACK, HANGS_AFTERWARDS], ids=["in-a-library", "after-the-rounds"])
def test_what_hangs_is_ended_when_its_time_is_over(number: signal.Signals, doing: str) -> None:
    process = _started(doing, 0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert errors == "straitwire: stopped; the next run reads what was in hand\n"


def test_second_signal_ends_at_once() -> None:
    process = _started(NEVER_COMES_BACK, 300)
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:  # two that come at one moment are one
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    # Of two that wait for a process the kernel delivers the one with the smaller number first.
    assert process.wait(1) in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    process.communicate()
