from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator

import pytest

from connectors.background_loop import Outbox, produced


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "straitwire-loop"]


async def _count_for_ever(outbox: Outbox[int]) -> None:
    number = 0
    while True:
        await outbox.room()
        outbox.put(number, 1)
        number += 1


def test_items_come_in_order_and_the_thread_ends() -> None:
    async def thousand(outbox: Outbox[int]) -> None:
        for number in range(1000):
            outbox.put(number, 1)

    assert list(produced(thousand, 10)) == list(range(1000))
    assert not _threads()


def test_producer_is_never_further_ahead_than_the_limit() -> None:
    ahead = []
    made = 0

    async def counted(outbox: Outbox[int]) -> None:
        nonlocal made
        for number in range(200):
            await outbox.room()
            made += 1
            outbox.put(number, 10)

    for taken, _ in enumerate(produced(counted, 50)):
        ahead.append(made - taken)

    assert max(ahead) <= 6 + 1  # five fit, the sixth passes the limit, and one may be made while this is read


def test_consumer_that_stops_ends_the_producer() -> None:
    items = produced(_count_for_ever, 5)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]  # it is a generator

    assert not _threads()


def test_consumer_that_raises_ends_the_producer() -> None:
    def consume(items: Iterator[int]) -> None:
        for number in items:
            if number == 3:
                raise KeyError(number)

    items = produced(_count_for_ever, 5)
    with pytest.raises(KeyError):
        consume(items)
    items.close()  # type: ignore[attr-defined]  # it is a generator

    assert not _threads()


def test_bug_in_the_producer_reaches_the_consumer() -> None:
    async def broken(outbox: Outbox[int]) -> None:
        outbox.put(1, 1)
        raise ZeroDivisionError("a bug")

    items = produced(broken, 5)
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError, match="a bug"):
        next(items)
    assert not _threads()


def test_consumer_may_ask_the_loop_for_more_while_it_holds_an_item() -> None:
    closed = False

    async def double(number: int) -> int:
        await asyncio.sleep(0)
        assert not closed
        return 2 * number

    async def produce(outbox: Outbox[int]) -> None:
        nonlocal closed
        for number in range(5):
            outbox.put(number, 1)
        await outbox.all_finished()
        closed = True

    outbox = Outbox[int](3)

    assert [outbox.run_on_loop(double(number)) for number in outbox.iterate(produce)] == [0, 2, 4, 6, 8]
    assert closed


def test_producer_that_waits_for_room_cannot_block_work_of_the_consumer() -> None:
    async def produce(outbox: Outbox[int]) -> None:
        turn = asyncio.Lock()

        async def take_turn(number: int) -> None:
            async with turn:
                await outbox.room()
                outbox.put(number, 10)

        async def work() -> str:
            async with asyncio.timeout(10), turn:
                return "done"

        works.append(work)
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(take_turn(number))
        await outbox.all_finished()

    works: list[Callable[[], Coroutine[object, object, str]]] = []
    outbox = Outbox[int](5)
    done = [outbox.run_on_loop(works[0]()) for _ in outbox.iterate(produce)]

    assert done == ["done"] * 5
