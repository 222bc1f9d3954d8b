"""A stream on Prism: started, watched, drained when asked, and ended whatever happens."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.portable_runner import PortableRunner

from connectors.address_guard import AddressGuard
from connectors.dead_letter_spool import drain_spool
from connectors.host_politeness import SHARED_MEMORY
from connectors.index import Kind
from connectors.open_index import open_index
from connectors.run_lock import run_lock
from pipeline.apply_retention import apply_retention
from pipeline.choose_due import read_sources
from pipeline.drain import forget_drain, is_draining, request_drain
from pipeline.export_metrics import metrics_exported
from pipeline.give_back_memory import give_back_memory_every, share_memory_among_threads
from pipeline.prism_server import find_prism, prism_server
from pipeline.recurring_tables import load_recurring_table
from pipeline.run_round import finish_report
from pipeline.stop_request import end_process
from pipeline.stream_flow import build_stream
from pipeline.tally import TALLY
from pipeline.text.recurring_lines import RecurringTable
from schemas.errors import IndexUnavailableError
from schemas.run_report import RunReport
from schemas.settings import RunSettings

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_GIVE_BACK_SECONDS = 60.0
_YEARS_SECONDS = 10 * 365 * 86_400
_NOT_IN_A_STREAM = frozenset({"list_entries", "drop_repeated", "drop_seen"})


def run_stream(settings: RunSettings, metrics_port: int | None = None, metrics_file: str = "") -> RunReport:
    """Stream on Prism until SIGTERM or SIGINT; what was done.

    Args:
        settings: with feeds; the index may be a SQLite file, for all workers are threads of this process.
        metrics_port: see ``export_metrics.metrics_exported``.
        metrics_file: see there.
    Errors: ConfigError for feeds that cannot be understood or without Prism, IndexUnavailableError for an index out of
        reach or in use, all before anything is fetched.
    """
    binary = find_prism()
    share_memory_among_threads()
    SHARED_MEMORY.sees_everything = True  # the workers live in this process
    sources = read_sources(settings)
    AddressGuard(settings.allow_private)
    started = datetime.now(UTC)
    report = RunReport(f"{started:%Y%m%dT%H%M%S%f}-{os.getpid()}", started, left_out=_NOT_IN_A_STREAM)
    index = open_index(settings.index)
    try:
        with run_lock(settings.index):
            index.setup()
            drain_spool(settings.index, index)
            apply_retention(index, settings, started)
            report.articles_before = index.count(Kind.ARTICLES)
            recurring = load_recurring_table(index)
            forget_drain()
            TALLY.clear()
            with metrics_exported(metrics_port, metrics_file) as port:
                metrics = f", metrics on http://127.0.0.1:{port}/metrics" if port else ""
                _LOG.info("%s feeds on Prism into %s%s", len(sources), index.location, metrics)
                with prism_server(binary) as endpoint:
                    _run_on(endpoint, settings, recurring, report)
            finish_report(index, report, interrupted=False)
    finally:
        index.close()
    return report


def stream_options(endpoint: str) -> PipelineOptions:
    """For a job service whose workers are threads of this process."""
    return PipelineOptions(
        [
            f"--job_endpoint={endpoint}",
            "--environment_type=LOOPBACK",
            "--streaming",
            # Beam's client gives up watching a job after this time: the default of five minutes ends every stream.
            f"--job_server_timeout={_YEARS_SECONDS}",
        ]
    )


def _run_on(
    endpoint: str,
    settings: RunSettings,
    recurring: RecurringTable,
    report: RunReport,
) -> None:
    pipeline = beam.Pipeline(runner=PortableRunner(), options=stream_options(endpoint))
    build_stream(pipeline, settings, recurring)
    result = pipeline.run()
    ended = threading.Event()
    failure: list[BaseException] = []

    def wait() -> None:
        try:
            result.wait_until_finish()
        except BaseException as error:  # raised again by the thread that waits for this one
            failure.append(error)
        finally:
            ended.set()

    give_back_memory_every(_GIVE_BACK_SECONDS)
    # The main thread stays free: only there does Python run what a signal asks for.
    threading.Thread(target=wait, name="stream", daemon=True).start()
    with drained_on_signals(settings.stream.drain_seconds), _lost_channels_left_out(ended):
        while not ended.wait(_LOOK_SECONDS):
            pass  # a short wait: Python runs signal handlers between two of them
    report.counters = TALLY.sums().counters
    if failure and is_draining() and IndexUnavailableError.__name__ in str(failure[0]):
        raise IndexUnavailableError(
            f"the index {settings.index} was out of reach when the stream was stopped: what was in hand is due when it "
            "starts again"
        ) from failure[0]
    if failure:
        raise failure[0]


@contextmanager
def _lost_channels_left_out(ended: threading.Event) -> Iterator[None]:
    """When the job has ended and Prism goes, threads of Beam's worker lose their channels: no error, no traceback."""
    report_error = threading.excepthook

    def on_error(arguments: threading.ExceptHookArgs) -> None:
        if not (ended.is_set() and issubclass(arguments.exc_type, grpc.RpcError)):
            report_error(arguments)

    threading.excepthook = on_error
    yield  # and from then on: the threads end after this block


@contextmanager
def drained_on_signals(drain_seconds: float) -> Iterator[None]:
    """SIGTERM and SIGINT ask to drain; after ``drain_seconds``, or at a second one, the process ends at once.

    Ending at once loses nothing: what was not settled is due in the index, and the next start takes it up.
    Enter it after the pipeline was started, because Beam installs handlers of its own.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        if is_draining():
            _end_process(number)
        clock = threading.Timer(drain_seconds, _end_process, [number])
        clock.daemon = True
        clock.start()  # before anything that could have to wait, such as a log that nobody reads
        request_drain()
        _LOG.info("asked to stop: what is in hand is settled within %s s", drain_seconds)

    earlier = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _end_process(number: int) -> None:
    """End at once, from any thread; Prism and the extraction children end with this process."""
    end_process(number, b"straitwire: stopped before all in hand was settled; the next start goes on with it\n")
