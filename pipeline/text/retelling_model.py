"""Whether a text is a copy that retells another: a weighted sum of what ``retelling`` measures, trained once.

A logistic regression over eight measures, trained by ``deploy/tables/train_retelling_model`` on stories that were
written for it (``tests/quality/training``): an origin, its rewrite, its spin, another agency's report and the next
day's follow-up, in three languages. What a pair scores is a sum, so every verdict is explained by its terms.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.text.retelling import Retelling

MEASURES = ("told", "retold", "new", "order", "kept", "given", "facts", "days")
"""``Retelling``'s measures; ``facts`` is the logarithm of the facts kept, ``days`` the time between the two."""

UNKNOWN_DAYS = 1.0
"""Between two texts of which one is undated: what tells a copy from the next day's follow-up is missing."""

THRESHOLD = 2.0
"""Of the sum. No trap of a storyline that was left out of the training scores more than 1.2; of the copies that were,
95 of 100 do (``deploy/tables/train_retelling_model`` prints both)."""


@dataclass(frozen=True, slots=True)
class RetellingModel:
    """A weight for each of MEASURES, and the constant."""

    weights: Mapping[str, float]
    constant: float

    def terms(self, told: Retelling, new: float, hours: float | None) -> dict[str, float]:
        """What each measure adds to the sum; the constant under ""."""
        measured = measures(told, new, hours)
        return {"": self.constant, **{name: self.weights[name] * value for name, value in measured.items()}}

    def score(self, told: Retelling, new: float, hours: float | None) -> float:
        """The sum, rounded to 4 places."""
        return round(sum(self.terms(told, new, hours).values()), 4)

    def as_json(self) -> str:
        """The model as it ships."""
        return json.dumps({"weights": dict(self.weights), "constant": self.constant}, indent=1) + "\n"


def measures(told: Retelling, new: float, hours: float | None) -> dict[str, float]:
    """The measures by name.

    Args:
        new: 0..1, weight of the shorter text's sentences that have no counterpart at all.
        hours: between the two publications, None when unknown.
    """
    days = UNKNOWN_DAYS if hours is None else hours / 24
    return {
        "told": told.told,
        "retold": told.retold,
        "new": new,
        "order": told.order,
        "kept": told.kept_share,
        "given": told.given_share,
        "facts": math.log1p(told.kept),
        "days": days,
    }


@cache
def shipped_model() -> RetellingModel:
    """The model that ships."""
    read = json.loads(files("schemas.data").joinpath("retelling.json").read_text(encoding="utf-8"))
    return RetellingModel(read["weights"], read["constant"])
