"""The ``straitwire`` application: commands, and what happens when one of them fails."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipeline.command_line.console import error_console
from pipeline.command_line.export_command import export
from pipeline.command_line.feeds_commands import feeds
from pipeline.command_line.link_command import link
from pipeline.command_line.report_command import report
from pipeline.command_line.run_command import run
from pipeline.command_line.search_commands import search, story
from pipeline.command_line.topics_commands import topics
from pipeline.command_line.upkeep_commands import check, replay, setup
from pipeline.command_line.why_command import why
from schemas.errors import StraitwireError

application = typer.Typer(
    name="straitwire",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Watch the press of Korea, Japan and the wires: who said what first, and how far did it travel?",
    epilog="Exit codes: 0 done; 1 done, with failures beyond the configured share or an account that does not "
    "balance; 2 wrong use or settings, or an index out of reach.",
)
for _command in (run, search, story, why, link, report, setup, check, replay, export):
    application.command()(_command)
application.add_typer(feeds, name="feeds")
application.add_typer(topics, name="topics")


@application.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed_version

        typer.echo(f"straitwire {installed_version('straitwire')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; expected errors are one plain sentence on standard error, and exit code 2."""
    try:
        application()
    except StraitwireError as error:
        error_console().print(f"straitwire: {error}", markup=False)
        sys.exit(2)
