"""Whether a text is a copy that retells another: two weighted sums of what ``retelling`` measures, trained once.

Two questions are asked, as a trap is refused for one of two reasons: does another agency report the same event, and
is it a follow-up? Each is answered by a logistic regression over a few measures; both must speak for a copy.
``deploy/tables/train_retelling_model`` trains them on stories that were written for it (``tests/quality/training``):
an origin, its rewrite, its spin, other agencies' reports and the next day's follow-up, in three languages.
What a pair scores is a sum, so every verdict is explained by its terms.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.text.retelling import Retelling

Terms = Mapping[str, float]

REPORT, FOLLOWUP = "report", "followup"
QUESTIONS = {
    REPORT: ("told", "new", "order", "kept", "given", "facts"),
    FOLLOWUP: ("leads", "new", "kept", "given", "days"),
}
"""What each is answered by: ``Retelling``'s measures; ``facts`` is the logarithm of the facts kept, ``days`` the time
between the two. Time says nothing about another agency's report, the lead little."""

UNKNOWN_DAYS = 1.0
"""Between two texts of which one is undated: what tells a copy from the next day's follow-up is missing."""

THRESHOLD = 1.45
"""Of the smaller sum. With a model that has not seen its storyline no trap passes this and the rules on leads and time:
``deploy/tables/train_retelling_model`` prints what they score, and what copies do."""


@dataclass(frozen=True, slots=True)
class RetellingModel:
    """For each question a weight for each of its measures, and a constant under ""."""

    weights: Mapping[str, Terms]

    def terms(self, measured: Terms) -> dict[str, dict[str, float]]:
        """What each measure adds to the sum of each question."""
        return {
            question: {name: weight * measured.get(name, 1.0) for name, weight in weights.items()}
            for question, weights in self.weights.items()
        }

    def scores(self, measured: Terms) -> dict[str, float]:
        """The sums, rounded to 4 places."""
        return {question: round(sum(terms.values()), 4) for question, terms in self.terms(measured).items()}

    def as_json(self) -> str:
        """The model as it ships."""
        return json.dumps(self.weights, indent=1) + "\n"


def measures(told: Retelling, new: float, hours: float | None) -> dict[str, float]:
    """The measures by name.

    Args:
        told: how the shorter text retells the longer.
        new: 0..1, weight of the shorter text's sentences that have no counterpart at all.
        hours: between the two publications, None when unknown.
    """
    return {
        "told": told.told,
        "retold": told.retold,
        "leads": told.leads,
        "new": new,
        "order": told.order,
        "kept": told.kept_share,
        "given": told.given_share,
        "facts": math.log1p(told.kept),
        "days": UNKNOWN_DAYS if hours is None else hours / 24,
    }


@cache
def shipped_model() -> RetellingModel:
    """The model that ships."""
    return RetellingModel(json.loads(files("schemas.data").joinpath("retelling.json").read_text(encoding="utf-8")))
