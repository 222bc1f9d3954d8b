"""The sink's metrics, under the namespace ``elasticsearch_io``."""

from __future__ import annotations

from collections.abc import Iterable

from apache_beam.metrics.metric import Metrics

from connectors.bulk_writes.bulk_answer import Outcome
from connectors.bulk_writes.bulk_sender import Tally

NAMESPACE = "elasticsearch_io"


class WriteMetrics:
    """Counters and distributions; to be called from the bundle's own thread.

    ``documents_written``, of these ``documents_stale``; ``documents_failed``; ``documents_sent_again``; ``bulks``;
    ``bytes_sent``; ``throttled_ms``; distributions ``bulk_latency_ms``, ``bulk_documents``, ``bulk_bytes``.
    """

    def __init__(self) -> None:
        self._written = Metrics.counter(NAMESPACE, "documents_written")
        self._stale = Metrics.counter(NAMESPACE, "documents_stale")
        self._failed = Metrics.counter(NAMESPACE, "documents_failed")
        self._again = Metrics.counter(NAMESPACE, "documents_sent_again")
        self._bulks = Metrics.counter(NAMESPACE, "bulks")
        self._bytes_sent = Metrics.counter(NAMESPACE, "bytes_sent")
        self._throttled = Metrics.counter(NAMESPACE, "throttled_ms")
        self._latency = Metrics.distribution(NAMESPACE, "bulk_latency_ms")
        self._documents = Metrics.distribution(NAMESPACE, "bulk_documents")
        self._bytes = Metrics.distribution(NAMESPACE, "bulk_bytes")

    def bad_element(self) -> None:
        """An element that never became an action."""
        self._failed.inc()

    def sent(self, outcomes: Iterable[Outcome], tally: Tally) -> None:
        """A batch that has its outcomes."""
        written = stale = failed = 0
        for outcome in outcomes:
            if outcome.written:
                written += 1
                stale += outcome.result == "stale"
            else:
                failed += 1
        self._written.inc(written)
        self._stale.inc(stale)
        self._failed.inc(failed)
        self._again.inc(tally.sent_again)
        self._bulks.inc(len(tally.bytes))
        self._bytes_sent.inc(tally.bytes_sent)
        self._throttled.inc(int(tally.throttled_seconds * 1000))
        for distribution, values in (
            (self._latency, tally.latency_ms),
            (self._documents, tally.documents),
            (self._bytes, tally.bytes),
        ):
            for value in values:
                distribution.update(value)
