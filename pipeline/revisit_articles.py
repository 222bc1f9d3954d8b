"""Revisits: indexed articles whose time has come are read again, and what their outlet changed is kept as a revision.

``ScheduleVisits`` gives an article its first visit, ``CompareWithIndexed`` finds what changed, ``WriteVisits`` plans
the next visit, last of all: a run that is killed before does the visit again and ends in the same documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Index, Kind
from connectors.visit_schedule import CHANGED, after_visit, first_visit
from pipeline.record_revisions import record_revisions
from pipeline.stage import BatchSortingDoFn, IndexDoFn, StageCounts, StageOutput, sort_outputs, sorted_by, written_ids
from pipeline.text.revisions import revision_between
from schemas.documents import article_from_document, time_from_text
from schemas.errors import Failed, FailReason, Rejected, RejectReason
from schemas.records import Article, Entry, SourceKind
from schemas.revisions import visit_from_document, visit_to_document

STAGE = "revisit_articles"
COMPARE_STAGE = "compare_with_indexed"
_BATCH = 100
READ_FROM_THE_WEB = (SourceKind.FEED, SourceKind.URL)


class ScheduleVisits(beam.PTransform[PCollection[Article], PCollection[str]]):
    """Article -> its id, once its first visit is planned; nothing for one that was not read from the web.

    Guarantees: idempotent; an article that has a schedule keeps it.

    Args:
        first_seconds: how long after now the first visit is.
    """

    def __init__(self, index_location: str, first_seconds: float) -> None:
        super().__init__()
        self._index_location = index_location
        self._first_seconds = first_seconds

    def expand(self, articles: PCollection[Article]) -> PCollection[str]:
        scheduled: PCollection[str] = (
            articles
            | "FromTheWeb" >> beam.Filter(lambda article: article.kind in READ_FROM_THE_WEB)
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Schedule" >> beam.ParDo(_ScheduleDoFn("schedule_visits", self._index_location, self._first_seconds))
        )
        return scheduled


class CompareWithIndexed(beam.PTransform[PCollection[Article], StageOutput]):
    """Article as read again -> Article to index instead, or Rejected(not_modified | duplicate).

    In -> out: exactly one outcome per article, whose only entry key is the id of the article that was to be read.
        *Duplicate*: the address leads to another article by now, which is not mixed with this one.
    Guarantees: the earlier text is a revision in the index before the later one goes on.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(
            articles
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Compare" >> sorted_by(_CompareDoFn(COMPARE_STAGE, self._index_location))
        )


Outcomes = tuple[PCollection[Entry], PCollection[str], PCollection[Rejected], PCollection[Failed]]


class WriteVisits(beam.PTransform[Outcomes, PCollection[str]]):
    """(entries to visit, ids written, rejected, failed) -> article id, once its next visit is planned.

    In -> out: one per entry; what has no outcome (a bug met it) counts as failed and is planned all the same.
    Counters: received = emitted (changed) + rejected + failed, articles.

    Args:
        after: outputs that must be in the index before the visit counts as made.
    """

    def __init__(self, index_location: str, first_seconds: float, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._first_seconds = first_seconds
        self._after = after

    def expand(self, inputs: Outcomes) -> PCollection[str]:
        entries, changed, rejected, failed = inputs
        outcomes = {
            "due": entries | "KeyDue" >> beam.Map(lambda entry: (entry.key, entry.url)),
            "changed": changed | "KeyChanged" >> beam.Map(lambda identity: (identity, CHANGED)),
            "rejected": rejected | "KeyRejected" >> beam.Map(lambda one: (one.entry_key, one.reason)),
            "failed": failed | "KeyFailed" >> beam.Map(lambda one: (one.article_id or one.entry_key, one.reason)),
        }
        written: PCollection[str] = (
            outcomes
            | "Join" >> beam.CoGroupByKey()
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write"
            >> beam.ParDo(
                _WriteVisitsDoFn(STAGE, self._index_location, self._first_seconds),
                *[beam.pvalue.AsIter(earlier) for earlier in self._after],
            )
        )
        return written


def entries_to_visit(index: Index, article_ids: Sequence[str]) -> list[Entry]:
    """What to read for the articles; the schedule of one that is no longer indexed is removed."""
    documents = index.get_many(Kind.ARTICLES, article_ids)
    gone = [identity for identity in article_ids if identity not in documents]
    if gone:
        index.delete(Kind.VISITS, gone)
    return [_entry(article_from_document(document)) for document in documents.values()]


def _entry(article: Article) -> Entry:
    """The article's address as an entry; its key is the article's id, for nothing is decided about its real entries."""
    from_feed = article.published_from == "feed"
    return Entry(
        key=article.article_id,
        url=article.fetched_url,
        kind=article.kind,
        source_id=article.source_id,
        revision=article.revision,
        publication=article.publication,
        title=article.title,
        summary=article.summary,
        published_at=article.published_at if from_feed else None,
    )


def read_again(later: Article, earlier: Article) -> Article:
    """The later reading under what is known of the article."""
    aliases = {later.url, *later.aliases, *earlier.aliases} - {earlier.url}
    return replace(
        later,
        url=earlier.url,
        fetched_url=earlier.fetched_url,
        aliases=tuple(sorted(aliases)),
        entry_keys=earlier.entry_keys,
        revision=earlier.revision,
        authors=later.authors or earlier.authors,
        published_at=later.published_at or earlier.published_at,
        published_from=later.published_from if later.published_at else earlier.published_from,
        updated_at=later.updated_at or earlier.updated_at,
    )


class _ScheduleDoFn(IndexDoFn):
    def __init__(self, stage: str, index_location: str, first_seconds: float) -> None:
        super().__init__(stage, index_location)
        self._first_seconds = first_seconds

    def process(self, element: Sequence[Article]) -> Iterator[str]:
        yield from schedule_visits(element, self.index, self._first_seconds)


class _CompareDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Article]) -> Iterator[Article | Rejected]:
        return compare_with_indexed(element, self.index)


