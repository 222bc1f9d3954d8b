"""The sink across bundles: elements wait in state until a bulk is full, or until the oldest has waited long enough."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.coders import FastPrimitivesCoder, VarIntCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)
from apache_beam.utils.timestamp import Timestamp

from pipeline.elasticsearch_io.element_actions import BadElementError
from pipeline.elasticsearch_io.write_bundles import Target, WriteDoFn

_WAITING = BagStateSpec("waiting", FastPrimitivesCoder())
_NUMBER = ReadModifyWriteStateSpec("number", VarIntCoder())
_SIZE = ReadModifyWriteStateSpec("size", VarIntCoder())
_AT_WINDOW_END = TimerSpec("at_window_end", TimeDomain.WATERMARK)
_WAITED_ENOUGH = TimerSpec("waited_enough", TimeDomain.REAL_TIME)


@dataclass(frozen=True, slots=True)
class AcrossBundles:
    """Batches that outlive bundles, for streams whose bundles hold an element or two.

    Attributes:
        shards: batches that are gathered at the same time; elements on one document share a shard.
        wait_seconds: the longest that an element waits, by a processing-time timer. None sets no such timer: elements
            then wait for a full bulk or the end of their window. A runner that refuses processing-time timers
            (Beam's DirectRunner over a splittable source) needs None.
    """

    shards: int = 4
    wait_seconds: float | None = 5.0

    def __post_init__(self) -> None:
        if self.shards < 1 or (self.wait_seconds is not None and self.wait_seconds <= 0):
            raise ValueError("there is at least one shard, and waiting takes time")


class ShardDoFn(beam.DoFn):
    """Element -> (shard, element), by the hash of its document's id."""

    def __init__(self, target: Target, shards: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's DoFn has no annotations
        self._fields = target.fields
        self._shards = shards

    def process(self, element: Any) -> Iterator[tuple[int, Any]]:
        try:
            identity = self._fields.identity(element)
        except Exception:  # the sink itself says what is wrong with the element
            identity = ""
        yield zlib.crc32(identity.encode(errors="replace")) % self._shards, element


class WriteAcrossBundlesDoFn(WriteDoFn):
    """Keyed by shard; a shard's elements wait in its state.

    State, time: per shard and window, emptied when full, when the oldest has waited, and at the end of the window.
        Elements on one document keep their order within their window.
        Whatever leaves the state is sent, and its outcomes leave, in the same bundle: they commit together.
    """

    def process(  # type: ignore[override]  # Beam passes state and timers by their defaults
        self,
        element: tuple[int, Any],
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
        waiting: Any = beam.DoFn.StateParam(_WAITING),
        number: Any = beam.DoFn.StateParam(_NUMBER),
        size: Any = beam.DoFn.StateParam(_SIZE),
        at_window_end: Any = beam.DoFn.TimerParam(_AT_WINDOW_END),  # noqa: B008
    ) -> Iterator[Any]:
        value = element[1]
        try:
            action = self._action(value)
        except BadElementError as error:
            yield self._bad_element((value, timestamp, window), error)
            return
        limits, length = self._limits.now, len(action.payload)
        held, held_bytes = number.read() or 0, size.read() or 0
        if held and (held >= limits.documents or held_bytes + length > limits.bytes):
            yield from self._flush(waiting, number, size, window)
            held = held_bytes = 0
        waiting.add((value, timestamp.micros))
        number.write(held + 1)
        size.write(held_bytes + length)
        at_window_end.set(window.max_timestamp())

    @on_timer(_AT_WINDOW_END)
    def window_ends(
        self,
        window: Any = beam.DoFn.WindowParam,
        waiting: Any = beam.DoFn.StateParam(_WAITING),
        number: Any = beam.DoFn.StateParam(_NUMBER),
        size: Any = beam.DoFn.StateParam(_SIZE),
    ) -> Iterator[Any]:
        """Nothing more comes for this window."""
        yield from self._flush(waiting, number, size, window)

    def _flush(self, waiting: Any, number: Any, size: Any, window: Any) -> Iterator[Any]:
        """Hand over what waits to the bundle's bulks; outcomes come with these, at the latest when the bundle ends."""
        held = list(waiting.read())
        for state in (waiting, number, size):
            state.clear()
        for value, micros in held:
            yield from super().process(value, Timestamp(micros=micros), window)
        if self._gathering.actions:
            yield from self._send_gathering()


class WriteWithinSecondsDoFn(WriteAcrossBundlesDoFn):
    """The same with a processing-time timer.

    A class of its own, because a runner that does not know such timers refuses one that is only declared.
    """

    def __init__(self, target: Target, wait_seconds: float) -> None:
        super().__init__(target)
        self._wait_seconds = wait_seconds

    def process(  # type: ignore[override]  # Beam passes state and timers by their defaults
        self,
        element: tuple[int, Any],
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
        waiting: Any = beam.DoFn.StateParam(_WAITING),
        number: Any = beam.DoFn.StateParam(_NUMBER),
        size: Any = beam.DoFn.StateParam(_SIZE),
        at_window_end: Any = beam.DoFn.TimerParam(_AT_WINDOW_END),  # noqa: B008
        waited_enough: Any = beam.DoFn.TimerParam(_WAITED_ENOUGH),  # noqa: B008
    ) -> Iterator[Any]:
        yield from super().process(element, timestamp, window, waiting, number, size, at_window_end)
        if number.read() == 1:  # the first of a new batch
            waited_enough.set(Timestamp.now() + self._wait_seconds)

    @on_timer(_WAITED_ENOUGH)
    def oldest_waited(
        self,
        window: Any = beam.DoFn.WindowParam,
        waiting: Any = beam.DoFn.StateParam(_WAITING),
        number: Any = beam.DoFn.StateParam(_NUMBER),
        size: Any = beam.DoFn.StateParam(_SIZE),
    ) -> Iterator[Any]:
        """The oldest element has waited long enough."""
        yield from self._flush(waiting, number, size, window)
