"""Wire travel: whose copy was carried by whom, how often, and how late Seoul and Tokyo had it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.html_report.charts import bars
from pipeline.html_report.desk import Words, copies_of, headline, source
from pipeline.html_report.figures import ReportFigures
from pipeline.html_report.markup import Cell, Markup, duration, element, joined, moment, table
from schemas.documents import time_from_text
from schemas.report_words import ReportLanguage

_LARGEST_MATRIX = 20
_LONGEST_LIST = 12


def travel(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    """The second view."""
    spread = [(f"{copies}", stories) for copies, stories in sorted(figures.copies.items())[:_LONGEST_LIST]]
    nothing = element("p", words["none"], class_="quiet")
    carried = matrix(words["carried_title"], figures.carried, words["first"], [], {}) if figures.carried else nothing
    return joined(
        (
            element("h2", words["travel"]),
            _syndicated(figures, words, language),
            element(
                "div",
                element(
                    "div",
                    element("h3", words["carried_title"]),
                    element("p", words["carried_help"], class_="help"),
                    carried,
                    class_="card",
                ),
                element(
                    "div",
                    element("h3", words["copies_per_story"]),
                    bars(words["copies_per_story"], spread, words["stories"]) if spread else nothing,
                    class_="card",
                ),
                class_="side uneven",
            ),
        )
    )


def _syndicated(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    rows = []
    for story in figures.syndicated:
        carriers = list(story.get("carriers", ()))
        listed = ", ".join(carriers[:_LONGEST_LIST]) + (" …" if len(carriers) > _LONGEST_LIST else "")
        first = time_from_text(story["first_published_at"])
        rows.append(
            [
                Cell(headline(story, words, language), story["title"] or "-", class_="headline"),
                Cell(source(story, words), story.get("origin_publisher", "") or "-"),
                Cell(copies_of(story), copies_of(story), is_figure=True),
                Cell(element("bdi", listed), class_="listed"),
                _lag(story.get("seoul_lag_seconds"), words),
                _lag(story.get("tokyo_lag_seconds"), words),
                Cell(moment(first, words["undated"]), story["first_published_at"] or "0"),
            ]
        )
    columns = ("story", "first", "copies", "carried_by", "seoul", "tokyo", "first_published")
    names = [words[name] for name in columns]
    listing = table(words["syndicated"], names, rows) if rows else element("p", words["none"], class_="quiet")
    return element("div", element("h3", words["syndicated"]), listing, class_="card")


def _lag(seconds: float | None, words: Words) -> Cell:
    if seconds is None:
        return Cell(element("span", words["not_carried"], class_="quiet"), -1, is_figure=True)
    return Cell(words["first"] if seconds == 0 else duration(seconds, words["units"]), seconds, is_figure=True)


def matrix(
    title: str, pairs: Counter[tuple[str, str]], corner: str, columns: Sequence[str], names: dict[str, str]
) -> Markup:
    """A table of counts by row and column, the darker the more; the most frequent rows and columns only.

    ``columns`` is their order, if not the most frequent first; ``names`` what to call a row or a column by, if not
    its key.
    """
    by_row: Counter[str] = Counter()
    by_column: Counter[str] = Counter()
    for (row, column), count in pairs.items():
        by_row[row] += count
        by_column[column] += count
    down = [row for row, _ in sorted(by_row.items(), key=lambda item: (-item[1], item[0]))][:_LARGEST_MATRIX]
    across = (
        list(columns)
        or [column for column, _ in sorted(by_column.items(), key=lambda item: (-item[1], item[0]))][:_LARGEST_MATRIX]
    )
    most = max(pairs.values(), default=1)
    head = element(
        "tr",
        element("th", corner, scope="col", class_="corner"),
        *[element("th", _named(names.get(column, column)), scope="col") for column in across],
    )
    rows = [
        element(
            "tr",
            element("th", element("bdi", names.get(row, row)), scope="row"),
            *[
                element("td", pairs[row, column] or "", style=f"--share:{0.65 * pairs[row, column] / most:.2f}")
                for column in across
            ],
        )
        for row in down
    ]
    return element(
        "div",
        element("table", element("caption", title, class_="unseen"), element("thead", head), element("tbody", *rows)),
        class_="scrolled matrix",
        tabindex="0",
        role="region",
        aria_label=title,
    )


def _named(name: str) -> Markup:
    """A column's name; what stands before ": " is its subject, in a line of its own."""
    subject, divided, word = name.rpartition(": ")
    if not divided:
        return element("bdi", name)
    return joined((element("span", subject, class_="quiet"), element("bdi", word)))
