"""What every stage has in common: three ways out, and counts that must balance."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from connectors.index import Index, WriteOutcome
from connectors.open_index import open_index
from pipeline.tally import TALLY
from schemas.errors import Failed, FailReason, Rejected, StraitwireError, where_it_broke
from schemas.records import Article, Entry
from schemas.revisions import visited_article

_LOG = logging.getLogger(__name__)
METRIC_PREFIX = "straitwire."

In = TypeVar("In")
Out = TypeVar("Out")


class StageOutput(NamedTuple):
    """The three ways out of a stage. For a one-to-one stage, received = passed + rejected + failed."""

    passed: PCollection[Any]
    rejected: PCollection[Rejected]
    failed: PCollection[Failed]


class StageCounts:
    """Counters of one stage under the namespace ``straitwire.<stage>``."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._namespace = METRIC_PREFIX + stage

    def count(self, name: str, amount: int = 1) -> None:
        """Add to the counter; names are ``received``, ``emitted``, ``rejected_<reason>``, ``failed_<reason>``."""
        Metrics.counter(self._namespace, name).inc(amount)
        TALLY.count(self._stage, name, amount)

    def observe(self, name: str, value: float) -> None:
        """Add to the distribution; its name ends in its unit: ``ms``, ``seconds``, ``bytes`` or ``elements``."""
        Metrics.distribution(self._namespace, name).update(round(value))
        TALLY.observe(self._stage, name, value)

    def sort(self, outcome: Out | Rejected | Failed) -> Out | TaggedOutput[str, Any]:
        """Count one outcome and send it out on its way."""
        if isinstance(outcome, Rejected):
            self.count(f"rejected_{outcome.reason.value}")
            return TaggedOutput("rejected", outcome)
        if isinstance(outcome, Failed):
            self.count(f"failed_{outcome.reason.value}")
            return TaggedOutput("failed", outcome)
        self.count("emitted")
        return outcome


def at_its_time(outcome: Any, timestamp: Any, window: Any) -> Any:
    """What ``StageCounts.sort`` gave for an element that was held back, in that element's time and window."""
    if isinstance(outcome, TaggedOutput):
        return TaggedOutput(outcome.tag, WindowedValue(outcome.value, timestamp, (window,)))
    return WindowedValue(outcome, timestamp, (window,))


def stage_on_the_way(stage: str, entry_key: str) -> str:
    """Under which name a stage counts an element: what a visit to an indexed article reads is no entry's journey.

    >>> stage_on_the_way("fetch_pages", "9f0c"), stage_on_the_way("fetch_pages", "visit 41d7")
    ('fetch_pages', 'fetch_pages_in_visits')
    """
    return stage + "_in_visits" if visited_article(entry_key) else stage


