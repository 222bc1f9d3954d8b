"""An index that is out of reach is waited for: a stream goes on where it was when the index comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from pipeline.drain import is_draining, wait_for_drain
from schemas.errors import IndexUnavailableError

_LOG = logging.getLogger(__name__)
_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 15.0

Result = TypeVar("Result")


def patiently(work: Callable[[], Result], stage: str) -> Result:
    """What ``work`` gives, which is done again from the start for as long as the index is out of reach.

    Errors: IndexUnavailableError when the process is asked to drain meanwhile; nothing is lost with it.
    """
    wait = _FIRST_SECONDS
    while True:
        try:
            return work()
        except IndexUnavailableError as error:
            if is_draining():
                raise
            _LOG.warning("stage=%s waits for the index: %s", stage, error)
            wait_for_drain(wait)
            wait = min(wait * 2, _LONGEST_SECONDS)
