"""Memory that a batch no longer needs goes back to the system, so that the next one does not come on top of it."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from functools import cache


def give_back_memory() -> None:
    """Collect what only cycles hold (Beam's graphs are full of them) and have the C library let go of free pages.

    Without it a service grows by what each of its threads once needed: glibc keeps an arena for each of them.
    """
    gc.collect()
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """``malloc_trim`` of glibc; nothing to do where there is none (musl, macOS)."""
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return lambda keep_bytes: None
    return trim
