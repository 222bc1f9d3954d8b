"""``straitwire run``: one bounded round, or one after the other with ``--every``."""

from __future__ import annotations

import importlib
import logging
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors.run_lock import run_lock
from pipeline.command_line import options
from pipeline.command_line.console import console, counted, error_console, print_json, table
from pipeline.command_line.failures import one_line
from pipeline.stop_request import stop_on_signals
from schemas.errors import ConfigError, IndexUnavailableError
from schemas.run_report import RunReport, run_document
from schemas.settings import RunSettings, load_settings

if TYPE_CHECKING:
    from pipeline.run_progress import Progress as RoundProgress

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_JITTER = 0.1


def run(
    feeds: options.FeedsOption = None,
    files: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Text or HTML files, also .gz; quote the pattern.")
    ] = None,
    jsonl: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="One article a line: url, title, text or html ...")
    ] = None,
    warc: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Web archives, also .gz.")] = None,
    urls: Annotated[list[str] | None, typer.Option(metavar="FILE", help="Files with one page URL a line.")] = None,
    index: options.RunIndexOption = "",
    keep: options.KeepOption = "",
    allow_private: options.AllowPrivateOption = None,
    poll_all: Annotated[bool, typer.Option("--poll-all", help="Poll feeds that are not due yet as well.")] = False,
    revisit: Annotated[
        str, typer.Option(metavar="TIME", help="Look at articles again: first after TIME, then ever more rarely.")
    ] = "",
    settings: options.SettingsOption = "",
    every: Annotated[str, typer.Option(metavar="TIME", help="Repeat until stopped, such as 30s, 10m, 2h.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Poll, fetch, read, tag, link and index; then print what was done.

    One round on this machine: feeds that are due, pages not read yet, local files. Run again, and what is in
    the index already is left alone. SIGTERM or Ctrl-C ends the round after the batch in hand, or
    within five seconds; the next run goes on from there.

    Examples: straitwire run --feeds deploy/feeds.yaml --every 10m;
    straitwire run --files 'archive/*.html.gz' --index news.db; straitwire run --feeds https://www.example.com/rss

    Exit code: 0 done; 1 more than the configured share of feeds or of entries failed, the account does not balance, or
    an entry met a bug of straitwire; 2 wrong use or settings, or an index out of reach.
    """
    values = {
        "feeds": tuple(feeds or ()),
        "files": tuple(files or ()),
        "jsonl": tuple(jsonl or ()),
        "warc": tuple(warc or ()),
        "urls": tuple(urls or ()),
        "allow_private": tuple(allow_private or ()),
        "index": index,
        "keep": keep,
        "poll_all": poll_all or None,
        "revisit_after_seconds": parse_interval(revisit, "--revisit") if revisit else None,
    }
    chosen = load_settings(settings, **values)
    if not chosen.has_sources():
        raise ConfigError("nothing to run on: name --feeds, --files, --jsonl, --warc or --urls (straitwire run --help)")
    interval = parse_interval(every) if every else None
    report = _run_rounds(chosen, interval, as_json)
    if not has_done_well(report, chosen.failure_share):
        raise typer.Exit(1)


def _run_rounds(settings: RunSettings, interval: float | None, as_json: bool) -> RunReport:
    """One round, or with an interval rounds until asked to stop; what the last one did."""
    rounds = load_rounds()
    alone = nullcontext() if interval is None else run_lock(settings.index, "service")
    with alone, stop_on_signals() as stop:
        report = _one_round(rounds, settings, stop, as_json, line_each=interval is not None)
        while interval is not None and not stop:
            # Not in step with others that poll the same sites on the hour.
            pause = interval * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # not a secret
            _tell_next_round(pause, as_json)
            if stop.wait(pause):
                break
            try:
                report = _one_round(rounds, settings, stop, as_json, line_each=True)
            except (ConfigError, IndexUnavailableError) as error:  # a list half-edited, an index that is away
                error_console().print(f"straitwire: {one_line(str(error))}; the next round tries again", markup=False)
        return report


def _tell_next_round(pause_seconds: float, as_json: bool) -> None:
    if not as_json:
        begins = datetime.now(UTC) + timedelta(seconds=pause_seconds)
        error_console().print(f"next round at {begins:%H:%M:%S}Z; Ctrl-C or SIGTERM ends here", markup=False)


def _one_round(rounds: ModuleType, settings: RunSettings, stop: object, as_json: bool, line_each: bool) -> RunReport:
    with progress_shown() as show:
        report: RunReport = rounds.run_round(settings, show, stop)
    show_report(report, settings.index, as_json, line_each)
    return report


def show_report(report: RunReport, index: str, as_json: bool, line_each: bool = False) -> None:
    """What a round did: the table, or JSON (on one line where rounds follow each other)."""
    if as_json:
        print_json(run_document(report) | {"stages": report.counters}, indent=None if line_each else 2)
    else:
        print_report(report, index)
    sys.stdout.flush()


def load_rounds() -> ModuleType:
    """The module that runs rounds, imported when it is needed: Beam takes seconds.

    Beam warns on import about cloud packages that straitwire does not use; nobody can act on that.
    """
    logging.disable(logging.WARNING)
    try:
        return importlib.import_module("pipeline.run_round")
    finally:
        logging.disable(logging.NOTSET)


def parse_interval(text: str, option: str = "--every") -> float:
    """Seconds in ``30s``, ``10m`` or ``2h``; a bare number is seconds.

    Errors: ConfigError for anything else, and for less than a second.

    >>> parse_interval("10m")
    600.0
    """
    matched = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    seconds = float(matched[1]) * _UNITS.get(matched[2], 1.0) if matched else 0.0
    if seconds < 1:
        raise ConfigError(f"{option} {text!r} is not a time: write 30s, 10m or 2h")
    return seconds


def has_done_well(report: RunReport, failure_share: float) -> bool:
    """Whether the account balances, no bug was met, and not too many of the feeds or of the entries failed."""
    polled = report.counters.get("poll_feeds", {})
    feeds_failed = sum(value for name, value in polled.items() if name.startswith("failed_"))
    feeds_asked = polled.get("received", 0) - polled.get("rejected_not_due", 0)
    entries_failed = sum(report.total("failed_").values()) - feeds_failed
    return (
        report.balanced
        and not report.bugs
        and feeds_failed <= failure_share * feeds_asked
        and entries_failed <= failure_share * report.listed
    )


@contextmanager
def progress_shown() -> Iterator[Callable[[RoundProgress], None]]:
    """A bar on a terminal; elsewhere a plain line when a phase has moved, at most every few seconds."""
    screen = error_console()
    if sys.stderr.isatty():
        with _bar(screen) as show:
            yield show
    else:
        yield _plain_lines(screen)


@contextmanager
def _bar(screen: Console) -> Iterator[Callable[[RoundProgress], None]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as progress:
        tasks: dict[str, object] = {}

        def show(now: RoundProgress) -> None:
            if now.phase not in tasks:
                tasks[now.phase] = progress.add_task(now.phase, total=now.total)
            progress.update(tasks[now.phase], completed=now.done, total=now.total)  # type: ignore[arg-type]  # TaskID

        yield show


def _plain_lines(screen: Console, least_seconds: float = 5.0) -> Callable[[RoundProgress], None]:
    shown_at = 0.0
    shown_phase = ""

    def show(now: RoundProgress) -> None:
        nonlocal shown_at, shown_phase
        finished = now.total is not None and now.done >= now.total
        if shown_phase != now.phase or finished or time.monotonic() - shown_at >= least_seconds:
            of_total = f" of {now.total}" if now.total is not None else ""
            screen.print(f"{now.phase}: {now.done}{of_total}")
            shown_at, shown_phase = time.monotonic(), now.phase

    return show


def print_report(report: RunReport, index: str) -> None:
    """The table that a person reads after a round."""
    screen = console()
    rows = [
        (
            account.stage,
            account.received,
            account.emitted,
            _reasons(account.rejected),
            _reasons(account.failed),
            "yes" if account.balanced else "NO",
        )
        for account in report.balance()
    ]
    if rows:
        columns = ["stage", "received", "passed on", "rejected", "failed", "balances"]
        screen.print(table("What became of every entry", columns, rows, right=["received", "passed on"]))
    new = counted(report.articles_after - report.articles_before, "new document")
    held = f"{counted(report.articles_after, 'article')} in {counted(report.stories_after, 'story', 'stories')}"
    waiting = f"; {counted(report.pending, 'entry waits', 'entries wait')} to be read by a later run"
    screen.print(f"{new}; {held} in {index}" + (waiting if report.pending else ""), markup=False)
    if changed := report.counters.get("revisit_articles", {}).get("emitted", 0):
        told = f"{counted(changed, 'article')} changed since {'it was' if changed == 1 else 'they were'} read"
        screen.print(f"{told}: straitwire diff --index {index}", markup=False, soft_wrap=True)
    if report.total("failed_"):
        screen.print(f"What failed, and why: straitwire report --index {index}", markup=False, soft_wrap=True)
    if not report.balanced:
        screen.print("The account does NOT balance: an element was lost or counted twice. Please report this.")
    if report.bugs:
        screen.print(f"{report.bugs} entries met a bug of straitwire (dead letter internal_error). Please report this.")
    if report.interrupted:
        screen.print("Stopped on request; the next run goes on where this one ended.")


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value} {reason}" for reason, value in counts.items())
