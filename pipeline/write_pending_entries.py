"""WritePendingEntries: what a feed lists is remembered as pending before the feed counts as polled.

A feed that answers "not modified" next time no longer lists what was not yet read. So its entries are in the
index first, and only then its validators (``WriteFeedStates``): whatever is killed in between, no entry is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Index, Kind
from pipeline.drop_seen import DropSeen, choose_one
from pipeline.stage import BatchSortingDoFn, IndexDoFn, StageOutput, sort_outputs, sorted_by
from pipeline.write_entries import PENDING
from schemas.documents import entry_document, time_from_text, time_text
from schemas.entry_json import entry_from_json, entry_to_json
from schemas.errors import Failed, FailReason
from schemas.records import Entry

STAGE = "write_pending_entries"
_BATCH = 200

FIRST_REREAD_SECONDS = 600.0
LONGEST_REREAD_SECONDS = 86_400.0
"""Between two readings of a page whose entry keeps changing: ten minutes, twenty, ... up to a day."""


class WritePendingEntries(beam.PTransform[PCollection[Entry], StageOutput]):
    """Entry -> entry key once it is pending in the index; or Rejected(seen | duplicate), or Failed(index_rejected).

    Guarantees: idempotent; which of two readings of one entry is pending follows from the readings alone.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, entries: PCollection[Entry]) -> StageOutput:
        fresh = entries | "DropSeen" >> DropSeen(self._index_location, "_in_feeds")
        pending = sort_outputs(
            fresh.passed
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write" >> sorted_by(_WritePendingDoFn(STAGE, self._index_location))
        )
        failed: PCollection[Failed] = (fresh.failed, pending.failed) | "Failed" >> beam.Flatten()
        return StageOutput(pending.passed, fresh.rejected, failed)


def pending_document(entry: Entry, known: Document | None, now: datetime) -> Document:
    """The entry's document with the entry waiting in it; what was decided before stays.

    Of two listings of one feed the later waits, for it may say more than the one that is being read just now; of two
    feeds' listings the one that ``choose_one`` prefers. An entry that its feed changes again and again is read again
    ever more rarely.
    """
    if known is None:
        return entry_document(entry.key, entry.url, (), PENDING, "", "", now, entry_to_json(entry))
    if known["outcome"] == PENDING:
        earlier = entry_from_json(known["entry_json"])
        if earlier.source_id != entry.source_id:
            entry, _ = choose_one([entry, earlier])
    return {
        **known,
        "outcome": PENDING,
        "url": entry.url,
        "entry_json": entry_to_json(entry),
        "next_attempt_at": known["next_attempt_at"] if known["outcome"] == PENDING else _next_reading(known),
        "updated_at": time_text(now),
    }


def write_pending_entries(entries: Sequence[Entry], index: Index) -> Iterator[str | Failed]:
    """One outcome per entry: its key once it is pending in the index."""
    known = index.get_many(Kind.ENTRIES, [entry.key for entry in entries])
    now = datetime.now(UTC)
    documents = [pending_document(entry, known.get(entry.key), now) for entry in entries]
    outcomes = index.write(Kind.ENTRIES, documents)
    for entry, outcome in zip(entries, outcomes, strict=True):
        if outcome.error:
            reason, payload = FailReason.INDEX_REJECTED, entry_to_json(entry)
            yield Failed(STAGE, reason, entry.url, outcome.error, payload, True, entry.key, entry.revision)
        else:
            yield entry.key


def _next_reading(known: Document) -> str | None:
    """When an entry that was read so many times may be read again: the first change at once."""
    changes = len(known["revisions"]) - 1
    decided_at = time_from_text(known["updated_at"])
    if changes < 1 or decided_at is None:
        return None
    wait = min(FIRST_REREAD_SECONDS * 2.0 ** (changes - 1), LONGEST_REREAD_SECONDS)
    return time_text(decided_at + timedelta(seconds=wait))


class _WritePendingDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Entry]) -> Iterator[str | Failed]:
        return write_pending_entries(element, self.index)
