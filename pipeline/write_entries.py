"""WriteEntries: what was decided about each entry is remembered, last of all.

An entry is seen only when its document says so, and that document is written after everything that follows
from the entry. A run that is killed anywhere before does the entry's work again and ends in the same documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Kind
from pipeline.stage import IndexDoFn
from schemas.documents import entry_document
from schemas.errors import Failed, Rejected, RejectReason, StraitwireError
from schemas.records import Article

_BATCH = 200
_PRECEDENCE = ("indexed", "rejected", "failed")


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """One outcome for one entry at one revision."""

    entry_key: str
    url: str
    revision: str
    outcome: str
    article_id: str = ""
    reason: str = ""


class WriteEntries(beam.PTransform[PCollection[EntryDecision], PCollection[str]]):
    """EntryDecision -> entry key, once its document is written.

    Args:
        after: outputs that must be in the index before any entry counts as seen.
    """

    def __init__(self, index_location: str, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._after = after

    def expand(self, decisions: PCollection[EntryDecision]) -> PCollection[str]:
        written: PCollection[str] = (
            decisions
            | "KeyByEntry" >> beam.Map(lambda decision: (decision.entry_key, decision))
            | "GroupByEntry" >> beam.GroupByKey()
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write"
            >> beam.ParDo(
                _WriteEntriesDoFn("write_entries", self._index_location),
                *[beam.pvalue.AsIter(earlier) for earlier in self._after],
            )
        )
        return written


def decision_of_article(article: Article) -> tuple[str, EntryDecision]:
    """Keyed by article id: the decision that holds once the article is in the index."""
    url = article.fetched_url
    decision = EntryDecision(article.entry_keys[0], url, article.revision, "indexed", article.article_id)
    return article.article_id, decision


def decision_of_turned_away(outcome: Rejected | Failed) -> Iterator[EntryDecision]:
    """The decision to remember about a rejected or failed entry, if any.

    A transient failure is not remembered, so that the next round tries again; nor is "seen".
    """
    if not outcome.entry_key or outcome.reason is RejectReason.SEEN:
        return
    if isinstance(outcome, Failed) and not outcome.permanent:
        return
    kind = "rejected" if isinstance(outcome, Rejected) else "failed"
    yield EntryDecision(
        outcome.entry_key, outcome.url, outcome.revision, kind, reason=f"{outcome.stage}: {outcome.reason.value}"
    )


def combine(decisions: Sequence[EntryDecision], known: Document | None, now: datetime) -> Document:
    """One entry document out of all that is known of the entry: indexed wins over rejected over failed."""
    best = min(decisions, key=lambda one: (_PRECEDENCE.index(one.outcome), one.url, one.article_id, one.reason))
    if known and _PRECEDENCE.index(known["outcome"]) < _PRECEDENCE.index(best.outcome):
        best = EntryDecision(
            best.entry_key, known["url"], best.revision, known["outcome"], known["article_id"], known["reason"]
        )
    revisions = {one.revision for one in decisions} | set(known["revisions"] if known else ())
    return entry_document(best.entry_key, best.url, revisions, best.outcome, best.article_id, best.reason, now)


class _WriteEntriesDoFn(IndexDoFn):
    def process(self, element: Sequence[tuple[str, Iterable[EntryDecision]]], *after: Any) -> Iterator[str]:
        known = self.index.get_many(Kind.ENTRIES, [key for key, _ in element])
        now = datetime.now(UTC)
        documents = [combine(list(decisions), known.get(key), now) for key, decisions in element]
        for outcome in self.index.write(Kind.ENTRIES, documents):
            if outcome.error:
                raise StraitwireError(f"the index refused the record of an entry: {outcome.error}")
            yield outcome.document_id
