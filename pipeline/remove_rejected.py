"""RemoveRejected: indexed articles that today's rules turn away leave the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Kind
from pipeline.apply_retention import settle_entries_of
from pipeline.remove_articles import remove_articles
from pipeline.stage import IndexDoFn
from schemas.errors import Rejected


class RemoveRejected(beam.PTransform[PCollection[Rejected], PCollection[str]]):
    """Rejected -> id of the article, once it is gone and its entries say why.

    Args:
        after: outputs that must be in the index first: stories are computed anew without the article afterwards.

    Guarantees: idempotent; entries are written before the article goes.
    """

    def __init__(self, index_location: str, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._after = after

    def expand(self, rejected: PCollection[Rejected]) -> PCollection[str]:
        removed: PCollection[str] = (
            rejected
            | "Together" >> beam.Map(lambda outcome: ("", outcome))
            | "GroupAll" >> beam.GroupByKey()
            | "Remove"
            >> beam.ParDo(
                _RemoveDoFn("remove_rejected", self._index_location),
                *[beam.pvalue.AsIter(earlier) for earlier in self._after],
            )
        )
        return removed


class _RemoveDoFn(IndexDoFn):
    def process(self, element: tuple[str, Iterable[Rejected]], *after: Any) -> Iterator[str]:
        now = datetime.now(UTC)
        reasons = {outcome.entry_key: f"{outcome.stage}: {outcome.reason.value}" for outcome in element[1]}
        for row in list(self.index.find(Kind.ARTICLES, "entry_keys", sorted(reasons), ["article_id", "entry_keys"])):
            reason = next(reasons[key] for key in row["entry_keys"] if key in reasons)
            settle_entries_of(self.index, [row["article_id"]], reason, now)
            remove_articles(self.index, [row["article_id"]])
            yield row["article_id"]
