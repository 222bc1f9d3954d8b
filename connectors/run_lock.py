"""One run at a time on one index: a lock file that the system releases when its holder dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.dead_letter_spool import beside_index
from schemas.errors import IndexUnavailableError


@contextmanager
def run_lock(index_location: str, what: str = "run") -> Iterator[None]:
    """Hold the lock of this index on this machine.

    A migration has one of its own, beside runs that go on; and so has a service (``run --every``), which holds it from
    round to round, so that a second one is refused while a replay finds its turn between two rounds.

    Errors: IndexUnavailableError at once when another run holds it, and when its file cannot be opened.
    """
    path = beside_index(index_location, "lock" if what == "run" else f"{what}.lock")
    try:
        opened = path.open("a")
    except FileNotFoundError as error:
        raise IndexUnavailableError(
            f"the index {index_location} has no folder; create {path.parent} or name another path"
        ) from error
    except OSError as error:
        problem = f"the lock file {path} cannot be opened: {error.strerror}; allow writing it"
        raise IndexUnavailableError(problem) from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IndexUnavailableError(
                f"another {what} is working on {index_location}: wait for it to end, or give this one another --index"
            ) from error
        yield
