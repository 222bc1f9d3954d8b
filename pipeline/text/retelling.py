"""How one text retells another in words of its own: few measures, each of which a person can check.

A rewritten or spun copy says what its origin says, in both directions: nearly all names and numbers of the shorter
text are in the longer, most of the longer's are in the shorter, and sentence by sentence the words that are left
agree. Another agency's report shares the facts of the event, not the choice among them; a follow-up shares the
background and brings facts of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.alignment import Integers, same_order
from pipeline.text.outline import WEIGHT_STEPS, DistinctUnits, Outline

Floats = npt.NDArray[np.float64]

LEAD_SENTENCES = 2
"""A follow-up has a lead of its own, however much background it repeats."""

_KEPT_BEFORE, _FACTS_BEFORE = 1.0, 1.3
"""Facts kept of facts asked, before any is seen: with few facts the share says little."""


@dataclass(frozen=True, slots=True)
class Retelling:
    """How a part retells a whole.

    Attributes:
        told: 0..1, weight of the part's sentences that stands in two neighbouring sentences of the whole, at best.
        retold: the same of the whole's sentences in the part.
        leads: 0..1, the same of each text's first LEAD_SENTENCES, of the two the smaller.
        order: 0..1, share of pairs of the part's sentences whose counterparts stand in the same order.
        facts: distinct names and numbers in the part, but for single digits.
        kept: those that stand in the whole.
        asked, given: the same of the whole's in the part.
    """

    told: float
    retold: float
    leads: float
    order: float
    facts: int
    kept: int
    asked: int
    given: int

    @property
    def kept_share(self) -> float:
        """Share of the part's facts that the whole has; drawn to the middle when there are few."""
        return (self.kept + _KEPT_BEFORE) / (self.facts + _FACTS_BEFORE)

    @property
    def given_share(self) -> float:
        """The same of the whole's facts in the part."""
        return (self.given + _KEPT_BEFORE) / (self.asked + _FACTS_BEFORE)


def retelling(part: Outline, whole: Outline) -> Retelling:
    """How ``part`` retells ``whole``; both have sentences."""
    own, other = part.distinct, whole.distinct
    begin, end = np.searchsorted(other.keys, own.keys, "left"), np.searchsorted(other.keys, own.keys, "right")
    amount = end - begin
    owner = np.repeat(np.arange(len(amount)), amount)
    first = np.cumsum(amount) - amount
    place = np.repeat(begin, amount) + np.arange(len(owner)) - np.repeat(first, amount)
    told, lead, best = _told(own, part.sentences, owner, other.sentence[place], whole.sentences)
    retold, other_lead, _ = _told(other, whole.sentences, place, own.sentence[owner], part.sentences)
    facts, asked = part.facts, whole.facts
    both = len(np.intersect1d(facts, asked, assume_unique=True))
    return Retelling(told, retold, min(lead, other_lead), same_order(best), len(facts), both, len(asked), both)


def _told(
    units: DistinctUnits, sentences: int, unit: Integers, counterpart: Integers, there: int
) -> tuple[float, float, Integers]:
    """Weight found in the best two neighbouring sentences, of all sentences and the first; and where those begin."""
    stands = np.zeros((len(units.keys), there + 1), dtype=np.float64)
    stands[unit, counterpart] = 1.0
    stands = np.maximum(stands[:, :-1], stands[:, 1:])
    weights = np.rint(units.weights * WEIGHT_STEPS)  # whole numbers: sums are exact, on every machine
    of_sentence = np.zeros((sentences, len(weights)), dtype=np.float64)
    of_sentence[units.sentence, np.arange(len(weights))] = weights
    found = of_sentence @ stands
    best = found.argmax(axis=1)
    found, total = found[np.arange(sentences), best], of_sentence.sum(axis=1)
    lead = slice(LEAD_SENTENCES)
    return _share(found, total), _share(found[lead], total[lead]), best


def _share(found: Floats, total: Floats) -> float:
    return round(float(found.sum()) / max(float(total.sum()), 1.0), 4)
