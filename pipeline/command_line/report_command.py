"""``straitwire report``: what the index holds, who says it, and whether the account adds up."""

from __future__ import annotations

import typer
from rich.text import Text

from connectors.index import Document, Filters, Index, Kind
from connectors.index_account import IndexAccount, account_of
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table

_FACETS = (
    ("topics", "Topics"),
    ("agency", "Wire agencies"),
    ("publisher", "Publishers"),
    ("language", "Languages"),
    ("paywall", "Paywall"),
)


def report(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    as_json: options.JsonOption = False,
) -> None:
    """Summarise the index: entries by outcome, articles by facet, the most copied stories, dead letters.

    Exit code 1 when the account does not add up.
    """
    opened = open_index(index)
    try:
        account = account_of(opened)
        facets = {field: opened.facet(Kind.ARTICLES, field, Filters(), 12) for field, _ in _FACETS}
        travelled = most_copied(opened)
    finally:
        opened.close()
    if as_json:
        print_json(_as_json(account, facets, travelled))
    else:
        _print(account, facets, travelled)
    if account.faults:
        raise typer.Exit(1)


def most_copied(index: Index, size: int = 10) -> list[Document]:
    """The stories told most often, most first."""
    fields = ["story_id", "title", "agency", "size", "publisher_count", "languages"]
    stories = (row for row in index.scan(Kind.STORIES, Filters(), fields) if row["size"] > 1)
    return sorted(stories, key=lambda row: (-row["size"], row["story_id"]))[:size]


def _as_json(account: IndexAccount, facets: dict[str, list[tuple[str, int]]], travelled: list[Document]) -> Document:
    return {
        "entries": dict(account.entries),
        "turned_away": dict(account.turned_away),
        "articles": account.articles,
        "stories": account.stories,
        "stories_with_copies": account.stories_with_copies,
        "copies": account.copies,
        "dead_letters": {f"{stage}: {reason}": count for (stage, reason), count in account.dead_letters.items()},
        "facets": {field: dict(values) for field, values in facets.items()},
        "most_copied": travelled,
        "faults": account.faults,
    }


def _print(account: IndexAccount, facets: dict[str, list[tuple[str, int]]], travelled: list[Document]) -> None:
    screen = console()
    screen.print(
        f"{account.articles} articles in {account.stories} stories; {account.stories_with_copies} stories were copied, "
        f"{account.copies} copies"
    )
    total = sum(account.entries.values())
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(account.entries.items()))
    screen.print(f"{total} entries = {outcomes or 'none'}")
    if account.turned_away:
        rows = sorted(account.turned_away.items(), key=lambda item: (-item[1], item[0]))
        screen.print(table("Turned away", ["stage and reason", "entries"], rows, right=["entries"]))
    for field, heading in _FACETS:
        if facets[field]:
            rows = [(value or "(none)", count) for value, count in facets[field]]
            screen.print(table(heading, [field, "articles"], rows, right=["articles"]))
    if travelled:
        rows_of_stories = [
            (row["size"], row["publisher_count"], row["agency"], row["title"], row["story_id"]) for row in travelled
        ]
        columns = ["copies", "publishers", "wire", "title", "story"]
        screen.print(table("Most copied stories", columns, rows_of_stories, right=["copies", "publishers"]))
    if account.dead_letters:
        letters = [(stage, reason, count) for (stage, reason), count in sorted(account.dead_letters.items())]
        screen.print(table("Dead letters", ["stage", "reason", "count"], letters, right=["count"]))
    for fault in account.faults:
        screen.print(Text(f"Does not add up: {fault}", style="bold red"))
    if not account.faults:
        screen.print("The account adds up.")
