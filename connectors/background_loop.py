"""An event loop in a thread of its own, and the way from there to a consumer that iterates.

A thread, because a consumer that works on one answer for long must not make the time of the others run out.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Crashed:
    error: BaseException


class Outbox(Generic[Item]):
    """What the loop produced and the consumer has not finished with yet.

    Args:
        limit_bytes: weight of unfinished items beyond which :meth:`room` waits.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._unfinished_bytes = 0
        self._unfinished = 0
        self._room_is_lent = False
        self._has_room = asyncio.Event()
        self._is_empty = asyncio.Event()
        self._has_room.set()
        self._is_empty.set()
        self._queue: queue.SimpleQueue[tuple[Item, int] | _Crashed | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def put(self, item: Item, weight_bytes: int) -> None:
        """Hand an item over, whether there is room or not: it is in memory already."""
        self._unfinished += 1
        self._weigh(weight_bytes)
        self._queue.put((item, weight_bytes))

    async def room(self) -> None:
        """Wait until the consumer has caught up; await it before producing more."""
        await self._has_room.wait()

    async def all_finished(self) -> None:
        """Wait until the consumer has come back from the last item put so far."""
        await self._is_empty.wait()

    def run_on_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on the loop and wait for it; for the consumer's thread, while it holds an item.

        There is room meanwhile: who waits for room may hold what this work waits for, such as a host's turn.
        """
        self._call(self._lend_room, True)
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        finally:
            self._call(self._lend_room, False)

    def iterate(self, produce: Callable[[Outbox[Item]], Awaitable[None]]) -> Iterator[Item]:
        """Start ``produce`` and yield what it puts, until it ends or the consumer closes the iterator."""
        thread = threading.Thread(target=self._run, args=(produce,), name="straitwire-loop", daemon=True)
        thread.start()
        try:
            while (taken := self._queue.get()) is not None:
                if isinstance(taken, _Crashed):
                    raise taken.error
                item, weight_bytes = taken
                yield item
                self._call(self._finished, weight_bytes)
        finally:
            self._call(self._cancel)
            thread.join()

    def _finished(self, weight_bytes: int) -> None:
        self._unfinished -= 1
        self._weigh(-weight_bytes)

    def _lend_room(self, lent: bool) -> None:
        self._room_is_lent = lent
        self._weigh(0)

    def _weigh(self, change_bytes: int) -> None:
        self._unfinished_bytes += change_bytes
        _set(self._has_room, self._room_is_lent or self._unfinished_bytes <= self._limit_bytes)
        _set(self._is_empty, self._unfinished == 0)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed already: nothing is left to tell it
            self._loop.call_soon_threadsafe(function, *arguments)

    def _cancel(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def _run(self, produce: Callable[[Outbox[Item]], Awaitable[None]]) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._produce(produce))
        except asyncio.CancelledError:
            pass  # the consumer has gone
        except BaseException as error:  # a bug must reach the consumer's thread, not die in this one
            self._queue.put(_Crashed(error))
        finally:
            self._queue.put(None)

    async def _produce(self, produce: Callable[[Outbox[Item]], Awaitable[None]]) -> None:
        self._task = asyncio.current_task()
        if not self._stopped:
            await produce(self)


def produced(produce: Callable[[Outbox[Item]], Awaitable[None]], limit_bytes: int) -> Iterator[Item]:
    """What the coroutine function puts into its outbox, as it comes.

    >>> async def count(outbox: Outbox[int]) -> None:
    ...     for number in range(3):
    ...         await outbox.room()
    ...         outbox.put(number, 1)
    >>> list(produced(count, limit_bytes=1))
    [0, 1, 2]

    Errors: whatever ``produce`` raises, in the consumer's thread.
    """
    yield from Outbox[Item](limit_bytes).iterate(produce)


def _set(event: asyncio.Event, value: bool) -> None:
    if value:
        event.set()
    else:
        event.clear()
