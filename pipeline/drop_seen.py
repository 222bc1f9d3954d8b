"""DropSeen: an entry that the index already knows at this revision goes no further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Index, Kind
from connectors.tombstones import ENTRY, PUBLISHER, buried
from pipeline.stage import BatchSortingDoFn, IndexDoFn, SortingDoFn, StageOutput, sort_outputs, sorted_by
from schemas.errors import Failed, Rejected, RejectReason
from schemas.records import Entry

STAGE = "drop_seen"
REPEATED_STAGE = "drop_repeated"
_BATCH = 200


class DropSeen(beam.PTransform[PCollection[Entry], StageOutput]):
    """Entry -> Entry, or Rejected(seen | duplicate | forgotten).

    In -> out: at most one entry per key goes on. An entry is *seen* when its document in the index holds this
        revision; an entry listed twice at once (by two feeds, say) goes on once, the other is a duplicate.
    Guarantees: which of two goes on depends on the entries alone, not on their order.

    Args:
        where: added to the stage's name, so that two uses in one run keep two accounts.
    """

    def __init__(self, index_location: str, where: str = "") -> None:
        super().__init__()
        self._index_location = index_location
        self._where = where

    def expand(self, entries: PCollection[Entry]) -> StageOutput:
        chosen = sort_outputs(
            entries
            | "KeyByEntry" >> beam.Map(lambda entry: (entry.key, entry))
            | "GroupByEntry" >> beam.GroupByKey()
            | "ChooseOne" >> sorted_by(_ChooseOneDoFn(REPEATED_STAGE + self._where))
        )
        fresh = sort_outputs(
            chosen.passed
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "LookUp" >> sorted_by(_LookUpDoFn(STAGE + self._where, self._index_location))
        )
        rejected: PCollection[Rejected] = (chosen.rejected, fresh.rejected) | "Rejected" >> beam.Flatten()
        failed: PCollection[Failed] = (chosen.failed, fresh.failed) | "Failed" >> beam.Flatten()
        return StageOutput(fresh.passed, rejected, failed)


def choose_one(entries: Sequence[Entry]) -> tuple[Entry, list[Entry]]:
    """The entry that stands for all with its key, and the others.

    The one that states most about itself wins (an outlet's own feed over an anonymous list), then by source
    and revision, so that the choice does not depend on the order of arrival.
    """

    def rank(entry: Entry) -> tuple[bool, bool, str, str]:
        return (not entry.publication.publisher, entry.published_at is None, entry.source_id, entry.revision)

    ranked = sorted(entries, key=rank)
    return ranked[0], ranked[1:]


def is_seen(entry: Entry, known: Document | None) -> bool:
    """Whether the entry's document holds this revision."""
    return known is not None and entry.revision in known["revisions"]


def drop_repeated(entries: Sequence[Entry]) -> Iterator[Entry | Rejected]:
    """Of entries with one key the one that stands for all; the others are duplicates."""
    winner, others = choose_one(entries)
    yield winner
    for entry in others:
        yield Rejected(REPEATED_STAGE, RejectReason.DUPLICATE, entry.url, entry.key, entry.revision, "listed twice")


def drop_seen(entries: Sequence[Entry], index: Index) -> Iterator[Entry | Rejected]:
    """One outcome per entry: it goes on unless the index knows it at this revision, or was told to forget it."""
    named = [name for entry in entries for name in _names(entry)]
    forgotten = buried(index, named)
    known = index.get_many(Kind.ENTRIES, [entry.key for entry in entries], ["revisions"])
    for entry in entries:
        if not forgotten.isdisjoint(_names(entry)):
            yield Rejected(STAGE, RejectReason.FORGOTTEN, entry.url, entry.key, entry.revision)
        elif is_seen(entry, known.get(entry.key)):
            yield Rejected(STAGE, RejectReason.SEEN, entry.url)
        else:
            yield entry


def _names(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Under which an entry may have been forgotten."""
    return (ENTRY, entry.key), (PUBLISHER, entry.publication.publisher)


class _ChooseOneDoFn(SortingDoFn):
    def size(self, element: tuple[str, Sequence[Entry]]) -> int:
        return len(element[1])

    def decide(self, element: tuple[str, Iterable[Entry]]) -> Iterator[Entry | Rejected]:
        return drop_repeated(list(element[1]))


class _LookUpDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Entry]) -> Iterator[Entry | Rejected]:
        return drop_seen(element, self.index)
