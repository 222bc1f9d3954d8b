"""The three dashboards: what is new, how far it travelled, and what we did not see. Pure."""

from __future__ import annotations

from connectors.index import Kind
from connectors.kibana import lens
from connectors.kibana.saved_objects import Body, Control, Dashboard, Panel, markdown_panel, search_panel
from connectors.kibana.views import Names, data_views, saved_queries, saved_searches

Row = tuple[int, list[tuple[int, Panel]]]
_TITLES = {"desk": "Desk", "wire-travel": "Wire travel", "coverage": "Coverage and health"}
_ABOUT = {
    "desk": "What is being said about Korea-Japan relations, by whom, and what is new.",
    "wire-travel": "Whose copy was carried by whom, how often, and how late Seoul and Tokyo had it.",
    "coverage": "What we see late, only in part, or not at all; and which words each outlet chooses.",
}


def all_objects(prefix: str) -> list[Body]:
    """Everything that ``setup --kibana`` imports, for the indices with this prefix."""
    names = Names(prefix)
    dashboards = [_desk(names), _wire_travel(names), _coverage(names)]
    return [*data_views(names), *saved_searches(names), *saved_queries(names), *(one.saved() for one in dashboards)]


def _heading(names: Names, slug: str) -> Panel:
    links = " · ".join(
        f"**{title}**" if other == slug else f"[{title}](#/view/{names.of(other)})" for other, title in _TITLES.items()
    )
    return markdown_panel("heading", f"{links}\n\n{_ABOUT[slug]}")


def _dashboard(names: Names, slug: str, control_kind: Kind, controls: list[Control], rows: list[Row]) -> Dashboard:
    heading: Row = (5, [(48, _heading(names, slug))])
    return Dashboard(
        names.of(slug), names.titled(_TITLES[slug]), _ABOUT[slug], names.view(control_kind), controls, [heading, *rows]
    )


def _desk(names: Names) -> Dashboard:
    articles, stories = names.view(Kind.ARTICLES), names.view(Kind.STORIES)
    figures = [
        (12, lens.metric("articles", "Articles", articles, lens.count("articles"))),
        (12, lens.metric("stories", "Stories", stories, lens.count("stories"))),
        (12, lens.metric("outlets", "Outlets", articles, lens.number("unique_count", "outlets", "publisher"))),
        (12, lens.metric("relevant", "About Korea-Japan relations", articles,
                         lens.only(lens.count("articles"), "relevant : true"))),
    ]  # fmt: skip
    topics = lens.bars(
        "topics-over-time",
        "Topics over time",
        articles,
        lens.over_time("published"),
        {lens.COUNT: lens.count("Articles")},
        lens.terms("Topic", "topics", 8),
    )
    languages = lens.donut("languages", "Languages", articles, lens.terms("Language", "language", 8))
    agencies = lens.bars(
        "agencies",
        "Wire agencies named",
        articles,
        lens.terms("Agency", "agencies", 12),
        {lens.COUNT: lens.count("Articles")},
        kind="bar_horizontal",
    )
    voices = lens.bars(
        "voices",
        "Stories by independent publishers",
        stories,
        lens.terms("Independent publishers", "independent_count", 15, "", "number"),
        {lens.COUNT: lens.count("Stories")},
        kind="bar",
    )
    return _dashboard(
        names,
        "desk",
        Kind.ARTICLES,
        [
            Control("topics", "Topic"),
            Control("publisher", "Outlet"),
            Control("agency", "Agency"),
            Control("language", "Language"),
            Control("relevant", "About Korea-Japan relations"),
        ],
        [
            (7, figures),
            (17, [(48, search_panel("story-list", "Stories by independent publishers", names.of("story-list")))]),
            (14, [(34, topics), (14, languages)]),
            (12, [(24, agencies), (24, voices)]),
            (20, [(48, search_panel("new-articles", "Newest articles", names.of("new-articles")))]),
        ],
    )


