"""``straitwire check`` and ``replay``."""

from __future__ import annotations

from typing import Annotated

import typer

from connectors.index import Document, Filters, Index, Kind
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table
from pipeline.stop_request import stop_on_signals
from schemas.documents import time_text
from schemas.entry_json import entry_from_json
from schemas.errors import ConfigError, StraitwireError
from schemas.settings import RunSettings, load_settings


def check(
    settings: Annotated[str, typer.Option(metavar="FILE", help="A settings file to validate.")] = "",
    feeds: Annotated[list[str] | None, typer.Option(metavar="FILE_OR_URL", help="Feed lists to validate.")] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Validate settings, every rule file with its examples, and feed lists; nothing is fetched.

    Exit code 2 when anything is wrong; each line names the thing and what to do.
    """
    from connectors.feed_list import load_feed_lists
    from pipeline.rule_checks import check_rules

    rows: list[tuple[str, str]] = []

    def attempt(name: str, action: object) -> None:
        try:
            detail = action() if callable(action) else ""
            rows.append((name, f"ok: {detail}"))
        except StraitwireError as error:
            rows.append((name, f"WRONG: {error}"))

    attempt(f"settings {settings or '(defaults)'}", lambda: _settings_line(load_settings(settings)))
    lists = [*(feeds or ()), *(load_settings(settings).feeds if settings and rows[0][1].startswith("ok") else ())]
    for name in lists:
        attempt(f"feeds {name}", lambda name=name: f"{len(load_feed_lists([name]))} feeds")
    for name, rule_check in check_rules():
        attempt(f"rules {name}", rule_check)
    if as_json:
        print_json([{"what": name, "result": result} for name, result in rows])
    else:
        console().print(table("Checked", ["what", "result"], rows))
    if any(result.startswith("WRONG") for _, result in rows):
        raise typer.Exit(2)


def _settings_line(settings: RunSettings) -> str:
    return f"keep {settings.keep}, index {settings.index}, {len(settings.feeds)} feed lists"


def replay(
    index: options.RunIndexOption = "",
    stage: Annotated[str, typer.Option(help="Only dead letters of this stage, such as fetch_pages.")] = "",
    reason: Annotated[str, typer.Option(help="Only dead letters with this reason, such as timeout.")] = "",
    settings: Annotated[str, typer.Option(metavar="FILE", help="Settings in YAML, as for run.")] = "",
    allow_private: Annotated[
        list[str] | None, typer.Option(metavar="HOST_OR_NETWORK", help="Private addresses that may be fetched.")
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Run dead letters again, from the entry that each one keeps. What succeeds is a dead letter no more.

    A feed that failed is polled by the next run; a source that could not be read is read when it is named again.

    Example: straitwire replay --stage fetch_pages --reason http_not_found
    """
    from pipeline.command_line.run_command import has_done_well, load_rounds, progress_shown, show_report

    chosen = load_settings(settings, index=index, allow_private=tuple(allow_private or ()))
    chosen = chosen.model_copy(
        update={"feeds": (), "files": (), "jsonl": (), "warc": (), "urls": (), "revisit_after_seconds": 0.0}
    )
    if not _chosen_letters(chosen.index, stage, reason):
        if as_json:
            print_json(None)
        else:
            console().print("No dead letter keeps an entry: nothing to replay.")
        return
    rounds = load_rounds()
    with stop_on_signals() as stop, progress_shown() as show:
        report = rounds.run_round(chosen, show, stop, lambda index: _make_pending(index, stage, reason))
    show_report(report, chosen.index, as_json)
    if not has_done_well(report, chosen.failure_share):
        raise typer.Exit(1)


def _chosen_letters(location: str, stage: str, reason: str) -> list[Document]:
    opened = open_index(location)
    try:
        return _letters(opened, stage, reason)
    finally:
        opened.close()


def _letters(index: Index, stage: str, reason: str) -> list[Document]:
    """The dead letters that keep an entry and are of the stage and reason, where these are named.

    Errors: ConfigError for a stage or reason that no dead letter has, naming those that there are.
    """
    wanted = tuple((name, value) for name, value in (("stage", stage), ("reason", reason)) if value)
    for field, value in wanted:
        there = [name for name, _ in index.facet(Kind.DEAD_LETTERS, field, Filters(), 100)]
        if value not in there:
            raise ConfigError(f"no dead letter has the {field} {value!r}; there are: {', '.join(there) or 'none'}")
    return [row for row in index.scan(Kind.DEAD_LETTERS, Filters(equals=wanted)) if row["entry_json"]]


def _make_pending(index: Index, stage: str, reason: str) -> list[str]:
    """Set the entries of the chosen dead letters to pending; their keys. For the run that holds the index alone."""
    letters = _letters(index, stage, reason)
    known = index.get_many(Kind.ENTRIES, [entry_from_json(row["entry_json"]).key for row in letters])
    documents = {row["entry_key"]: row for row in (_pending_again(letter, known) for letter in letters)}
    index.write(Kind.ENTRIES, list(documents.values()))
    return sorted(documents)


def _pending_again(letter: Document, known: dict[str, Document]) -> Document:
    from datetime import UTC, datetime

    from schemas.documents import entry_document

    entry = entry_from_json(letter["entry_json"])
    earlier = known.get(entry.key)
    revisions = [one for one in earlier["revisions"] if one != entry.revision] if earlier else []
    article_id = earlier["article_id"] if earlier else ""
    now = datetime.now(UTC)
    document = entry_document(
        entry.key, entry.url, revisions, "pending", article_id, "replay", now, letter["entry_json"]
    )
    return document | {"updated_at": time_text(now)}
