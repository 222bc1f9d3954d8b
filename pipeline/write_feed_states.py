"""WriteFeedStates: what is known of each feed after its poll; written when its entries are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Index, Kind
from pipeline.stage import IndexDoFn, written_ids
from schemas.feeds import FeedState, feed_state_to_document

_BATCH = 200


class WriteFeedStates(beam.PTransform[PCollection[FeedState], PCollection[str]]):
    """FeedState -> feed id, once it is in the index.

    Args:
        after: keys of the entries that must be pending before their feed counts as polled.
    """

    def __init__(self, index_location: str, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._after = after

    def expand(self, states: PCollection[FeedState]) -> PCollection[str]:
        written: PCollection[str] = (
            states
            | "Batch" >> beam.BatchElements(min_batch_size=_BATCH, max_batch_size=_BATCH)
            | "Write"
            >> beam.ParDo(
                _WriteFeedStatesDoFn("write_feed_states", self._index_location),
                *[beam.pvalue.AsIter(earlier) for earlier in self._after],
            )
        )
        return written


def write_feed_states(states: Sequence[FeedState], index: Index) -> Iterator[str]:
    """The feeds' ids, written."""
    return written_ids(index.write(Kind.FEEDS, [feed_state_to_document(state) for state in states]))


class _WriteFeedStatesDoFn(IndexDoFn):
    def process(self, element: Sequence[FeedState], *after: Any) -> Iterator[str]:
        yield from write_feed_states(element, self.index)
