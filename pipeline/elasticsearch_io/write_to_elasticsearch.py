"""WriteToElasticsearch: elements become documents; each comes out as written or failed, none vanishes."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.elasticsearch_io.connection import Connection, Credentials, NoCredentials
from pipeline.elasticsearch_io.element_actions import ActionFields
from pipeline.elasticsearch_io.results import WriteResult
from pipeline.elasticsearch_io.write_across_bundles import (
    AcrossBundles,
    ShardDoFn,
    WriteAcrossBundlesDoFn,
    WriteWithinSecondsDoFn,
)
from pipeline.elasticsearch_io.write_bundles import FAILED, SinkOptions, Target, WriteDoFn

_WRITTEN = "written"


class WriteToElasticsearch(beam.PTransform[PCollection[Any], WriteResult]):
    """Any element -> Written, or FailedWrite with its reason.

    ::

        result = articles | WriteToElasticsearch(
            "https://search.example:9200",
            ActionFields(index="articles", id=lambda article: article["url"]),
            EnvironmentCredentials(api_key="SEARCH_API_KEY"),
        )
        result.failed | "Keep" >> WriteDeadLettersSomewhere()

    In -> out: every element is in exactly one of ``written`` and ``failed`` of each committed bundle, with its own
        window and timestamp. An element in several windows is written once for each.
    Guarantees: at least once, and with an ``id`` function idempotent. Documents that the server refuses for now are
        sent again, those only; one that spoils a request is found by halving; the server is given less while it is
        overloaded. A function that raises fails its element only.
    State, time: bulks end with the bundle; with ``across_bundles`` they wait in state (see there).

    Args:
        connection: URL of a server, or a Connection.
        fields: how a document is made of an element.
        credentials: a provider that is asked on the worker, so that no secret is pickled or displayed.
        options: limits, retries, bulks in flight, what a conflict means.
        across_bundles: for streams with tiny bundles.

    Errors: BulkStoppedError with one plain sentence for 401, 403, a missing index, or what is no Elasticsearch.
    """

    def __init__(
        self,
        connection: str | Connection,
        fields: ActionFields,
        credentials: Credentials | None = None,
        options: SinkOptions | None = None,
        across_bundles: AcrossBundles | None = None,
    ) -> None:
        super().__init__()
        opened = Connection((connection,)) if isinstance(connection, str) else connection
        self._target = Target(opened, fields, credentials or NoCredentials(), options or SinkOptions())
        self._across_bundles = across_bundles

    def expand(self, elements: PCollection[Any]) -> WriteResult:
        across = self._across_bundles
        if across is None:
            results = elements | "Write" >> beam.ParDo(WriteDoFn(self._target)).with_outputs(FAILED, main=_WRITTEN)
        else:
            keyed = elements | "Shard" >> beam.ParDo(ShardDoFn(self._target, across.shards)).with_output_types(
                tuple[int, Any]
            )
            write: WriteDoFn = (
                WriteAcrossBundlesDoFn(self._target)
                if across.wait_seconds is None
                else WriteWithinSecondsDoFn(self._target, across.wait_seconds)
            )
            results = keyed | "Write" >> beam.ParDo(write).with_outputs(FAILED, main=_WRITTEN)
        return WriteResult(results[_WRITTEN], results[FAILED])

    def display_data(self) -> dict[str, Any]:
        """What a runner's page shows; never a secret, nor the provider of one."""
        fields, options = self._target.fields, self._target.options
        return {
            "servers": " ".join(self._target.connection.urls),
            "index": "by element" if callable(fields.index) else fields.index,
            "operation": "by element" if callable(fields.operation) else str(fields.operation),
            "bulk_documents": options.limits.documents,
            "bulk_bytes": options.limits.bytes,
            "in_flight": options.in_flight,
            "conflicts": options.conflicts.value,
            "attempts": options.retries.attempts,
            "retry_seconds": int(options.retries.seconds),
        }
