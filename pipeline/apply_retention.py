"""Retention by age: what is older than the settings say leaves the index, and does not come in again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.index import ID_FIELD, Filters, Index, Kind
from pipeline.remove_articles import remove_articles
from pipeline.stage import batches, written_ids
from pipeline.write_entries import REJECTED
from schemas.documents import time_text
from schemas.settings import RunSettings

REASON = "retention: expired"
_BATCH = 200
_A_DAY_SECONDS = 86_400.0


class DailyRetention:
    """Retention for what never ends: a day after this was made, and a day after each time.

    Whoever starts a stream applies retention first.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_at = clock() + _A_DAY_SECONDS

    def apply_when_due(self, index: Index, settings: RunSettings) -> bool:
        """Whether it was due; what fails is due again."""
        if self._clock() < self._due_at:
            return False
        apply_retention(index, settings, datetime.now(UTC))
        self._due_at = self._clock() + _A_DAY_SECONDS
        return True


def apply_retention(index: Index, settings: RunSettings, now: datetime) -> dict[str, int]:
    """Remove what is too old; how many of each kind.

    Articles go by their place on the time line (publication, or first sight). Their entries stay and remember that
    they were decided, so a feed that still lists them brings nothing back; an older article that is met for the first
    time is turned away by TagTopics.

    Guarantees: killed anywhere and repeated, it ends in the same documents. Entries are written first: an article
        without its entry would look as if it had come from nowhere.
    """
    removed: dict[str, int] = {}
    if settings.keep_articles_days:
        removed["articles"] = _expire_articles(index, now - timedelta(days=settings.keep_articles_days), now)
    for kind, days in (
        (Kind.DEAD_LETTERS, settings.keep_dead_letters_days),
        (Kind.RUNS, settings.keep_runs_days),
    ):
        if days:
            old = index.scan(kind, Filters(until=now - timedelta(days=days)), [ID_FIELD[kind]])
            removed[kind.value] = index.delete(kind, [row[ID_FIELD[kind]] for row in old])
    return removed


def _expire_articles(index: Index, oldest: datetime, now: datetime) -> int:
    old = [row["article_id"] for row in index.scan(Kind.ARTICLES, Filters(until=oldest), ["article_id"])]
    removed = 0
    for some in batches(old, _BATCH):
        settle_entries_of(index, some, REASON, now)
        removed += remove_articles(index, some)
    return removed


def settle_entries_of(index: Index, article_ids: list[str], reason: str, now: datetime) -> None:
    """Remember the entries of these articles as rejected; one that waits to be read again goes on waiting."""
    entries = [
        {**row, "outcome": REJECTED, "article_id": "", "reason": reason, "updated_at": time_text(now)}
        if row["outcome"] == "indexed"
        else {**row, "article_id": ""}
        for row in index.find(Kind.ENTRIES, "article_id", article_ids)
    ]
    list(written_ids(index.write(Kind.ENTRIES, entries)))
