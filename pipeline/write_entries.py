"""DecideEntries and WriteEntries: what was decided about each entry is remembered, last of all.

An entry is seen only when its document says so, and that document is written after everything that follows
from the entry. A run that is killed anywhere before does the entry's work again and ends in the same documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Index, Kind
from connectors.tombstones import ENTRY, write_tombstones
from pipeline import (
    attribute_wire,
    extract_article,
    fetch_pages,
    index_articles,
    link_wire_copies,
    strip_boilerplate,
    tag_topics,
)
from pipeline.drop_seen import REPEATED_STAGE
from pipeline.stage import IndexDoFn, written_ids
from pipeline.write_dead_letters import dead_letter_id
from schemas.documents import MAXIMUM_REVISIONS, entry_document
from schemas.entry_json import entry_from_json
from schemas.errors import Failed, Rejected, RejectReason
from schemas.records import Article

INDEXED, REJECTED, FAILED, PENDING, REPEATED = "indexed", "rejected", "failed", "pending", "repeated"
FORGOTTEN = "forgotten"
_PRECEDENCE = (INDEXED, REJECTED, FAILED, PENDING, REPEATED)
_BATCH = 200
_REPLAYABLE_STAGES = (
    fetch_pages.STAGE,
    extract_article.STAGE,
    strip_boilerplate.STAGE,
    attribute_wire.STAGE,
    tag_topics.STAGE,
    link_wire_copies.SIGN_STAGE,
    index_articles.STAGE,
)

MAXIMUM_ATTEMPTS = 8
FIRST_RETRY_SECONDS = 60.0
MAXIMUM_RETRY_SECONDS = 6 * 3600.0
"""A page out of reach is tried again after 1, 2, 4 ... minutes: eight attempts span a little over two hours."""


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """One outcome for one entry at one revision; ``entry_json`` when it is to be tried again."""

    entry_key: str
    url: str
    revision: str
    outcome: str
    article_id: str = ""
    reason: str = ""
    entry_json: str = ""


class DecideEntries(beam.PTransform[Any, PCollection[EntryDecision]]):
    """(articles, indexed ids, rejected, failed) -> EntryDecision.

    In -> out: one decision per article whose id was indexed, and per rejection or failure that names its entry.
        An article that the index refused gives none here: its failure does.
    """

    def expand(
        self, inputs: tuple[PCollection[Article], PCollection[str], PCollection[Rejected], PCollection[Failed]]
    ) -> PCollection[EntryDecision]:
        articles, indexed_ids, rejected, failed = inputs
        of_articles = (
            {
                "decisions": articles | "OfArticle" >> beam.Map(decision_of_article),
                "indexed": indexed_ids | "KeyIndexed" >> beam.Map(lambda identity: (identity, True)),
            }
            | "JoinIndexed" >> beam.CoGroupByKey()
            | "WhereIndexed" >> beam.FlatMap(lambda group: group[1]["decisions"] if any(group[1]["indexed"]) else [])
        )
        of_rejected = rejected | "OfRejected" >> beam.FlatMap(decision_of_turned_away)
        of_failed = failed | "OfFailed" >> beam.FlatMap(decision_of_turned_away)
        decisions: PCollection[EntryDecision] = (of_articles, of_rejected, of_failed) | "All" >> beam.Flatten()
        return decisions


class WriteEntries(beam.PTransform[PCollection[EntryDecision], PCollection[str]]):
    """EntryDecision -> entry key, once its document is written.

    In -> out: one per entry; dead letters of an entry that was indexed or rejected after all are removed.

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
    decision = EntryDecision(article.entry_keys[0], url, article.revision, INDEXED, article.article_id)
    return article.article_id, decision


def decision_of_turned_away(outcome: Rejected | Failed) -> Iterator[EntryDecision]:
    """The decision to remember about a rejected or failed entry, if any; "seen" is none."""
    if not outcome.entry_key or outcome.reason is RejectReason.SEEN:
        return
    reason = f"{outcome.stage}: {outcome.reason.value}"
    if isinstance(outcome, Rejected):
        kind = REPEATED if outcome.stage == REPEATED_STAGE else REJECTED
        kind = FORGOTTEN if outcome.reason is RejectReason.FORGOTTEN else kind
        yield EntryDecision(outcome.entry_key, outcome.url, outcome.revision, kind, reason=reason)
    else:
        kind = FAILED if outcome.permanent else PENDING
        yield EntryDecision(outcome.entry_key, outcome.url, outcome.revision, kind, "", reason, outcome.entry_json)


