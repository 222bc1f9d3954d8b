from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from connectors.host_politeness import HostMemory, HostPoliteness
from schemas.errors import FailReason, TransientError


class FakeTime:
    """A clock that only sleeping moves. Sleepers wake in order; ``starts`` holds what the test wrote down."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps = 0
        self._wakers: list[tuple[float, asyncio.Future[None]]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wakers.append((self.now + seconds, future))
        await future

    def run(self, *jobs: Callable[[], Awaitable[object]]) -> None:
        async def all_jobs() -> None:
            tasks = [asyncio.ensure_future(job()) for job in jobs]
            while not all(task.done() for task in tasks):
                for _ in range(20):
                    await asyncio.sleep(0)
                if self._wakers and not all(task.done() for task in tasks):
                    self._wakers.sort(key=lambda waker: waker[0])
                    due, future = self._wakers.pop(0)
                    self.now = max(self.now, due)
                    future.set_result(None)
            for task in tasks:
                task.result()

        asyncio.run(all_jobs())


def _politeness(time: FakeTime, per_host: int = 1, total: int = 10, **options: object) -> HostPoliteness:
    memory = options.pop("memory", None) or HostMemory()
    return HostPoliteness(per_host, total, memory, clock=time.clock, sleep=time.sleep, **options)  # type: ignore[arg-type]


def _request(politeness: HostPoliteness, time: FakeTime, log: list[tuple[float, float]], host: str, gap: float,
             headers_after: float = 0.2, body_after: float = 0.3) -> Callable[[], Awaitable[None]]:  # fmt: skip
    async def job() -> None:
        async with politeness.turn(host, gap) as turn:
            started = time.now
            await time.sleep(headers_after)
            turn.answered()
            await time.sleep(body_after)
            log.append((started, time.now))

    return job


@pytest.mark.parametrize("per_host", [1, 3])
def test_gap_runs_from_the_answer_to_the_next_request(per_host: int) -> None:
    time = FakeTime()
    politeness = _politeness(time, per_host)
    log: list[tuple[float, float]] = []

    time.run(*[_request(politeness, time, log, "a.example", 1.0) for _ in range(4)])

    starts = sorted(start for start, _ in log)
    assert starts == pytest.approx([0.0, 1.2, 2.4, 3.6])


def test_without_a_gap_only_the_limit_counts() -> None:
    time = FakeTime()
    politeness = _politeness(time, per_host=3)
    log: list[tuple[float, float]] = []

    time.run(*[_request(politeness, time, log, "a.example", 0.0) for _ in range(7)])

    assert sorted(start for start, _ in log) == pytest.approx([0, 0, 0, 0.5, 0.5, 0.5, 1.0])


def test_hosts_do_not_wait_for_each_other() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    log: list[tuple[float, float]] = []

    time.run(*[_request(politeness, time, log, f"{number}.example", 10.0) for number in range(8)])

    assert {start for start, _ in log} == {0.0}


def test_total_limits_all_hosts_together() -> None:
    time = FakeTime()
    politeness = _politeness(time, total=2)
    log: list[tuple[float, float]] = []

    time.run(*[_request(politeness, time, log, f"{number}.example", 0.0) for number in range(6)])

    assert sorted(start for start, _ in log) == pytest.approx([0, 0, 0.5, 0.5, 1.0, 1.0])


def test_host_in_line_for_its_gap_holds_no_place_in_the_total() -> None:
    time = FakeTime()
    politeness = _politeness(time, total=1)
    slow: list[tuple[float, float]] = []
    others: list[tuple[float, float]] = []

    time.run(
        *[_request(politeness, time, slow, "slow.example", 100.0) for _ in range(2)],
        *[_request(politeness, time, others, f"{number}.example", 0.0) for number in range(4)],
    )

    assert max(start for start, _ in others) < 10
    assert max(start for start, _ in slow) == pytest.approx(100.2)


def test_waiting_is_not_busy() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    log: list[tuple[float, float]] = []

    time.run(*[_request(politeness, time, log, "a.example", 60.0) for _ in range(20)])

    assert time.sleeps <= 20 * 3  # one wait for the turn, two inside the request


def test_pause_that_a_host_asked_for_is_kept() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    politeness.pause("a.example", 60.0, FailReason.HTTP_TOO_MANY_REQUESTS)
    log: list[tuple[float, float]] = []

    time.run(_request(politeness, time, log, "a.example", 0.0), _request(politeness, time, log, "b.example", 0.0))

    assert sorted(start for start, _ in log) == pytest.approx([0.0, 60.0])


def test_pause_that_is_too_long_is_an_error_at_once() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    politeness.pause("a.example", 3600.0, FailReason.HTTP_TOO_MANY_REQUESTS)

    with pytest.raises(TransientError) as caught:
        time.run(_request(politeness, time, [], "a.example", 0.0))

    assert caught.value.reason is FailReason.HTTP_TOO_MANY_REQUESTS
    assert caught.value.retry_after_seconds == pytest.approx(3600.0)
    assert time.now == 0.0


def test_circuit_opens_after_a_row_of_failures_and_tries_again_later() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    for _ in range(5):
        politeness.failed("a.example", FailReason.TIMEOUT)

    with pytest.raises(TransientError) as caught:
        time.run(_request(politeness, time, [], "a.example", 0.0))
    assert caught.value.reason is FailReason.TIMEOUT

    time.now += 301
    log: list[tuple[float, float]] = []
    time.run(_request(politeness, time, log, "a.example", 0.0))
    assert len(log) == 1

    politeness.failed("a.example", FailReason.TIMEOUT)
    with pytest.raises(TransientError):
        time.run(_request(politeness, time, [], "a.example", 0.0))


def test_one_good_answer_closes_the_row() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    for _ in range(4):
        politeness.failed("a.example", FailReason.TIMEOUT)
    politeness.succeeded("a.example")
    politeness.failed("a.example", FailReason.TIMEOUT)
    log: list[tuple[float, float]] = []

    time.run(_request(politeness, time, log, "a.example", 0.0))

    assert len(log) == 1


def test_gap_holds_from_one_client_to_the_next() -> None:
    time, memory = FakeTime(), HostMemory()
    log: list[tuple[float, float]] = []
    for _ in range(2):
        time.run(_request(_politeness(time, memory=memory), time, log, "a.example", 5.0))

    assert [start for start, _ in log] == pytest.approx([0.0, 5.2])


def test_host_that_another_process_may_have_asked_is_given_a_gap_first() -> None:
    time = FakeTime()
    log: list[tuple[float, float]] = []

    time.run(_request(_politeness(time, assume_recent=True), time, log, "a.example", 2.0))

    assert log[0][0] == pytest.approx(2.0)


def test_request_that_fails_still_starts_the_gap() -> None:
    time = FakeTime()
    politeness = _politeness(time)
    log: list[tuple[float, float]] = []

    async def broken() -> None:
        async with politeness.turn("a.example", 3.0):
            await time.sleep(0.5)
            raise OSError("broken")

    async def failing() -> None:
        with pytest.raises(OSError, match="broken"):
            await broken()

    time.run(failing, _request(politeness, time, log, "a.example", 3.0))

    assert log[0][0] == pytest.approx(3.5)