class SortingDoFn(beam.DoFn):
    """Counts elements in, runs :meth:`decide`, counts and routes what it yields."""

    def __init__(self, stage: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's DoFn has no annotations
        self.stage = stage

    def process(self, element: Any) -> Iterator[Any]:
        counts = StageCounts(self.counted_as(element))
        counts.count("received", self.size(element))
        for outcome in self.decide(element):
            yield counts.sort(outcome)

    def counted_as(self, element: Any) -> str:
        """The stage that the element is counted under."""
        return self.stage

    def size(self, element: Any) -> int:
        """How many elements this one stands for: 1 unless the DoFn receives batches."""
        return 1

    def decide(self, element: Any) -> Iterable[Any]:
        """The outcomes of one element: records, Rejected or Failed."""
        raise NotImplementedError


class BatchSortingDoFn(SortingDoFn):
    """The same for lists of elements."""

    def size(self, element: Any) -> int:
        return len(element)


class IndexDoFn(SortingDoFn):
    """A sorting DoFn with the index open as ``self.index`` from setup to teardown, one connection a worker thread."""

    # No property: Beam looks at every attribute while it builds the graph, and would open the index there.
    index: Index

    def __init__(self, stage: str, index_location: str) -> None:
        super().__init__(stage)
        self._index_location = index_location

    def setup(self) -> None:
        self.index = open_index(self._index_location)

    def teardown(self) -> None:
        self.index.close()


class _EachDoFn(SortingDoFn):
    def __init__(self, stage: str, decide: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        super().__init__(stage)
        self._decide = decide
        self._arguments = arguments

    def counted_as(self, element: Any) -> str:
        if isinstance(element, Entry):
            return stage_on_the_way(self.stage, element.key)
        if isinstance(element, Article):
            return stage_on_the_way(self.stage, element.entry_keys[0])
        return self.stage  # an outcome that only has to be sorted

    def decide(self, element: Any) -> Iterable[Any]:
        return (decided(self.stage, element, self._decide, *self._arguments),)


def decided(stage: str, element: Any, decide: Callable[..., Any], *arguments: Any) -> Any:
    """The outcome of one entry or article: ``decide(element, *arguments)``, or its dead letter when that is a bug."""
    try:
        return decide(element, *arguments)
    except StraitwireError:
        raise
    except Exception as error:
        return broken(stage, element, error)


def broken(stage: str, element: Entry | Article, error: Exception) -> Failed:
    """The dead letter of an element that met a bug of ours.

    It must not stop the others, in this round and in every one that meets the element again.
    """
    article_id = element.article_id if isinstance(element, Article) else ""
    key = element.key if isinstance(element, Entry) else element.entry_keys[0]
    detail, revision = where_it_broke(error), element.revision
    _LOG.error("a bug of straitwire: stage=%s url=%s %s", stage, element.url, detail)
    return Failed(stage, FailReason.INTERNAL_ERROR, element.url, detail, "", True, key, revision, article_id)


def batches(items: Iterable[Out], size: int) -> Iterator[list[Out]]:
    """Lists of up to ``size`` items, in order.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def weighed_batches(
    items: Iterable[Out], size: int, most_bytes: int, weigh: Callable[[Out], int]
) -> Iterator[list[Out]]:
    """Lists of up to ``size`` items that together weigh up to ``most_bytes``, in order; a heavier one stands alone.

    >>> list(weighed_batches(["a", "bbb", "c", "ddddd", "e"], 3, 4, len))
    [['a', 'bbb'], ['c'], ['ddddd'], ['e']]
    """
    batch: list[Out] = []
    held = 0
    for item in items:
        weight = weigh(item)
        if batch and (len(batch) >= size or held + weight > most_bytes):
            yield batch
            batch, held = [], 0
        batch.append(item)
        held += weight
    if batch:
        yield batch


def written_ids(outcomes: Iterable[WriteOutcome]) -> Iterator[str]:
    """The ids of records that must be written: what straitwire remembers of an entry or a feed is never invalid.

    Errors: StraitwireError when the index refuses one all the same.
    """
    for outcome in outcomes:
        if outcome.error:
            raise StraitwireError(f"the index refused the record {outcome.document_id}: {outcome.error}")
        yield outcome.document_id


def sort_outputs(results: Any) -> StageOutput:
    """The three outputs of ``ParDo(...).with_outputs("rejected", "failed", main="passed")``."""
    return StageOutput(results.passed, results.rejected, results.failed)


def sorted_by(do_fn: SortingDoFn) -> beam.ParDo:
    """A ParDo with the three outputs."""
    outputs: beam.ParDo = beam.ParDo(do_fn).with_outputs("rejected", "failed", main="passed")
    return outputs


def each(stage: str, decide: Callable[..., Any], *arguments: Any) -> beam.ParDo:
    """A ParDo that turns each entry or article into exactly one outcome: ``decide(element, *arguments)``.

    Errors: what ``decide`` raises is our own bug and becomes Failed(internal_error); a StraitwireError goes through.
    """
    return sorted_by(_EachDoFn(stage, decide, arguments))
