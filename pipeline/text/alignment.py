"""Sentence by sentence, how much of one text another one says: the measure behind links of rewritten copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.outline import NAME, NUMBER, Outline

STRONG = 0.5
WEAK = 0.3
"""A sentence with half of its weight in one sentence of the other text is said there too; with less than .3 it is new.
Chance overlap of two sentences on one subject stays below .3 (hand-written development copies, issue 6)."""

RARE = 1.0
"""Weight of a unit that says what a sentence is about."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a text stands in another.

    Attributes:
        coverage: 0..1, mean share of a sentence's weight found in its best counterpart, by weight.
        said: 0..1, weight of the sentences that are said in the other.
        new: 0..1, weight of the sentences that are new.
        order: 0..1, share of pairs of matched sentences that stand in the same order; 1 when there are too few.
        numbers: numbers in matched sentences of the text.
        numbers_kept: those that stand in the counterpart or beside it; one of more digits may stand anywhere.
        names, names_kept: the same for capitalised words inside sentences.
        facts: names and numbers in the text but for those of one digit, which chance repeats.
        facts_kept: those that stand anywhere in the whole.
        before: sentences of the whole before the first one that the part says.
        share: 0..1, weight of the whole's sentences that the part says.
        kinship: 0..1, share of the whole's other sentences that name anything the part names; 1 when there are none.
        sentences: of the text.
        best: per sentence, its counterpart's position, or -1 when it is new.

    """

    coverage: float
    said: float
    new: float
    order: float
    numbers: int
    numbers_kept: int
    names: int
    names_kept: int
    facts: int
    facts_kept: int
    before: int
    share: float
    kinship: float
    sentences: int
    best: tuple[int, ...]


Integers = npt.NDArray[np.int64]


def align(part: Outline, whole: Outline) -> Alignment:
    """How ``part`` stands in ``whole``; of equal counterparts the first counts."""
    if not part.sentences or not whole.sentences:
        return Alignment(
            0.0, 0.0, 1.0, 1.0, 0, 0, 0, 0, 0, 0, whole.sentences, 0.0, 1.0, part.sentences, (-1,) * part.sentences
        )
    own, other = part.distinct, whole.distinct
    units, sentence, weights, classes = own.keys, own.sentence, own.weights, own.classes
    there, there_sentence = other.keys, other.sentence
    begin, end = np.searchsorted(there, units, "left"), np.searchsorted(there, units, "right")
    amount = end - begin
    owner = np.repeat(np.arange(len(units)), amount)
    first = np.cumsum(amount) - amount
    place = np.repeat(begin, amount) + np.arange(len(owner)) - np.repeat(first, amount)
    counterpart = there_sentence[place]
    cells = sentence[owner] * whole.sentences + counterpart
    overlap = np.bincount(cells, weights[owner], part.sentences * whole.sentences)
    overlap = overlap.reshape(part.sentences, whole.sentences)
    best = overlap.argmax(axis=1)
    total = np.maximum(np.bincount(sentence, weights, part.sentences), 1e-9)
    share = overlap[np.arange(part.sentences), best] / total
    matched = share >= WEAK
    weight = float(total.sum())
    near = np.abs(best[sentence[owner]] - counterpart) <= 1
    kept = np.zeros(len(units), dtype=bool)
    kept[owner[near]] = True
    asked = matched[sentence]
    names, numbers = asked & (classes == NAME), asked & (classes >= NUMBER)
    facts = (classes == NAME) | (classes == NUMBER)
    before, said, kinship = _place_in_whole(best[matched], counterpart[weights[owner] >= RARE], whole)
    return Alignment(
        round(float((share * total).sum()) / weight, 4),
        round(float(total[share >= STRONG].sum()) / weight, 4),
        round(float(total[~matched].sum()) / weight, 4),
        same_order(best[matched]),
        int(numbers.sum()),
        int((numbers & (kept | ((classes == NUMBER) & (amount > 0)))).sum()),
        int(names.sum()),
        int((names & kept).sum()),
        int(facts.sum()),
        int((facts & (amount > 0)).sum()),
        before,
        said,
        kinship,
        part.sentences,
        tuple(np.where(matched, best, -1).tolist()),
    )


def _place_in_whole(best: Integers, related: Integers, whole: Outline) -> tuple[int, float, float]:
    """``before``, ``share`` and ``kinship`` of the alignment, from the sentences matched and those related."""
    said, kin = np.zeros((2, whole.sentences), dtype=bool)
    said[best], kin[related] = True, True
    others = whole.sentences - int(np.count_nonzero(said))
    return (
        int(best.min()) if len(best) else whole.sentences,
        round(float(whole.sentence_weights[said].sum()) / max(whole.weight, 1e-9), 4),
        round(int(np.count_nonzero(kin & ~said)) / others, 4) if others else 1.0,
    )


def same_order(best: Integers) -> float:
    """Share of pairs of matched sentences that stand in the same order; 1 when there are too few."""
    if len(best) < 3:
        return 1.0
    above = np.triu_indices(len(best), 1)
    steps = np.sign(best[above[1]] - best[above[0]])
    return round(float((steps > 0).sum() + 0.5 * (steps == 0).sum()) / len(steps), 4)