class _WriteVisitsDoFn(IndexDoFn):
    def __init__(self, stage: str, index_location: str, first_seconds: float) -> None:
        super().__init__(stage, index_location)
        self._first_seconds = first_seconds

    def process(self, element: Sequence[tuple[str, dict[str, Iterable[Any]]]], *after: Any) -> Iterator[str]:
        counts = StageCounts(STAGE)
        came_to: dict[str, str] = {}
        for identity, outcomes in element:
            if list(outcomes["due"]):
                came_to[identity], counter = visit_outcome(outcomes)
                counts.count("received")
                counts.count(counter)
        yield from write_visits(came_to, self.index, self._first_seconds)


def schedule_visits(articles: Sequence[Article], index: Index, first_seconds: float) -> Iterator[str]:
    """The ids of those that have their first visit planned now; each must have been read from the web."""
    known = index.get_many(Kind.VISITS, [article.article_id for article in articles], ["article_id"])
    now = datetime.now(UTC)
    new = [
        visit_to_document(first_visit(article.article_id, article.fetched_url, now, first_seconds), now)
        for article in articles
        if article.article_id not in known
    ]
    yield from written_ids(index.write(Kind.VISITS, new))


def compare_with_indexed(articles: Sequence[Article], index: Index) -> Iterator[Article | Rejected]:
    """One outcome per article, whose only entry key is the id of the article that was to be read."""
    indexed = index.get_many(Kind.ARTICLES, [article.entry_keys[0] for article in articles])
    revisions, changed = [], []
    for article in articles:
        identity = article.entry_keys[0]
        document = indexed.get(identity)
        if document is None or article.article_id != identity:
            yield _turned_away(article, RejectReason.DUPLICATE, f"the address leads to {article.url} now")
            continue
        earlier = article_from_document(document)
        revision = revision_between(earlier, article)
        if revision is None:
            yield _turned_away(article, RejectReason.NOT_MODIFIED, "")
            continue
        revisions.append(revision)
        changed.append(read_again(article, earlier))
    record_revisions(index, revisions)
    yield from changed


def _turned_away(article: Article, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(COMPARE_STAGE, reason, article.fetched_url, article.entry_keys[0], article.revision, detail)


def write_visits(came_to: Mapping[str, str], index: Index, first_seconds: float) -> Iterator[str]:
    """The ids of articles whose next visit is planned, by what the last one came to; one that is planned stays so."""
    known = index.get_many(Kind.VISITS, list(came_to))
    now = datetime.now(UTC)
    visits = [
        after_visit(visit_from_document(document), came_to[identity], now, first_seconds)
        for identity, document in known.items()
        if (planned := time_from_text(document["next_visit_at"])) is not None and planned <= now
    ]
    yield from written_ids(index.write(Kind.VISITS, [visit_to_document(visit, now) for visit in visits]))


def visit_outcome(outcomes: Mapping[str, Iterable[Any]]) -> tuple[str, str]:
    """(what the visit came to, the counter of it); a failure after the comparison outweighs the change it kept back."""
    for kind in ("failed", "rejected"):
        for reason in sorted(outcomes[kind]):
            return reason.value, f"{kind}_{reason.value}"
    if any(outcomes["changed"]):
        return CHANGED, "emitted"
    lost = FailReason.INTERNAL_ERROR.value
    return lost, f"failed_{lost}"
