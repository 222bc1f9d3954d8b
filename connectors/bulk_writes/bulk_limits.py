"""How much goes into one request: documents and bytes, less while the server is overloaded."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.bulk_writes.bulk_action import BulkAction

_LEAST_BYTES = 64 * 1024
_GROWTH = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request holds; an action that is larger than ``bytes`` goes alone.

    Attributes:
        documents: 1 or more.
        bytes: the server's guides call 5-15 MB a good bulk; http.max_content_length is 100 MB.
    """

    documents: int = 500
    bytes: int = 5 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.documents < 1 or self.bytes < 1:
            raise ValueError("a bulk holds at least one document and one byte")


class AdaptiveLimits:
    """Limits that halve when the server says "too much", and grow back by a tenth a bulk that goes well.

    One object serves all threads of a sender.
    """

    def __init__(self, most: Limits) -> None:
        self._most = most
        self._most_bytes = most.bytes
        self._share = 1.0
        self._lock = threading.Lock()
        self.now = most

    def shrink(self) -> None:
        """The server is overloaded, or did not survive the request."""
        with self._lock:
            self._share = max(self._share / 2, 1.0 / self._most.documents)
            self._set()

    def grow(self) -> None:
        """A request went well."""
        if self._share < 1.0:
            with self._lock:
                self._share = min(1.0, self._share + _GROWTH)
                self._set()

    def too_large(self, size: int) -> None:
        """A request of ``size`` bytes was refused for its size, and one half of it may be too."""
        with self._lock:
            self._most_bytes = max(_LEAST_BYTES, min(self._most_bytes, size // 2))
            self._set()

    def _set(self) -> None:
        self.now = Limits(
            max(1, int(self._most.documents * self._share)),
            max(min(_LEAST_BYTES, self._most_bytes), int(self._most_bytes * self._share)),
        )


class Batch:
    """Actions for one request; full *before* the one that would be too much, never after."""

    def __init__(self) -> None:
        self.actions: list[BulkAction] = []
        self.keys: set[tuple[str, str]] = set()
        self.size = 0

    def add(self, action: BulkAction, limits: Limits) -> bool:
        """Take the action in; False when it must wait. Two actions on one document never share a request."""
        key, size = (action.index, action.document_id), self.size + len(action.payload)
        if self.actions and (size > limits.bytes or len(self.actions) >= limits.documents or key in self.keys):
            return False
        self.actions.append(action)
        self.keys.add(key)
        self.size = size
        return True


def first_part(actions: Sequence[BulkAction], positions: Sequence[int], limits: Limits) -> int:
    """How many of the positions, from the first on, one request may hold."""
    size, keys = sum([len(actions[at].payload) for at in positions]), {actions[at].key for at in positions}
    if len(positions) <= limits.documents and size <= limits.bytes and len(keys) == len(positions):
        return len(positions)  # the usual case, and cheap to find out
    batch = Batch()
    for number, position in enumerate(positions):
        if not batch.add(actions[position], limits):
            return number
    return len(positions)
