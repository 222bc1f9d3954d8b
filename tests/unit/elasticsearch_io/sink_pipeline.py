"""Runs the sink over elements and gives what came out, with window and timestamp."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from connectors.bulk_writes.bulk_limits import Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from pipeline.elasticsearch_io import ActionFields, FailedWrite, SinkOptions, WriteToElasticsearch, Written

WINDOW_SECONDS = 10
QUICK = RetryPolicy(attempts=400, seconds=60, first_pause_seconds=0.001, longest_pause_seconds=0.004)

_SEEN: list[tuple[Any, float, float]] = []
_LOCK = threading.Lock()


class _See(beam.DoFn):
    def process(self, element: Any, timestamp=beam.DoFn.TimestampParam, window=beam.DoFn.WindowParam):
        with _LOCK:
            _SEEN.append((element, float(timestamp), float(window.start)))


def number(row: dict[str, Any]) -> int:
    return row["n"]


def run_sink(
    url: str,
    rows: Iterable[Any],
    fields: ActionFields,
    options: SinkOptions | None = None,
    window_seconds: int = WINDOW_SECONDS,
    **more: Any,
) -> tuple[list[tuple[Written, float, float]], list[tuple[FailedWrite, float, float]], Any]:
    """Written and failed, each with timestamp and start of its window; and the pipeline's result.

    The n-th row has the timestamp n.
    """
    _SEEN.clear()
    options = options or SinkOptions(Limits(7, 2000), QUICK)
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    result = (
        pipeline
        | beam.Create(list(enumerate(rows)))
        | beam.Map(lambda pair: TimestampedValue(pair[1], pair[0]))
        | beam.WindowInto(FixedWindows(window_seconds))
        | WriteToElasticsearch(url, fields, options=options, **more)
    )
    result.written | "SeeWritten" >> beam.ParDo(_See())
    result.failed | "SeeFailed" >> beam.ParDo(_See())
    run = pipeline.run()
    run.wait_until_finish()
    written = [seen for seen in _SEEN if isinstance(seen[0], Written)]
    failed = [seen for seen in _SEEN if isinstance(seen[0], FailedWrite)]
    assert len(written) + len(failed) == len(_SEEN)
    return written, failed, run


def metrics(run: Any) -> dict[str, Any]:
    """Counters, and distributions as (count, sum, min, max)."""
    found = run.metrics().query()
    values = {metric.key.metric.name: metric.result for metric in found["counters"]}
    for metric in found["distributions"]:
        values[metric.key.metric.name] = metric.result
    return values
