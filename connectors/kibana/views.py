"""The data views, searches and saved queries that the dashboards and their readers use. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.elasticsearch_templates import alias
from connectors.index import Kind
from connectors.kibana.saved_objects import Body, data_view, saved_query, saved_search

_LINK = {"id": "url", "params": {"labelTemplate": "Open article", "urlTemplate": "{{rawValue}}"}}
_DURATION = {
    "id": "duration",
    "params": {
        "inputFormat": "seconds",
        "outputFormat": "humanizePrecise",
        "outputPrecision": 1,
        "useShortSuffix": True,
    },
}
_VIEWS: tuple[tuple[Kind, str, str, dict[str, Body]], ...] = (
    (Kind.ARTICLES, "articles", "@timestamp", {"url": _LINK, "seen_lag_seconds": _DURATION}),
    (
        Kind.STORIES,
        "stories",
        "@timestamp",
        {"origin_url": _LINK, "seoul_lag_seconds": _DURATION, "tokyo_lag_seconds": _DURATION},
    ),
    (Kind.FEEDS, "feeds", "", {"interval_seconds": _DURATION, "lag_seconds": _DURATION}),
    (Kind.ENTRIES, "entries", "updated_at", {}),
    (Kind.DEAD_LETTERS, "dead letters", "updated_at", {}),
    (Kind.RUNS, "runs", "started_at", {}),
)
_QUERIES = (
    ("relevant", "Korea-Japan relations only", "Articles and stories that at least one topic was tagged in",
     "relevant : true"),
    ("origins", "Origins only", "One article a story: the first that was published", 'story_role : "origin"'),
    ("copies", "Copies only", "Articles that repeat what another outlet or a wire published",
     'story_role : ("copy" or "brief")'),
    ("wire", "Wire copy", "Articles that an agency signed", "is_wire : true"),
    ("own-reporting", "Own reporting", "Articles that no agency signed and that repeat nobody",
     'is_wire : false and story_role : "origin"'),
    ("travelled", "Carried by three outlets or more", "Stories, each outlet counted once, relays under the relayed one",
     "independent_count >= 3"),
    ("walled", "Behind a wall", "Articles that a reader pays for, in part or in whole",
     'paywall : ("paywalled" or "metered")'),
    ("islets", "Dokdo, Takeshima or Liancourt in the text", "Articles that name the islets, whatever they call them",
     "contested_names : islets*"),
    ("failing-feeds", "Feeds that fail", "Feeds whose last poll gave nothing", "consecutive_failures >= 1"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of our objects for one index prefix: two prefixes can be in one Kibana."""

    prefix: str

    def of(self, what: str) -> str:
        """The id of the object called ``what``."""
        return f"{self.prefix}-{what}"

    def view(self, kind: Kind) -> str:
        """The id of a data view, which is also the name of what it reads."""
        return alias(self.prefix, kind)

    def titled(self, title: str) -> str:
        """A title that says whose it is."""
        return f"{self.prefix}: {title}"


def data_views(names: Names) -> list[Body]:
    """One for each kind of document that a panel or a search reads."""
    return [
        data_view(names.view(kind), names.view(kind), names.titled(words), time_field, formats)
        for kind, words, time_field, formats in _VIEWS
    ]


def saved_queries(names: Names) -> list[Body]:
    """What an analyst filters by most."""
    return [
        saved_query(names.of(f"query-{slug}"), names.titled(title), description, query)
        for slug, title, description, query in _QUERIES
    ]


def saved_searches(names: Names) -> list[Body]:
    """Tables of documents; the dashboards show them too."""
    articles, stories = names.view(Kind.ARTICLES), names.view(Kind.STORIES)
    return [
        saved_search(
            names.of("new-articles"), names.titled("Newest articles"),
            "What was published last; the link opens the article at its outlet", articles,
            ["publisher", "title", "agency", "topics", "story_size", "paywall", "url"], [("@timestamp", "desc")],
        ),
        saved_search(
            names.of("story-list"), names.titled("Stories by independent publishers"),
            "independent_count counts each outlet once, and a relay under the outlet it relays", stories,
            ["independent_count", "copy_count", "title", "origin_publisher", "agency", "publishers", "topics",
             "origin_url"],
            [("independent_count", "desc"), ("@timestamp", "desc")],
        ),
        saved_search(
            names.of("most-syndicated"), names.titled("Most syndicated stories"),
            "Stories by the number of their copies, with how late Seoul and Tokyo had them", stories,
            ["copy_count", "title", "agency", "origin_publisher", "carriers", "countries", "seoul_lag_seconds",
             "tokyo_lag_seconds", "origin_url"],
            [("copy_count", "desc"), ("@timestamp", "desc")], "copy_count >= 1",
        ),
        saved_search(
            names.of("failing-feeds"), names.titled("Feeds that fail or say nothing new"),
            "The feeds to look after, those that have failed longest first", names.view(Kind.FEEDS),
            ["publisher", "failure", "consecutive_failures", "failing_since", "succeeded_at", "new_entry_at", "url"],
            [("consecutive_failures", "desc"), ("new_entry_at", "asc")],
        ),
        saved_search(
            names.of("dead-letters"), names.titled("Dead letters"),
            "What broke, where and why; straitwire replay runs it again", names.view(Kind.DEAD_LETTERS),
            ["stage", "reason", "url", "detail"], [("updated_at", "desc")],
        ),
    ]  # fmt: skip
