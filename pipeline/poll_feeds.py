"""PollFeeds: the feeds that are due are asked; what they list goes on, and what is known of them after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue

from connectors import feed_poller
from connectors.address_guard import AddressGuard
from connectors.feed_fetching import FeedErrand
from connectors.feed_poller import Outcome, PollResult, prepare, run_feed_errands
from connectors.index import Index, Kind
from connectors.open_index import open_index
from pipeline.drop_seen import REPEATED_STAGE, is_seen
from pipeline.drop_seen import STAGE as DROP_STAGE
from pipeline.fetch_pages import partition
from pipeline.run_progress import PULSE
from pipeline.stage import StageCounts, batches
from pipeline.write_dead_letters import write_dead_letters
from pipeline.write_pending_entries import write_pending_entries
from schemas.errors import Failed
from schemas.feeds import FeedSource, FeedState, feed_state_from_document
from schemas.records import Entry
from schemas.settings import FetchSettings

STAGE = feed_poller.STAGE
_PARTITIONS = 32
_AT_ONCE = 500
LONG_LIST = 2_000
"""Entries of one feed that go on as elements; feeds list a few dozen, news sitemaps up to 1,000."""

_TAGS = ("entries", "failed", "errands")


class PolledFeeds(NamedTuple):
    """What polling gives: entries (all a feed lists, known ones too), records after the poll, and failures."""

    entries: PCollection[Entry]
    states: PCollection[FeedState]
    failed: PCollection[Failed]


class PollFeeds(beam.PTransform[PCollection[FeedSource], PolledFeeds]):
    """FeedSource -> its entries and its state; or its state and Failed(why).

    In -> out: one state per feed that was asked, none for one that is not due; entries only when the document
        has changed. Counters: received = emitted + rejected (not_due | not_modified | empty_feed) + failed, feeds.
    Politeness: as in FetchPages; a redirect into another bundle's partition is followed in a second pass.
    Guarantees: nothing is written here, but entries of very long lists, which are pending in the index when it is done.
        Whoever writes the states after the entries loses none (flow.py).
    State, time: bounded input; ``now`` is the round's own clock.

    Args:
        index_location: where the feeds' records are read.
        fetch_settings: limits and manners.
        allow_private: see ``connectors.address_guard``.
        now: decides which feeds are due.
        poll_all: every feed is due, except those that are gone for good.

    Errors: ConfigError at construction for an ``allow_private`` that cannot be understood.
    """

    def __init__(
        self,
        index_location: str,
        fetch_settings: FetchSettings,
        allow_private: tuple[str, ...],
        now: datetime,
        poll_all: bool = False,
    ) -> None:
        super().__init__()
        AddressGuard(allow_private)
        self._index_location = index_location
        self._settings = fetch_settings
        self._allow_private = allow_private
        self._now = now
        self._poll_all = poll_all

    def expand(self, sources: PCollection[FeedSource]) -> PolledFeeds:
        arguments = (self._index_location, self._settings, self._allow_private, self._now, self._poll_all)
        first = (
            sources
            | "ByHost" >> beam.Map(lambda source: (partition(source.url, _PARTITIONS), source))
            | "Group" >> beam.GroupByKey()
            | "Poll" >> beam.ParDo(_PollDoFn(*arguments, _PARTITIONS)).with_outputs(*_TAGS, main="states")
        )
        # What was redirected to another bundle's host: one bundle for all of it, so that no host has two callers.
        second = (
            first.errands
            | "Gather" >> beam.Map(lambda errand: ("", errand))
            | "GroupRedirected" >> beam.GroupByKey()
            | "PollRedirected" >> beam.ParDo(_PollDoFn(*arguments, 1)).with_outputs(*_TAGS, main="states")
        )
        passes = (first, second)
        entries: PCollection[Entry] = [one.entries for one in passes] | "Entries" >> beam.Flatten()
        states: PCollection[FeedState] = [one.states for one in passes] | "States" >> beam.Flatten()
        failed: PCollection[Failed] = [one.failed for one in passes] | "Failed" >> beam.Flatten()
        return PolledFeeds(entries, states, failed)


class _PollDoFn(beam.DoFn):
    """Gathers the bundle's partitions, then asks all their feeds at once."""

    def __init__(
        self,
        index_location: str,
        settings: FetchSettings,
        allow_private: tuple[str, ...],
        now: datetime,
        poll_all: bool,
        partitions: int,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._index_location = index_location
        self._settings = settings
        self._allow_private = allow_private
        self._now = now
        self._poll_all = poll_all
        self._partitions = partitions
        self._index: Index | None = None

    def setup(self) -> None:
        self._index = open_index(self._index_location)

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def start_bundle(self) -> None:
        self._owned: set[str] = set()
        self._gathered: list[FeedSource | FeedErrand] = []
        self._place: tuple[Any, Any] | None = None

    def process(
        self,
        element: tuple[str, Iterable[FeedSource | FeedErrand]],
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> None:
        key, gathered = element
        self._owned.add(key)
        self._gathered.extend(gathered)
        self._place = (timestamp, window)

    def finish_bundle(self) -> Iterator[Any]:
        if self._place is None:
            return
        timestamp, window = self._place
        for value in self._outcomes():
            if isinstance(value, TaggedOutput):
                yield TaggedOutput(value.tag, WindowedValue(value.value, timestamp, (window,)))
            else:
                yield WindowedValue(value, timestamp, (window,))
        self.start_bundle()

    def _outcomes(self) -> Iterator[Any]:
        counts = StageCounts(STAGE)
        follow = self._is_mine if self._partitions > 1 else None
        errands = []
        for prepared in self._prepared(counts):
            if isinstance(prepared, PollResult):
                PULSE.beat()
                counts.count(f"rejected_{prepared.outcome.value}")
            elif follow is None or follow(prepared.url):
                errands.append(prepared)
            else:  # the feed has moved to another bundle's host
                yield TaggedOutput("errands", replace(prepared, headers=()))
        outcomes = run_feed_errands(
            errands,
            self._settings,
            self._allow_private,
            self._now,
            follow=follow,
            assume_recent=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, FeedErrand):
                # Its headers may be secrets: they are not shipped between workers but made anew.
                yield TaggedOutput("errands", replace(outcome, headers=()))
                continue
            PULSE.beat()
            if len(outcome.entries) > LONG_LIST:
                outcome = self._remembered(outcome, counts)
            yield from _routed(outcome, counts)

    def _prepared(self, counts: StageCounts) -> Iterator[PollResult | FeedErrand]:
        sources = [one for one in self._gathered if isinstance(one, FeedSource)]
        counts.count("received", len(sources))
        index = self._index or open_index(self._index_location)
        self._index = index
        documents = index.get_many(Kind.FEEDS, [source.feed_id for source in sources])
        for source in sources:
            document = documents.get(source.feed_id)
            known = feed_state_from_document(document) if document else None
            if known is not None and self._poll_all:
                known = replace(known, next_poll_at=self._now)
            yield prepare(source, known, self._now)
        yield from (one for one in self._gathered if isinstance(one, FeedErrand))

    def _remembered(self, result: PollResult, counts: StageCounts) -> PollResult:
        """The result of a long list with only its first entries; the others are pending in the index already.

        Every stage of a runner holds all that it hands on: 50,000 entries would be in memory several times. What the
        stages after this one do with an entry is done here a few hundred at a time, and counted as theirs.
        """
        counts.count("entries", len(result.entries) - LONG_LIST)
        index = self._index or open_index(self._index_location)
        repeated, seen = StageCounts(REPEATED_STAGE + "_in_feeds"), StageCounts(DROP_STAGE + "_in_feeds")
        for some in batches(result.entries[LONG_LIST:], _AT_ONCE):
            known = index.get_many(Kind.ENTRIES, [entry.key for entry in some], ["revisions"])
            fresh = [entry for entry in some if not is_seen(entry, known.get(entry.key))]
            for stage in (repeated, seen):
                stage.count("received", len(some))
            repeated.count("emitted", len(some))
            seen.count("emitted", len(fresh))
            seen.count("rejected_seen", len(some) - len(fresh))
            refused = [one for one in write_pending_entries(fresh, index) if isinstance(one, Failed)]
            write_dead_letters(refused, index, self._index_location)
        return replace(result, entries=result.entries[:LONG_LIST])

    def _is_mine(self, url: str) -> bool:
        return partition(url, self._partitions) in self._owned


def _routed(result: PollResult, counts: StageCounts) -> Iterator[Any]:
    yield result.state
    if result.failed is not None:
        counts.count(f"failed_{result.failed.reason.value}")
        yield TaggedOutput("failed", result.failed)
    elif result.outcome is Outcome.POLLED:
        counts.count("emitted")
        counts.count("entries", len(result.entries))
        for entry in result.entries:
            yield TaggedOutput("entries", entry)
    else:
        counts.count(f"rejected_{result.outcome.value}")
