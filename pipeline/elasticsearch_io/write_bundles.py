"""The sink within one bundle: elements gather into bulks, several bulks are on their way, all end with the bundle."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from connectors.bulk_writes.bulk_action import BulkAction
from connectors.bulk_writes.bulk_answer import Conflicts, Outcome, Reason
from connectors.bulk_writes.bulk_limits import AdaptiveLimits, Batch, Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from connectors.bulk_writes.bulk_sender import BulkSender, Sent
from connectors.bulk_writes.bulk_transport import ClientTransport
from pipeline.elasticsearch_io.connection import Connection, Credentials, NoCredentials
from pipeline.elasticsearch_io.element_actions import ActionFields, BadElementError
from pipeline.elasticsearch_io.results import FailedWrite, Written
from pipeline.elasticsearch_io.write_metrics import WriteMetrics

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """How the sink sends.

    Attributes:
        limits: the most that one bulk holds.
        retries: attempts and time for each bulk.
        in_flight: bulks on their way at once, from each worker thread.
        conflicts: what a 409 means.
        fail_exhausted: elements whose retries ran out are failed; else the bundle fails, and the runner repeats it.
        refresh: "false", "true" or "wait_for".
        require_alias: refuse to write to an index that is no alias.
    """

    limits: Limits = field(default_factory=Limits)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    in_flight: int = 2
    conflicts: Conflicts = Conflicts.STALE
    fail_exhausted: bool = True
    refresh: str = "false"
    require_alias: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.in_flight <= 64:
            raise ValueError("from 1 to 64 bulks may be in flight")
        if self.refresh not in ("false", "true", "wait_for"):
            raise ValueError(f"refresh is '{self.refresh}'; it is false, true or wait_for")

    def parameters(self) -> Mapping[str, str]:
        """Of the requests."""
        chosen = {"refresh": self.refresh} if self.refresh != "false" else {}
        return {**chosen, "require_alias": "true"} if self.require_alias else chosen


@dataclass(frozen=True, slots=True)
class Target:
    """All that a DoFn needs to open a sender; holds no secret."""

    connection: Connection
    fields: ActionFields
    credentials: Credentials = field(default_factory=NoCredentials)
    options: SinkOptions = field(default_factory=SinkOptions)


class RetriesExhaustedError(Exception):
    """The server kept refusing, and failures are not to be collected."""


class AbandonedError(Exception):
    """The bundle has failed: a bulk that would be sent again is not."""


Origin = tuple[Any, Any, Any]
"""An element, its timestamp and its window."""


class Gathering(Batch):
    """A batch that knows where its actions come from."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: list[Origin] = []

    def join(self, action: BulkAction, origin: Origin, limits: Limits) -> bool:
        """Take in the action of an element; False when there is no room."""
        if not self.add(action, limits):
            return False
        self.origins.append(origin)
        return True


class WriteDoFn(beam.DoFn):
    """Batches the elements of one bundle.

    State, time: nothing outlives the bundle; outputs carry the element's own window and timestamp.
    Guarantees: elements on one document are written in the order in which they came in.
    """

    def __init__(self, target: Target) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's DoFn has no annotations
        self._target = target

    def setup(self) -> None:
        options = self._target.options
        self._client = self._target.connection.open(self._target.credentials, options.in_flight)
        self._pool = ThreadPoolExecutor(options.in_flight, "elasticsearch-bulk")
        self._limits = AdaptiveLimits(options.limits)
        transport = ClientTransport(self._client, parameters=options.parameters())
        self._abandoned = threading.Event()
        self._sender = BulkSender(transport, self._limits, options.retries, options.conflicts, sleep=self._pause)
        self._metrics = WriteMetrics()
        self._action = self._target.fields.maker()
        self.start_bundle()

    def start_bundle(self) -> None:
        self._abandoned.clear()
        self._gathering = Gathering()
        self._on_their_way: deque[tuple[Gathering, Future[Sent]]] = deque()

    def process(
        self, element: Any, timestamp: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam
    ) -> Sequence[Any]:
        origin = (element, timestamp, window)
        try:
            action = self._action(element)
        except BadElementError as error:
            return [self._bad_element(origin, error)]
        if self._gathering.join(action, origin, self._limits.now):
            return ()
        results = list(self._send_gathering())
        self._gathering.join(action, origin, self._limits.now)
        return results

    def finish_bundle(self) -> Iterator[Any]:
        if self._gathering.actions:
            yield from self._send_gathering()
        while self._on_their_way:
            yield from self._arrived()

    def teardown(self) -> None:
        self._abandon()
        self._pool.shutdown()
        self._client.close()

    def _send_gathering(self) -> Iterator[Any]:
        """Send what was gathered once there is room; what has come back meanwhile."""
        gathering, self._gathering = self._gathering, Gathering()
        while self._on_their_way and (
            len(self._on_their_way) >= self._target.options.in_flight
            or self._on_their_way[0][1].done()
            or any(not gathering.keys.isdisjoint(earlier.keys) for earlier, _ in self._on_their_way)
        ):
            yield from self._arrived()
        self._on_their_way.append((gathering, self._pool.submit(self._sender.send, gathering.actions)))

    def _arrived(self) -> Iterator[Any]:
        """The outputs of the oldest bulk."""
        gathering, future = self._on_their_way.popleft()
        try:
            sent = future.result()
            if sent.last_refusal is not None and not self._target.options.fail_exhausted:
                raise RetriesExhaustedError(f"Elasticsearch keeps refusing writes ({sent.last_refusal.detail})")
        except BaseException:
            self._abandon()
            raise
        self._metrics.sent(sent.outcomes, sent.tally)
        for action, origin, outcome in zip(gathering.actions, gathering.origins, sent.outcomes, strict=True):
            yield _output(action, origin, outcome)

    def _abandon(self) -> None:
        """End the bulks on their way: they must not go on writing behind the bundle's next attempt."""
        self._abandoned.set()
        for _, future in self._on_their_way:
            future.cancel()
        wait([future for _, future in self._on_their_way])

    def _pause(self, seconds: float) -> None:
        if self._abandoned.wait(seconds):
            raise AbandonedError

    def _bad_element(self, origin: Origin, error: BadElementError) -> Any:
        self._metrics.bad_element()
        failed = FailedWrite(origin[0], error.index, error.document_id, Reason.BAD_ELEMENT, 0, error.detail, 0)
        return TaggedOutput(FAILED, WindowedValue(failed, origin[1], (origin[2],)))


def _output(action: BulkAction, origin: Origin, outcome: Outcome) -> Any:
    element, timestamp, window = origin
    if outcome.reason is None:
        written = Written(element, action.index, action.document_id, outcome.result)
        return WindowedValue(written, timestamp, (window,))
    failed = FailedWrite(
        element, action.index, action.document_id, outcome.reason, outcome.status, outcome.detail, outcome.attempts
    )
    return TaggedOutput(FAILED, WindowedValue(failed, timestamp, (window,)))
