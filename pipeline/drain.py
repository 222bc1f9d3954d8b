"""Whether this process has been asked to drain: take nothing new up, end what is in hand.

One flag a process. It reaches the transforms where the workers live in the process that was asked, as on Prism;
elsewhere the runner drains by its own means, and nobody sets it.
"""

from __future__ import annotations

import threading

_REQUESTED = threading.Event()


def request_drain() -> None:
    """Ask; the source ends at its next beat."""
    _REQUESTED.set()


def is_draining() -> bool:
    """Whether somebody has asked."""
    return _REQUESTED.is_set()


def wait_for_drain(seconds: float) -> bool:
    """Wait so long, or until somebody asks; whether somebody has."""
    return _REQUESTED.wait(seconds)


def forget_drain() -> None:
    """Before another stream in the same process."""
    _REQUESTED.clear()
