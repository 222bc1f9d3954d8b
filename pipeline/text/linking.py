"""Whether two articles are copies of one wire story: a pure function of the two and of a frozen version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.text.alignment import Alignment, align_pairs
from pipeline.text.common_ground import share_enough
from pipeline.text.containment import containments
from pipeline.text.link_rules import (
    ANNOUNCED_SHARE,
    HORIZON_HOURS,
    RETOLD_SENTENCES,
    Found,
    comes_early,
    credit_relation,
    flash_reason,
    link_reason,
    other_day,
    other_lead_day,
    reason_against,
    retold_needed,
)
from pipeline.text.members import Member, Reading, member_of
from pipeline.text.outline_table import tabulate
from pipeline.text.retelling_model import shipped_model

__all__ = ["Explanation", "Link", "Member", "Reading", "compare", "explain", "judge", "member_of"]


@dataclass(frozen=True, slots=True)
class Link:
    """Why two articles are linked.

    Attributes:
        similarity: 0..1, share of the shorter text found in the longer.
        reason: id of the rule that linked them.
        evidence: one line per fact, for a person.

    """

    similarity: float
    reason: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict on two articles: the link, or None and the rule that refused it, with the facts."""

    link: Link | None
    reason: str
    evidence: tuple[str, ...]


def hours_apart(a: Member, b: Member) -> float | None:
    """Between the two dates of publication; None when either is unknown: undated is compatible with any time."""
    if a.published_at is None or b.published_at is None:
        return None
    return abs((a.published_at - b.published_at).total_seconds()) / 3600


def compare(a: Member, b: Member) -> Link | None:
    """The link between two articles, or None. Symmetric; depends on nothing but the two."""
    return explain(a, b).link


def explain(a: Member, b: Member) -> Explanation:
    """The same with the reason for a refusal, in words."""
    first, second = Reading(a), Reading(b)
    if a.signature.version != b.signature.version:
        return _refused("version", "signatures of two versions")
    if a.language and b.language and a.language != b.language:
        return _refused("language", " and ".join(sorted((a.language, b.language))))
    hours = hours_apart(a, b)
    if hours is not None and hours > HORIZON_HOURS:
        return _refused("time", f"published {hours:.0f} h apart, more than {HORIZON_HOURS:.0f}")
    if not share_enough(first, second):
        return _refused("little_in_common", "too few of their phrases, numbers and names are the same")
    return _explained(next(_find([(first, second)])))


def judge(a: Reading, b: Reading) -> Link | None:
    """The link between two that have one language and time, and share enough: what ``compare`` says of such a pair."""
    return judge_pairs([(a, b)])[0]


def judge_pairs(pairs: Sequence[tuple[Reading, Reading]]) -> list[Link | None]:
    """The same for many pairs: together they cost a fifth. Evidence is left out: words cost more than the verdict."""
    links: list[Link | None] = []
    for found in _find(pairs):
        # What speaks against a link is cheaper to know than what speaks for it.
        reason = "" if reason_against(found) else _reason_for(found)
        links.append(_link(found, reason) if reason else None)
    return links


def _refused(reason: str, fact: str) -> Explanation:
    return Explanation(None, reason, (fact,))


def _find(pairs: Sequence[tuple[Reading, Reading]]) -> Iterator[Found]:
    """What is known of each pair, the text that says less first; of equals the one with the smaller id."""
    places: dict[str, int] = {}
    texts: list[Reading] = []
    for pair in pairs:
        for reading in pair:
            if places.setdefault(reading.member.article_id, len(texts)) == len(texts):
                texts.append(reading)
    table = tabulate([reading.member.signature.outline for reading in texts])
    weight = table.weight.tolist()
    ordered = [_by_weight(places[a.member.article_id], places[b.member.article_id], texts, weight) for a, b in pairs]
    parts, wholes = np.array(ordered, dtype=np.int64).T
    shared = containments([reading.shingles for reading in texts], parts, wholes)
    for (one, other), both, alignment in zip(ordered, shared, align_pairs(table, parts, wholes), strict=True):
        part, whole, days = texts[one], texts[other], (table.days[one], table.days[other])
        yield Found(
            part.member,
            whole.member,
            *both,
            alignment,
            hours_apart(part.member, whole.member),
            credit_relation(part.member, whole.member),
            other_day(part.member, whole.member, *days),
            other_lead_day(*days),
            # Who holds more than that of the whole is no part of it: what its headline says need not be read.
            alignment.share <= ANNOUNCED_SHARE and whole.announces_several and not part.announces_several,
            (part, whole),
        )


def _by_weight(one: int, other: int, texts: Sequence[Reading], weight: Sequence[float]) -> tuple[int, int]:
    if weight[one] != weight[other]:
        return (one, other) if weight[one] < weight[other] else (other, one)
    return (one, other) if texts[one].member.article_id <= texts[other].member.article_id else (other, one)


def _verdict(found: Found) -> tuple[str, str]:
    """The rule that links the pair, or "", and what speaks against it, or ""."""
    reason = _reason_for(found)
    return reason, reason_against(found) if reason else "different_text"


def _reason_for(found: Found) -> str:
    return link_reason(found) or (flash_reason(found) if comes_early(found.part, found.whole) else "")


def _link(found: Found, reason: str, facts: tuple[str, ...] = ()) -> Link:
    return Link(max(found.containment, found.alignment.coverage), reason, facts)


def _explained(found: Found) -> Explanation:
    facts, (reason, against) = _facts(found), _verdict(found)
    return Explanation(None if against else _link(found, reason, facts), against or reason, facts)


def _facts(found: Found) -> tuple[str, ...]:
    part, whole = found.part, found.whole
    return (
        f"{found.containment:.2f} of the shorter text is in the longer word for word ({found.shared} shingles)",
        *alignment_facts(found.alignment),
        "not both dated" if found.hours is None else f"published {found.hours:.1f} h apart",
        *retelling_facts(found),
        f"agencies: {part.agency or 'none named'}, {whole.agency or 'none named'} ({found.credit.value})",
    )


def alignment_facts(alignment: Alignment) -> tuple[str, ...]:
    """What the alignment found, for a person."""
    return (
        f"{alignment.said:.2f} of its sentences are said there, {alignment.new:.2f} are new",
        f"{alignment.order:.2f} of them stand in the same order",
        f"of those sentences, {alignment.numbers_kept} of {alignment.numbers} numbers and {alignment.names_kept} of "
        f"{alignment.names} names are the same",
        f"{alignment.share:.2f} of the longer text is in the shorter",
    )


def retelling_facts(found: Found) -> tuple[str, ...]:
    """What the retelling model says, for a person: each sum with its terms, the greatest first."""
    if found.alignment.sentences < RETOLD_SENTENCES:
        return ()
    told = found.told
    sums, needed = found.scores, retold_needed(found)
    return (
        f"{told.kept} of {told.facts} facts of the shorter text are in the longer, {told.given} of {told.asked} of the "
        "longer's in the shorter",
        *(
            f"{sums[question]:.2f} speaks for a copy rather than a {question} ({needed[question]} is needed): "
            + ", ".join(f"{name or 'base'} {term:+.1f}" for name, term in sorted(terms.items(), key=_by_size))
            for question, terms in shipped_model().terms(found.measured).items()
        ),
    )


def _by_size(term: tuple[str, float]) -> tuple[float, str]:
    return -abs(term[1]), term[0]
