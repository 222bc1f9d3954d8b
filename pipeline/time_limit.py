"""Extraction under a time limit that really stops the work.

A page's text is extracted in a child process; one that takes too long is killed and replaced, and the page
becomes a ``PermanentError(extraction_timeout)``. Children are shared by all threads of the process, one for
each core, so that pages are extracted on all cores while the parent does the rest.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from pipeline.extraction_worker import read_frame, write_frame
from pipeline.text.extraction import Extracted
from schemas.errors import FailReason, PermanentError

WORKERS_VARIABLE = "STRAITWIRE_EXTRACTION_PROCESSES"
"""Sets how many children a process has, where the default of one a core is too many: several workers on one machine."""

CPU_SECONDS = 20.0
"""Per page. The slowest of 292 real pages (1.4 MB) takes 0.2 s; 16 MB of markup, the fetch limit, about 8 s."""

WALL_SECONDS = 90.0
"""Backstop for a machine so loaded that a page does not get its CPU seconds."""

_TIME_SIGNALS = (-signal.SIGPROF, -signal.SIGALRM)


class LimitedExtractor:
    """A pool of child processes that extract.

    Children start when they are first needed. They end when the pool is closed, when this process ends in
    any way (their pipe closes), and by their own timers when they are stuck at that moment.

    Args:
        workers: children at most; by default one for each core.
        cpu_seconds: CPU time for one page.
        wall_seconds: elapsed time for one page.
    """

    def __init__(self, workers: int = 0, cpu_seconds: float = CPU_SECONDS, wall_seconds: float = WALL_SECONDS) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._limits = (cpu_seconds, wall_seconds)
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="extract")

    def submit(
        self,
        content: bytes,
        content_type: str,
        charset: str,
        url: str,
        default_timezone: str = "",
        stated_title: str = "",
    ) -> Future[Extracted]:
        """Extract in the background; the future raises what :func:`pipeline.text.extraction.extract` raises.

        Errors: PermanentError(extraction_timeout) for a page over the limit, PermanentError(unparsable_page)
            for one that crashes the parser, PermanentError(internal_error) for one that meets a bug of ours.
        """
        return self._threads.submit(
            self._extract, (content, content_type, charset, url, default_timezone, stated_title)
        )

    def close(self) -> None:
        """End all children; work that is under way is waited for."""
        self._threads.shutdown(wait=True)
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _extract(self, arguments: tuple[bytes, str, str, str, str, str]) -> Extracted:
        try:
            child = self._idle.get_nowait()
        except queue.Empty:
            child = _Child(*self._limits)
        extracted = child.extract(arguments)
        self._idle.put(child)
        if isinstance(extracted, Exception):
            raise extracted
        return extracted


class _Child:
    """One child process, used by one thread at a time; starts again after it died."""

    def __init__(self, cpu_seconds: float, wall_seconds: float) -> None:
        self._limits = (cpu_seconds, wall_seconds)
        self._process = self._start()

    def extract(self, arguments: tuple[bytes, str, str, str, str, str]) -> Extracted | PermanentError:
        if self._process.poll() is not None:
            self._start_again()
        reply = self._ask(arguments)
        if reply is None:  # killed from outside, which says nothing about the page: once more
            reply = self._ask(arguments)
        return reply or PermanentError(FailReason.UNPARSABLE_PAGE, "the parser was killed twice, perhaps for memory")

    def _ask(self, arguments: tuple[bytes, str, str, str, str, str]) -> Extracted | PermanentError | None:
        """The child's reply, or what its end means; None when it was killed by somebody else."""
        process = self._process
        try:
            write_frame(_pipe(process.stdin), arguments)
            reply: Extracted | PermanentError = read_frame(_pipe(process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            exit_code = process.wait()
            self._start_again()
            return None if exit_code == -signal.SIGKILL else self._verdict(exit_code)
        return reply

    def close(self) -> None:
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # the child is gone already
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _verdict(self, exit_code: int) -> PermanentError:
        if exit_code in _TIME_SIGNALS:
            cpu, wall = self._limits
            return PermanentError(FailReason.EXTRACTION_TIMEOUT, f"took more than {cpu:g} s of CPU time or {wall:g} s")
        return PermanentError(FailReason.UNPARSABLE_PAGE, f"the parser ended with code {exit_code}")

    def _start_again(self) -> None:
        self.close()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        limits = [str(seconds) for seconds in self._limits]
        return subprocess.Popen(  # noqa: S603  # our own module, no shell
            [sys.executable, "-m", "pipeline.extraction_worker", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the child was started without pipes")
    return stream


_shared: LimitedExtractor | None = None
_shared_lock = threading.Lock()


def shared_extractor() -> LimitedExtractor:
    """The pool of this process."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = LimitedExtractor(int(os.environ.get(WORKERS_VARIABLE) or 0))
            atexit.register(_shared.close)
        return _shared


def _forget_shared() -> None:
    """A forked process must not talk through its parent's pipes, whose replies would mix."""
    global _shared, _shared_lock
    _shared = None
    _shared_lock = threading.Lock()


os.register_at_fork(after_in_child=_forget_shared)
