"""Streams for tests: ``straitwire stream`` as a process, watched through its index, drained or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from connectors.index import Filters, Index, Kind
from connectors.open_index import open_index
from deploy.local.demo import demo_settings
from pipeline.write_entries import PENDING
from schemas.errors import IndexUnavailableError
from tests.end_to_end.commands import PROJECT

PATIENCE_SECONDS = 200.0


class RunningStream:
    """A stream in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], index: str, log: Path) -> None:
        self.process = process
        self.index = index
        self.log = log

    def wait_until(
        self, reached: Callable[[Index], bool], patience_seconds: float = PATIENCE_SECONDS, look_seconds: float = 0.2
    ) -> float:
        """Wait until the index is as wanted; the seconds that took."""
        started = time.monotonic()
        while time.monotonic() - started < patience_seconds:
            assert self.process.poll() is None, f"the stream ended:\n{self.log.read_text()}"
            if _holds(self.index, reached):
                return time.monotonic() - started
            time.sleep(look_seconds)
        raise AssertionError(f"not within {patience_seconds} s:\n{self.log.read_text()[-4000:]}")

    def drain(self) -> tuple[int, float]:
        """Ask it to stop; the exit code, and the seconds until it ended."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - started

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)


@contextmanager
def stream(folder: Path, settings: dict, *options: str, **environment: str) -> Iterator[RunningStream]:
    """``straitwire stream --runner prism`` with these settings."""
    file = folder / "stream.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    log = folder / "stream.log"
    command = [sys.executable, "-m", "pipeline", "stream", "--runner", "prism", "--settings", str(file), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield RunningStream(process, settings["index"], log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)


def settings_for(feeds: str, index: str) -> dict:
    """The demo's settings with short waits."""
    return {**demo_settings(feeds, index), "stream": {"look_every_seconds": 0.2, "drain_seconds": 30}}


def articles_at_least(count: int) -> Callable[[Index], bool]:
    return lambda index: index.count(Kind.ARTICLES) >= count


def all_settled(count: int) -> Callable[[Index], bool]:
    """At least so many entries are known, and none waits."""
    pending = Filters(equals=(("outcome", PENDING),))
    return lambda index: index.count(Kind.ENTRIES) >= count and index.count(Kind.ENTRIES, pending) == 0


def processes_with(*words: str) -> list[int]:
    """Ids of processes whose command line or environment holds all the words; of this machine, from /proc."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                said = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            except OSError:
                continue
            if all(word.encode() in said for word in words):
                found.append(int(folder.name))
    return found


def wait_until_gone(*words: str, patience_seconds: float = 15.0) -> list[int]:
    """The processes that are still there after a while."""
    deadline = time.monotonic() + patience_seconds
    while (left := processes_with(*words)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _holds(location: str, reached: Callable[[Index], bool]) -> bool:
    try:
        index = open_index(location)
    except IndexUnavailableError:
        return False
    try:
        return reached(index)
    except IndexUnavailableError:
        return False
    finally:
        index.close()
