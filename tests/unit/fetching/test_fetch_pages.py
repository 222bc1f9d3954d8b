from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import GlobalWindow

from connectors.fetch_pages import Errand, Outcome, fetch_all, run_errands
from connectors.host_politeness import HostMemory
from connectors.local_sources import read_entries
from pipeline.fetch_pages import FetchPages, _FetchDoFn, partition
from schemas.entry_json import entry_from_json
from schemas.errors import ConfigError, Failed, FailReason, Rejected, RejectReason
from schemas.records import Entry, Page, SourceKind
from schemas.settings import FetchSettings, RunSettings
from tests.misbehaving_site import PAGE, Exchange, MisbehavingSite
from tests.unit.fetching.one_request import LOOPBACK, quick

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _entry(url: str, number: int = 0) -> Entry:
    return Entry(key=f"{number:032x}", url=url, kind=SourceKind.URL, source_id="list", revision="r")


def _entries(urls: Sequence[str]) -> list[Entry]:
    return [_entry(url, number) for number, url in enumerate(urls)]


def _run(urls: Sequence[str], settings: FetchSettings | None = None) -> dict[str, Page | Rejected | Failed]:
    entries = _entries(urls)
    outcomes = list(run_errands([Errand(entry, entry.url) for entry in entries], settings or quick(), LOOPBACK,
                                memory=HostMemory()))  # fmt: skip
    assert sorted(position for position, _ in outcomes) == list(range(len(urls)))
    return {urls[position]: outcome for position, outcome in outcomes}  # type: ignore[misc]  # no errands come back


