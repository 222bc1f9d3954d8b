"""``straitwire learn`` and ``straitwire reprocess``: tables learned from the articles, and applying them."""

from __future__ import annotations

import importlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table
from pipeline.command_line.filter_values import known_filters
from pipeline.command_line.run_command import load_rounds, print_report, progress_shown
from pipeline.stop_request import stop_on_signals
from schemas.run_report import RunReport
from schemas.settings import load_settings

if TYPE_CHECKING:
    from pipeline.recurring_tables import LearnedHost

_EXAMPLES_SHOWN = 6
_LONGEST_EXAMPLE = 60

SettingsOption = Annotated[
    str, typer.Option("--settings", metavar="FILE", help="Settings in YAML, as for run; sources in it are not read.")
]


def learn(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    apply: Annotated[
        bool, typer.Option("--apply", help="Then reprocess the articles of the hosts whose table is new.")
    ] = False,
    settings: SettingsOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Learn which lines recur on each host's articles, and freeze them as tables that the next runs cut by.

    Learning reads every article in the index and writes one versioned table a host. No run learns by itself, so
    that runs are reproducible; --apply strips what is indexed already.
    """
    chosen = load_settings(settings, index=index)
    load_rounds()
    reprocessing = _reprocessing()
    with stop_on_signals() as stop, progress_shown() as show:
        done = reprocessing.learn(chosen, apply, show, stop)
    if as_json:
        print_json({"hosts": [asdict(one) for one in done.hosts], "reprocessed": _account(done.report)})
    else:
        _print_learned(done.hosts, chosen.index)
        if done.report is not None:
            print_report(done.report, chosen.index)
    if done.report is not None and not done.report.balanced:
        raise typer.Exit(1)


def reprocess(
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    topic: options.TopicOption = None,
    publisher: options.PublisherOption = None,
    agency: options.AgencyOption = None,
    lang: options.LanguageOption = None,
    entity: options.EntityOption = None,
    label: options.LabelOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    story: options.StoryOption = "",
    originals_only: options.OriginalsOption = False,
    relevant: options.RelevantOption = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take out what would not be taken up any more, with the settings' keep.")
    ] = False,
    settings: SettingsOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Strip, attribute, tag and link indexed articles again, from the original text that the index keeps.

    For after a rule or a table has changed; nothing is fetched. A second time changes nothing. An article that
    would not be taken up any more is counted as rejected; it stays as it is unless --remove is given.
    """
    filters = options.filters_from(
        topic, publisher, agency, lang, entity, label, since, until, story, originals_only, relevant
    )
    chosen = load_settings(settings, index=index)
    opened = open_index(chosen.index)
    try:
        filters = known_filters(opened, filters)
    finally:
        opened.close()
    load_rounds()
    reprocessing = _reprocessing()
    with stop_on_signals() as stop, progress_shown() as show:
        report: RunReport = reprocessing.reprocess(chosen, filters, show, stop, remove=remove)
    if as_json:
        print_json(_account(report))
    else:
        print_report(report, chosen.index)
        console().print(f"{_written(report)} articles are other than before")
    if not report.balanced:
        raise typer.Exit(1)


def _reprocessing() -> Any:
    """Imported when it is needed, as the rounds are: Beam takes seconds."""
    return importlib.import_module("pipeline.reprocess_articles")


def _written(report: RunReport) -> int:
    return report.counters.get("index_articles", {}).get("written", 0)


def _account(report: RunReport | None) -> Any:
    if report is None:
        return None
    return {
        "balanced": report.balanced,
        "interrupted": report.interrupted,
        "written": _written(report),
        "articles": report.articles_after,
        "stories": report.stories_after,
        "stages": report.counters,
    }


def _print_learned(hosts: tuple[LearnedHost, ...], index: str) -> None:
    screen = console()
    if not hosts:
        screen.print(f"nothing recurs in {index}: a host needs eight different stories before anything is learned")
        return
    rows = [
        (
            one.host,
            one.version[:8],
            one.articles,
            one.lines,
            "yes" if one.applied else "no",
            "\n".join(map(_short, one.examples[:_EXAMPLES_SHOWN])),
        )
        for one in hosts
    ]
    columns = ["host", "version", "articles", "lines", "applied", "such as"]
    screen.print(table("What recurs", columns, rows, right=["articles", "lines"]))
    if not all(one.applied for one in hosts):
        screen.print("New articles are cut by these tables; straitwire learn --apply strips those indexed already.")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"
