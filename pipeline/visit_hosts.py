"""VisitHosts: feeds are polled and pages fetched by one stage, so that one place talks to a host at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.utils.windowed_value import WindowedValue

from connectors.address_guard import AddressGuard
from connectors.feed_fetching import FeedErrand
from connectors.feed_list import feeds_with_own_pages
from connectors.feed_poller import STAGE as POLL_STAGE
from connectors.feed_poller import Outcome, PollResult, prepare, run_feed_errands
from connectors.fetch_pages import STAGE as FETCH_STAGE
from connectors.fetch_pages import Errand, read_local, run_errands
from connectors.index import Index, Kind
from connectors.local_sources import is_local
from connectors.open_index import open_index
from pipeline.choose_due import PARTITIONS, Visit
from pipeline.drain import is_draining
from pipeline.export_metrics import export_from_environment
from pipeline.fetch_pages import OwnPages, partition, partition_lock
from pipeline.patience import patiently
from pipeline.stage import StageCounts, stage_on_the_way
from schemas.errors import ConfigError, Failed, Rejected
from schemas.feeds import FeedSource, feed_state_from_document
from schemas.records import Page
from schemas.settings import RunSettings

STAGE = "visit_hosts"
_TAGS = ("settled", "redirected")


class Visited(NamedTuple):
    """What visits give: pages to read, and what is to be settled as it is."""

    pages: PCollection[Page]
    settled: PCollection[PollResult | Rejected | Failed]


class VisitHosts(beam.PTransform[PCollection[tuple[str, Visit]], Visited]):
    """(partition, FeedSource | Errand) -> Page, or PollResult | Rejected | Failed.

    In -> out: exactly one outcome per visit, but none for a feed that is no longer due, and none while the process
        drains: what was not visited is due in the index as before.
    Politeness: as in FetchPages. The stage is stateful for what that implies: a runner works on one key, here a
        partition of hosts, in one place at a time. What is redirected into another partition comes to a second pass
        in that partition's line, which within a process waits for the first; from there redirects are followed
        anywhere. Where the workers are several processes, a bundle's first request to a host waits out the gap,
        because another may have asked it just now.
    State, time: a moment for each partition. Outcomes carry the time of the last visit of their bundle.
    """

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()
        AddressGuard(settings.allow_private)
        self._settings = settings

    def expand(self, visits: PCollection[tuple[str, Visit]]) -> Visited:
        first = visits | "Visit" >> beam.ParDo(_VisitDoFn(self._settings, 0)).with_outputs(*_TAGS, main="pages")
        redirected = first.redirected | "ByHost" >> beam.Map(_by_host).with_output_types(tuple[str, Any])
        again = beam.ParDo(_VisitDoFn(self._settings, 1)).with_outputs(*_TAGS, main="pages")
        second = redirected | "VisitRedirected" >> again
        pages: PCollection[Page] = (first.pages, second.pages) | "Pages" >> beam.Flatten()
        settled: PCollection[Any] = (first.settled, second.settled) | "Settled" >> beam.Flatten()
        return Visited(pages, settled)


def _by_host(errand: Errand | FeedErrand) -> tuple[str, Errand | FeedErrand]:
    return partition(errand.url, PARTITIONS), errand


class _VisitDoFn(beam.DoFn):
    """Gathers the bundle's partitions, then visits all their hosts at once."""

    VISITED = ReadModifyWriteStateSpec("visited", VarIntCoder())

    def __init__(self, settings: RunSettings, pass_number: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._settings = settings
        self._pass_number = pass_number
        self._index: Index | None = None
        self._sources: Sequence[FeedSource] = ()

    def setup(self) -> None:
        export_from_environment()

    def start_bundle(self) -> None:
        self._partitions: set[str] = set()
        self._feeds: list[FeedSource | FeedErrand] = []
        self._errands: list[Errand] = []
        self._place: tuple[Any, Any] | None = None

    def process(
        self,
        element: tuple[str, Visit],
        visited: Any = beam.DoFn.StateParam(VISITED),
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> None:
        host_partition, visit = element
        if host_partition not in self._partitions:
            visited.write(int(datetime.now(UTC).timestamp()))
            self._partitions.add(host_partition)
        if isinstance(visit, FeedSource | FeedErrand):
            self._feeds.append(visit)
        else:
            self._errands.append(visit)
        self._place = (timestamp, window)

    def finish_bundle(self) -> Iterator[Any]:
        if self._place is None:
            return
        timestamp, window = self._place
        started = time.monotonic()
        with ExitStack() as held:
            for name in sorted(self._partitions):
                held.enter_context(partition_lock(PARTITIONS, name))
            for outcome in self._outcomes():
                if isinstance(outcome, Page):
                    yield WindowedValue(outcome, timestamp, (window,))
                elif isinstance(outcome, Errand | FeedErrand):
                    yield TaggedOutput("redirected", WindowedValue(outcome, timestamp, (window,)))
                else:
                    yield TaggedOutput("settled", WindowedValue(outcome, timestamp, (window,)))
        StageCounts(STAGE).observe("duration_ms", (time.monotonic() - started) * 1000)
        self.start_bundle()

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()

    def _outcomes(self) -> Iterator[Page | PollResult | Rejected | Failed | Errand | FeedErrand]:
        if not is_draining():
            yield from self._polled()
        if not is_draining():
            yield from self._fetched()

    def _polled(self) -> Iterator[PollResult | FeedErrand]:
        counts = StageCounts(POLL_STAGE)
        now = datetime.now(UTC)
        errands = [one for one in self._feeds if isinstance(one, FeedErrand)]
        sources = [one for one in self._feeds if isinstance(one, FeedSource)]
        documents = patiently(lambda: self._known(sources), POLL_STAGE) if sources else {}
        for source in sources:
            document = documents.get(source.feed_id)
            known = feed_state_from_document(document) if document else None
            if known is not None and self._settings.stream.poll_every_seconds:
                known = replace(known, next_poll_at=now)
            prepared = prepare(source, known, now)
            if isinstance(prepared, FeedErrand):
                errands.append(prepared)
            else:
                counts.count("received")
                counts.count(f"rejected_{prepared.outcome.value}")
        for poll in run_feed_errands(
            errands,
            self._settings.fetch,
            self._settings.allow_private,
            now,
            follow=self._follow(),
            assume_recent=True,
        ):
            if isinstance(poll, FeedErrand):
                # Its headers may be secrets: they are not shipped between workers.
                yield replace(poll, headers=())
            else:
                _count(poll, counts)
                yield poll

    def _known(self, sources: Sequence[FeedSource]) -> dict[str, dict[str, Any]]:
        self._index = self._index or open_index(self._settings.index)
        return self._index.get_many(Kind.FEEDS, [source.feed_id for source in sources])

    def _fetched(self) -> Iterator[Page | Rejected | Failed | Errand]:
        settings = self._settings
        for errand in self._errands:
            if is_local(errand.entry):
                page = read_local(errand.entry, datetime.now(UTC), settings.fetch.max_body_bytes)
                yield _counted(page)
        remote = [errand for errand in self._errands if not is_local(errand.entry)]
        own_pages = OwnPages(self._with_own_pages())
        for _, outcome in run_errands(
            remote,
            settings.fetch,
            settings.allow_private,
            follow=self._follow(),
            headers_for=own_pages.headers_for,
            assume_recent=True,
        ):
            if isinstance(outcome, Page):
                outcome = own_pages.as_stated(outcome)
            yield outcome if isinstance(outcome, Errand) else _counted(outcome)
            if is_draining():
                return  # what is under way is broken off, and due as before

    def _with_own_pages(self) -> Sequence[FeedSource]:
        # While somebody edits the list, what was read last holds; ``ChooseDue`` says so.
        with suppress(ConfigError):
            self._sources = feeds_with_own_pages(self._settings.feeds)
        return self._sources

    def _follow(self) -> Callable[[str], bool] | None:
        if self._pass_number > 0:
            return None
        return lambda url: partition(url, PARTITIONS) in self._partitions


def _counted(outcome: Page | Rejected | Failed) -> Page | Rejected | Failed:
    key = outcome.entry.key if isinstance(outcome, Page) else outcome.entry_key
    counts = StageCounts(stage_on_the_way(FETCH_STAGE, key))
    counts.count("received")
    counts.sort(outcome)
    if isinstance(outcome, Page):
        counts.observe("page_bytes", len(outcome.content))
    return outcome


def _count(poll: PollResult, counts: StageCounts) -> None:
    counts.count("received")
    if poll.failed is not None:
        counts.count(f"failed_{poll.failed.reason.value}")
    elif poll.outcome is Outcome.POLLED:
        counts.count("emitted")
        counts.count("entries", len(poll.entries))
    else:
        counts.count(f"rejected_{poll.outcome.value}")
