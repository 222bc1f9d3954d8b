"""The desk: what is new, told by how many independent outlets, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.index import Document
from pipeline.html_report.charts import COLOURS, bars, columns_over_time, legend, voices
from pipeline.html_report.figures import ReportFigures
from pipeline.html_report.markup import Cell, Markup, element, joined, link, moment, table
from schemas.documents import time_from_text
from schemas.report_words import ReportLanguage
from schemas.topics import topic_names

Words = Mapping[str, str]

_SHOWN_BARS = 8


def desk(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    """The first view."""
    return joined(
        (
            element("h2", words["desk"]),
            _tiles(figures, words),
            _newest(figures, words, language),
            _topics(figures, words, language),
            _languages_and_agencies(figures, words),
        )
    )


def topic_name(topic: str, language: ReportLanguage) -> str:
    """What readers call it; the id itself for one that these rules no longer know."""
    known = topic_names().get(topic)
    return known.in_language(language.value) if known else topic


def headline(story: Document, words: Words, language: ReportLanguage) -> Markup:
    """The title, leading to the article at its outlet, with the topics below."""
    title = story["title"] or story.get("origin_url", "") or words["unknown"]
    spoken = story["languages"][0] if len(story["languages"]) == 1 else None
    topics = " · ".join(topic_name(topic, language) for topic in story["topics"])
    return joined(
        (
            element("span", link(story.get("origin_url", ""), title), lang=spoken),
            element("span", topics, class_="topics") if topics else "",
        )
    )


def source(story: Document, words: Words) -> Markup:
    """Who published it first, and for which agency."""
    outlet = element("bdi", story.get("origin_publisher", "") or words["unknown"])
    return joined((outlet, element("span", f" ({story['agency']})", class_="quiet") if story["agency"] else ""))


def countries(story: Document, words: Words) -> str:
    """Where it was published, Korea and Japan by name."""
    return ", ".join(words.get(f"country_{code}", code) for code in story.get("countries", ()))


def copies_of(story: Document) -> int:
    """How many articles repeat it."""
    return int(story.get("copy_count", story["size"] - 1))


def _tiles(figures: ReportFigures, words: Words) -> Markup:
    values = (
        ("stories", figures.stories),
        ("articles", figures.articles),
        ("relevant", figures.relevant),
        ("outlets", len(figures.outlets.keys() - {""})),
        ("told_again", figures.told_again),
        ("copies", figures.copies_in_all),
    )
    return element(
        "dl",
        *[element("div", element("dt", words[name]), element("dd", f"{value:,}")) for name, value in values],
        class_="tiles",
    )


def _newest(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    rows = []
    for story in figures.newest:
        published = time_from_text(story["first_published_at"])
        independent = int(story.get("independent_count") or story["publisher_count"])
        copies = copies_of(story)
        said = f"{words['independent']}: {independent}, {words['copies']}: {copies}"
        rows.append(
            [
                Cell(moment(published, words["undated"]), story["first_published_at"] or "0"),
                Cell(headline(story, words, language), story["title"] or "-", class_="headline"),
                Cell(source(story, words), story.get("origin_publisher", "") or "-"),
                Cell(joined((independent, voices(independent, copies, said))), independent, class_="marks"),
                Cell(copies, copies, is_figure=True),
                Cell(countries(story, words), class_="narrow"),
            ]
        )
    columns = ["first_published", "story", "first", "independent", "copies", "carried_in"]
    names = [words[name] for name in columns]
    shown = words["shown_of"].format(shown=len(rows), total=f"{figures.stories:,}")
    return element(
        "div",
        element("h3", words["newest"]),
        element("p", words["independent_help"], " ", shown, class_="help"),
        filter_field("stories", words),
        table(words["newest"], names, rows, "stories"),
        class_="card",
    )


def filter_field(identity: str, words: Words) -> Markup:
    """A field that hides the rows of a table that do not contain what is typed; it needs the script to show."""
    field = element("input", type="search", aria_controls=identity, placeholder=words["filter"],
                    aria_label=words["filter"])  # fmt: skip
    return element("div", Markup(field.removesuffix("</input>")), class_="filter", hidden=True)


def _topics(figures: ReportFigures, words: Words, language: ReportLanguage) -> Markup:
    most = sorted(figures.topics.items(), key=lambda item: (-item[1], item[0]))[:COLOURS]
    series = [(topic, topic_name(topic, language)) for topic, _ in most]
    rest = sum(figures.topics.values()) - sum(count for _, count in most)
    totals = [(name, figures.topics[topic]) for topic, name in series]
    rows = [
        [
            Cell(f"{start:%Y-%m-%d}", start.isoformat()),
            *[Cell(counts[topic] or "", counts[topic], is_figure=True) for topic, _ in series],
        ]
        for start, counts in figures.by_period.items()
    ]
    title = words["topics_over_time"]
    if not figures.by_period:
        return element("div", element("h3", title), element("p", words["none"], class_="quiet"), class_="card")
    return element(
        "div",
        element("h3", title),
        columns_over_time(title, figures.by_period, series, words["other"]),
        legend([*totals, (words["other"], rest)] if rest else totals),
        element(
            "details",
            element("summary", words["table_view"]),
            table(title, [words["first_published"], *[name for _, name in series]], rows),
        ),
        class_="card",
    )


def _languages_and_agencies(figures: ReportFigures, words: Words) -> Markup:
    languages = [
        (words.get(f"language_{code}", code) if code else words["unknown"], count)
        for code, count in figures.languages.most_common(_SHOWN_BARS)
    ]
    agencies = sorted(figures.agencies.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_BARS]
    return element(
        "div",
        *[
            element(
                "div",
                element("h3", words[name]),
                bars(words[name], values, words["articles"]) if values else element("p", words["none"]),
                class_="card",
            )
            for name, values in (("languages", languages), ("agencies", agencies))
        ],
        class_="side",
    )
