"""What the page shows, counted in one pass over each kind of document: the same from either backend."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from statistics import median

from connectors.index import Document, Filters, Index, Kind
from connectors.index_account import IndexAccount, account_of
from schemas.documents import time_from_text

SEOUL_AND_TOKYO = timezone(timedelta(hours=9), "KST/JST")
"""Both capitals keep the same time, and neither changes it in summer."""

NEWEST = 25
MOST_SYNDICATED = 25
_RUNS = 8
_LONGEST_IN_DAYS = 62
_PERIODS = 60

_STORY_FIELDS = (
    "story_id", "origin_url", "origin_publisher", "title", "agency", "publishers", "carriers", "countries", "languages",
    "topics", "size", "publisher_count", "independent_count", "copy_count", "first_published_at", "last_published_at",
    "seoul_lag_seconds", "tokyo_lag_seconds", "@timestamp", "first_seen_at",
)  # fmt: skip
_ARTICLE_FIELDS = (
    "publisher", "language", "agencies", "topics", "paywall", "contested_names", "seen_lag_seconds", "published_at",
    "relevant",
)  # fmt: skip


@dataclass(slots=True)
class Outlet:
    """What one outlet's articles add up to."""

    articles: int = 0
    paywall: Counter[str] = field(default_factory=Counter)
    lags: list[float] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)

    @property
    def walled_share(self) -> float:
        """Of its articles, those that a reader pays for in part or in whole."""
        return (self.paywall["paywalled"] + self.paywall["metered"]) / self.articles if self.articles else 0.0

    @property
    def typical_lag_seconds(self) -> float | None:
        """From publication to our first sight of it, the median."""
        return median(self.lags) if self.lags else None


@dataclass(slots=True)
class ReportFigures:
    """Everything on the page.

    Attributes:
        newest: the newest stories, newest first; ``syndicated`` those with most copies, most first.
        by_period: first day of a period (a day, or a week where there are many) -> topic -> articles.
        carried: (first published by, carried by) -> stories.
        copies: copies of a story -> stories.
    """

    account: IndexAccount
    now: datetime
    articles: int = 0
    relevant: int = 0
    stories: int = 0
    told_again: int = 0
    copies_in_all: int = 0
    newest: list[Document] = field(default_factory=list)
    syndicated: list[Document] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    agencies: Counter[str] = field(default_factory=Counter)
    by_period: dict[datetime, Counter[str]] = field(default_factory=dict)
    carried: Counter[tuple[str, str]] = field(default_factory=Counter)
    copies: Counter[int] = field(default_factory=Counter)
    outlets: dict[str, Outlet] = field(default_factory=dict)
    feeds: int = 0
    failing_feeds: list[Document] = field(default_factory=list)
    runs: list[Document] = field(default_factory=list)
    dead_letters: list[Document] = field(default_factory=list)


def figures_of(index: Index, filters: Filters, now: datetime) -> ReportFigures:
    """Count the documents that pass the filters; what concerns feeds, runs and failures is always shown whole.

    Errors: IndexUnavailableError when the index cannot be read.
    """
    figures = ReportFigures(account_of(index), now)
    _count_stories(figures, index, filters)
    _count_articles(figures, index, filters)
    for feed in index.scan(Kind.FEEDS, Filters()):
        figures.feeds += 1
        if feed["consecutive_failures"] or feed["failure"]:
            figures.failing_feeds.append(feed)
    figures.failing_feeds.sort(key=lambda feed: (-feed["consecutive_failures"], feed["url"]))
    runs = sorted(index.scan(Kind.RUNS, Filters()), key=lambda run: str(run["started_at"]), reverse=True)
    figures.runs = runs[:_RUNS]
    letters = index.scan(Kind.DEAD_LETTERS, Filters(), ["dead_letter_id", "stage", "reason", "url", "detail"])
    figures.dead_letters = sorted(letters, key=lambda row: (row["stage"], row["reason"], row["url"]))
    return figures


def _count_stories(figures: ReportFigures, index: Index, filters: Filters) -> None:
    newest: list[Document] = []
    syndicated: list[Document] = []
    for story in index.scan(Kind.STORIES, filters, _STORY_FIELDS):
        copies = story.get("copy_count", story["size"] - 1)
        figures.stories += 1
        figures.told_again += story["size"] > 1
        figures.copies_in_all += copies
        figures.copies[copies] += 1
        for carrier in story.get("carriers", ()):
            figures.carried[story["origin_publisher"], carrier] += 1
        newest.append(story)
        if copies:
            syndicated.append(story)
        if len(newest) >= 20 * NEWEST:
            newest, syndicated = _foremost(newest, syndicated)
    figures.newest, figures.syndicated = _foremost(newest, syndicated)


def _foremost(newest: list[Document], syndicated: list[Document]) -> tuple[list[Document], list[Document]]:
    newest.sort(key=lambda story: (story["first_published_at"] or story["first_seen_at"], story["story_id"]))
    syndicated.sort(key=lambda story: (-story.get("copy_count", story["size"] - 1), story["story_id"]))
    return newest[-NEWEST:][::-1], syndicated[:MOST_SYNDICATED]


def _count_articles(figures: ReportFigures, index: Index, filters: Filters) -> None:
    days: dict[datetime, Counter[str]] = defaultdict(Counter)
    for article in index.scan(Kind.ARTICLES, filters, _ARTICLE_FIELDS):
        figures.articles += 1
        figures.relevant += bool(article["relevant"])
        figures.topics.update(article["topics"])
        figures.languages[article["language"]] += 1
        figures.agencies.update(article["agencies"])
        outlet = figures.outlets.setdefault(article["publisher"], Outlet())
        outlet.articles += 1
        outlet.paywall[article["paywall"]] += 1
        outlet.terms.update(article["contested_names"])
        if article.get("seen_lag_seconds") is not None:
            outlet.lags.append(article["seen_lag_seconds"])
        published = time_from_text(article["published_at"])
        if published is not None and article["topics"]:
            days[day_of(published)].update(article["topics"])
    figures.by_period = _periods(days)


def day_of(moment: datetime) -> datetime:
    """Midnight of its day in Seoul and Tokyo.

    >>> day_of(datetime(2026, 3, 9, 15, 30, tzinfo=UTC)).isoformat()
    '2026-03-10T00:00:00+09:00'
    """
    return moment.astimezone(SEOUL_AND_TOKYO).replace(hour=0, minute=0, second=0, microsecond=0)


def _periods(days: dict[datetime, Counter[str]]) -> dict[datetime, Counter[str]]:
    """Every period from the first to the last, empty ones too; the latest ones where there are too many to draw."""
    if not days:
        return {}
    step = timedelta(days=1 if max(days) - min(days) < timedelta(days=_LONGEST_IN_DAYS) else 7)
    last = max(days) if step.days == 1 else max(days) - timedelta(days=max(days).weekday())
    found: dict[datetime, Counter[str]] = {}
    for day, counts in days.items():
        start = day if step.days == 1 else day - timedelta(days=day.weekday())
        found.setdefault(start, Counter()).update(counts)
    count = min(_PERIODS if step.days == 7 else _LONGEST_IN_DAYS, (last - min(found)) // step + 1)
    starts = [last - step * place for place in reversed(range(count))]
    return {start: found.get(start, Counter()) for start in starts}


def as_of() -> datetime:
    """Now."""
    return datetime.now(UTC)
