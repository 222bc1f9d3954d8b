"""Sentence by sentence, how much of one text another one says: the measure behind links of rewritten copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.outline import NAME, NUMBER, Bits
from pipeline.text.outline_table import OutlineTable, tabulate

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
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_PAIRS_AT_ONCE = 256
"""More do not fit in a core's cache."""
_PAIRWISE = 8
"""From as many values on, numpy adds in pairs."""


def align(part: bytes, whole: bytes) -> Alignment:
    """How ``part`` stands in ``whole``, two packed outlines; of equal counterparts the first counts."""
    return align_pairs(tabulate((part, whole)), np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64))[0]


def align_pairs(table: OutlineTable, parts: Integers, wholes: Integers) -> list[Alignment]:
    """The same for many pairs of texts of a table."""
    filled = np.flatnonzero((table.sentences[parts] > 0) & (table.sentences[wholes] > 0))
    portions = (filled[at : at + _PAIRS_AT_ONCE] for at in range(0, len(filled), _PAIRS_AT_ONCE))
    found = (one for some in portions for one in _align_filled(table, parts[some], wholes[some]))
    wanted, own, other = set(filled.tolist()), table.sentences[parts].tolist(), table.sentences[wholes].tolist()
    return [next(found) if place in wanted else _of_empty(own[place], other[place]) for place in range(len(parts))]


def _of_empty(sentences: int, there: int) -> Alignment:
    return Alignment(0.0, 0.0, 1.0, 1.0, 0, 0, 0, 0, 0, 0, there, 0.0, 1.0, sentences, (-1,) * sentences)


def _align_filled(table: OutlineTable, parts: Integers, wholes: Integers) -> list[Alignment]:
    count, own, there = len(parts), table.sentences[parts], table.sentences[wholes]
    pair, unit = _ranges(table.first[parts], table.amount[parts])
    codes = table.codes_in(wholes[pair], unit)
    at = np.searchsorted(table.codes, codes)
    at[at == len(table.codes)] = 0
    amount = np.where(table.codes[at] == codes, table.run[at], 0)
    owner, place = _ranges(at, amount)
    counterpart, weights, owner_pair = table.sentence[place], table.weights[unit][owner], pair[owner]
    row_first, row_pair = np.cumsum(own) - own, np.repeat(np.arange(count), own)
    row = row_first[pair] + table.sentence[unit]
    width = there[row_pair]
    cell_first = np.cumsum(width) - width
    overlap = np.bincount(cell_first[row[owner]] + counterpart, weights, int(width.sum()))
    most = np.maximum.reduceat(overlap, cell_first)
    greatest = np.flatnonzero(overlap == np.repeat(most, width))
    best = greatest[np.searchsorted(greatest, cell_first)] - cell_first
    _, sentence = _ranges(table.sentence_first[parts], own)
    total = table.sentence_totals[sentence]
    share = most / total
    matched = share >= WEAK
    weight = table.told[parts].tolist()
    sums = (
        _sums(share * total, row_pair, count),
        _sums(total[share >= STRONG], row_pair[share >= STRONG], count),
        _sums(total[~matched], row_pair[~matched], count),
    )
    near = np.abs(best[row[owner]] - counterpart) <= 1
    kept = np.zeros(len(unit), dtype=bool)
    kept[owner[near]] = True
    facts = _facts(table.classes[unit], matched[row], kept, amount > 0, pair, count)
    related = weights >= RARE
    said = _place_in_wholes(table, wholes, best[matched], row_pair[matched], counterpart[related], owner_pair[related])
    before = np.minimum.reduceat(np.where(matched, best, width), row_first)
    places, row_ends = np.where(matched, best, -1).tolist(), np.cumsum(own).tolist()
    return [
        Alignment(
            round(covered / heavy, 4), round(strong / heavy, 4), round(new / heavy, 4), order,
            numbers, numbers_kept, names, names_kept, all_facts, facts_kept,
            first, share_said, kinship, sentences, tuple(places[end - sentences : end]),
        )
        for (
            covered, strong, new, heavy, order, (numbers, numbers_kept, names, names_kept, all_facts, facts_kept),
            first, (share_said, kinship), sentences, end,
        ) in zip(
            *(part.tolist() for part in sums), weight, _orders(best[matched], row_pair[matched], count),
            facts, before.tolist(), said, own.tolist(), row_ends, strict=True,
        )
    ]  # fmt: skip


