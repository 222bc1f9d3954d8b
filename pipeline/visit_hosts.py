"""VisitHosts: feeds are polled and pages fetched by one stage, so that one place talks to a host at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.utils.windowed_value import WindowedValue

from connectors.address_guard import AddressGuard
from connectors.feed_poller import STAGE as POLL_STAGE
from connectors.feed_poller import Outcome, PollResult, prepare, run_feed_errands
from connectors.fetch_pages import STAGE as FETCH_STAGE
from connectors.fetch_pages import Errand, read_local, run_errands
from connectors.index import Index, Kind
from connectors.local_sources import is_local
from connectors.open_index import open_index
from pipeline.drain import is_draining
from pipeline.fetch_pages import partition_lock
from pipeline.patience import patiently
from pipeline.schedule_visits import PARTITIONS, Visit
from pipeline.stage import StageCounts
from schemas.errors import Failed, Rejected
from schemas.feeds import FeedSource, feed_state_from_document
from schemas.records import Page
from schemas.settings import RunSettings


class Visited(NamedTuple):
    """What visits give: pages to read, and what is to be settled as it is."""

    pages: PCollection[Page]
    settled: PCollection[PollResult | Rejected | Failed]


class VisitHosts(beam.PTransform[PCollection[tuple[str, Visit]], Visited]):
    """(partition, FeedSource | Errand) -> Page, or PollResult | Rejected | Failed.

    In -> out: exactly one outcome per visit, but none for a feed that is no longer due, and none while the process
        drains: what was not visited is due in the index as before.
    Politeness: as in FetchPages. The stage is stateful for what that implies: a runner works on one key, here a
        partition of hosts, in one place at a time. Where the workers are several processes, a bundle's first
        request to a host waits out the gap, because another may have asked it just now.
    State, time: a moment for each partition. Outcomes carry the time of the last visit of their bundle.
    """

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()
        AddressGuard(settings.allow_private)
        self._settings = settings

    def expand(self, visits: PCollection[tuple[str, Visit]]) -> Visited:
        visited = visits | "Visit" >> beam.ParDo(_VisitDoFn(self._settings)).with_outputs("settled", main="pages")
        return Visited(visited.pages, visited.settled)


class _VisitDoFn(beam.DoFn):
    """Gathers the bundle's partitions, then visits all their hosts at once."""

    VISITED = ReadModifyWriteStateSpec("visited", VarIntCoder())

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._settings = settings
        self._index: Index | None = None

    def start_bundle(self) -> None:
        self._partitions: set[str] = set()
        self._feeds: list[FeedSource] = []
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
        if isinstance(visit, FeedSource):
            self._feeds.append(visit)
        else:
            self._errands.append(visit)
        self._place = (timestamp, window)

    def finish_bundle(self) -> Iterator[Any]:
        if self._place is None:
            return
        timestamp, window = self._place
        with ExitStack() as held:
            for name in sorted(self._partitions):
                held.enter_context(partition_lock(PARTITIONS, name))
            for outcome in self._outcomes():
                if isinstance(outcome, Page):
                    yield WindowedValue(outcome, timestamp, (window,))
                else:
                    yield TaggedOutput("settled", WindowedValue(outcome, timestamp, (window,)))
        self.start_bundle()

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()

    def _outcomes(self) -> Iterator[Page | PollResult | Rejected | Failed]:
        if not is_draining():
            yield from self._polled()
        if not is_draining():
            yield from self._fetched()

    def _polled(self) -> Iterator[PollResult]:
        counts = StageCounts(POLL_STAGE)
        now = datetime.now(UTC)
        documents = patiently(self._known, POLL_STAGE)
        errands = []
        for source in self._feeds:
            document = documents.get(source.feed_id)
            prepared = prepare(source, feed_state_from_document(document) if document else None, now)
            counts.count("received")
            if isinstance(prepared, PollResult):
                counts.count(f"rejected_{prepared.outcome.value}")
            else:
                errands.append(prepared)
        polls = run_feed_errands(errands, self._settings.fetch, self._settings.allow_private, now, assume_recent=True)
        for poll in polls:
            if isinstance(poll, PollResult):  # always: every redirect may be followed
                _count(poll, counts)
                yield poll

    def _known(self) -> dict[str, dict[str, Any]]:
        self._index = self._index or open_index(self._settings.index)
        return self._index.get_many(Kind.FEEDS, [source.feed_id for source in self._feeds])

    def _fetched(self) -> Iterator[Page | Rejected | Failed]:
        counts = StageCounts(FETCH_STAGE)
        settings = self._settings
        for errand in self._errands:
            if is_local(errand.entry):
                counts.count("received")
                yield _sorted(counts, read_local(errand.entry, datetime.now(UTC), settings.fetch.max_body_bytes))
        remote = [errand for errand in self._errands if not is_local(errand.entry)]
        for _, outcome in run_errands(remote, settings.fetch, settings.allow_private, assume_recent=True):
            if not isinstance(outcome, Errand):  # never: every redirect may be followed
                counts.count("received")
                yield _sorted(counts, outcome)
            if is_draining():
                return


def _sorted(counts: StageCounts, outcome: Page | Rejected | Failed) -> Page | Rejected | Failed:
    counts.sort(outcome)
    return outcome


def _count(poll: PollResult, counts: StageCounts) -> None:
    if poll.failed is not None:
        counts.count(f"failed_{poll.failed.reason.value}")
    elif poll.outcome is Outcome.POLLED:
        counts.count("emitted")
        counts.count("entries", len(poll.entries))
    else:
        counts.count(f"rejected_{poll.outcome.value}")
