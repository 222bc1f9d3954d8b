"""SettleEntries: the one writer of a stream. What was polled, read and refused becomes documents, bundle by bundle.

A bounded round keeps its reads and writes of the index apart by barriers: everything is linked before anything is
written, and entries are remembered last. A stream has no such barrier, so one key does all of it: a bundle here is
what a batch is in a round, and one bundle ends before the next begins. The functions are those of the stages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.pvalue import PCollection
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.utils.windowed_value import WindowedValue

from connectors.feed_poller import PollResult
from connectors.index import Index
from connectors.open_index import open_index
from pipeline import drop_seen, index_articles, link_wire_copies, merge_articles, write_stories
from pipeline.drop_seen import REPEATED_STAGE
from pipeline.export_metrics import export_from_environment
from pipeline.name_payloads import name_payloads
from pipeline.patience import patiently
from pipeline.stage import StageCounts, batches, broken
from pipeline.tally import TALLY
from pipeline.write_dead_letters import write_dead_letters
from pipeline.write_entries import EntryDecision, decision_of_article, decision_of_turned_away, write_entries
from pipeline.write_feed_states import write_feed_states
from pipeline.write_pending_entries import STAGE as PENDING_STAGE
from pipeline.write_pending_entries import write_pending_entries
from schemas.errors import Failed, Rejected, StraitwireError
from schemas.records import Article, Entry
from schemas.run_report import Counters

STAGE = "settle_entries"
_IN_FEEDS = "_in_feeds"
_BATCH = 200

_ONE_AT_A_TIME = threading.Lock()
"""Prism splits a slow bundle and then works on both halves at once, although they have one key: seen with 250 and 250
of 500 articles in two threads, and stories that had half of their members. Its workers are threads of one process."""

Outcome = PollResult | Article | Rejected | Failed
Item = TypeVar("Item")


class SettleEntries(beam.PTransform[PCollection[Outcome], PCollection[str]]):
    """PollResult | Article | Rejected | Failed -> entry key or feed id, once all that follows is in the index.

    In -> out: the keys of entries that were decided and the ids of feeds that were polled.
    State, time: one key for all, and a count of bundles as its state, so that bundles follow each other; within a
        process a lock sees to it as well. Outputs carry the time of the last element of their bundle.
    Guarantees: idempotent, and the index ends as after rounds over the same material, however elements fall into
        bundles: a bundle does to the index what a batch of a round does, in the same order. While the index is out
        of reach the bundle waits.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, outcomes: PCollection[Outcome]) -> PCollection[str]:
        settled: PCollection[str] = (
            outcomes
            | "OneKey" >> beam.Map(lambda outcome: ("", outcome)).with_output_types(tuple[str, Any])
            | "Settle" >> beam.ParDo(self.do_fn()).with_output_types(str)
        )
        return settled

    def do_fn(self) -> beam.DoFn:
        """The writer."""
        return _SettleDoFn(self._index_location)


