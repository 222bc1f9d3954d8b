"""Coverage and health: what was not seen, what was seen late or in part, and which words each outlet chooses."""

from __future__ import annotations

from collections import Counter

from connectors.index import Document
from pipeline.html_report.charts import shares
from pipeline.html_report.desk import Words, filter_field
from pipeline.html_report.figures import ReportFigures
from pipeline.html_report.markup import Cell, Markup, duration, element, joined, link, moment, table
from pipeline.html_report.travel import matrix
from schemas.documents import time_from_text
from schemas.gazetteer import contested_names
from schemas.report_words import ReportLanguage

_WALLS = ("free", "metered", "paywalled", "unknown")
_OUTLETS = 40
_LETTERS = 50
_FEEDS = 50


def coverage(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    """The third view; the framing terms come first, because they are read with the outlets that use them."""
    return joined(
        (
            element("h2", words["coverage"]),
            element("p", words["coverage_help"], class_="help"),
            _account(figures, words),
            _card(words["framing"], _framing(figures, words, language), words["framing_help"]),
            _card(words["walls"], _walls(figures, words)),
            _card(words["failing_feeds"], _feeds(figures, words), f"{len(figures.failing_feeds)} / {figures.feeds}"),
            element(
                "div",
                _card(words["turned_away"], _turned_away(figures, words)),
                _card(words["runs"], _runs(figures, words)),
                class_="side",
            ),
            _card(words["dead_letters"], _dead_letters(figures, words)),
        )
    )


def _card(title: str, content: Markup, about: str = "") -> Markup:
    explained = element("p", about, class_="help") if about else ""
    return element("div", element("h3", title), explained, content, class_="card")


def _or_none(rows: list[list[Cell]], words: Words, listing: Markup) -> Markup:
    return listing if rows else element("p", words["none"], class_="quiet")


def _account(figures: ReportFigures, words: Words) -> Markup:
    faults = figures.account.faults
    if faults:
        return element("p", words["add_up_no"].format(faults="; ".join(faults)), class_="warning", role="alert")
    return element("p", words["add_up_yes"], class_="help")


def _framing(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    pairs = Counter(
        {(name or words["unknown"], term): count for name, outlet in figures.outlets.items()
         for term, count in outlet.terms.items()}
    )  # fmt: skip
    if not pairs:
        return element("p", words["none"], class_="quiet")
    terms = sorted({term for _, term in pairs})
    return matrix(words["framing"], pairs, words["outlet"], terms, {term: term_name(term, language) for term in terms})


def term_name(term: str, language: ReportLanguage) -> str:
    """A contested word as it is said in the page's language; its id in words where that language has none.

    >>> term_name("comfort-women:sexual-slavery", ReportLanguage.ENGLISH)
    'comfort women: sexual slavery'
    >>> term_name("islets:takeshima", ReportLanguage.JAPANESE)
    '竹島'
    """
    spoken = {ReportLanguage.KOREAN: "ko", ReportLanguage.JAPANESE: "ja"}.get(language)
    for name in contested_names():
        forms: tuple[str, ...] = getattr(name, spoken) if spoken and name.id == term else ()
        if forms:
            return forms[0].strip("!*「」")
    return term.replace("-", " ").replace(":", ": ")


def _walls(figures: ReportFigures, words: Words) -> Markup:
    ordered = sorted(figures.outlets.items(), key=lambda item: (-item[1].walled_share, -item[1].articles, item[0]))
    rows = []
    for name, outlet in ordered[:_OUTLETS]:
        parts = [(words[wall], outlet.paywall[wall], wall) for wall in _WALLS]
        lag = outlet.typical_lag_seconds
        rows.append(
            [
                Cell(element("bdi", name or words["unknown"]), name or "-"),
                Cell(f"{outlet.articles:,}", outlet.articles, is_figure=True),
                Cell(f"{outlet.walled_share:.0%}", outlet.walled_share, is_figure=True),
                Cell(shares(name, parts), outlet.walled_share),
                Cell(duration(lag, words["units"]), -1 if lag is None else lag, is_figure=True),
            ]
        )
    totals: Counter[str] = Counter()
    for outlet in figures.outlets.values():
        totals.update(outlet.paywall)
    columns = [words["outlet"], words["articles"], words["share"], words["mix"], words["after"]]
    key = element(
        "ul",
        *[
            element("li", element("span", class_=f"swatch {wall}", aria_hidden="true"), words[wall], " ",
                    element("span", f"{totals[wall]:,}", class_="quiet"))
            for wall in _WALLS
        ],
        class_="legend",
    )  # fmt: skip
    return _or_none(rows, words, joined((table(words["walls"], columns, rows), key)))


def _feeds(figures: ReportFigures, words: Words) -> Markup:
    rows = []
    for feed in figures.failing_feeds[:_FEEDS]:
        since = time_from_text(feed["failing_since"])
        rows.append(
            [
                Cell(element("bdi", feed["publisher"] or words["unknown"]), feed["publisher"] or "-"),
                Cell(joined((_plain(feed["failure"]), element("span", f" {feed['failure_detail']}", class_="quiet")))),
                Cell(feed["consecutive_failures"], feed["consecutive_failures"], is_figure=True),
                Cell(moment(since, ""), feed["failing_since"] or "0"),
                Cell(link(feed["url"], element("code", feed["url"])), feed["url"]),
            ]
        )
    columns = [words["outlet"], words["failure"], words["failures_in_a_row"], words["since"], words["feed"]]
    return _or_none(rows, words, table(words["failing_feeds"], columns, rows))


def _plain(reason: str) -> str:
    """A reason's name as words.

    >>> _plain("fetch_pages: http_not_found")
    'fetch pages: http not found'
    """
    return reason.replace("_", " ")


def _turned_away(figures: ReportFigures, words: Words) -> Markup:
    ordered = sorted(figures.account.turned_away.items(), key=lambda item: (-item[1], item[0]))
    rows = [[Cell(_plain(reason), reason), Cell(f"{count:,}", count, is_figure=True)] for reason, count in ordered]
    return _or_none(rows, words, table(words["turned_away"], [words["reason"], words["entries"]], rows))


def _runs(figures: ReportFigures, words: Words) -> Markup:
    rows = [
        [
            Cell(moment(time_from_text(run["started_at"]), ""), run["started_at"] or "0"),
            *[Cell(f"{run[name]:,}", run[name], is_figure=True) for name in ("indexed", "rejected", "failed")],
        ]
        for run in figures.runs
    ]
    columns = [words["run"], words["indexed"], words["rejected"], words["failure"]]
    return _or_none(rows, words, table(words["runs"], columns, rows))


def _dead_letters(figures: ReportFigures, words: Words) -> Markup:
    rows = [
        [
            Cell(_plain(letter["stage"]), letter["stage"]),
            Cell(_plain(letter["reason"]), letter["reason"]),
            Cell(_address(letter), letter["url"]),
            Cell(element("bdi", letter["detail"])),
        ]
        for letter in figures.dead_letters[:_LETTERS]
    ]
    columns = [words["stage"], words["reason"], "URL", words["detail"]]
    listing = table(words["dead_letters"], columns, rows, "letters")
    shown = words["shown_of"].format(shown=len(rows), total=f"{len(figures.dead_letters):,}")
    return _or_none(rows, words, joined((element("p", shown, class_="help"), filter_field("letters", words), listing)))


def _address(letter: Document) -> Markup:
    return link(letter["url"], element("code", letter["url"]))