def _ranges(begins: Integers, amounts: Integers) -> tuple[Integers, Integers]:
    """For every place of every range, which range it is in, and the place."""
    owner = np.repeat(np.arange(len(begins)), amounts)
    return owner, np.arange(len(owner)) + np.repeat(begins - (np.cumsum(amounts) - amounts), amounts)


def _sums(values: Floats, owner: Integers, count: int) -> Floats:
    """The sum of each owner's values, to the last bit what ``sum`` gives of them alone: eight and more in pairs."""
    sums = np.bincount(owner, values, count).astype(np.float64)
    ends = np.searchsorted(owner, np.arange(count), side="right")
    amounts = np.diff(ends, prepend=0)
    for place in np.flatnonzero(amounts >= _PAIRWISE).tolist():
        sums[place] = values[ends[place] - amounts[place] : ends[place]].sum()
    return sums


def _facts(
    classes: Bits, asked: Flags, kept: Flags, anywhere: Flags, pair: Integers, count: int
) -> Iterator[tuple[int, int, int, int, int, int]]:
    """For each pair ``numbers`` to ``facts_kept`` of its alignment."""
    numbers, names, whole = asked & (classes >= NUMBER), asked & (classes == NAME), classes == NUMBER
    facts = (classes == NAME) | whole

    def amounts(flags: Flags) -> list[int]:
        counted: list[int] = np.bincount(pair[flags], minlength=count).tolist()
        return counted

    return zip(
        amounts(numbers), amounts(numbers & (kept | (whole & anywhere))), amounts(names), amounts(names & kept),
        amounts(facts), amounts(facts & anywhere), strict=True,
    )  # fmt: skip


def _place_in_wholes(
    table: OutlineTable,
    wholes: Integers,
    best: Integers,
    best_pair: Integers,
    related: Integers,
    related_pair: Integers,
) -> Iterator[tuple[float, float]]:
    """For each pair ``share`` and ``kinship`` of its alignment, from the sentences matched and those related."""
    count, there = len(wholes), table.sentences[wholes]
    first = np.cumsum(there) - there
    pair, sentence = _ranges(table.sentence_first[wholes], there)
    said, kin = np.zeros((2, len(pair)), dtype=bool)
    said[first[best_pair] + best], kin[first[related_pair] + related] = True, True
    others = (there - np.bincount(pair[said], minlength=count)).tolist()
    kinship = np.bincount(pair[kin & ~said], minlength=count).tolist()
    share = _sums(table.sentence_weights[sentence[said]], pair[said], count).tolist()
    for told, weight, akin, other in zip(share, table.weight[wholes].tolist(), kinship, others, strict=True):
        yield round(told / max(weight, 1e-9), 4), round(akin / other, 4) if other else 1.0


def _orders(best: Integers, pair: Integers, count: int) -> list[float]:
    """``same_order`` of each pair's sentences."""
    ends = np.searchsorted(pair, np.arange(count), side="right")
    first, second = _ranges(np.arange(len(best)) + 1, ends[pair] - np.arange(len(best)) - 1)
    steps, of_pair = best[second] - best[first], pair[first]
    rising = np.bincount(of_pair[steps > 0], minlength=count) + 0.5 * np.bincount(of_pair[steps == 0], minlength=count)
    amounts = np.diff(ends, prepend=0)
    return [
        round(up / (amount * (amount - 1) // 2), 4) if amount >= 3 else 1.0
        for up, amount in zip(rising.tolist(), amounts.tolist(), strict=True)
    ]


def same_order(best: Integers) -> float:
    """Share of pairs of matched sentences that stand in the same order; 1 when there are too few."""
    if len(best) < 3:
        return 1.0
    above = np.triu_indices(len(best), 1)
    steps = np.sign(best[above[1]] - best[above[0]])
    return round(float((steps > 0).sum() + 0.5 * (steps == 0).sum()) / len(steps), 4)
