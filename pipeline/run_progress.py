"""How far a round, or anything else that takes its time, is; apart from the rounds, so that it needs no Beam."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is: ``done`` of ``total`` (None when not known yet) in this phase."""

    phase: str
    done: int
    total: int | None


class Pulse:
    """Beats once for every feed asked and every page read, where the work is done in the process that shows it.

    One listener at a time; on runners with workers elsewhere nobody listens and nothing is lost.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on_beat: Callable[[int], None] | None = None
        self._beats = 0

    @contextmanager
    def heard_by(self, on_beat: Callable[[int], None]) -> Iterator[None]:
        """Call ``on_beat`` with the number of beats since the block began, in the thread that does the work."""
        with self._lock:
            self._on_beat, self._beats = on_beat, 0
        try:
            yield
        finally:
            with self._lock:
                self._on_beat = None

    def beat(self) -> None:
        """One more is done."""
        with self._lock:
            if self._on_beat is not None:
                self._beats += 1
                self._on_beat(self._beats)


PULSE = Pulse()
