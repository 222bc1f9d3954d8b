"""IndexArticles: articles, and what they change in earlier ones, are written; each under its own id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Index, Kind
from pipeline.stage import BatchSortingDoFn, IndexDoFn, StageCounts, StageOutput, sort_outputs, sorted_by
from schemas.documents import CLOCK_FIELDS, article_to_document, story_fields, time_from_text, time_text
from schemas.errors import Failed, FailReason
from schemas.records import Article, Story

STAGE = "index_articles"
REWRITE_STAGE = "rewrite_stories"
_BATCH = 100


class IndexArticles(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> its id, once it is in the index, or Failed(index_rejected).

    In -> out: exactly one outcome per article.
    Guarantees: idempotent. ``first_seen_at`` is that of the earlier document; a document that would not
        change apart from its clock fields is not written again.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(
            articles
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write" >> sorted_by(_IndexDoFn(STAGE, self._index_location))
        )


class RewriteStories(beam.PTransform[PCollection[tuple[str, Story]], StageOutput]):
    """(article id, Story) of an article indexed earlier -> its id, once its document says so."""

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, changes: PCollection[tuple[str, Story]]) -> StageOutput:
        return sort_outputs(
            changes
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Rewrite" >> sorted_by(_RewriteDoFn(REWRITE_STAGE, self._index_location))
        )


def same_apart_from_clock(document: Document, other: Document) -> bool:
    """Whether two documents differ in clock fields at most."""
    ignored = CLOCK_FIELDS | {"@timestamp"}
    names = (document.keys() | other.keys()) - ignored
    return all(document.get(name) == other.get(name) for name in names)


def index_articles(articles: Sequence[Article], index: Index) -> Iterator[str | Failed]:
    """One outcome per article: its id once the index holds it as it is."""
    now = datetime.now(UTC)
    indexed = index.get_many(Kind.ARTICLES, [article.article_id for article in articles])
    documents = []
    for article in articles:
        earlier = indexed.get(article.article_id)
        first_seen_at = time_from_text(earlier["first_seen_at"]) if earlier else None
        document = article_to_document(article, first_seen_at or now, now)
        if earlier is None or not same_apart_from_clock(document, earlier):
            documents.append(document)
    outcomes = index.write(Kind.ARTICLES, documents)
    StageCounts(STAGE).count("written", sum(not outcome.error for outcome in outcomes))
    refused = {outcome.document_id: outcome.error for outcome in outcomes if outcome.error}
    for article in articles:
        error = refused.get(article.article_id)
        if error:
            key, revision = article.entry_keys[0], article.revision
            reason, identity = FailReason.INDEX_REJECTED, article.article_id
            yield Failed(STAGE, reason, article.url, error, "", True, key, revision, identity)
        else:
            yield article.article_id


def rewrite_stories(changes: Mapping[str, Story], index: Index) -> Iterator[str | Failed]:
    """One outcome per article id, once its document says that it is in this story."""
    indexed = index.get_many(Kind.ARTICLES, list(changes))
    now = time_text(datetime.now(UTC))
    documents = [
        {**document, **story_fields(changes[identity]), "updated_at": now} for identity, document in indexed.items()
    ]
    for outcome in index.write(Kind.ARTICLES, documents):
        if outcome.error:
            url = indexed[outcome.document_id]["url"]
            yield Failed(REWRITE_STAGE, FailReason.INDEX_REJECTED, url, outcome.error)
        else:
            yield outcome.document_id


class _IndexDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Article]) -> Iterator[str | Failed]:
        return index_articles(element, self.index)


class _RewriteDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[tuple[str, Story]]) -> Iterator[str | Failed]:
        return rewrite_stories(dict(element), self.index)
