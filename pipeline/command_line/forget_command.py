"""``straitwire forget``: an article or a publisher leaves the index and does not come in again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.open_index import open_index
from connectors.run_lock import run_lock
from connectors.tombstones import remove_tombstones
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json
from pipeline.command_line.run_command import load_rounds
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.forget_articles import Meant

_SHOWN = 10


def forget(
    target: Annotated[str, typer.Argument(metavar="URL_OR_PUBLISHER", help="An article's URL or id, or an outlet.")],
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Let it come in again; what is gone stays gone.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Remove an article, or all of a publisher, and never read it again.

    Goes with it: its entries, those that wait included, dead letters, what its feed last listed. Stories of other
    articles are computed anew without it. A tombstone remains, which holds hashes and no address. What was rejected
    before keeps only its address, which forgetting that URL removes.

    Examples: straitwire forget https://news.example/a/1 --dry-run; straitwire forget "The Example" --yes
    """
    load_rounds()  # as every command that works with stages: Beam warns on import
    from pipeline.forget_articles import forget as forget_all
    from pipeline.forget_articles import what_is_meant

    opened = open_index(index)
    try:
        if undo:
            removed = remove_tombstones(opened, target)
            said = "may come in again" if removed else "was not forgotten"
            _tell({"target": target, "tombstones_removed": removed}, as_json, said)
            return
        with run_lock(index):
            opened.setup()
            meant = what_is_meant(opened, target)
            if not dry_run:
                _confirm(meant, yes)
                forget_all(opened, meant)
    finally:
        opened.close()
    counts = {**meant.counts(), "articles": len(meant.shown)}
    said = "would be forgotten" if dry_run else "is forgotten"
    _tell({"target": target, "dry_run": dry_run, **counts}, as_json, f"{said}: {_listed(meant)}")


def _tell(values: dict[str, object], as_json: bool, said: str) -> None:
    if as_json:
        print_json(values)
    else:
        console().print(f"{values['target']} {said}", markup=False, soft_wrap=True)


def _listed(meant: Meant) -> str:
    held = f"{len(meant.shown)} articles, {len(meant.dead_letters)} dead letters, {len(meant.feeds)} feeds"
    return "; ".join([held, *meant.shown[:_SHOWN]]) + (" ..." if len(meant.shown) > _SHOWN else "")


def _confirm(meant: Meant, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("forget removes for good: add --yes, or --dry-run to see what would go")
    if not typer.confirm(f"Forget {meant.target} for good ({_listed(meant)})?"):
        raise typer.Abort
