"""``straitwire stream``: the same pipeline without an end, on a runner that is made for streams."""

from __future__ import annotations

import importlib
import logging
from types import ModuleType
from typing import Annotated

import typer

from pipeline.command_line import options
from pipeline.command_line.logs import start_logging
from pipeline.command_line.run_command import has_done_well, parse_interval, show_report
from schemas.errors import ConfigError
from schemas.settings import RunSettings, load_settings

RUNNERS = ("prism", "flink", "dataflow")
_BOUNDED = ("files", "jsonl", "warc", "urls")


def stream(
    runner: Annotated[
        str, typer.Option(metavar="NAME", help="prism (this machine), flink or dataflow; there is no default.")
    ] = "",
    feeds: options.FeedsOption = None,
    index: options.RunIndexOption = "",
    keep: options.KeepOption = "",
    allow_private: options.AllowPrivateOption = None,
    revisit: Annotated[
        str, typer.Option(metavar="TIME", help="Look at articles again: first after TIME, then ever more rarely.")
    ] = "",
    settings: options.SettingsOption = "",
    metrics_port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65535, help="Serve Prometheus metrics on 127.0.0.1; 0: any port."),
    ] = None,
    metrics_file: Annotated[
        str, typer.Option(metavar="FILE", help="Write them to a file every ten seconds, for a textfile collector.")
    ] = "",
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log JSON lines: time, level, stage, feed_id, url, reason ...")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Poll, fetch, read, tag, link and index without an end; feeds that are added to the list are taken up.

    Each feed is polled on its own schedule, which the index keeps. SIGTERM or Ctrl-C drains: nothing new is taken up,
    what is in hand is settled, and the process ends within the setting stream.drain_seconds. Killed at any moment,
    the next start goes on with what the index says is due.

    Examples: straitwire stream --runner prism --feeds deploy/feeds.yaml;
    straitwire stream --runner flink --feeds feeds.yaml --index http://elastic:9200

    Exit code: as straitwire run; 143 or 130 when not all in hand was settled in time.
    """
    values = {
        "feeds": tuple(feeds or ()),
        "allow_private": tuple(allow_private or ()),
        "index": index,
        "keep": keep,
        "revisit_after_seconds": parse_interval(revisit, "--revisit") if revisit else None,
    }
    chosen = load_settings(settings, **values)
    check_runner(runner, chosen)
    if runner == "flink":
        raise ConfigError("a Flink cluster takes a stream with 'straitwire flink submit' and the same options")
    if runner == "dataflow":
        raise ConfigError("Dataflow takes a stream as a flex template: see deploy/dataflow")
    streams = _load_streams()
    start_logging(log_json)
    report = streams.run_stream(chosen, metrics_port, metrics_file)
    show_report(report, chosen.index, as_json)
    if not has_done_well(report, chosen.failure_share):
        raise typer.Exit(1)


def check_runner(runner: str, settings: RunSettings) -> None:
    """Refuse what cannot work, with the reason and the command that does.

    Errors: ConfigError.
    """
    if runner in ("direct", "directrunner", "DirectRunner"):
        raise ConfigError(
            "Beam's DirectRunner does not stream: it never closes a window, never fires a timer in time and drops what "
            "is in hand when it is stopped; for repeated rounds on it use 'straitwire run --every 30s', for a stream "
            "'straitwire stream --runner prism'"
        )
    if runner not in RUNNERS:
        said = f"{runner!r} is no runner for streams" if runner else "a stream needs to be told its runner"
        raise ConfigError(f"{said}: --runner prism (this machine), flink or dataflow")
    bounded = [f"--{name}" for name in _BOUNDED if getattr(settings, name)]
    if bounded:
        raise ConfigError(f"{', '.join(bounded)} has an end, so it is no stream: use 'straitwire run' for it")
    if not settings.feeds:
        raise ConfigError("nothing to stream: name --feeds (straitwire stream --help)")
    if settings.poll_all:
        raise ConfigError("poll_all asks every feed in every round; a stream has none: use 'straitwire run --poll-all'")
    if runner != "prism" and "://" not in settings.index:
        raise ConfigError(
            f"the index {settings.index} is a file, which the workers of {runner} cannot share: name an Elasticsearch "
            "(--index http://host:9200), or use --runner prism on this machine"
        )


def _load_streams() -> ModuleType:
    """Beam takes seconds to import, and warns of cloud packages that straitwire does not use."""
    logging.disable(logging.WARNING)
    try:
        return importlib.import_module("pipeline.run_stream")
    finally:
        logging.disable(logging.NOTSET)