def test_every_entry_has_one_outcome_of_its_kind(site: MisbehavingSite, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Delegates met.")
    (tmp_path / "empty.txt").write_text(" \n")
    local = [item for item in read_entries(RunSettings(files=(str(tmp_path),))) if isinstance(item, Entry)]
    site.robots["closed.localhost"] = (200, b"User-agent: *\nDisallow: /\n")
    remote = _entries(
        [
            site.url("/page"),
            site.url("/status/404"),
            site.url("/page", "closed.localhost"),
            "gopher://x/",
            site.url("/empty"),
        ]
    )

    outcomes = list(fetch_all([*local, *remote], quick(obey_robots=True), LOOPBACK, NOW))

    kinds = Counter(outcome.reason if not isinstance(outcome, Page) else "page" for outcome in outcomes)
    assert kinds == {
        "page": 2,
        FailReason.EMPTY_BODY: 2,
        FailReason.HTTP_NOT_FOUND: 1,
        FailReason.BAD_URL: 1,
        RejectReason.FORBIDDEN_BY_ROBOTS: 1,
    }


def test_failure_can_be_replayed_and_says_whether_a_later_round_may_try(site: MisbehavingSite) -> None:
    urls = [site.url("/status/503"), site.url("/status/404")]

    outcomes = _run(urls)

    passing, lasting = outcomes[urls[0]], outcomes[urls[1]]
    assert isinstance(passing, Failed)
    assert isinstance(lasting, Failed)
    assert (passing.permanent, lasting.permanent) == (False, True)
    assert entry_from_json(lasting.entry_json) == _entry(urls[1], 1)
    assert (lasting.stage, lasting.url, lasting.entry_key, lasting.revision) == (
        "fetch_pages",
        urls[1],
        f"{1:032x}",
        "r",
    )


def test_credentials_in_an_entry_do_not_reach_its_dead_letter() -> None:
    outcome = next(iter(_run(["http://me:hushhush@news.example/a"]).values()))

    assert isinstance(outcome, Failed)
    assert "hushhush" not in repr(outcome)


def test_hostile_hosts_leave_the_others_untouched(site: MisbehavingSite) -> None:
    hostile = ["/slow-headers", "/slow-body", "/endless", "/endless-headers", "/bomb/gzip", "/bomb/br", "/bomb/zstd",
               "/loop/1", "/to?http://169.254.169.254/", "/truncated/chunks", "/broken/gzip", "/not-http", "/silent",
               "/image", "/huge-length", "/no-answer"]  # fmt: skip
    urls = [site.url(path, f"bad{number}.localhost") for number, path in enumerate(hostile)]
    good = [site.url(f"/pages/{number}", f"good{number}.localhost") for number in range(30)]

    outcomes = _run([*urls, *good], quick(read_timeout_seconds=5, total_timeout_seconds=5))

    assert all(isinstance(outcomes[url], Failed) for url in urls)
    assert all(isinstance(outcomes[url], Page) for url in good)


def test_dead_host_is_given_up_after_a_row_of_failures(site: MisbehavingSite) -> None:
    urls = [site.url(f"/silent?{number}", "dead.localhost") for number in range(40)]
    started = time.monotonic()

    outcomes = _run(urls, quick(read_timeout_seconds=0.2))

    assert {outcome.reason for outcome in outcomes.values() if isinstance(outcome, Failed)} == {FailReason.TIMEOUT}
    assert len(site.log) == 5
    assert time.monotonic() - started < 5


def test_slow_consumer_makes_nobody_late() -> None:
    with MisbehavingSite(delay_seconds=0.1) as site:
        entries = _entries([site.url(f"/pages/{number}", f"h{number}.localhost") for number in range(40)])
        outcomes = fetch_all(
            entries, quick(concurrency=8, read_timeout_seconds=3, total_timeout_seconds=3), LOOPBACK, NOW
        )
        first = next(outcomes)
        time.sleep(3.5)  # the consumer's own work, with requests in flight: not the fetcher's time

        assert [type(outcome) for outcome in (first, *outcomes)] == [Page] * 40


def test_consumer_that_stops_early_stops_the_downloads(site: MisbehavingSite) -> None:
    entries = _entries([site.url(f"/pages/{number}", f"h{number}.localhost") for number in range(500)])
    outcomes = fetch_all(entries, quick(concurrency=4), LOOPBACK, NOW)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator

    assert len(site.log) < 100
    assert not [thread for thread in threading.enumerate() if thread.name == "straitwire-loop"]


def test_consumer_that_is_slow_holds_the_downloads_back(site: MisbehavingSite) -> None:
    async def megabyte(exchange: Exchange) -> None:
        await exchange.answer(b"z" * 1_000_000)

    site.serve("/megabyte", megabyte)
    entries = _entries([site.url("/megabyte", f"h{number}.localhost") for number in range(150)])
    ahead = [
        len(site.log) - taken
        for taken, _ in enumerate(fetch_all(entries, quick(concurrency=4, max_body_bytes=2_000_000), LOOPBACK, NOW), 1)
        if time.sleep(0.002) is None  # slower than the network
    ]

    assert len(ahead) == 150
    assert max(ahead) <= 48 * 1.05 + 4 + 1


class TestPoliteness:
    """Measured from the server's log, never from the client's own account."""

    GAP = 0.15
    HOSTS = 6
    PAGES = 5

    def _urls(self, site: MisbehavingSite) -> list[str]:
        return [
            site.url(f"/pages/{page}", f"outlet{host}.localhost")
            for page in range(self.PAGES)
            for host in range(self.HOSTS)
        ]

    def _settings(self, **changes: object) -> FetchSettings:
        options = {"obey_robots": True, "read_timeout_seconds": 10, "total_timeout_seconds": 20} | changes
        return quick(per_host_gap_seconds=self.GAP, **options)

    def test_one_worker_keeps_gap_and_limit(self) -> None:
        with MisbehavingSite(delay_seconds=0.03) as site:
            outcomes = _run(self._urls(site), self._settings())
            self._check(site, outcomes.values(), in_flight=1)

    def test_gap_is_kept_when_several_requests_may_be_in_flight(self) -> None:
        async def slow_body(exchange: Exchange) -> None:
            await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p")
            await asyncio.sleep(0.4)
            await exchange.send(b">x")

        with MisbehavingSite() as site:
            site.serve("/pages/", slow_body)
            outcomes = _run(self._urls(site), self._settings(per_host_concurrency=3))
            self._check(site, outcomes.values(), in_flight=3)
            assert max(site.most_in_flight().values()) > 1

    def test_four_workers_that_share_nothing_keep_gap_and_limit_together(self) -> None:
        with MisbehavingSite(delay_seconds=0.03) as site:
            outcomes = _run_in_workers(self._urls(site), self._settings(), workers=4)
            self._check(site, outcomes, in_flight=1)

    def test_crawl_delay_is_the_gap_where_it_is_longer(self, site: MisbehavingSite) -> None:
        site.robots["outlet0.localhost"] = (200, b"User-agent: *\nCrawl-delay: 0.5\n")

        _run([url for url in self._urls(site) if "outlet0" in url or "outlet1" in url], self._settings())

        gaps = site.smallest_gaps()
        assert gaps["outlet0.localhost"] >= 0.5
        assert self.GAP <= gaps["outlet1.localhost"] < gaps["outlet0.localhost"]

    def test_total_limit_holds_over_all_hosts(self) -> None:
        with MisbehavingSite(delay_seconds=0.05) as site:
            _run([site.url("/page", f"h{number}.localhost") for number in range(40)], quick(concurrency=5))

            moments = sorted([(row.started, 1) for row in site.log] + [(row.ended, -1) for row in site.log])
            assert max(itertools.accumulate(change for _, change in moments)) <= 5

    def test_redirects_wait_for_their_host_too(self, site: MisbehavingSite) -> None:
        urls = [site.url(f"/to?{site.url(f'/pages/{n}', 'target.localhost')}", f"from{n}.localhost") for n in range(5)]

        _run(urls, self._settings(obey_robots=False))

        assert site.smallest_gaps()["target.localhost"] >= self.GAP

    def _check(self, site: MisbehavingSite, outcomes: Sequence[Outcome], in_flight: int) -> None:
        assert all(isinstance(outcome, Page) for outcome in outcomes)
        assert len(site.log) == self.HOSTS * (self.PAGES + 1)  # each with its robots.txt
        gaps = site.smallest_gaps()
        assert len(gaps) == self.HOSTS
        assert min(gaps.values()) >= self.GAP
        assert max(site.most_in_flight().values()) <= in_flight


def _run_in_workers(urls: Sequence[str], settings: FetchSettings, workers: int) -> list[Outcome]:
    """What FetchPages does on several workers: each has its partitions, a memory of its own, and a first pass."""
    partitions: dict[str, list[Errand]] = defaultdict(list)
    for entry in _entries(urls):
        partitions[partition(entry.url, workers)].append(Errand(entry, entry.url))
    assert len(partitions) > 1
    outcomes: list[Outcome] = []

    def work(errands: list[Errand]) -> None:
        outcomes.extend(outcome for _, outcome in run_errands(errands, settings, LOOPBACK, memory=HostMemory()))

    threads = [threading.Thread(target=work, args=(errands,)) for errands in partitions.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class TestTransform:
    def _fetch(
        self, entries: list[Entry], expected: list[str], settings: FetchSettings, partitions: int = 4
    ) -> dict[str, int]:
        """Check the outcomes, as short texts; the stage's counters."""
        pipeline = beam.Pipeline(runner=FnApiRunner())
        output = pipeline | beam.Create(entries) | FetchPages(settings, LOOPBACK, partitions)
        texts = [
            output.passed | "Passed" >> beam.Map(lambda page: f"page {page.entry.url}"),
            output.rejected | "Rejected" >> beam.Map(lambda row: f"{row.reason.value} {row.url}"),
            output.failed | "Failed" >> beam.Map(lambda row: f"{row.reason.value} {row.url}"),
        ] | beam.Flatten()
        assert_that(texts, equal_to(expected))
        result = pipeline.run()
        result.wait_until_finish()
        counters = result.metrics().query(MetricsFilter().with_namespace("straitwire.fetch_pages"))["counters"]
        totals: Counter[str] = Counter()
        for row in counters:  # one per step
            totals[row.key.metric.name] += row.result
        return totals

    @pytest.mark.parametrize("partitions", [1, 4])
    def test_stage_balances(self, site: MisbehavingSite, tmp_path: Path, partitions: int) -> None:
        (tmp_path / "a.txt").write_text("Delegates met.")
        local = [item for item in read_entries(RunSettings(files=(str(tmp_path),))) if isinstance(item, Entry)]
        site.robots["closed.localhost"] = (200, b"User-agent: *\nDisallow: /\n")
        moved = site.url(f"/to?{site.url('/pages/9', 'new.localhost')}", "old.localhost")
        urls = [
            *(site.url("/page", f"h{number}.localhost") for number in range(8)),
            site.url("/page", "closed.localhost"),
            site.url("/status/404"),
            moved,
            "http://",
        ]

        expected = [
            f"page {local[0].url}",
            *(f"page {url}" for url in urls[:8]),
            f"forbidden_by_robots {urls[8]}",
            f"http_not_found {urls[9]}",
            f"page {moved}",
            "bad_url http://",
        ]
        counters = self._fetch([*local, *_entries(urls)], expected, quick(obey_robots=True), partitions)

        assert counters["received"] == 13
        assert counters["emitted"] == 10
        assert counters["rejected_forbidden_by_robots"] == counters["failed_http_not_found"] == 1
        assert counters["failed_bad_url"] == 1

    def test_redirect_into_another_partition_takes_another_pass(self, site: MisbehavingSite) -> None:
        urls = [site.url(f"/to?{site.url(f'/pages/{n}', f'new{n}.localhost')}", f"old{n}.localhost") for n in range(6)]

        counters = self._fetch(_entries(urls), [f"page {url}" for url in urls], quick(), 1000)

        assert counters["redirected_to_other_partition"] >= 1
        assert counters["received"] == counters["emitted"] == 6
        assert len(site.log) == 12  # nobody was asked twice

    def test_chain_across_many_partitions_ends_in_the_last_pass(self, site: MisbehavingSite) -> None:
        async def onward(exchange: Exchange) -> None:
            number = int(exchange.request.path.rsplit("/", 1)[1])
            target = exchange.site.url(f"/onward/{number + 1}", f"hop{number + 1}.localhost")
            await (exchange.answer() if number == 8 else exchange.redirect(target))

        site.serve("/onward/", onward)

        url = site.url("/onward/0", "hop0.localhost")

        counters = self._fetch([_entry(url)], [f"page {url}"], quick(), 1000)

        assert counters["redirected_to_other_partition"] == 2

    def test_bundles_of_one_partition_in_two_threads_take_turns(self) -> None:
        def bundle(number: int) -> None:
            urls = [site.url(f"/pages/{number}/{page}", "outlet.localhost") for page in range(4)]
            do_fn = _FetchDoFn(quick(per_host_gap_seconds=0.1), LOOPBACK, 1, 1, ())
            do_fn.start_bundle()
            do_fn.process(("0", [Errand(_entry(url), url) for url in urls]), 0, GlobalWindow())
            assert len(list(do_fn.finish_bundle())) == 4

        with MisbehavingSite(delay_seconds=0.03) as site:
            threads = [threading.Thread(target=bundle, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert len(site.log) == 12
            assert site.most_in_flight() == {"outlet.localhost": 1}
            assert site.smallest_gaps()["outlet.localhost"] >= 0.1

    def test_hosts_of_one_publisher_are_in_one_partition(self) -> None:
        hosts = ["news.example.co.kr", "www.example.co.kr", "m.example.co.kr:8080", "example.co.kr"]

        assert len({partition(f"http://{host}/a", 1000) for host in hosts}) == 1
        assert len({partition(f"http://outlet{number}.example/", 8) for number in range(200)}) == 8

    def test_unreadable_allowance_fails_before_the_run(self) -> None:
        with pytest.raises(ConfigError):
            FetchPages(FetchSettings(), ("http://x",))


def test_page_is_complete(site: MisbehavingSite) -> None:
    url = site.url("/to?/page")
    before = datetime.now(UTC)

    page = _run([url])[url]

    assert isinstance(page, Page)
    assert page.entry == _entry(url)
    assert (page.url, page.content, page.content_type, page.charset) == (site.url("/page"), PAGE, "text/html", "utf-8")
    assert before <= page.fetched_at <= datetime.now(UTC)


def test_untyped_page_is_recognised_by_its_markup(site: MisbehavingSite) -> None:
    url = site.url("/untyped")
    page = _run([url])[url]

    assert isinstance(page, Page)
    assert page.content_type == "text/html"
