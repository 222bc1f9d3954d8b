"""What one bundle of a stream came to: keys, and the counters of every stage that it went through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.errors import Failed, Rejected
from schemas.run_report import Counters, add_counters, count_in

Item = TypeVar("Item")


@dataclass(slots=True)
class Settled:
    """What one bundle came to: the keys and ids that are in the index now, and the counters of every stage."""

    keys: list[str] = field(default_factory=list)
    counters: Counters = field(default_factory=dict)

    def add(self, other: Settled) -> None:
        """Take in what another part of the bundle came to."""
        self.keys += other.keys
        add_counters(self.counters, other.counters)

    def sort(self, stage: str, received: int, outcomes: Iterable[Item | Rejected | Failed]) -> Sorted[Item]:
        """Count what a stage received and what became of it, and keep the three ways apart."""
        ways: Sorted[Item] = Sorted()
        count_in(self.counters, stage, "received", received)
        for outcome in outcomes:
            name = "emitted"
            if isinstance(outcome, Rejected):
                name = f"rejected_{outcome.reason.value}"
                ways.rejected.append(outcome)
            elif isinstance(outcome, Failed):
                name = f"failed_{outcome.reason.value}"
                ways.failed.append(outcome)
            else:
                ways.passed.append(outcome)
            count_in(self.counters, stage, name)
        return ways


@dataclass(slots=True)
class Sorted(Generic[Item]):
    """The outcomes of one stage, each way apart."""

    passed: list[Item] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