def _wire_travel(names: Names) -> Dashboard:
    stories = names.view(Kind.STORIES)
    told_again = "copy_count >= 1"
    copies = lens.number("sum", "copies", "copy_count")
    figures = [
        (12, lens.metric("travelled", "Stories told more than once", stories, lens.count("stories"), told_again)),
        (12, lens.metric("copies", "Copies", stories, copies)),
        (12, lens.metric("seoul", "Seoul has it after (median)", stories,
                         lens.number("median", "median", "seoul_lag_seconds"), told_again)),
        (12, lens.metric("tokyo", "Tokyo has it after (median)", stories,
                         lens.number("median", "median", "tokyo_lag_seconds"), told_again)),
    ]  # fmt: skip
    carried = lens.heat_map(
        "carried",
        "Who carried whose copy",
        stories,
        lens.terms("carried by", "carriers", 25),
        lens.terms("first published by", "origin_publisher", 25),
        lens.count("Stories"),
    )
    agencies = lens.bars(
        "agency-carriers",
        "Which outlets carry which agency",
        stories,
        lens.terms("Agency", "agency", 12),
        {lens.COUNT: lens.count("Stories")},
        lens.terms("Outlet", "publishers", 12),
        kind="bar_horizontal_stacked",
    )
    per_story = lens.bars(
        "copies-per-story",
        "Copies per story",
        stories,
        lens.terms("Copies", "copy_count", 30, "", "number"),
        {lens.COUNT: lens.count("Stories")},
        kind="bar",
    )
    lag = lens.table(
        "lag",
        "How late Seoul and Tokyo have it, by agency",
        stories,
        {
            "agency": lens.terms("Agency", "agency", 12),
            lens.COUNT: lens.count("Stories"),
            "seoul": lens.number("median", "Seoul, median", "seoul_lag_seconds"),
            "tokyo": lens.number("median", "Tokyo, median", "tokyo_lag_seconds"),
            "copies": lens.number("sum", "Copies", "copy_count"),
        },
        lens.COUNT,
        told_again,
    )
    over_time = lens.bars(
        "copies-over-time", "Copies over time, by agency", stories, lens.over_time("first published"),
        {"copies": copies}, lens.terms("Agency", "agency", 8, "copies"),
    )  # fmt: skip
    return _dashboard(
        names,
        "wire-travel",
        Kind.STORIES,
        [
            Control("agency", "Agency"),
            Control("origin_publisher", "First published by"),
            Control("topics", "Topic"),
            Control("languages", "Language"),
        ],
        [
            (7, figures),
            (18, [(28, carried), (20, agencies)]),
            (14, [(16, per_story), (32, over_time)]),
            (14, [(48, lag)]),
            (18, [(48, search_panel("most-syndicated", "Most syndicated stories", names.of("most-syndicated")))]),
        ],
    )


def _coverage(names: Names) -> Dashboard:
    articles, feeds = names.view(Kind.ARTICLES), names.view(Kind.FEEDS)
    letters, runs = names.view(Kind.DEAD_LETTERS), names.view(Kind.RUNS)
    outlet = lens.terms("Outlet", "publisher", 25)
    figures = [
        (12, lens.metric("feeds", "Feeds", feeds, lens.count("feeds"))),
        (12, lens.metric("failing", "Feeds that fail", feeds,
                         lens.only(lens.count("feeds"), "consecutive_failures >= 1"))),
        (12, lens.metric("walled", "Articles behind a wall", articles,
                         lens.only(lens.count("articles"), 'paywall : ("paywalled" or "metered")'))),
        (12, lens.metric("dead", "Dead letters", letters, lens.count("dead letters"), all_filters=False)),
    ]  # fmt: skip
    failures = lens.bars(
        "failures", "Feeds by failure", feeds, lens.terms("Failure", "failure", 15),
        {lens.COUNT: lens.count("Feeds")}, kind="bar_horizontal",
    )  # fmt: skip
    to_look_after = search_panel("failing-feeds", "Feeds to look after", names.of("failing-feeds"))
    letters_by_address = lens.table(
        "dead-letters", "Dead letters", letters,
        {"stage": lens.terms("Stage", "stage", 15), "reason": lens.terms("Reason", "reason", 15),
         "url": lens.terms("Address", "url", 50), lens.COUNT: lens.count("Dead letters")},
        lens.COUNT, all_filters=False,
    )  # fmt: skip
    late = lens.table(
        "late",
        "How late we see an article, by outlet",
        articles,
        {
            "outlet": outlet,
            lens.COUNT: lens.count("Articles"),
            "typical": lens.number("median", "Median", "seen_lag_seconds"),
            "slow": lens.percentile("90th percentile", "seen_lag_seconds", 90),
        },
        "typical",
    )
    walls = lens.bars(
        "walls",
        "Paywalled share by outlet",
        articles,
        outlet,
        {lens.COUNT: lens.count("Articles")},
        lens.terms("Wall", "paywall", 5),
        kind="bar_horizontal_percentage_stacked",
    )
    broken = lens.bars(
        "broken", "Dead letters by stage and reason", letters, lens.terms("Stage", "stage", 15),
        {lens.COUNT: lens.count("Dead letters")}, lens.terms("Reason", "reason", 15), kind="bar_horizontal_stacked",
        all_filters=False,
    )  # fmt: skip
    rounds = lens.bars(
        "rounds", "What became of entries, by run", runs, lens.over_time("started", "started_at"),
        {name: lens.number("sum", label, name)
         for name, label in (("indexed", "Indexed"), ("rejected", "Turned away"), ("failed", "Failed"))},
        all_filters=False,
    )  # fmt: skip
    framing = lens.bars(
        "framing",
        "Framing terms by outlet",
        articles,
        outlet,
        {lens.COUNT: lens.count("Articles")},
        lens.terms("Term", "contested_names", 20),
        kind="bar_horizontal_stacked",
        query="contested_names : *",
    )
    return _dashboard(
        names,
        "coverage",
        Kind.ARTICLES,
        [Control("publisher", "Outlet"), Control("language", "Language")],
        [
            (7, figures),
            (14, [(16, failures), (32, to_look_after)]),
            (14, [(24, late), (24, walls)]),
            (14, [(20, broken), (28, rounds)]),
            (14, [(48, letters_by_address)]),
            (18, [(48, framing)]),
        ],
    )
