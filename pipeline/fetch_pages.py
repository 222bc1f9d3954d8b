"""FetchPages: what an entry points at, read from disk or fetched politely, whatever the number of workers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import apache_beam as beam
import tld
import xxhash
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.utils.windowed_value import WindowedValue
from yarl import URL

from connectors import fetch_pages
from connectors.address_guard import AddressGuard
from connectors.feed_poller import request_headers
from connectors.fetch_pages import Errand, read_local, run_errands
from connectors.local_sources import is_local
from pipeline.run_progress import PULSE
from pipeline.stage import METRIC_PREFIX, StageCounts, StageOutput, each, sort_outputs
from schemas.canonical_url import host_of
from schemas.errors import Failed, Rejected
from schemas.feeds import FeedSource
from schemas.records import Entry, Page
from schemas.settings import FetchSettings

STAGE = fetch_pages.STAGE
_PASSES = ("First", "Second", "Last")
_PARTITIONS = 32


class FetchPages(beam.PTransform[PCollection[Entry], StageOutput]):
    """Entry -> Page, or Rejected(forbidden_by_robots), or Failed(why; ``permanent`` when a later try is no use).

    In -> out: exactly one outcome per entry. Local entries are read at once.
    Politeness: hosts are partitioned by their registrable domain, and a bundle fetches all its partitions in one event
        loop, so that no two workers ever talk to one host. A redirect into a partition of another bundle comes back
        for a second pass, and from there for a last one that has only one partition.
        What one worker asked of a host, another does not know: where there are several, the first request of a bundle
        to each host waits out the gap.
    State, time: bounded input; no timers. What a process knows of hosts (gaps, robots.txt) outlives its bundles.

    Args:
        fetch_settings: limits and manners.
        allow_private: see ``connectors.address_guard``.
        partitions: upper bound of workers that fetch at once; more of them cost nothing.
        sources: feeds with headers of their own (cookies, authorisation), which pages of their host get too.
    Errors: ConfigError at construction for an ``allow_private`` that cannot be understood.
    """

    def __init__(
        self,
        fetch_settings: FetchSettings,
        allow_private: tuple[str, ...] = (),
        partitions: int = _PARTITIONS,
        sources: tuple[FeedSource, ...] = (),
    ) -> None:
        super().__init__()
        AddressGuard(allow_private)
        self._settings = fetch_settings
        self._allow_private = allow_private
        self._partitions = partitions
        self._sources = sources

    def expand(self, entries: PCollection[Entry]) -> StageOutput:
        local = sort_outputs(
            entries | "Local" >> beam.Filter(is_local) | "Read" >> each(STAGE, _read, self._settings.max_body_bytes)
        )
        errands: Any = (
            entries
            | "Remote" >> beam.Filter(lambda entry: not is_local(entry))
            | "Errands" >> beam.Map(lambda entry: Errand(entry, entry.url))
        )
        outputs = [local]
        for number, name in enumerate(_PASSES):
            partitions = 1 if number == len(_PASSES) - 1 else self._partitions
            fetched = (
                errands
                | f"{name}ByHost" >> beam.Map(lambda errand, count=partitions: (partition(errand.url, count), errand))
                | f"{name}Group" >> beam.GroupByKey()
                | f"{name}Fetch"
                >> beam.ParDo(
                    _FetchDoFn(self._settings, self._allow_private, partitions, number, self._sources)
                ).with_outputs("rejected", "failed", "errands", main="passed")
            )
            outputs.append(sort_outputs(fetched))
            errands = fetched.errands
        passed: PCollection[Page] = [output.passed for output in outputs] | "Passed" >> beam.Flatten()
        rejected: PCollection[Rejected] = [output.rejected for output in outputs] | "Rejected" >> beam.Flatten()
        failed: PCollection[Failed] = [output.failed for output in outputs] | "Failed" >> beam.Flatten()
        return StageOutput(passed, rejected, failed)


def partition(url: str, count: int) -> str:
    """The partition that a URL's host belongs to: the same for all hosts of one registrable domain.

    >>> partition("https://www.news.example.co.kr/a", 32) == partition("http://m.example.co.kr/", 32)
    True
    """
    try:
        host = (URL(url).raw_host or "").lower().rstrip(".")
    except ValueError:
        host = ""
    domain = tld.get_fld(f"http://{host}/", fail_silently=True) or host
    return str(xxhash.xxh3_64_intdigest(domain.encode()) % count)


@cache
def partition_lock(count: int, key: str) -> threading.Lock:
    """One per partition in this process: a runner may run two bundles with the same key at once, in two threads."""
    return threading.Lock()


def _read(entry: Entry, limit_bytes: int) -> Page | Failed:
    return read_local(entry, datetime.now(UTC), limit_bytes)


class _FetchDoFn(beam.DoFn):
    """Gathers the bundle's partitions, then fetches them all at once."""

    def __init__(
        self,
        settings: FetchSettings,
        allow_private: tuple[str, ...],
        partitions: int,
        pass_number: int,
        sources: tuple[FeedSource, ...],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Beam's constructor is untyped
        self._settings = settings
        self._allow_private = allow_private
        self._partitions = partitions
        self._pass_number = pass_number
        self._sources = sources

    def start_bundle(self) -> None:
        self._owned: set[str] = set()
        self._errands: list[Errand] = []
        self._times: list[tuple[Any, Any]] = []

    def process(
        self,
        element: tuple[str, Iterable[Errand]],
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> None:
        key, errands = element
        before = len(self._errands)
        self._errands.extend(errands)
        added = len(self._errands) - before
        self._times.extend([(timestamp, window)] * added)
        self._owned.add(key)
        if self._pass_number == 0:
            StageCounts(STAGE).count("received", added)

    def finish_bundle(self) -> Iterator[Any]:
        with ExitStack() as held:
            for key in sorted(self._owned):
                held.enter_context(partition_lock(self._partitions, key))
            yield from self._fetch()
        self.start_bundle()

    def _fetch(self) -> Iterator[Any]:
        counts, own_pages = StageCounts(STAGE), OwnPages(self._sources)
        outcomes = run_errands(
            self._errands,
            self._settings,
            self._allow_private,
            follow=self._is_mine if self._partitions > 1 else None,
            headers_for=own_pages.headers_for,
            assume_recent=True,
        )
        for position, outcome in outcomes:
            timestamp, window = self._times[position]
            if isinstance(outcome, Errand):
                Metrics.counter(METRIC_PREFIX + STAGE, "redirected_to_other_partition").inc()
                yield TaggedOutput("errands", WindowedValue(outcome, timestamp, (window,)))
                continue
            sorted_outcome = counts.sort(own_pages.as_stated(outcome) if isinstance(outcome, Page) else outcome)
            if isinstance(sorted_outcome, TaggedOutput):
                PULSE.beat()  # no page: extraction, which beats for pages, will not see it
                yield TaggedOutput(sorted_outcome.tag, WindowedValue(sorted_outcome.value, timestamp, (window,)))
            else:
                yield WindowedValue(sorted_outcome, timestamp, (window,))

    def _is_mine(self, url: str) -> bool:
        return partition(url, self._partitions) in self._owned


class OwnPages:
    """What feed lists say of pages: headers and character set, for the feed's own host and no other."""

    def __init__(self, sources: Iterable[FeedSource]) -> None:
        self._sources = {source.feed_id: source for source in sources}

    def headers_for(self, errand: Errand) -> Mapping[str, str]:
        """What is sent for the page besides."""
        source = self._source(errand.entry, errand.url)
        return dict(request_headers(source)) if source else {}

    def as_stated(self, page: Page) -> Page:
        """The page with the feed's character set in the place of what the server said, where the list states one."""
        source = self._source(page.entry, page.url)
        return replace(page, charset=source.charset) if source and source.charset else page

    def _source(self, entry: Entry, url: str) -> FeedSource | None:
        source = self._sources.get(entry.source_id)
        return source if source is not None and host_of(url) == host_of(source.url) else None
