"""Memory that a batch no longer needs goes back to the system, so that the next one does not come on top of it."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Callable
from functools import cache

from pipeline.drain import wait_for_drain

_M_ARENA_MAX = -8  # of mallopt, in glibc's malloc.h
_FEW = 2


def give_back_memory() -> None:
    """Collect what only cycles hold (Beam's graphs are full of them) and have the C library let go of free pages.

    Without it a service grows by what each of its threads once needed: glibc keeps an arena for each of them.
    """
    gc.collect()
    _function("malloc_trim")(0)


def share_memory_among_threads() -> None:
    """Have all threads allocate from two arenas; to be called before they begin.

    Else each of the thirty threads of Beam's worker gets one of its own, up to eight a core, and what one has freed
    serves no other: of 600 MB that a stream held after a quarter of an hour, 200 were free pieces in 16 arenas, between
    others in use, so that trimming gave 12 back.
    """
    _function("mallopt")(_M_ARENA_MAX, _FEW)


def give_back_memory_every(seconds: float) -> None:
    """The same in a thread of its own, until the process is asked to drain: for streams, which have no batches."""

    def go_on() -> None:
        while not wait_for_drain(seconds):
            give_back_memory()

    threading.Thread(target=go_on, name="give-back-memory", daemon=True).start()


@cache
def _function(name: str) -> Callable[..., object]:
    """Of glibc; nothing to do where there is none (musl, macOS)."""
    try:
        found: Callable[..., object] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):
        return lambda *arguments: None
    return found
