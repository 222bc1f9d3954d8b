"""Waiting for a host's turn: one gap, a few requests at once, pauses the host asked for, and a circuit breaker."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from schemas.errors import FailReason, TransientError

LONGEST_PAUSE_SECONDS = 120.0
"""Longest Retry-After that a run waits out; beyond it the entry fails for this round and is left to a later one."""

_FAILURES_TO_OPEN = 5  # hosts that time out five times in a row would otherwise hold up the round URL by URL
_OPEN_SECONDS = 300.0
_HOSTS_REMEMBERED = 50_000


@dataclass(slots=True)
class _Remembered:
    answered_at: float = -math.inf  # the last request's headers came, or it failed
    paused_until: float = -math.inf
    pause_reason: FailReason = FailReason.HTTP_TOO_MANY_REQUESTS
    failures_in_a_row: int = 0


class HostMemory:
    """What a process remembers of hosts from one client to the next, in seconds of the monotonic clock.

    Clients in one process share it, so that a feed's host is not asked for a page within its gap. Plain
    assignments only: safe to share between threads.

    Attributes:
        sees_everything: whether all requests of the run are made in this process. Where there are other workers, one
            of them may have asked any host a moment before it was this one's turn.
    """

    def __init__(self) -> None:
        self.sees_everything = False
        self._hosts: dict[str, _Remembered] = {}
        self.robots: dict[str, tuple[float, object, int]] = {}  # origin -> (keep until, rules, weight in bytes)
        self.robots_bytes = 0

    def host(self, host: str, answered_at: float) -> _Remembered:
        """The host's record; a new host counts as having answered at ``answered_at``."""
        remembered = self._hosts.get(host)
        if remembered is None:
            if len(self._hosts) >= _HOSTS_REMEMBERED:
                self._forget_idle()
            remembered = self._hosts.setdefault(host, _Remembered(answered_at))
        return remembered

    def forget(self) -> None:
        """Know no host any more."""
        self._hosts.clear()
        self.robots.clear()
        self.robots_bytes = 0

    def _forget_idle(self) -> None:
        now = time.monotonic()
        for host, remembered in list(self._hosts.items()):
            if max(remembered.answered_at, remembered.paused_until) < now - _OPEN_SECONDS:
                self._hosts.pop(host, None)


SHARED_MEMORY = HostMemory()


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    memory: _Remembered
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)


class Turn:
    """A permitted request. Say :meth:`answered` when its headers are here: the gap to the next starts then."""

    def __init__(self, host: _Host, clock: Callable[[], float]) -> None:
        self._host = host
        self._clock = clock
        self._holds_gate = True

    def answered(self) -> None:
        """Start the gap and let the next one line up.

        The server saw this request before this moment, so the gap in the server's log is never shorter than the
        one asked for, whatever the network's delay.
        """
        if self._holds_gate:
            self._holds_gate = False
            self._host.memory.answered_at = self._clock()
            self._host.gate.release()


class HostPoliteness:
    """Turns of one event loop.

    Args:
        per_host: requests in flight to one host.
        total: requests in flight to all hosts.
        memory: shared with other clients of the process.
        assume_recent: whether another process may have asked any host until just now, so that the first request to
            each waits out the gap; not where ``memory`` sees everything.
    """

    def __init__(
        self,
        per_host: int,
        total: int,
        memory: HostMemory | None = None,
        assume_recent: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_host = per_host
        self._total = asyncio.Semaphore(total)
        self._memory = memory if memory is not None else SHARED_MEMORY
        self._assume_recent = assume_recent and not self._memory.sees_everything
        self._clock = clock
        self._sleep = sleep
        self._started = clock()
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, gap_seconds: float) -> AsyncIterator[Turn]:
        """Wait for the host's turn and hold it for one request.

        Errors: TransientError when the host asked for a pause that is too long, or failed too often in a row.
        """
        known = self._host(host)
        async with known.slots:
            await known.gate.acquire()
            turn = Turn(known, self._clock)
            try:
                await self._wait_until_due(host, known.memory, gap_seconds)
                async with self._total:
                    if gap_seconds == 0:
                        turn.answered()
                    yield turn
            finally:
                turn.answered()

    def pause(self, host: str, seconds: float, reason: FailReason) -> None:
        """No request to the host for so long: it said so in Retry-After."""
        memory = self._host(host).memory
        memory.paused_until = max(memory.paused_until, self._clock() + seconds)
        memory.pause_reason = reason

    def succeeded(self, host: str) -> None:
        """The host answered, with whatever status."""
        self._host(host).memory.failures_in_a_row = 0

    def failed(self, host: str, reason: FailReason) -> None:
        """The host could not be reached or broke off; the circuit opens after a row of these."""
        memory = self._host(host).memory
        memory.failures_in_a_row += 1
        if memory.failures_in_a_row >= _FAILURES_TO_OPEN:
            memory.failures_in_a_row = _FAILURES_TO_OPEN - 1  # one more failure after the pause opens it again
            self.pause(host, _OPEN_SECONDS, reason)

    def _host(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            answered_at = self._started if self._assume_recent else -math.inf
            known = _Host(asyncio.Semaphore(self._per_host), self._memory.host(host, answered_at))
            known.memory.answered_at = max(known.memory.answered_at, answered_at)
            self._hosts[host] = known
        return known

    async def _wait_until_due(self, host: str, memory: _Remembered, gap_seconds: float) -> None:
        while True:
            now = self._clock()
            pause = memory.paused_until - now
            if pause > LONGEST_PAUSE_SECONDS:
                raise TransientError(memory.pause_reason, f"{host} is left alone for {pause:.0f} seconds", pause)
            wait = max(memory.answered_at + gap_seconds - now, pause)
            if wait <= 0:
                return
            await self._sleep(wait)
