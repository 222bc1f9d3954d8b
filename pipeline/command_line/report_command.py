"""``straitwire report``: what the index holds, who says it, and whether the account adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from connectors.index import Document, Filters, Index, Kind
from connectors.index_account import IndexAccount, account_of
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, counted, error_console, print_json, table
from pipeline.command_line.failures import cannot_write
from schemas.errors import ConfigError
from schemas.report_words import ReportLanguage

_FACETS = (
    ("topics", "Topics", ""),
    ("agency", "Wire agencies", "none named"),
    ("publisher", "Publishers", "not stated"),
    ("language", "Languages", "unknown"),
    ("paywall", "Paywall", "unknown"),
)
_SHOWN = 12


def report(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    html: Annotated[str, typer.Option(metavar="FILE", help="Write one page with charts and tables instead.")] = "",
    language: Annotated[ReportLanguage, typer.Option(help="Language of the page.")] = ReportLanguage.ENGLISH,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    relevant_only: Annotated[bool, typer.Option("--relevant", help="Only Korea-Japan relations, on the page.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Summarise the index: what travelled furthest, articles by topic, agency, publisher; what failed, and why.

    Examples: straitwire report --index news.db; straitwire report --html desk.html --language ko --since 2026-10-01

    The page needs no network and no program but a browser. --since, --until and --relevant choose what it is about.
    Exit code 1 when the account does not add up.
    """
    if html:
        filters = options.filters_from(since=since, until=until, relevant=relevant_only or None)
        _write_page(html, index, language, filters)
        return
    if since or until or relevant_only:
        raise ConfigError("--since, --until and --relevant choose what the page of --html shows; add --html FILE")
    opened = open_index(index)
    try:
        account = account_of(opened)
        facets = {field: opened.facet(Kind.ARTICLES, field, Filters(), _SHOWN + 1) for field, _, _ in _FACETS}
        relevant = opened.count(Kind.ARTICLES, Filters(relevant=True))
        travelled = most_copied(opened)
    finally:
        opened.close()
    if as_json:
        print_json(_as_json(account, facets, travelled) | {"relevant": relevant})
    else:
        _print(account, facets, travelled, relevant)
    if account.faults:
        raise typer.Exit(1)


def _write_page(path: str, index: str, language: ReportLanguage, filters: Filters) -> None:
    from pipeline.html_report.figures import as_of, figures_of
    from pipeline.html_report.page import report_page

    opened = open_index(index)
    try:
        figures = figures_of(opened, filters, as_of())
    finally:
        opened.close()
    page = report_page(figures, language)
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise cannot_write(path, error) from error
    console().print(f"{path}: {counted(figures.stories, 'story', 'stories')}, {counted(figures.articles, 'article')}",
                    markup=False)  # fmt: skip
    for fault in figures.account.faults:
        error_console().print(f"does not add up: {fault}", markup=False)
    if figures.account.faults:
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


def _print(
    account: IndexAccount, facets: dict[str, list[tuple[str, int]]], travelled: list[Document], relevant: int
) -> None:
    """What a newcomer asks first comes first: how much, what travelled, what about; then what is missing and why."""
    screen = console()
    told_again = counted(account.stories_with_copies, "story was", "stories were")
    screen.print(
        f"{counted(account.articles, 'article')} in {counted(account.stories, 'story', 'stories')}; {told_again} told "
        f"more than once, by {counted(account.copies, 'copy', 'copies')}; {relevant} about Korea-Japan relations"
    )
    if travelled:
        rows = [
            (row["size"], row["publisher_count"], row["agency"], row["title"], row["story_id"]) for row in travelled
        ]
        columns = ["told", "publishers", "wire", "title", "story"]
        screen.print(table("Told most often", columns, rows, right=["told", "publishers"]))
    for field, heading, without in _FACETS:
        if facets[field]:
            screen.print(Text.assemble((f"{heading}: ", "bold"), _in_words(facets[field], without)), soft_wrap=False)
    _print_entries(screen, account)
    for fault in account.faults:
        screen.print(Text(f"Does not add up: {fault}", style="bold red"))
    if not account.faults:
        screen.print("The account adds up.")


def _in_words(values: list[tuple[str, int]], without: str) -> str:
    """The values with their counts, most frequent first; articles without a value last.

    >>> _in_words([("", 5), ("AP", 3), ("Kyodo", 1)], "none named")
    'AP 3, Kyodo 1, none named 5'
    """
    named = [f"{value} {count}" for value, count in values if value]
    unnamed = [f"{without} {count}" for value, count in values if not value]
    return ", ".join(named[:_SHOWN] + (["..."] if len(named) > _SHOWN else []) + unnamed)


def _print_entries(screen: Console, account: IndexAccount) -> None:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(account.entries.items()))
    screen.print(f"{counted(sum(account.entries.values()), 'entry', 'entries')} listed: {outcomes or 'none'}")
    if account.turned_away:
        rows = sorted(account.turned_away.items(), key=lambda item: (-item[1], item[0]))
        screen.print(table("Rejected or failed for good", ["stage and reason", "entries"], rows, right=["entries"]))
    if account.dead_letters:
        letters = [(stage, reason, n, account.examples[stage, reason]) for (stage, reason), n in _sorted(account)]
        title = "Dead letters (straitwire replay reads them again; straitwire export dead-letters shows each)"
        screen.print(table(title, ["stage", "reason", "count", "the first"], letters, right=["count"]))


def _sorted(account: IndexAccount) -> list[tuple[tuple[str, str], int]]:
    return sorted(account.dead_letters.items(), key=lambda item: (-item[1], item[0]))
