"""SettleEntries: the one writer of a stream. What was polled, read and refused becomes documents, bundle by bundle.

A bounded round keeps its reads and writes of the index apart by barriers: everything is linked before anything is
written, and entries are remembered last. A stream has no such barrier, so one key does all of it: a bundle here is
what a batch is in a round, and one bundle ends before the next begins. The functions are those of the stages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.pvalue import PCollection
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.utils.windowed_value import WindowedValue

from connectors.feed_poller import PollResult
from connectors.index import Index
from connectors.open_index import open_index
from pipeline import drop_seen, merge_articles
from pipeline.apply_retention import DailyRetention
from pipeline.drop_seen import REPEATED_STAGE
from pipeline.export_metrics import export_from_environment
from pipeline.name_payloads import name_payloads
from pipeline.patience import patiently
from pipeline.revisit_articles import READ_FROM_THE_WEB, schedule_visits
from pipeline.settle_visits import entry_key_of, settle_visits
from pipeline.settled import Settled, Sorted
from pipeline.stage import StageCounts, batches, broken
from pipeline.tally import TALLY
from pipeline.write_dead_letters import write_dead_letters
from pipeline.write_entries import EntryDecision, decision_of_article, decision_of_turned_away, write_entries
from pipeline.write_feed_states import write_feed_states
from pipeline.write_linked import write_linked
from pipeline.write_pending_entries import STAGE as PENDING_STAGE
from pipeline.write_pending_entries import write_pending_entries
from schemas.errors import Failed, Rejected, StraitwireError
from schemas.records import Article, Entry
from schemas.revisions import visited_article
from schemas.settings import RunSettings

STAGE = "settle_entries"
_IN_FEEDS = "_in_feeds"
_BATCH = 200

_RETENTION = DailyRetention()  # of this process, whose bundles are settled one at a time

_ONE_AT_A_TIME = threading.Lock()
"""Prism splits a slow bundle and then works on both halves at once, although they have one key: seen with 250 and 250
of 500 articles in two threads, and stories that had half of their members. Its workers are threads of one process."""

Outcome = PollResult | Article | Rejected | Failed


class SettleEntries(beam.PTransform[PCollection[Outcome], PCollection[str]]):
    """PollResult | Article | Rejected | Failed -> entry key or feed id, once all that follows is in the index.

    In -> out: the keys of entries that were decided and of visits that were made, and the ids of polled feeds.
    State, time: one key for all, and a count of bundles as its state, so that bundles follow each other; within a
        process a lock sees to it as well. Outputs carry the time of the last element of their bundle.
    Guarantees: idempotent, and the index ends as after rounds over the same material, however elements fall into
        bundles: a bundle does to the index what a batch of a round does, in the same order. While the index is out
        of reach the bundle waits.

    Args:
        settings: the index, when articles are looked at again, and how long they are kept: what is older goes once a
            day, between two bundles.
    """

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()
        self._settings = settings

    def expand(self, outcomes: PCollection[Outcome]) -> PCollection[str]:
        settled: PCollection[str] = (
            outcomes
            | "OneKey" >> beam.Map(lambda outcome: ("", outcome)).with_output_types(tuple[str, Any])
            | "Settle" >> beam.ParDo(self.do_fn()).with_output_types(str)
        )
        return settled

    def do_fn(self) -> beam.DoFn:
        """The writer."""
        return _SettleDoFn(self._settings)


class _SettleDoFn(beam.DoFn):
    BUNDLES = ReadModifyWriteStateSpec("bundles", VarIntCoder())

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._settings = settings
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
        location = self._settings.index
        self._index = self._index or open_index(location)
        _RETENTION.apply_when_due(self._index, self._settings)
        return settle_each(self._outcomes, self._index, location, self._settings.revisit_after_seconds)


def _observe_lags(outcomes: Sequence[Outcome], keys: set[str], now: datetime, counts: StageCounts) -> None:
    """From publication to the index, of the articles that feeds brought."""
    for article in outcomes:
        if not isinstance(article, Article) or visited_article(article.entry_keys[0]):
            continue
        if article.published_at and keys.issuperset(article.entry_keys):
            lag = max(0.0, (now - article.published_at).total_seconds())
            counts.observe("lag_seconds", lag)
            TALLY.set_lag(article.source_id, lag)


def settle_each(
    outcomes: Sequence[Outcome], index: Index, index_location: str, first_visit_seconds: float = 0.0
) -> Settled:
    """As :func:`settle`, but an article that meets a bug of ours becomes a dead letter and stops no other.

    Without this a bug would end the stream, and every later one that meets the article again.
    """
    try:
        return settle(outcomes, index, index_location, first_visit_seconds)
    except StraitwireError:
        raise
    except Exception as error:
        half = len(outcomes) // 2
        if half:
            settled = settle_each(outcomes[:half], index, index_location, first_visit_seconds)
            settled.add(settle_each(outcomes[half:], index, index_location, first_visit_seconds))
            return settled
        if not isinstance(outcomes[0], Article):
            raise
        return settle([broken(STAGE, outcomes[0], error)], index, index_location, first_visit_seconds)


def settle(outcomes: Sequence[Outcome], index: Index, index_location: str, first_visit_seconds: float = 0.0) -> Settled:
    """Take the outcomes into the index; killed anywhere and done again, it ends in the same documents.

    Errors: IndexUnavailableError when the index cannot be reached; what was written until then does no harm.
    """
    settled = Settled()
    polls = [one for one in outcomes if isinstance(one, PollResult)]
    others = [one for one in outcomes if not isinstance(one, PollResult)]
    visits = [one for one in others if visited_article(entry_key_of(one))]
    of_entries = [one for one in others if not visited_article(entry_key_of(one))]
    if polls:
        _settle_polls(polls, index, index_location, settled)
    if of_entries:
        _settle_entries(of_entries, index, index_location, first_visit_seconds, settled)
    if visits:
        settle_visits(visits, index, first_visit_seconds, settled)
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
    outcomes: Sequence[Article | Rejected | Failed],
    index: Index,
    index_location: str,
    first_visit_seconds: float,
    settled: Settled,
) -> None:
    """As ``flow.process_entries`` from MergeArticles on: entries are remembered when all else is in the index."""
    articles = [one for one in outcomes if isinstance(one, Article)]
    rejected = [one for one in outcomes if isinstance(one, Rejected)]
    failed = [one for one in outcomes if isinstance(one, Failed)]
    merged = _merge(articles, index, settled)
    written = write_linked(merged.passed, index, settled)
    if first_visit_seconds:
        from_the_web = [article for article in written.articles if article.kind in READ_FROM_THE_WEB]
        for some in batches(from_the_web, _BATCH):
            list(schedule_visits(some, index, first_visit_seconds))
    named = name_payloads([*failed, *written.failed], articles, index)
    _write_dead_letters(named, index, index_location)
    _remember(
        articles,
        {article.article_id for article in written.articles},
        [*rejected, *merged.rejected, *named],
        index,
        settled,
    )


def _merge(articles: Sequence[Article], index: Index, settled: Settled) -> Sorted[Article]:
    groups: dict[str, list[Article]] = {}
    for article in articles:
        groups.setdefault(article.article_id, []).append(article)
    merged: Sorted[Article] = Sorted()
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