class _SettleDoFn(beam.DoFn):
    BUNDLES = ReadModifyWriteStateSpec("bundles", VarIntCoder())

    def __init__(self, index_location: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._index_location = index_location
        self._index: Index | None = None

    def setup(self) -> None:
        export_from_environment()

    def start_bundle(self) -> None:
        self._outcomes: list[Outcome] = []
        self._place: tuple[Any, Any] | None = None

    def process(
        self,
        element: tuple[str, Outcome],
        bundles: Any = beam.DoFn.StateParam(BUNDLES),
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> None:
        if not self._outcomes:
            bundles.write((bundles.read() or 0) + 1)
        self._outcomes.append(element[1])
        self._place = (timestamp, window)

    def finish_bundle(self) -> Iterator[Any]:
        if self._place is None:
            return
        timestamp, window = self._place
        started = time.monotonic()
        with _ONE_AT_A_TIME:
            settled = patiently(self._settle, STAGE)
        counts = StageCounts(STAGE)
        counts.observe("bundle_elements", len(self._outcomes))
        counts.observe("duration_ms", (time.monotonic() - started) * 1000)
        _observe_lags(self._outcomes, set(settled.keys), datetime.now(UTC), counts)
        for stage, counters in settled.counters.items():
            for name, value in counters.items():
                StageCounts(stage).count(name, value)
        for key in settled.keys:
            yield WindowedValue(key, timestamp, (window,))
        self.start_bundle()

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()

    def _settle(self) -> Settled:
        self._index = self._index or open_index(self._index_location)
        return settle_each(self._outcomes, self._index, self._index_location)


def _observe_lags(outcomes: Sequence[Outcome], keys: set[str], now: datetime, counts: StageCounts) -> None:
    """From publication to the index, of the articles that feeds brought."""
    for article in outcomes:
        if isinstance(article, Article) and article.published_at and keys.issuperset(article.entry_keys):
            lag = max(0.0, (now - article.published_at).total_seconds())
            counts.observe("lag_seconds", lag)
            TALLY.set_lag(article.source_id, lag)


@dataclass(slots=True)
class Settled:
    """What one bundle came to: the keys and ids that are in the index now, and the counters of every stage."""

    keys: list[str] = field(default_factory=list)
    counters: Counters = field(default_factory=dict)

    def add(self, other: Settled) -> None:
        """Take in what another part of the bundle came to."""
        self.keys += other.keys
        for stage, names in other.counters.items():
            own = self.counters.setdefault(stage, {})
            for name, value in names.items():
                own[name] = own.get(name, 0) + value

    def sort(self, stage: str, received: int, outcomes: Iterable[Item | Rejected | Failed]) -> _Sorted[Item]:
        """Count what a stage received and what became of it, and keep the three ways apart."""
        names = self.counters.setdefault(stage, {})
        ways: _Sorted[Item] = _Sorted()
        names["received"] = names.get("received", 0) + received
        for outcome in outcomes:
            name = "emitted"
            if isinstance(outcome, Rejected):
                name = f"rejected_{outcome.reason.value}"
                ways.rejected.append(outcome)
            elif isinstance(outcome, Failed):
                name = f"failed_{outcome.reason.value}"
                ways.failed.append(outcome)
            else:
                ways.passed.append(outcome)
            names[name] = names.get(name, 0) + 1
        return ways


@dataclass(slots=True)
class _Sorted(Generic[Item]):
    passed: list[Item] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


def settle_each(outcomes: Sequence[Outcome], index: Index, index_location: str) -> Settled:
    """As :func:`settle`, but an article that meets a bug of ours becomes a dead letter and stops no other.

    Without this a bug would end the stream, and every later one that meets the article again.
    """
    try:
        return settle(outcomes, index, index_location)
    except StraitwireError:
        raise
    except Exception as error:
        half = len(outcomes) // 2
        if half:
            settled = settle_each(outcomes[:half], index, index_location)
            settled.add(settle_each(outcomes[half:], index, index_location))
            return settled
        if not isinstance(outcomes[0], Article):
            raise
        return settle([broken(STAGE, outcomes[0], error)], index, index_location)


def settle(outcomes: Sequence[Outcome], index: Index, index_location: str) -> Settled:
    """Take the outcomes into the index; killed anywhere and done again, it ends in the same documents.

    Errors: IndexUnavailableError when the index cannot be reached; what was written until then does no harm.
    """
    settled = Settled()
    polls = [one for one in outcomes if isinstance(one, PollResult)]
    articles = [one for one in outcomes if isinstance(one, Article)]
    rejected = [one for one in outcomes if isinstance(one, Rejected)]
    failed = [one for one in outcomes if isinstance(one, Failed)]
    if polls:
        _settle_polls(polls, index, index_location, settled)
    if articles or rejected or failed:
        _settle_entries(articles, rejected, failed, index, index_location, settled)
    return settled


def _settle_polls(polls: Sequence[PollResult], index: Index, index_location: str, settled: Settled) -> None:
    """As ``flow.poll_feeds``: a feed counts as polled only when what it lists is pending in the index."""
    listed: dict[str, list[Entry]] = {}
    for poll in polls:
        for entry in poll.entries:
            listed.setdefault(entry.key, []).append(entry)
    chosen: list[Entry] = []
    for alike in listed.values():
        chosen += settled.sort(REPEATED_STAGE + _IN_FEEDS, len(alike), drop_seen.drop_repeated(alike)).passed
    failed = [poll.failed for poll in polls if poll.failed is not None]
    for some in batches(chosen, _BATCH):
        fresh = settled.sort(drop_seen.STAGE + _IN_FEEDS, len(some), drop_seen.drop_seen(some, index)).passed
        failed += settled.sort(PENDING_STAGE, len(fresh), write_pending_entries(fresh, index)).failed
    _write_dead_letters(failed, index, index_location)
    states = {poll.state.feed_id: poll.state for poll in polls}
    settled.keys += write_feed_states(list(states.values()), index)


def _settle_entries(
    articles: Sequence[Article],
    rejected: Sequence[Rejected],
    failed: Sequence[Failed],
    index: Index,
    index_location: str,
    settled: Settled,
) -> None:
    """As ``flow.process_entries`` from MergeArticles on: entries are remembered when all else is in the index."""
    merged = _merge(articles, index, settled)
    signed = settled.sort(
        link_wire_copies.SIGN_STAGE, len(merged.passed), link_wire_copies.sign_articles(merged.passed)
    )
    linked = link_wire_copies.link_articles(sorted(signed.passed, key=lambda article: article.article_id), index)
    settled.sort(link_wire_copies.STAGE, len(linked.articles), linked.articles)
    indexed: _Sorted[str] = _Sorted()
    for some in batches(linked.articles, _BATCH):
        ways = settled.sort(index_articles.STAGE, len(some), index_articles.index_articles(some, index))
        indexed.passed += ways.passed
        indexed.failed += ways.failed
    rewritten = settled.sort(
        index_articles.REWRITE_STAGE,
        len(linked.changes),
        index_articles.rewrite_stories(dict(linked.changes), index) if linked.changes else (),
    )
    stories = settled.sort(
        write_stories.STAGE, len(linked.story_ids), write_stories.write_stories(linked.story_ids, index)
    )
    not_written = [*signed.failed, *indexed.failed, *rewritten.failed, *stories.failed]
    named = name_payloads([*failed, *not_written], articles, index)
    _write_dead_letters(named, index, index_location)
    _remember(articles, set(indexed.passed), [*rejected, *merged.rejected, *named], index, settled)


def _merge(articles: Sequence[Article], index: Index, settled: Settled) -> _Sorted[Article]:
    groups: dict[str, list[Article]] = {}
    for article in articles:
        groups.setdefault(article.article_id, []).append(article)
    merged: _Sorted[Article] = _Sorted()
    for alike in groups.values():
        ways = settled.sort(merge_articles.STAGE, len(alike), merge_articles.merge_alike(alike))
        merged.passed += ways.passed
        merged.rejected += ways.rejected
    with_indexed: list[Article] = []
    for some in batches(merged.passed, _BATCH):
        both = merge_articles.merge_with_index(some, index)
        ways = settled.sort(merge_articles.INDEXED_STAGE, len(some), both)
        with_indexed += ways.passed
        merged.rejected += ways.rejected
    merged.passed = with_indexed
    return merged


def _write_dead_letters(failed: Sequence[Failed], index: Index, index_location: str) -> None:
    for some in batches(failed, _BATCH):
        write_dead_letters(some, index, index_location)


def _remember(
    articles: Sequence[Article],
    indexed: set[str],
    turned_away: Sequence[Rejected | Failed],
    index: Index,
    settled: Settled,
) -> None:
    decisions: dict[str, list[EntryDecision]] = {}
    made = [decision_of_article(article)[1] for article in articles if article.article_id in indexed]
    for outcome in turned_away:
        made += decision_of_turned_away(outcome)
    for decision in made:
        decisions.setdefault(decision.entry_key, []).append(decision)
    for some in batches(decisions.items(), _BATCH):
        settled.keys += write_entries(some, index)