def combine(decisions: Sequence[EntryDecision], known: Document | None, now: datetime) -> Document:
    """One entry document out of all that is known of the entry.

    Indexed wins over rejected over failed, now or earlier. An entry that could not be reached stays pending
    until MAXIMUM_ATTEMPTS, and so does one that its feed has changed since this decision was begun.
    """
    best = min(decisions, key=lambda one: (_PRECEDENCE.index(one.outcome), one.url, one.article_id, one.reason))
    decided = sorted({one.revision for one in decisions if one.outcome != PENDING})
    settled = list(dict.fromkeys([*(known["revisions"] if known else ()), *decided]))
    article_id = best.article_id or (known["article_id"] if known else "")
    attempts = (known["attempts"] if known else 0) + 1
    if best.outcome == PENDING and attempts < MAXIMUM_ATTEMPTS:
        # Another listing of the same revision was set aside, not read.
        settled = [revision for revision in settled if revision != best.revision]
        wait = min(FIRST_RETRY_SECONDS * 2 ** (attempts - 1), MAXIMUM_RETRY_SECONDS)
        return entry_document(
            best.entry_key, best.url, settled, PENDING, article_id, best.reason, now,
            best.entry_json, attempts, now + timedelta(seconds=wait),
        )  # fmt: skip
    if best.outcome == PENDING:
        settled.append(best.revision)
    if known and known["outcome"] == PENDING and entry_from_json(known["entry_json"]).revision not in settled:
        return {**known, "revisions": settled[-MAXIMUM_REVISIONS:], "article_id": article_id}
    outcome = FAILED if best.outcome in (PENDING, REPEATED) else best.outcome
    url, reason = best.url, best.reason
    if known and known["outcome"] != PENDING and _PRECEDENCE.index(known["outcome"]) < _PRECEDENCE.index(outcome):
        outcome, url, reason = known["outcome"], known["url"], known["reason"]
    return entry_document(best.entry_key, url, settled, outcome, article_id, reason, now)


def write_entries(decided: Sequence[tuple[str, Sequence[EntryDecision]]], index: Index) -> Iterator[str]:
    """The key of each entry, once what was decided about it is written; its dead letters go when it came through."""
    decided = _without_forgotten(decided, index)
    known = index.get_many(Kind.ENTRIES, [key for key, _ in decided])
    now = datetime.now(UTC)
    documents = [
        combine(decisions, known.get(key), now)
        for key, decisions in decided
        if any(one.outcome != REPEATED for one in decisions)
    ]
    yield from written_ids(index.write(Kind.ENTRIES, documents))
    recovered = [
        dead_letter_id(stage, row["entry_key"])
        for row in documents
        if row["outcome"] in (INDEXED, REJECTED) and row["entry_key"] in known
        for stage in _REPLAYABLE_STAGES
    ]
    if recovered:
        index.delete(Kind.DEAD_LETTERS, recovered)


def _without_forgotten(
    decided: Sequence[tuple[str, Sequence[EntryDecision]]], index: Index
) -> Sequence[tuple[str, Sequence[EntryDecision]]]:
    """The others. Of an entry that leads to what was forgotten nothing is kept but a tombstone of its own."""
    gone = [key for key, decisions in decided if any(one.outcome == FORGOTTEN for one in decisions)]
    if gone:
        write_tombstones(index, "", ((ENTRY, key) for key in gone))
        index.delete(Kind.ENTRIES, gone)
    return [(key, decisions) for key, decisions in decided if key not in gone]


class _WriteEntriesDoFn(IndexDoFn):
    def process(self, element: Sequence[tuple[str, Iterable[EntryDecision]]], *after: Any) -> Iterator[str]:
        yield from write_entries([(key, list(decisions)) for key, decisions in element], self.index)
