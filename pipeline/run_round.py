"""One bounded round on the DirectRunner: poll the feeds that are due, then read what is pending and what is local.

Work goes through the flow in batches, each a bounded pipeline of its own, so that memory does not grow with the
length of a feed list or an archive. The batches share nothing but the index.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.pvalue import PCollection
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from connectors.address_guard import AddressGuard
from connectors.dead_letter_spool import drain_spool
from connectors.host_politeness import SHARED_MEMORY
from connectors.index import Document, Filters, Index, Kind
from connectors.local_sources import read_entries
from connectors.open_index import open_index
from connectors.run_lock import run_lock
from connectors.tombstones import without_forgotten
from pipeline.apply_retention import apply_retention
from pipeline.choose_due import read_sources
from pipeline.flow import poll_feeds, process_entries, revisit_articles
from pipeline.give_back_memory import give_back_memory
from pipeline.recurring_tables import load_recurring_table
from pipeline.revisit_articles import STAGE as REVISIT_STAGE
from pipeline.revisit_articles import entries_to_visit
from pipeline.run_progress import PULSE, Progress
from pipeline.stage import METRIC_PREFIX, batches, weighed_batches, written_ids
from pipeline.stop_request import StopRequest
from pipeline.strip_boilerplate import NOTHING_LEARNED
from pipeline.text.recurring_lines import RecurringTable
from pipeline.write_entries import PENDING
from schemas.documents import time_from_text
from schemas.entry_json import entry_from_json
from schemas.errors import Failed
from schemas.records import Entry
from schemas.run_report import Counters, RunReport, run_document
from schemas.settings import RunSettings

_FEEDS_AT_ONCE = 1000
BATCH_BYTES = 64 * 1024 * 1024
"""Local payloads of one batch; four of the largest that are read."""


def run_round(
    settings: RunSettings,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    stop: StopRequest | None = None,
    choose_keys: Callable[[Index], Sequence[str]] | None = None,
) -> RunReport:
    """Poll, read and index everything that the settings name and that is not in the index yet.

    In -> out: settings -> what was done. ``choose_keys`` names pending entries to work on besides; it is called with
        the index when the run holds it alone.
    Errors: ConfigError for sources that cannot be understood and IndexUnavailableError for an index out of
        reach, both before anything is fetched.
    """
    stop = stop or StopRequest()
    sources = read_sources(settings)
    local = read_entries(settings)
    AddressGuard(settings.allow_private)
    started = datetime.now(UTC)
    report = RunReport(f"{started:%Y%m%dT%H%M%S%f}-{os.getpid()}", started)
    index = open_index(settings.index)
    try:
        with run_lock(settings.index):
            index.setup()
            drain_spool(settings.index, index)
            recurring = load_recurring_table(index)
            apply_retention(index, settings, started)
            sources = without_forgotten(sources, index)
            report.articles_before = index.count(Kind.ARTICLES)
            _poll(sources, settings, report, on_progress, stop)
            keys = list(choose_keys(index) if choose_keys else ()) + (_due_keys(index, started) if sources else [])
            for phase, entries, total in (
                ("pages", _pending_entries(index, keys), len(keys)),
                ("files", local, None),
            ):
                process_in_batches(entries, total, settings, report, on_progress, stop, phase, recurring)
            if settings.revisit_after_seconds:
                _revisit(index, settings, report, on_progress, stop, recurring)
            finish_report(index, report, bool(stop))
    finally:
        index.close()
    return report


def finish_report(index: Index, report: RunReport, interrupted: bool) -> None:
    """Add what the index holds at the end, and write the report to it."""
    report.interrupted = interrupted
    report.articles_after = index.count(Kind.ARTICLES)
    report.stories_after = index.count(Kind.STORIES)
    report.pending = index.count(Kind.ENTRIES, Filters(equals=(("outcome", PENDING),)))
    report.ended_at = datetime.now(UTC)
    list(written_ids(index.write(Kind.RUNS, [run_document(report)])))


def _poll(
    sources: Sequence[Any],
    settings: RunSettings,
    report: RunReport,
    on_progress: Callable[[Progress], None],
    stop: StopRequest,
) -> None:
    done = 0
    for batch in batches(sources, _FEEDS_AT_ONCE):
        if stop:
            return
        on_progress(Progress("feeds", done, len(sources)))
        now = datetime.now(UTC)
        with _progress_within("feeds", done, len(batch), len(sources), on_progress):
            report.add(run_pipeline(batch, partial(poll_feeds, settings=settings, now=now)))
        done += len(batch)
    if sources:
        on_progress(Progress("feeds", done, len(sources)))


def process_in_batches(
    entries: Iterable[Entry | Failed],
    total: int | None,
    settings: RunSettings,
    report: RunReport,
    on_progress: Callable[[Progress], None],
    stop: StopRequest,
    phase: str,
    recurring: RecurringTable = NOTHING_LEARNED,
) -> None:
    """Take entries through the flow, ``settings.batch_entries`` at a time; what was done is added to the report.

    A batch also ends where its local files and texts come to BATCH_BYTES: the runner holds them all at once.
    """
    done = 0
    for batch in weighed_batches(entries, settings.batch_entries, BATCH_BYTES, local_bytes):
        if stop:
            return
        on_progress(Progress(phase, done, total))
        with _progress_within(phase, done, len(batch), total, on_progress):
            report.add(run_pipeline(batch, partial(process_entries, settings=settings, recurring=recurring)))
        done += len(batch)
    if done:
        on_progress(Progress(phase, done, done))


@contextmanager
def _progress_within(
    phase: str, done: int, in_batch: int, total: int | None, on_progress: Callable[[Progress], None]
) -> Iterator[None]:
    """Progress moves with every feed and page of a batch; what needs no reading counts when the batch is through."""
    with PULSE.heard_by(lambda beats: on_progress(Progress(phase, done + min(beats, in_batch), total))):
        yield


def local_bytes(element: Entry | Failed) -> int:
    """How much of it is read from disk or carried along; of a page on the web nothing is known yet."""
    if isinstance(element, Failed):
        return 0
    held = len(element.text)
    if element.length >= 0:
        return held + element.length
    try:
        return held + (Path(element.path).stat().st_size if element.path else 0)
    except OSError:
        return held


def _revisit(
    index: Index,
    settings: RunSettings,
    report: RunReport,
    on_progress: Callable[[Progress], None],
    stop: StopRequest,
    recurring: RecurringTable,
) -> None:
    """Look again at the articles whose time has come. Only what became of each is counted, not every stage."""
    due = [row["article_id"] for row in index.scan(Kind.VISITS, Filters(until=datetime.now(UTC)), ["article_id"])]
    done = 0
    for some in batches(due, settings.batch_entries):
        if stop:
            return
        on_progress(Progress("revisits", done, len(due)))
        entries = entries_to_visit(index, some)
        with _progress_within("revisits", done, len(some), len(due), on_progress):
            counters = run_pipeline(entries, partial(revisit_articles, settings=settings, recurring=recurring))
        report.add({REVISIT_STAGE: counters.get(REVISIT_STAGE, {})})
        done += len(some)
    if due:
        on_progress(Progress("revisits", done, len(due)))


def _due_keys(index: Index, now: datetime) -> list[str]:
    """Keys of the entries that wait to be read and whose next attempt is due, by key: hosts come mixed."""
    waiting = index.scan(
        Kind.ENTRIES, Filters(equals=(("outcome", PENDING),)), ["entry_key", "outcome", "next_attempt_at"]
    )
    return [row["entry_key"] for row in waiting if _is_due(row, now)]


def _is_due(row: Document, now: datetime) -> bool:
    next_attempt_at = time_from_text(row["next_attempt_at"])
    return next_attempt_at is None or next_attempt_at <= now


def _pending_entries(index: Index, keys: Sequence[str]) -> Iterator[Entry]:
    for some in batches(keys, 500):
        rows = index.get_many(Kind.ENTRIES, some)
        yield from (entry_from_json(rows[key]["entry_json"]) for key in some if key in rows)


def run_pipeline(
    elements: Sequence[Any], flow: Callable[[PCollection[Any]], object], worker_processes: int = 1
) -> Counters:
    """Build and run one bounded pipeline over the elements; its counters.

    The runner is constructed, not named: by name, Beam would first look for (and download) another one.
    ``worker_processes``: 1 is this process; more are only worth their start where stages are heavy.
    """
    several = [f"--direct_num_workers={worker_processes}", "--direct_running_mode=multi_processing"]
    SHARED_MEMORY.sees_everything = worker_processes == 1
    options = PipelineOptions(several if worker_processes > 1 else [])
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=options)
    flow(pipeline | beam.Create(elements))
    result = pipeline.run()
    result.wait_until_finish()
    counters = _counters_of(result)
    del pipeline, result
    give_back_memory()
    return counters


def _counters_of(result: Any) -> Counters:
    counters: Counters = {}
    for metric in result.metrics().query()["counters"]:
        namespace = metric.key.metric.namespace
        if namespace.startswith(METRIC_PREFIX):
            stage = counters.setdefault(namespace.removeprefix(METRIC_PREFIX), {})
            stage[metric.key.metric.name] = stage.get(metric.key.metric.name, 0) + metric.result
    return counters
