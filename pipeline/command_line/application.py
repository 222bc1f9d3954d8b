"""The ``straitwire`` application: commands, and what happens when one of them fails."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipeline.command_line.diff_command import diff
from pipeline.command_line.export_command import export
from pipeline.command_line.failures import closed_pipe_told, run_to_exit_code
from pipeline.command_line.feeds_commands import feeds
from pipeline.command_line.flink_commands import flink
from pipeline.command_line.forget_command import forget
from pipeline.command_line.learn_command import learn, reprocess
from pipeline.command_line.link_command import link
from pipeline.command_line.report_command import report
from pipeline.command_line.run_command import run
from pipeline.command_line.search_commands import search, story
from pipeline.command_line.setup_command import setup
from pipeline.command_line.stream_command import stream
from pipeline.command_line.topics_commands import topics
from pipeline.command_line.upkeep_commands import check, replay
from pipeline.command_line.why_command import why

application = typer.Typer(
    name="straitwire",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Watch the press of Korea, Japan and the wires: who said what first, and how far did it travel?",
    epilog="Exit codes: 0 done; 1 done, with failures beyond the configured share, an account that does not balance or "
    "entries that met a bug; 2 wrong use or settings, or an index out of reach; 3 a fault of straitwire itself; "
    "130 or 143 ended by a signal before the work in hand was done; 141 the reader of the output went away.",
)
for _command in (
    run, stream, search, story, why, link, diff, report, setup, check, replay, learn, reprocess, forget, export,
):  # fmt: skip
    application.command()(closed_pipe_told()(_command))
application.add_typer(feeds, name="feeds")
application.add_typer(topics, name="topics")
application.add_typer(flink, name="flink")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed_version

        try:
            typer.echo(f"straitwire {installed_version('straitwire')}")
        except PackageNotFoundError:
            typer.echo("straitwire, from a folder that is not installed")
        raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options that need no command; what ``--help`` says is the application's own text."""


def main() -> None:
    """Run the command line; an error is one plain sentence on standard error, and an exit code."""
    sys.exit(run_to_exit_code(application))
