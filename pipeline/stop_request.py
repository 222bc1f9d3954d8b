"""How a round is asked to stop, and how its process ends in time whatever it is doing."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 5.0
"""After a request to stop. Service managers and container platforms kill after 10 s or more."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_NOT_ASKED = b"\0"
_LOOK_SECONDS = 0.1


class StopRequest:
    """Set by SIGTERM or SIGINT: the round ends after the batch in hand.

    Without a lock: a signal may come while the thread that it interrupts holds any of them.
    """

    def __init__(self) -> None:
        self._is_set = False

    def __bool__(self) -> bool:
        return self._is_set

    def set(self) -> None:
        """Ask to stop."""
        self._is_set = True

    def wait(self, seconds: float) -> bool:
        """Wait for a request; whether there is one."""
        until = time.monotonic() + seconds
        while not self._is_set and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
        return self._is_set


@contextmanager
def stop_on_signals(grace_seconds: float = GRACE_SECONDS) -> Iterator[StopRequest]:
    """A stop request that SIGTERM and SIGINT set.

    The batch in hand may end within ``grace_seconds``; then, or at a second signal, the process ends as if that
    signal had not been caught. That is safe at any moment: what is not decided yet is read by the next run.

    Guarantees: holds whatever the main thread does, be it deep in a library or writing to a pipe that nobody reads:
        the interpreter's own handler writes the signal's number into a pipe, and a thread waits at its other end.
        Once asked, the process ends in time even when it hangs after this block.
    """
    request = StopRequest()
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    watch = threading.Thread(target=_watch, args=(told, request, grace_seconds), name="stop-request", daemon=True)
    watch.start()
    earlier_tell = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    # Python writes to the pipe only for signals that have a handler of its own.
    earlier = {number: signal.signal(number, _nothing) for number in _SIGNALS}
    try:
        yield request
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(earlier_tell)
        if not request:
            os.write(tell, _NOT_ASKED)
            watch.join()
            os.close(told)
            os.close(tell)


def _watch(told: int, request: StopRequest, grace_seconds: float) -> None:
    """Set the request at the first signal, and end the process at the second or when its time is over."""
    number = 0
    while number not in _SIGNALS:
        number = os.read(told, 1)[0]
        if number == _NOT_ASKED[0]:
            return
    request.set()
    until = time.monotonic() + grace_seconds
    while (left := until - time.monotonic()) > 0 and select.select([told], [], [], left)[0]:
        again = os.read(told, 1)[0]
        if again in _SIGNALS:
            number = again
            break
    end_process(number, b"straitwire: stopped; the next run reads what was in hand\n")


def _nothing(number: int, frame: FrameType | None) -> None:
    """What Python itself does about the signal."""


def end_process(number: int, told: bytes) -> None:
    """Say so and end, from any thread and without cleaning up; a reader that has stalled is not waited for.

    The exit code is that of a shell for a process which the signal ended.
    """
    try:
        # A pipe that can be written to takes a short line at once (POSIX: select, PIPE_BUF).
        if select.select([], [2], [], 0)[1]:
            os.write(2, (b"\n" if os.isatty(2) else b"") + told)
    except OSError:
        pass  # standard error is closed
    finally:
        os._exit(128 + number)
