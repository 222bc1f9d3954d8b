"""WriteDeadLetters: every failed element is kept with its stage, reason and payload, replayable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import apache_beam as beam
import xxhash
from apache_beam.pvalue import PCollection

from connectors.dead_letter_spool import spool_dead_letters
from connectors.index import Index, Kind
from pipeline.stage import IndexDoFn
from schemas.documents import dead_letter_document
from schemas.errors import Failed, IndexUnavailableError

_BATCH = 200


class WriteDeadLetters(beam.PTransform[PCollection[Failed], PCollection[str]]):
    """Failed -> dead letter id, once it is kept.

    Guarantees: idempotent: one element that fails at one stage is one dead letter, however often it fails.
        What the index cannot take goes to a local file, synced to disk, which the next run drains.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, failures: PCollection[Failed]) -> PCollection[str]:
        written: PCollection[str] = (
            failures
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write" >> beam.ParDo(_WriteDoFn("write_dead_letters", self._index_location))
        )
        return written


def dead_letter_id(stage: str, entry_key_or_url: str) -> str:
    """Hash of stage and address (32 hex digits)."""
    return xxhash.xxh3_128_hexdigest(f"{stage}\n{entry_key_or_url}".encode())


def write_dead_letters(failures: Sequence[Failed], index: Index, index_location: str) -> list[str]:
    """Their ids, once they are in the index or, refused by it, on disk."""
    now = datetime.now(UTC)
    documents = {dead_letter_id(failed.stage, failed.entry_key or failed.url): failed for failed in failures}
    rows = [dead_letter_document(failed, identity, now) for identity, failed in documents.items()]
    try:
        outcomes = index.write(Kind.DEAD_LETTERS, rows)
    except IndexUnavailableError:
        spool_dead_letters(index_location, rows)
        raise
    refused = {outcome.document_id for outcome in outcomes if outcome.error}
    spool_dead_letters(index_location, [row for row in rows if row["dead_letter_id"] in refused])
    return list(documents)


class _WriteDoFn(IndexDoFn):
    def process(self, element: Sequence[Failed]) -> Iterator[str]:
        yield from write_dead_letters(element, self.index, self._index_location)
