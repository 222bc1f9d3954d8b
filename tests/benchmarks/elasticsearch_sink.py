"""The sink beside ``helpers.parallel_bulk``: ``python -m tests.benchmarks.elasticsearch_sink [DOCUMENTS] [ROUNDS]``.

The same documents of about 2 KB, ready-made dicts, into new indices of one real server, in turns within one run. The
helper is tuned first: the best of several thread counts and chunk sizes. The sink is a whole Beam pipeline with both
outputs counted. STRAITWIRE_TEST_ELASTICSEARCH names a server to use instead of a new one.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from connectors.bulk_writes.bulk_limits import Limits
from pipeline.elasticsearch_io import ActionFields, SinkOptions, WriteToElasticsearch
from tests.elasticsearch_server import ElasticsearchServer

_TUNINGS = ((1, 500), (2, 500), (2, 1000), (4, 500), (4, 1000))
_ROWS: list[dict[str, Any]] = []
_MAPPING = {"properties": {"key": {"type": "keyword"}, "n": {"type": "long"}, "body": {"type": "text"}}}

Figures = tuple[float, float]
"""Seconds and CPU seconds of this process."""


def _make_rows(number: int) -> None:
    draw = Random(2)
    words = [f"word{n}" for n in range(3000)]
    for n in range(number):
        body = " ".join(draw.choices(words, k=230))
        _ROWS.append({"key": f"{n:08d}", "n": n, "title": f"title {n}", "topics": ["a", "b"], "body": body})


def _key(row: dict[str, Any]) -> str:
    return row["key"]


def _with_helper(url: str, index: str, threads: int, chunk: int) -> None:
    client = Elasticsearch(url, request_timeout=300)
    actions = ({"_index": index, "_id": row["key"], "_source": row} for row in _ROWS)
    results = parallel_bulk(client, actions, threads, chunk, queue_size=threads, max_chunk_bytes=10 * 1024 * 1024)
    assert all(done for done, _ in results)
    client.close()


class _Read(beam.DoFn):
    """As a source reads: the rows stay in this module, so that Beam neither pickles them nor infers their types."""

    def process(self, element: object) -> Iterator[Any]:
        yield from _ROWS


def _with_sink(url: str, index: str, in_flight: int, chunk: int) -> None:
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    rows = pipeline | beam.Create([None]) | beam.ParDo(_Read())
    options = SinkOptions(Limits(chunk, 10 * 1024 * 1024), in_flight=in_flight)
    result = rows | WriteToElasticsearch(url, ActionFields(index, id=_key), options=options)
    result.failed | beam.Map(_refuse)
    run = pipeline.run()
    run.wait_until_finish()
    written = run.metrics().query(beam.metrics.MetricsFilter().with_name("documents_written"))["counters"]
    assert [metric.result for metric in written] == [len(_ROWS)]


def _refuse(failed: object) -> None:
    raise AssertionError(failed)


def _timed(url: str, write: Callable[[str, str, int, int], None], threads: int, chunk: int) -> Figures:
    index = "benchmark"
    client = Elasticsearch(url, request_timeout=300)
    client.options(ignore_status=404).indices.delete(index=index)
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
    client.indices.create(index=index, mappings=_MAPPING, settings=settings)
    wall, cpu = time.perf_counter(), time.process_time()
    write(url, index, threads, chunk)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    client.indices.refresh(index=index)
    assert client.count(index=index)["count"] == len(_ROWS)
    client.close()
    return wall, cpu


@contextmanager
def _server() -> Iterator[str]:
    running = os.environ.get("STRAITWIRE_TEST_ELASTICSEARCH")
    if running:
        urllib.request.urlopen(f"{running}/_cluster/health").close()
        yield running
        return
    server = ElasticsearchServer()
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def main() -> None:
    """Print the figures."""
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    _make_rows(number)
    with _server() as url:
        deque((_timed(url, _with_helper, 2, 500) for _ in range(2)), maxlen=0)  # the server warms up
        tuned = {tuning: _timed(url, _with_helper, *tuning)[0] for tuning in _TUNINGS}
        best = min(tuned, key=lambda tuning: tuned[tuning])
        print("tuning:", ", ".join(f"{t}x{c} {number / seconds:.0f}/s" for (t, c), seconds in tuned.items()))
        pairs = []
        for turn in range(rounds):
            order = (_with_helper, _with_sink) if turn % 2 == 0 else (_with_sink, _with_helper)
            done = {write: _timed(url, write, *best) for write in order}
            pairs.append((done[_with_helper], done[_with_sink]))
            (wall, cpu), (sink_wall, sink_cpu) = pairs[-1]
            print(
                f"helper {number / wall:>6.0f}/s {cpu / number * 1e6:>5.0f} us CPU a document, "
                f"sink {number / sink_wall:>6.0f}/s {sink_cpu / number * 1e6:>5.0f} us"
            )
    speed = statistics.median(helper[0] / sink[0] for helper, sink in pairs)
    cost = statistics.median(sink[1] / helper[1] for helper, sink in pairs)
    print(f"{best[0]} threads, {best[1]} a bulk: throughput {speed:.2f} times the helper's, CPU {cost:.2f} times")


if __name__ == "__main__":
    # Imported under its own name: what Beam pickles from ``__main__`` is a copy that has no rows.
    from tests.benchmarks import elasticsearch_sink

    elasticsearch_sink.main()
