"""How far a round, or anything else that takes its time, is; apart from the rounds, so that it needs no Beam."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is: ``done`` of ``total`` (None when not known yet) in this phase."""

    phase: str
    done: int
    total: int | None
