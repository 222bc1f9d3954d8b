"""What the stages of this process have counted, beside what they tell the runner.

Not every runner gives its counters back: Flink returns none, and Prism was seen to lose some of short bundles. So each
process keeps its own sums, exports them (``pipeline.export_metrics``), and draws up the account of a stream from them.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.run_report import Counters, count_in

BOUNDS: Mapping[str, Sequence[float]] = {
    "ms": (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000),
    "seconds": (1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400),
    "bytes": (1_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000),
    "elements": (1, 3, 10, 30, 100, 300, 1_000),
}
"""Upper bounds of the classes of a distribution, by the unit that ends its name."""

MOST_SOURCES = 5_000
"""Feeds whose lag is kept: more would make a text that no scraper wants."""


@dataclass(slots=True)
class Distribution:
    """How often values fell into each class (the last has no upper bound), how many there were, and their sum."""

    bounds: Sequence[float]
    classes: list[int] = field(default_factory=list)
    count: int = 0
    total: float = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        if not self.classes:
            self.classes = [0] * (len(self.bounds) + 1)
        self.classes[bisect_left(self.bounds, value)] += 1
        self.count += 1
        self.total += value


@dataclass(slots=True)
class Sums:
    """All that was counted: counters and distributions by stage and name, and the last lag of each feed."""

    counters: Counters = field(default_factory=dict)
    distributions: dict[str, dict[str, Distribution]] = field(default_factory=dict)
    lag_seconds: dict[str, float] = field(default_factory=dict)


class Tally:
    """Sums of one process; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums = Sums()

    def count(self, stage: str, name: str, amount: int) -> None:
        """Add to a counter."""
        with self._lock:
            count_in(self._sums.counters, stage, name, amount)

    def observe(self, stage: str, name: str, value: float) -> None:
        """Add a value to a distribution; the last word of its name is its unit, a key of BOUNDS."""
        with self._lock:
            names = self._sums.distributions.setdefault(stage, {})
            if name not in names:
                names[name] = Distribution(BOUNDS[name.rsplit("_", 1)[-1]])
            names[name].add(value)

    def set_lag(self, feed_id: str, seconds: float) -> None:
        """Remember how long the feed's newest article took from its publication to the index."""
        with self._lock:
            if feed_id in self._sums.lag_seconds or len(self._sums.lag_seconds) < MOST_SOURCES:
                self._sums.lag_seconds[feed_id] = seconds

    def sums(self) -> Sums:
        """A copy of everything."""
        with self._lock:
            return Sums(
                {stage: dict(names) for stage, names in self._sums.counters.items()},
                {
                    stage: {
                        name: Distribution(one.bounds, list(one.classes), one.count, one.total)
                        for name, one in names.items()
                    }
                    for stage, names in self._sums.distributions.items()
                },
                dict(self._sums.lag_seconds),
            )

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self._sums = Sums()


TALLY = Tally()
"""Of this process."""
