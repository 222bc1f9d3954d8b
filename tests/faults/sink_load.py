"""A load through WriteToElasticsearch, and what a real server holds afterwards."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.elasticsearch_io import ActionFields, FailedWrite, SinkOptions, WriteToElasticsearch, Written

INDEX = "load"

_SEEN: list[Written | FailedWrite] = []


@dataclass
class Loaded:
    """What came out of the sink."""

    written: list[Written]
    failed: list[FailedWrite]
    counters: dict[str, Any]


def _see(outcome: Written | FailedWrite) -> None:
    _SEEN.append(outcome)


def load(url: str, rows: Iterable[Any], fields: ActionFields, options: SinkOptions) -> Loaded:
    """Run the sink over the rows."""
    _SEEN.clear()
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([]))
    result = pipeline | beam.Create(list(rows)) | WriteToElasticsearch(url, fields, options=options)
    result.written | "SeeWritten" >> beam.Map(_see)
    result.failed | "SeeFailed" >> beam.Map(_see)
    run = pipeline.run()
    run.wait_until_finish()
    counters = {metric.key.metric.name: metric.result for metric in run.metrics().query()["counters"]}
    return Loaded(
        [seen for seen in _SEEN if isinstance(seen, Written)],
        [seen for seen in _SEEN if isinstance(seen, FailedWrite)],
        counters,
    )


def request(url: str, method: str = "GET", body: object = None) -> Any:
    """The server's answer as JSON."""
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(url, data=data, headers=headers, method=method), timeout=30
    ) as answer:
        return json.load(answer)


def stored(url: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every document of the index: id, version, content."""
    request(f"{url}/{INDEX}/_refresh", "POST")
    body: dict[str, Any] = {"size": 5000, "sort": [{"key": "asc"}], "version": True, "track_total_hits": False}
    while True:
        hits = request(f"{url}/{INDEX}/_search", "POST", body)["hits"]["hits"]
        for hit in hits:
            yield hit["_id"], hit["_version"], hit["_source"]
        if not hits:
            return
        body["search_after"] = hits[-1]["sort"]
