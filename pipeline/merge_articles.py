"""MergeArticles: two addresses that lead to one article end in one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Index, Kind
from connectors.tombstones import ARTICLE, PUBLISHER, buried
from pipeline.record_revisions import record_revisions
from pipeline.stage import BatchSortingDoFn, IndexDoFn, SortingDoFn, StageOutput, sort_outputs, sorted_by
from pipeline.text.revisions import revision_between
from schemas.documents import article_from_document
from schemas.errors import Rejected, RejectReason
from schemas.labels import union
from schemas.records import Article
from schemas.revisions import Revision

STAGE = "merge_articles"
INDEXED_STAGE = "merge_with_indexed"
_BATCH = 100


class MergeArticles(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article, at most one per article id; the others are Rejected(duplicate).

    In -> out: what goes on carries the aliases and entry keys of all, also of the document that the index
        already holds. The better copy gives the text: the one fetched from the canonical address, else from
        the smallest address, else the one stated later. An entry that was decided before and has changed is
        read anew: then the new reading replaces what the index holds, whose text becomes a revision.
    Guarantees: which of several entries gives the text follows from them, not from their order or our clock.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        merged = sort_outputs(
            articles
            | "KeyByArticle" >> beam.Map(lambda article: (article.article_id, article))
            | "GroupByArticle" >> beam.GroupByKey()
            | "MergeGroup" >> sorted_by(_MergeDoFn(STAGE))
        )
        with_indexed = sort_outputs(
            merged.passed
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "MergeIndexed" >> sorted_by(_MergeIndexedDoFn(INDEXED_STAGE, self._index_location))
        )
        rejected: PCollection[Rejected] = (merged.rejected, with_indexed.rejected) | "Rejected" >> beam.Flatten()
        return StageOutput(with_indexed.passed, rejected, merged.failed)


def _rank(article: Article) -> tuple[bool, str, float, str, str]:
    stated = article.updated_at or article.published_at
    latest = -stated.timestamp() if stated else 0.0
    return (article.fetched_url != article.url, article.fetched_url, latest, article.source_id, article.revision)


def merge(articles: Sequence[Article]) -> tuple[Article, list[Article]]:
    """The better copy with the addresses of all, and the other copies."""
    ranked = sorted(articles, key=_rank)
    return _with_addresses(ranked[0], ranked), ranked[1:]


def merge_with_indexed(article: Article, indexed: Article, decided_before: bool) -> Article:
    """One article out of a new one and what the index holds under its id.

    ``decided_before``: the entry was remembered at another revision, so this is the same source read again.
    """
    if decided_before and article.fetched_url == indexed.fetched_url:
        return _with_addresses(article, (article, indexed))
    return merge((article, indexed))[0]


def _with_addresses(best: Article, ranked: Sequence[Article]) -> Article:
    aliases = {alias for article in ranked for alias in (article.url, *article.aliases)} - {best.url}
    keys = {key for article in ranked for key in article.entry_keys}
    labels = union(*(article.labels for article in ranked))
    return replace(best, aliases=tuple(sorted(aliases)), entry_keys=tuple(sorted(keys)), labels=labels)


def merge_alike(articles: Sequence[Article]) -> Iterator[Article | Rejected]:
    """Of articles with one id the one that stands for all; the others are duplicates."""
    winner, others = merge(articles)
    yield winner
    for article in others:
        detail = f"same article as {winner.fetched_url}"
        yield Rejected(STAGE, RejectReason.DUPLICATE, article.fetched_url, detail=detail)


def merge_with_index(articles: Sequence[Article], index: Index) -> Iterator[Article | Rejected]:
    """Each article with what the index holds under its id, or Rejected(forgotten).

    A text that is replaced is a revision in the index first.
    """
    forgotten = buried(index, [name for article in articles for name in _names(article)])
    for article in articles:
        if not forgotten.isdisjoint(_names(article)):
            key, revision = article.entry_keys[0], article.revision
            yield Rejected(INDEXED_STAGE, RejectReason.FORGOTTEN, article.fetched_url, key, revision)
    articles = [article for article in articles if forgotten.isdisjoint(_names(article))]
    indexed = index.get_many(Kind.ARTICLES, [article.article_id for article in articles])
    met = [article for article in articles if article.article_id in indexed]
    entries = index.get_many(Kind.ENTRIES, [key for article in met for key in article.entry_keys], ["revisions"])
    merged: list[Article] = []
    revisions: list[Revision | None] = []
    for article in articles:
        document = indexed.get(article.article_id)
        if document is None:
            merged.append(article)
            continue
        # What was brought together in this batch has several entries, and no one reading that is newer.
        decided = entries[article.entry_keys[0]]["revisions"] if article.entry_keys[0] in entries else []
        again = len(article.entry_keys) == 1 and bool(decided) and article.revision not in decided
        earlier = article_from_document(document)
        merged.append(merge_with_indexed(article, earlier, again))
        if again and article.fetched_url == earlier.fetched_url:
            revisions.append(revision_between(earlier, article))
    record_revisions(index, [revision for revision in revisions if revision is not None])
    yield from merged


def _names(article: Article) -> tuple[tuple[str, str], ...]:
    """Under which an article may have been forgotten."""
    return (ARTICLE, article.article_id), (PUBLISHER, article.publication.publisher)


class _MergeDoFn(SortingDoFn):
    def size(self, element: tuple[str, Sequence[Article]]) -> int:
        return len(element[1])

    def decide(self, element: tuple[str, Iterable[Article]]) -> Iterator[Article | Rejected]:
        return merge_alike(list(element[1]))


class _MergeIndexedDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Article]) -> Iterator[Article | Rejected]:
        return merge_with_index(element, self.index)
