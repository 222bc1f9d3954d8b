"""What one bundle of a stream came to: keys, and the counters of every stage that it went through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.errors import Failed, Rejected
from schemas.run_report import Counters

Item = TypeVar("Item")


@dataclass(slots=True)
class Settled:
    """What one bundle came to: the keys and ids that are in the index now, and the counters of every stage."""

    keys: list[str] = field(default_factory=list)
    counters: Counters = field(default_factory=dict)

    def add(self, other: Settled) -> None:
        """Take in what another part of the bundle came to."""
        self.keys += other.keys
        for stage, names in other.counters.items():
            own = self.counters.setdefault(stage, {})
            for name, value in names.items():
                own[name] = own.get(name, 0) + value

    def sort(self, stage: str, received: int, outcomes: Iterable[Item | Rejected | Failed]) -> Sorted[Item]:
        """Count what a stage received and what became of it, and keep the three ways apart."""
        names = self.counters.setdefault(stage, {})
        ways: Sorted[Item] = Sorted()
        names["received"] = names.get("received", 0) + received
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
            names[name] = names.get(name, 0) + 1
        return ways


@dataclass(slots=True)
class Sorted(Generic[Item]):
    """The outcomes of one stage, each way apart."""

    passed: list[Item] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
