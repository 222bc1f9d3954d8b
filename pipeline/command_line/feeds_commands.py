"""``straitwire feeds``: the health of every feed; discover, import and export lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from connectors.feed_list import load_feed_list, load_feed_lists, write_opml
from connectors.index import Document, Filters, Kind
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, error_console, print_json, table
from pipeline.command_line.failures import cannot_write
from pipeline.command_line.search_commands import day_and_time
from schemas.documents import time_text
from schemas.errors import ConfigError, PermanentError, TransientError
from schemas.feeds import FeedSource, FeedState, feed_id_of, feed_state_from_document
from schemas.settings import load_settings

if TYPE_CHECKING:
    from connectors.feed_discovery import DiscoveredFeed

feeds = typer.Typer(no_args_is_help=True, help="The feeds: their health, and lists of them.")


@feeds.command("list")
def list_feeds(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    failing: Annotated[bool, typer.Option("--failing", help="Only feeds whose last poll failed.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show what is known of every feed that was polled: failing ones first, then by publisher."""
    opened = open_index(index)
    try:
        states = [feed_state_from_document(row) for row in opened.scan(Kind.FEEDS, Filters())]
    finally:
        opened.close()
    chosen = [state for state in states if state.failure or not failing]
    chosen.sort(key=lambda state: (not state.failure, state.publisher, state.feed_id))
    if as_json:
        print_json([_health(state) for state in chosen])
        return
    columns = ["publisher", "feed", "state", "last success", "last new entry", "next poll", "a week", "language"]
    rows = [_row(_health(state)) for state in chosen]
    screen = console()
    failures = sum(bool(state.failure) for state in states)
    title = f"{len(chosen)} of {len(states)} feeds; {failures} failing"
    screen.print(table(title, columns, rows, right=["a week"]))
    for state in chosen:
        if state.failure:
            screen.print(f"{state.url}: {state.failure}: {state.failure_detail}", markup=False, soft_wrap=True)


def _health(state: FeedState) -> Document:
    return {
        "feed_id": state.feed_id,
        "publisher": state.publisher,
        "url": state.url,
        "state": "retired" if state.retired else state.failure or "ok",
        "detail": state.failure_detail,
        "consecutive_failures": state.consecutive_failures,
        "succeeded_at": time_text(state.succeeded_at),
        "new_entry_at": time_text(state.new_entry_at),
        "next_poll_at": time_text(state.next_poll_at),
        "entries_per_week": round(state.entries_per_week, 1),
        "lag_seconds": round(state.lag_seconds),
        "language": state.language,
        "measured_language": state.measured_language,
        "language_mismatch": state.language_mismatch,
    }


def _row(health: Document) -> tuple[object, ...]:
    language = health["measured_language"] or health["language"]
    if health["language_mismatch"]:
        language = f"says {health['language']}, is {health['measured_language']}"
    state = health["state"] + (f" x{health['consecutive_failures']}" if health["consecutive_failures"] > 1 else "")
    times = [day_and_time(health[name]) if health[name] else "-" for name in ("succeeded_at", "new_entry_at")]
    per_week = health["entries_per_week"] if health["entries_per_week"] >= 0 else "-"
    next_poll = day_and_time(health["next_poll_at"]) if health["next_poll_at"] else "-"
    return health["publisher"], health["url"], state, *times, next_poll, per_week, language


@feeds.command("discover")
def discover_feeds(
    url: Annotated[str, typer.Argument(metavar="URL", help="A site or page, such as https://example.com/.")],
    allow_private: Annotated[
        list[str] | None, typer.Option(metavar="HOST_OR_NETWORK", help="Private addresses that may be fetched.")
    ] = None,
    settings: Annotated[str, typer.Option(metavar="FILE", help="Settings in YAML, as for run.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Find the feeds of a site: what its pages name, its news sitemaps, and the usual places.

    Example: straitwire feeds discover https://www.example.com/
    """
    # The HTTP client takes a third of a second to import, which no other command of this group waits for.
    from connectors.feed_discovery import discover
    from connectors.robots_policy import ForbiddenByRobotsError

    chosen = load_settings(settings, allow_private=tuple(allow_private or ()))
    try:
        found = discover(url, chosen.fetch, chosen.allow_private)
    except (TransientError, PermanentError, ForbiddenByRobotsError) as error:
        raise ConfigError(f"{url} cannot be read: {error}") from error
    if as_json:
        print_json([_discovered(feed) for feed in found])
        return
    rows = [(feed.source.url, feed.format, feed.entries, feed.source.language, feed.found_by) for feed in found]
    columns = ["feed", "format", "entries", "language", "found by"]
    console().print(
        table(f"{len(found)} feeds of {url}", columns, rows, right=["entries"]) if rows else "no feed found"
    )


def _discovered(feed: DiscoveredFeed) -> Document:
    return {"url": feed.source.url, "title": feed.source.title, "format": feed.format, "entries": feed.entries,
            "language": feed.source.language, "found_by": feed.found_by}  # fmt: skip


@feeds.command("import")
def import_feeds(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="An OPML file, such as a feed reader exports; or YAML.")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The YAML list to write.")],
) -> None:
    """Turn an OPML list into a YAML list for --feeds, to add publishers, countries and languages to.

    Ids, headers, character sets and the mark of a verified feed are kept.

    Example: straitwire feeds import subscriptions.opml -o feeds.yaml
    """
    listed = load_feed_list(source)
    rows = [_yaml_row(feed) for feed in listed]
    _write(output, yaml.safe_dump({"feeds": rows}, allow_unicode=True, sort_keys=False))
    error_console().print(f"{len(rows)} feeds written to {output}")


def _yaml_row(feed: FeedSource) -> Document:
    """Everything that the feed states, so that the list reads back to an equal one."""
    facts = {"url": feed.url, "id": "" if feed.feed_id == feed_id_of(feed.url) else feed.feed_id,
             "publisher": feed.publisher, "title": feed.title, "country": feed.country, "language": feed.language,
             "timezone": feed.timezone, "charset": feed.charset, "headers": dict(feed.headers)}  # fmt: skip
    return {name: value for name, value in facts.items() if value} | {"verified": feed.verified}


@feeds.command("export")
def export_feeds(
    sources: Annotated[list[str], typer.Argument(metavar="FILE...", help="Feed lists, YAML or OPML.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The OPML file to write.")],
) -> None:
    """Turn feed lists into one OPML file for a feed reader. Request headers stay out: they may hold secrets.

    Example: straitwire feeds export deploy/feeds.yaml -o feeds.opml
    """
    listed = load_feed_lists(sources)
    _write(output, write_opml(listed))
    error_console().print(f"{len(listed)} feeds written to {output}")


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise cannot_write(path, error) from error
