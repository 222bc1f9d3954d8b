"""KeepTime: the unbounded source. It gives nothing but beats; what is to be done at a beat, the index says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.pvalue import PBegin, PCollection
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

from pipeline.drain import is_draining

_LAST = 2**62
_BEAT_BYTES = 8


class KeepTime(beam.PTransform[PBegin, PCollection[int]]):
    """Nothing -> the number of the beat, for as long as nobody asks to drain.

    In -> out: one beat every ``every_seconds``. Beats that were missed while nothing ran are not made up for:
        what they would have found is still in the index.
    State, time: the number of the next beat, kept by the runner. A beat carries the time of its making, and the
        watermark moves with it, whether any feed has news or not.
    Guarantees: ends when the process is asked to drain, and when the runner drains the source.
    """

    def __init__(self, every_seconds: float) -> None:
        super().__init__()
        self._every_seconds = every_seconds

    def expand(self, begin: PBegin) -> PCollection[int]:
        beat = beam.ParDo(_BeatDoFn(self._every_seconds))
        beats: PCollection[int] = begin | "Begin" >> beam.Impulse() | "Beat" >> beat
        return beats


class _BeatsProvider(RestrictionProvider):
    def initial_restriction(self, element: bytes) -> OffsetRange:
        return OffsetRange(0, _LAST)

    def create_tracker(self, restriction: OffsetRange) -> OffsetRestrictionTracker:
        return OffsetRestrictionTracker(restriction)

    def restriction_size(self, element: bytes, restriction: OffsetRange) -> int:
        return _BEAT_BYTES  # never behind: there is one beat to make

    def truncate(self, element: bytes, restriction: OffsetRange) -> None:
        """The runner drains: no further beat."""


_BEATS = beam.DoFn.RestrictionParam(_BeatsProvider())
_WATERMARK = beam.DoFn.WatermarkEstimatorParam(ManualWatermarkEstimator.default_provider())


class _BeatDoFn(beam.DoFn):
    def __init__(self, every_seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._every_seconds = every_seconds

    @beam.DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]  # Beam's decorators are untyped
    def process(
        self,
        element: bytes,
        tracker: Any = _BEATS,
        watermark: Any = _WATERMARK,
    ) -> Iterator[Any]:
        beats = tracker.current_restriction()
        if is_draining():
            tracker.try_claim(beats.stop)  # past the end: nothing of the restriction is left
            return
        if not tracker.try_claim(beats.start):
            return
        now = Timestamp.of(time.time())
        earlier = watermark.current_watermark()
        if earlier is None or now > earlier:  # clocks are set back, watermarks never
            watermark.set_watermark(now)
        yield TimestampedValue(beats.start, max(now, earlier) if earlier is not None else now)
        tracker.defer_remainder(Duration.of(self._every_seconds))
