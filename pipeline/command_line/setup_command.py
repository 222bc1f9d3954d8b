"""``straitwire setup``: what the index needs, what would change, and indices of an older format written anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from connectors.index import Index, OnProgress, no_progress
from connectors.open_index import open_index
from connectors.run_lock import run_lock
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json
from schemas.errors import ConfigError


class Shown(StrEnum):
    """What ``--show`` prints."""

    CORE = "core"
    FULL = "full"
    ROLES = "roles"


class Partition(StrEnum):
    """How articles are spread over indices."""

    MONTHLY = "monthly"


def setup(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    diff: Annotated[bool, typer.Option("--diff", help="Print what would change, and change nothing.")] = False,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Then write indices of an older format anew, while others use them.")
    ] = False,
    partition: Annotated[
        Partition | None,
        typer.Option(help="Give each article a home by the month in which it is first seen; for ever (Elasticsearch)."),
    ] = None,
    show: Annotated[
        Shown | None,
        typer.Option(help="Print the requests for an empty Elasticsearch (core parts, or full), or roles.yml."),
    ] = None,
    kibana: Annotated[
        str, typer.Option(metavar="URL", help="Then import dashboards, views and queries into this Kibana.")
    ] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Create what the index needs (tables, or templates, indices and aliases). Safe to repeat.

    An index that an older straitwire wrote goes on working; --migrate brings it to today's format behind the same
    alias. Readers and writers go on meanwhile, and a migration that was killed goes on where it was.

    Examples: straitwire setup --diff; straitwire setup --migrate --index http://127.0.0.1:9200;
    straitwire setup --show full; straitwire setup --index http://127.0.0.1:9200 --kibana http://127.0.0.1:5601
    """
    if show is not None:
        _show(show, index)
        return
    if kibana and not index.startswith(("http://", "https://")):
        raise ConfigError(f"Kibana reads an Elasticsearch, which {index} is not; name it with --index http://host:9200")
    opened = open_index(index)
    try:
        if diff:
            _print_differences(opened, as_json)
            return
        created = opened.setup(thorough=True)
        if partition is not None:
            created += _partition(opened, index)
        migrated: list[str] = []
        if migrate:
            with run_lock(index, "migration"), _progress(as_json) as on_progress:
                migrated = opened.migrate(on_progress)
        older = [line for line in opened.differences() if line.startswith("migrate")]
        location = opened.location
    finally:
        opened.close()
    imported = _import_into(kibana, index) if kibana else 0
    if as_json:
        told = {"index": location, "created": created, "migrated": migrated, "to_migrate": older}
        print_json(told | ({"kibana_objects": imported} if kibana else {}))
        return
    screen = console()
    for name in created:
        screen.print(f"set up {name}", markup=False)
    for name in migrated:
        screen.print(f"migrated to {name}", markup=False)
    screen.print(f"{location} is ready" + ("" if created or migrated else ", nothing was missing"), markup=False)
    if older:
        screen.print(f"{len(older)} of its indices are of an older format: straitwire setup --migrate", markup=False)
    if kibana:
        screen.print(f"{imported} dashboards, views, searches and queries are in the Kibana at {kibana}", markup=False)


def _import_into(kibana: str, index: str) -> int:
    from connectors.elasticsearch_client import parse_address
    from connectors.kibana.dashboards import all_objects
    from connectors.kibana.importing import import_objects

    return import_objects(kibana, all_objects(parse_address(index).prefix))


def _partition(opened: Index, index: str) -> list[str]:
    """While no run is at work on this machine."""
    from connectors.elasticsearch_index import ElasticsearchIndex

    if not isinstance(opened, ElasticsearchIndex):
        raise ConfigError(f"only an Elasticsearch has partitions; {index} is one file")
    with run_lock(index):
        return opened.partition()


def _print_differences(opened: Index, as_json: bool) -> None:
    lines = opened.differences()
    if as_json:
        print_json(lines)
        return
    for line in lines or [f"{opened.location} is as setup would leave it"]:
        console().print(line, markup=False, soft_wrap=True)


@contextmanager
def _progress(as_json: bool) -> Iterator[OnProgress]:
    from pipeline.command_line.run_command import progress_shown
    from pipeline.run_progress import Progress

    if as_json:
        yield no_progress
        return
    with progress_shown() as show:
        yield lambda name, done, total: show(Progress(name, done, total))


def _show(shown: Shown, index: str) -> None:
    """Nothing is asked of any server."""
    from connectors.elasticsearch_client import DEFAULT_PREFIX, parse_address
    from connectors.elasticsearch_features import CORE, FULL
    from connectors.elasticsearch_roles import roles_file
    from connectors.elasticsearch_setup import requests_for

    is_server = index.startswith(("http://", "https://"))
    if "://" in index and not is_server:
        raise ConfigError(f"--show is about an Elasticsearch, which {index} is not")
    prefix = parse_address(index).prefix if is_server else DEFAULT_PREFIX
    if shown is Shown.ROLES:
        typer.echo(roles_file(prefix), nl=False)
        return
    for request in requests_for(prefix, FULL if shown is Shown.FULL else CORE):
        typer.echo(request.text())
