"""Sends actions until each has an outcome: what is refused for now goes again, what is poison is found by halving."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.bulk_writes.bulk_action import BulkAction
from connectors.bulk_writes.bulk_answer import (
    RETRIED_STATUS,
    BulkStoppedError,
    Conflicts,
    NotNow,
    Outcome,
    Reason,
    read_answer,
    short_reason,
    with_attempts,
)
from connectors.bulk_writes.bulk_limits import AdaptiveLimits, Limits, first_part
from connectors.bulk_writes.bulk_retries import RetryPolicy
from connectors.bulk_writes.bulk_transport import BulkTransport, NoReplyError, Reply


@dataclass(slots=True)
class Tally:
    """What sending took: one entry a request in the lists."""

    bytes_sent: int = 0
    sent_again: int = 0
    throttled_seconds: float = 0.0
    latency_ms: list[int] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sent:
    """One outcome an action, in order; ``last_refusal`` is the last "not now" of those whose retries ran out."""

    outcomes: list[Outcome]
    tally: Tally
    last_refusal: NotNow | None = None


class BulkSender:
    """Sends batches; one object serves several threads.

    Guarantees: ``send`` gives exactly one outcome an action, in order, and only items that were refused for now are
        sent again. An action whose answer was lost is sent again: index, delete, create and plain updates bear that;
        an update by ``script`` may run twice.
    Errors: BulkStoppedError when nothing can be written this way.
    """

    def __init__(
        self,
        transport: BulkTransport,
        limits: AdaptiveLimits | None = None,
        policy: RetryPolicy | None = None,
        conflicts: Conflicts = Conflicts.STALE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits or AdaptiveLimits(Limits())
        self._transport = transport
        self._policy = policy or RetryPolicy()
        self._conflicts = conflicts
        self._clock = clock
        self._sleep = sleep
        self._draw = draw

    def send(self, actions: Sequence[BulkAction]) -> Sent:
        """What became of each action."""
        return _Sending(self, actions).run()


class _Sending:
    """One call of ``send``."""

    def __init__(self, sender: BulkSender, actions: Sequence[BulkAction]) -> None:
        self._sender = sender
        self._policy = sender._policy
        self._actions = actions
        self._outcomes: list[Outcome | None] = [None] * len(actions)
        self._attempts = [0] * len(actions)
        self._maybe_done: set[int] = set()
        self._tally = Tally()
        self._give_up_at = sender._clock() + self._policy.seconds
        self._last: NotNow | None = None

    def run(self) -> Sent:
        work: deque[list[int]] = deque([list(range(len(self._actions)))] if self._actions else [])
        refused_in_a_row = 0
        while work:
            positions = work.popleft()
            number = first_part(self._actions, positions, self._sender.limits.now)
            if number < len(positions):
                work.appendleft(positions[number:])
                positions = positions[:number]
            reply = self._request(positions)
            if isinstance(reply, Reply) and reply.status in (400, 413):
                work.extendleft(reversed(self._halves(positions, reply)))
                continue
            again, asked_seconds = self._note(positions, reply)
            if not again:
                refused_in_a_row = 0
                continue
            work.appendleft(again)
            if not self._pause(refused_in_a_row, asked_seconds):
                self._exhaust([position for part in work for position in part])
                break
            refused_in_a_row += 1
        outcomes = [outcome for outcome in self._outcomes if outcome is not None]
        exhausted = any(outcome.reason is Reason.EXHAUSTED for outcome in outcomes)
        return Sent(outcomes, self._tally, self._last if exhausted else None)

    def _request(self, positions: list[int]) -> Reply | NotNow:
        payload = b"".join([self._actions[position].payload for position in positions])
        left = self._give_up_at - self._sender._clock()
        tally, started = self._tally, self._sender._clock()
        for position in positions:
            tally.sent_again += self._attempts[position] > 0
            self._attempts[position] += 1
        try:
            return self._sender._transport.send(payload, max(1.0, min(self._policy.request_timeout_seconds, left)))
        except NoReplyError as error:
            if error.final:
                raise BulkStoppedError(0, error.final, error.detail) from error
            return NotNow("broken_off" if error.sent else "unreachable", 0, error.detail)
        finally:
            tally.bytes_sent += len(payload)
            tally.latency_ms.append(int((self._sender._clock() - started) * 1000))
            tally.documents.append(len(positions))
            tally.bytes.append(len(payload))

    def _halves(self, positions: list[int], reply: Reply) -> list[list[int]]:
        """The request as a whole was refused: halve it until what spoils it stands alone."""
        size = self._tally.bytes[-1]
        if len(positions) > 1:
            if reply.status == 413:
                self._sender.limits.too_large(size)
            middle = len(positions) // 2
            return [positions[:middle], positions[middle:]]
        if reply.status == 413:
            reason, detail = Reason.TOO_LARGE, f"the document is too large for the server ({size} bytes)"
        else:
            reason, detail = Reason.REFUSED, short_reason(reply.body)
        self._settle(positions[0], Outcome("", reply.status, reason, detail))
        return []

    def _note(self, positions: list[int], reply: Reply | NotNow) -> tuple[list[int], float]:
        """Settle what is decided; what is to be sent again, and how long the server asks to wait."""
        asked_seconds = 0.0
        if isinstance(reply, NotNow):
            verdicts: list[Outcome | NotNow] = [reply] * len(positions)
        else:
            asked_seconds = reply.retry_after_seconds
            verdicts = self._verdicts(positions, reply)
        again = []
        for position, verdict in zip(positions, verdicts, strict=True):
            if isinstance(verdict, Outcome):
                self._settle(position, verdict)
                continue
            self._last = verdict
            if verdict.may_be_done:
                self._maybe_done.add(position)
            if self._attempts[position] >= self._policy.attempts:
                self._exhaust([position])
            else:
                again.append(position)
        self._adapt(verdicts)
        return again, asked_seconds

    def _verdicts(self, positions: list[int], reply: Reply) -> list[Outcome | NotNow]:
        status = reply.status
        if status == 200:
            maybe_done = {at for at, position in enumerate(positions) if position in self._maybe_done}
            sent = [self._actions[position] for position in positions]
            return read_answer(reply.body, sent, self._sender._conflicts, maybe_done)
        if status in RETRIED_STATUS:
            cause = "overloaded" if status == 429 else "unavailable"
            return [NotNow(cause, status, f"status {status}")] * len(positions)
        if status in (408, 500):
            return [NotNow("broken_off", status, short_reason(reply.body))] * len(positions)
        kind = reply.body.get("error") if isinstance(reply.body, dict) else ""
        name = str(kind.get("type", "")) if isinstance(kind, dict) else ""
        raise BulkStoppedError(status, name, short_reason(reply.body))

    def _adapt(self, verdicts: list[Outcome | NotNow]) -> None:
        """Smaller requests for a server that is overloaded, or that one of the documents may have upset."""
        causes = {verdict.cause for verdict in verdicts if isinstance(verdict, NotNow)}
        if causes & {"overloaded", "broken_off"}:
            self._sender.limits.shrink()
        elif not causes:
            self._sender.limits.grow()

    def _pause(self, refused_in_a_row: int, asked_seconds: float) -> bool:
        """Wait; False when time is up."""
        remaining = self._give_up_at - self._sender._clock()
        if remaining <= 0:
            return False
        seconds = min(remaining, self._policy.pause(refused_in_a_row, self._sender._draw(), asked_seconds))
        if self._last is not None and self._last.cause == "overloaded":
            self._tally.throttled_seconds += seconds
        self._sender._sleep(seconds)
        return True

    def _exhaust(self, positions: list[int]) -> None:
        status, detail = (self._last.status, self._last.detail) if self._last else (0, "")
        for position in positions:
            self._settle(position, Outcome("", status, Reason.EXHAUSTED, detail))

    def _settle(self, position: int, outcome: Outcome) -> None:
        self._outcomes[position] = with_attempts(outcome, self._attempts[position])
