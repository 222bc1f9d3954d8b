"""What one round did: counters of every stage, whether they balance, and the document that remembers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from schemas.documents import time_text
from schemas.errors import FailReason

Counters = dict[str, dict[str, int]]

OF_FEEDS = ("poll_feeds",)
OF_LISTED_ENTRIES = ("drop_repeated_in_feeds", "drop_seen_in_feeds")
OF_ENTRIES = (
    "list_entries",
    "drop_repeated",
    "drop_seen",
    "fetch_pages",
    "extract_article",
    "strip_boilerplate",
    "attribute_wire",
    "tag_topics",
    "merge_articles",
    "merge_with_indexed",
    "sign_articles",
    "link_wire_copies",
    "index_articles",
)
OF_VISITS = ("revisit_articles",)
CHAINS = (OF_FEEDS, OF_LISTED_ENTRIES, OF_ENTRIES, OF_VISITS)
"""Stages where received = emitted + rejected + failed must hold, in the order of the journey; within a chain each
stage receives what the one before it emitted."""


def count_in(counters: Counters, stage: str, name: str, amount: int = 1) -> None:
    """Add to one counter of a stage.

    >>> counters: Counters = {}
    >>> count_in(counters, "fetch_pages", "received", 2)
    >>> counters
    {'fetch_pages': {'received': 2}}
    """
    names = counters.setdefault(stage, {})
    names[name] = names.get(name, 0) + amount


def add_counters(counters: Counters, others: Counters) -> None:
    """Add all of the others."""
    for stage, names in others.items():
        counters.setdefault(stage, {})
        for name, amount in names.items():
            count_in(counters, stage, name, amount)


@dataclass(frozen=True, slots=True)
class StageBalance:
    """One stage's account.

    Attributes:
        stage: its name.
        received, emitted: elements in and on.
        rejected, failed: elements that left, by reason.
    """

    stage: str
    received: int
    emitted: int
    rejected: Mapping[str, int]
    failed: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing appeared."""
        return self.received == self.emitted + sum(self.rejected.values()) + sum(self.failed.values())


@dataclass(slots=True)
class RunReport:
    """A round while it runs and when it is done.

    Attributes:
        run_id: from the start time and process, unique.
        started_at, ended_at: our clock.
        interrupted: whether it was asked to stop before the end.
        counters: stage -> counter name -> value, as Beam's metrics report them, summed over batches.
        articles_before, articles_after: articles in the index.
        stories_after: stories in the index.
        pending: entries that are listed but not yet read.
        left_out: stages between others that this kind of round does not have.
    """

    run_id: str
    started_at: datetime
    ended_at: datetime | None = None
    interrupted: bool = False
    counters: Counters = field(default_factory=dict)
    articles_before: int = 0
    articles_after: int = 0
    stories_after: int = 0
    pending: int = 0
    left_out: frozenset[str] = frozenset()

    def add(self, counters: Counters) -> None:
        """Add the counters of one batch."""
        add_counters(self.counters, counters)

    def balance(self) -> list[StageBalance]:
        """The account of every one-to-one stage that received anything, in the order of the journey."""
        stages = [stage for chain in CHAINS for stage in chain if stage in self.counters]
        return [_stage_balance(stage, self.counters[stage]) for stage in stages]

    @property
    def balanced(self) -> bool:
        """Whether every stage balances and each stage received what the one before it emitted.

        A stage without counters received nothing, which is wrong when the one before it emitted something.
        """
        for every in CHAINS:
            chain = [stage for stage in every if stage not in self.left_out]
            first = next((place for place, stage in enumerate(chain) if stage in self.counters), len(chain))
            accounts = [_stage_balance(stage, self.counters.get(stage, {})) for stage in chain[first:]]
            if not all(account.balanced for account in accounts):
                return False
            if any(later.received != earlier.emitted for earlier, later in pairwise(accounts)):
                return False
        return True

    def total(self, prefix: str) -> dict[str, int]:
        """Sums over feeds and entries of the counters that begin with ``rejected_`` or ``failed_``."""
        sums: dict[str, int] = {}
        for stage in OF_FEEDS + OF_ENTRIES:
            for name, value in self.counters.get(stage, {}).items():
                if name.startswith(prefix):
                    reason = name.removeprefix(prefix)
                    sums[reason] = sums.get(reason, 0) + value
        return sums

    @property
    def bugs(self) -> int:
        """Elements that met a bug of ours and became dead letters."""
        broken = FailReason.INTERNAL_ERROR.value
        return self.total("failed_").get(broken, 0) + sum(
            self.counters.get(stage, {}).get(f"failed_{broken}", 0) for stage in OF_VISITS
        )

    @property
    def listed(self) -> int:
        """Entries that this run worked on, failures to list included."""
        first = next(stage for stage in OF_ENTRIES if stage not in self.left_out)
        return self.counters.get(first, {}).get("received", 0)

    @property
    def indexed(self) -> int:
        """Articles written, or found unchanged, by this round."""
        return self.counters.get("index_articles", {}).get("emitted", 0)


def _stage_balance(stage: str, names: Mapping[str, int]) -> StageBalance:
    def by_reason(prefix: str) -> dict[str, int]:
        return {name.removeprefix(prefix): value for name, value in sorted(names.items()) if name.startswith(prefix)}

    return StageBalance(
        stage, names.get("received", 0), names.get("emitted", 0), by_reason("rejected_"), by_reason("failed_")
    )


def run_document(report: RunReport) -> dict[str, Any]:
    """The round as the index stores it; ``stages`` holds all counters as JSON text."""
    return {
        "run_id": report.run_id,
        "started_at": time_text(report.started_at),
        "ended_at": time_text(report.ended_at),
        "interrupted": report.interrupted,
        "balanced": report.balanced,
        "listed": report.listed,
        "indexed": report.indexed,
        "rejected": sum(report.total("rejected_").values()),
        "failed": sum(report.total("failed_").values()),
        "pending": report.pending,
        "articles_before": report.articles_before,
        "articles_after": report.articles_after,
        "stories_after": report.stories_after,
        "stages": json.dumps(report.counters, sort_keys=True),
        "updated_at": time_text(report.ended_at or report.started_at),
    }
