"""ChooseDue: at every beat the index says what is due, and as many visits set out as hosts can take."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
from apache_beam.coders import StrUtf8Coder
from apache_beam.pvalue import PCollection
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from connectors.feed_list import load_feed_lists
from connectors.feed_poller import request_headers
from connectors.fetch_pages import Errand
from connectors.index import Document, Filters, Index, Kind
from connectors.open_index import open_index
from connectors.tombstones import without_forgotten
from pipeline.drain import is_draining
from pipeline.fetch_pages import partition
from pipeline.revisit_articles import entries_to_visit
from pipeline.stage import StageCounts
from pipeline.write_entries import PENDING
from schemas.documents import time_from_text
from schemas.entry_json import entry_from_json
from schemas.errors import ConfigError, IndexUnavailableError
from schemas.feeds import FeedSource
from schemas.revisions import visit_key
from schemas.settings import RunSettings

_LOG = logging.getLogger(__name__)

STAGE = "choose_due"
PARTITIONS = 512
"""Of hosts, by registrable domain: more than workers, so that few hosts share a line."""

LEASE = timedelta(minutes=15)
"""After which a visit that left no trace in the index is made again: longer than any visit can take."""

_PAUSE_SHARE = 1.0  # a look takes at most half of the time, on a server that has become slow
_LONGEST_PAUSE_SECONDS = 15.0
_RETRY_SECONDS = 5.0
_VISIT_SECONDS = 10.0  # of the gaps of one host that one visit waits out
_MOST_A_HOST = 64

ENTRY_FIELDS = ("entry_key", "url", "outcome", "revisions", "attempts", "next_attempt_at")
VISIT_FIELDS = ("article_id", "url", "next_visit_at", "visits")
FEED_FIELDS = ("feed_id", "url", "listed_url", "polled_at", "next_poll_at")

Visit = FeedSource | Errand


class ChooseDue(beam.PTransform[PCollection[int], PCollection[tuple[str, Visit]]]):
    """Beat -> (partition of hosts, feed or errand) for all that is due and not on its way already.

    An article to look at again sets out as an errand whose entry has the key of its visit.

    State, time: one key. What is on its way, at most ``batch_entries`` of feeds, of entries and of indexed articles to
        look at again, each with the moment at which it counts as lost. It leaves the state at the first look that
        finds it settled in the index.
    Guarantees: feeds and entries are in the index, so nothing is lost with this state; a visit made twice ends
        in the same documents. The feed list is read again every ``stream.reread_feeds_seconds``; one that cannot
        be read leaves the last that could.
    """

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()
        self._settings = settings

    def expand(self, beats: PCollection[int]) -> PCollection[tuple[str, Visit]]:
        visits: PCollection[tuple[str, Visit]] = (
            beats
            | "OneKey" >> beam.Map(lambda beat: ("", beat)).with_output_types(tuple[str, int])
            | "Look" >> beam.ParDo(_ScheduleDoFn(self._settings)).with_output_types(tuple[str, Any])
        )
        return visits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A feed or an entry that is due.

    Attributes:
        key: which one.
        host_partition: in whose line it waits.
        version: changes when it is settled, so that its next turn is told from the one that is on its way.
    """

    key: str
    host_partition: str
    version: str


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A visit that was sent out: for which version, to which partition, and when it counts as lost."""

    version: str
    host_partition: str
    lost_at: str


def choose_visits(
    waiting: Iterable[Waiting], on_their_way: Mapping[str, OnItsWay], now: datetime, most: int, most_a_partition: int
) -> tuple[list[Waiting], dict[str, OnItsWay]]:
    """Whom to visit now, and all who are on their way from then on.

    In -> out: at most ``most`` on their way in all and ``most_a_partition`` in one partition; partitions take turns,
        within one the order of ``waiting`` holds.
    """
    moment, lost_at = now.isoformat(), (now + LEASE).isoformat()
    lines: dict[str, list[Waiting]] = {}
    still: dict[str, OnItsWay] = {}
    for one in waiting:
        sent = on_their_way.get(one.key)
        if sent is not None and sent.version == one.version and sent.lost_at > moment:
            still[one.key] = sent
        else:
            lines.setdefault(one.host_partition, []).append(one)
    taken = Counter(sent.host_partition for sent in still.values())
    room = most - len(still)
    chosen: list[Waiting] = []
    turns = {name: line[: max(0, most_a_partition - taken[name])] for name, line in lines.items()}
    while room > len(chosen) and turns:
        for line in turns.values():
            if len(chosen) < room and line:
                chosen.append(line.pop(0))
        turns = {name: line for name, line in turns.items() if line}
    still.update((one.key, OnItsWay(one.version, one.host_partition, lost_at)) for one in chosen)
    return chosen, still


def due_feeds(
    sources: Sequence[FeedSource], known: Mapping[str, Document], now: datetime, every_seconds: float = 0.0
) -> Iterator[Waiting]:
    """The feeds to poll now: never polled, moved in the list, or at their time."""
    for source in sources:
        row = known.get(source.feed_id)
        if row is None or row["listed_url"] not in ("", source.url):
            yield Waiting(source.feed_id, partition(source.url, PARTITIONS), source.url)
            continue
        next_poll_at, polled_at = time_from_text(row["next_poll_at"]), time_from_text(row["polled_at"])
        if every_seconds and polled_at is not None:
            next_poll_at = polled_at + timedelta(seconds=every_seconds)
        if next_poll_at is None or next_poll_at <= now:
            yield Waiting(source.feed_id, partition(row["url"], PARTITIONS), f"{source.url} {row['polled_at']}")


def due_entries(rows: Iterable[Document], now: datetime) -> Iterator[Waiting]:
    """The pending entries whose next attempt is due, those that wait longest first."""
    due = [row for row in rows if (time_from_text(row["next_attempt_at"]) or now) <= now]
    due.sort(key=lambda row: (row["next_attempt_at"] or "", row["entry_key"]))
    for row in due:
        version = f"{row['attempts']} {','.join(row['revisions'])}"
        yield Waiting(row["entry_key"], partition(row["url"], PARTITIONS), version)


def due_visits(rows: Iterable[Document]) -> Iterator[Waiting]:
    """Articles whose next visit is due, those that wait longest first."""
    for row in sorted(rows, key=lambda row: (row["next_visit_at"], row["article_id"])):
        version = f"{row['visits']} {row['next_visit_at']}"
        yield Waiting(row["article_id"], partition(row["url"], PARTITIONS), version)


def read_sources(settings: RunSettings) -> list[FeedSource]:
    """The feeds of the lists.

    Errors: ConfigError for a list that cannot be understood, or a header whose environment variable is not set.
    """
    sources = load_feed_lists(settings.feeds)
    for source in sources:
        request_headers(source)
    return sources


class _ScheduleDoFn(beam.DoFn):
    FEEDS = ReadModifyWriteStateSpec("feeds", StrUtf8Coder())
    ENTRIES = ReadModifyWriteStateSpec("entries", StrUtf8Coder())
    VISITS = ReadModifyWriteStateSpec("visits", StrUtf8Coder())

    def __init__(self, settings: RunSettings) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._settings = settings
        gap = settings.fetch.per_host_gap_seconds
        self._most_a_partition = max(1, min(_MOST_A_HOST, int(_VISIT_SECONDS / gap))) if gap else _MOST_A_HOST
        self._index: Index | None = None
        self._sources: list[FeedSource] = []
        self._reread_at = self._look_at = 0.0

    def teardown(self) -> None:
        if self._index is not None:
            self._index.close()

    def process(
        self,
        element: tuple[str, int],
        feeds: Any = beam.DoFn.StateParam(FEEDS),
        entries: Any = beam.DoFn.StateParam(ENTRIES),
        visits_made: Any = beam.DoFn.StateParam(VISITS),
    ) -> Iterator[tuple[str, Visit]]:
        started = time.monotonic()
        if is_draining() or started < self._look_at:
            return
        try:
            self._index = self._index or open_index(self._settings.index)
            visits = [*self._feeds(self._index, feeds), *self._entries(self._index, entries)]
            if self._settings.revisit_after_seconds:
                visits += self._indexed(self._index, visits_made)
        except IndexUnavailableError as error:
            _LOG.warning("stage=%s the index is out of reach and is asked again: %s", STAGE, error)
            self._look_at = time.monotonic() + _RETRY_SECONDS
            return
        self._look_at = time.monotonic() + min((time.monotonic() - started) * _PAUSE_SHARE, _LONGEST_PAUSE_SECONDS)
        yield from visits

    def _feeds(self, index: Index, state: Any) -> Iterator[tuple[str, Visit]]:
        sources = {source.feed_id: source for source in without_forgotten(self._listed(), index)}
        now = datetime.now(UTC)
        known = index.get_many(Kind.FEEDS, list(sources), FEED_FIELDS)
        every = self._settings.stream.poll_every_seconds
        for one in self._chosen(due_feeds(list(sources.values()), known, now, every), state, now):
            yield one.host_partition, sources[one.key]

    def _entries(self, index: Index, state: Any) -> Iterator[tuple[str, Visit]]:
        now = datetime.now(UTC)
        rows = index.scan(Kind.ENTRIES, Filters(equals=(("outcome", PENDING),)), ENTRY_FIELDS)
        chosen = self._chosen(due_entries(rows, now), state, now)
        documents = index.get_many(Kind.ENTRIES, [one.key for one in chosen], ("entry_key", "entry_json"))
        for one in chosen:
            text = documents.get(one.key, {}).get("entry_json")
            if text:  # else it was settled between the two looks
                entry = entry_from_json(text)
                yield one.host_partition, Errand(entry, entry.url)

    def _indexed(self, index: Index, state: Any) -> Iterator[tuple[str, Visit]]:
        """Articles to look at again."""
        now = datetime.now(UTC)
        rows = index.scan(Kind.VISITS, Filters(until=now), VISIT_FIELDS)
        partitions = {one.key: one.host_partition for one in self._chosen(due_visits(rows), state, now)}
        for entry in entries_to_visit(index, list(partitions)):
            yield partitions[entry.key], Errand(replace(entry, key=visit_key(entry.key)), entry.url)

    def _chosen(self, waiting: Iterable[Waiting], state: Any, now: datetime) -> list[Waiting]:
        earlier = _from_json(state.read())
        chosen, on_their_way = choose_visits(
            waiting, earlier, now, self._settings.batch_entries, self._most_a_partition
        )
        if chosen or on_their_way != earlier:
            state.write(_to_json(on_their_way))
        StageCounts(STAGE).observe("on_their_way_elements", len(on_their_way))
        return chosen

    def _listed(self) -> list[FeedSource]:
        if time.monotonic() >= self._reread_at:
            self._reread_at = time.monotonic() + self._settings.stream.reread_feeds_seconds
            try:
                self._sources = read_sources(self._settings)
            except ConfigError as error:
                _LOG.error("stage=%s the feed list is left as it was: %s", STAGE, error)
        return self._sources


def _to_json(on_their_way: Mapping[str, OnItsWay]) -> str:
    return json.dumps({key: [one.version, one.host_partition, one.lost_at] for key, one in on_their_way.items()})


def _from_json(text: str | None) -> dict[str, OnItsWay]:
    return {key: OnItsWay(*row) for key, row in json.loads(text or "{}").items()}
