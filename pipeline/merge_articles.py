"""MergeArticles: two addresses that lead to one article end in one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Kind
from pipeline.stage import BatchSortingDoFn, IndexDoFn, SortingDoFn, StageOutput, sort_outputs, sorted_by
from schemas.documents import article_from_document
from schemas.errors import Rejected, RejectReason
from schemas.records import Article

STAGE = "merge_articles"
INDEXED_STAGE = "merge_with_indexed"
_BATCH = 100


class MergeArticles(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article, at most one per article id; the others are Rejected(duplicate).

    In -> out: what goes on carries the aliases and entry keys of all, also of the document that the index
        already holds. The better copy gives the text: the one fetched from the canonical address, else from
        the smallest address; the same address again is a newer reading and replaces the older.
    Guarantees: the result follows from the set of articles, not from their order.
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
        return StageOutput(with_indexed.passed, merged.rejected, merged.failed)


def _rank(article: Article) -> tuple[bool, str, float]:
    return (article.fetched_url != article.url, article.fetched_url, -article.fetched_at.timestamp())


def merge(articles: Sequence[Article]) -> tuple[Article, list[Article]]:
    """The better copy with the addresses of all, and the other copies."""
    ranked = sorted(articles, key=_rank)
    best = ranked[0]
    aliases = {alias for article in ranked for alias in (article.url, *article.aliases)} - {best.url}
    keys = {key for article in ranked for key in article.entry_keys}
    return replace(best, aliases=tuple(sorted(aliases)), entry_keys=tuple(sorted(keys))), ranked[1:]


class _MergeDoFn(SortingDoFn):
    def size(self, element: tuple[str, Sequence[Article]]) -> int:
        return len(element[1])

    def decide(self, element: tuple[str, Iterable[Article]]) -> Iterator[Article | Rejected]:
        winner, others = merge(list(element[1]))
        yield winner
        for article in others:
            detail = f"same article as {winner.fetched_url}"
            yield Rejected(STAGE, RejectReason.DUPLICATE, article.fetched_url, detail=detail)


class _MergeIndexedDoFn(BatchSortingDoFn, IndexDoFn):
    def decide(self, element: Sequence[Article]) -> Iterator[Article]:
        indexed = self.index.get_many(Kind.ARTICLES, [article.article_id for article in element])
        for article in element:
            document = indexed.get(article.article_id)
            yield article if document is None else merge([article, article_from_document(document)])[0]
