"""Whether two articles are copies of one wire story: a pure function of the two and of a frozen version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.text.alignment import Alignment, align
from pipeline.text.outline import Outline, unpack
from pipeline.text.signature import shingles_of
from schemas.records import Article, Signature

HORIZON_HOURS = 96.0
NEAR_HOURS = 10.0
REWRITE_HOURS = 48.0

CONTAINED = (0.60, 0.75)
"""Shingles of the shorter text in the longer, within NEAR_HOURS and beyond (issue 6, without a frequency table)."""

MOSTLY_CONTAINED = (0.45, 0.62)
"""The same when, besides, hardly a sentence is new: a cut and edited copy; a follow-up has new sentences."""

MOST_NEW = 0.40
LITTLE_NEW = 0.15
SAID = 0.70
"""Weight of sentences that are said in the other text. Spun and rewritten copies say .73 to 1, other agencies'
reports and follow-ups .70 at most, templates more: those fail by their numbers."""

REWRITE_NEW = 0.10
REWRITE_SENTENCES = 4
REWRITE_NUMBERS = 3
REWRITE_NUMBERS_KEPT = 0.75
REWRITE_ORDER = 0.60

NUMBERS_TO_CHECK = 3
NUMBERS_KEPT = 0.60
"""Numbers of matched sentences that are in the counterpart: below it two fillings of one template (development data:
copies .67 and more in 99.5 of 100, templates .43 at most in 98 of 100)."""
FEW_NUMBERS_CONTAINED = 0.85


@dataclass(frozen=True, slots=True)
class Member:
    """What linking knows of an article.

    Attributes:
        article_id, language, published_at, title: of the article.
        signature: of its body.
        agency: code of the wire agency, or "".
        agencies: every agency it credits.
        dateline_place, dateline_date: as attribution normalised them, or "".
        publisher: outlet.
        contributors: names credited at the end.

    """

    article_id: str
    language: str
    published_at: datetime | None
    title: str
    signature: Signature
    agency: str = ""
    agencies: tuple[str, ...] = ()
    dateline_place: str = ""
    dateline_date: str = ""
    publisher: str = ""
    contributors: tuple[str, ...] = ()


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


def member_of(article: Article, signature: Signature) -> Member:
    """What linking needs of an article."""
    wire = article.wire
    return Member(
        article.article_id,
        article.language,
        article.published_at,
        article.title,
        signature,
        wire.agency,
        wire.agencies,
        wire.dateline_place,
        wire.dateline_date,
        article.publication.publisher,
        tuple(person.name for person in wire.contributors),
    )


def hours_apart(a: Member, b: Member) -> float:
    """Between the two dates of publication; 0 when either is unknown: undated is compatible with any time."""
    if a.published_at is None or b.published_at is None:
        return 0.0
    return abs((a.published_at - b.published_at).total_seconds()) / 3600


def compare(a: Member, b: Member) -> Link | None:
    """The link between two articles, or None. Symmetric; depends on nothing but the two."""
    return explain(a, b).link


def explain(a: Member, b: Member) -> Explanation:
    """The same with the reason for a refusal."""
    if a.signature.version != b.signature.version:
        return _refused("version", "signatures of two versions")
    if a.language and b.language and a.language != b.language:
        return _refused("language", f"{a.language} and {b.language}")
    hours = hours_apart(a, b)
    if hours > HORIZON_HOURS:
        return _refused("time", f"published {hours:.0f} h apart, more than {HORIZON_HOURS:.0f}")
    return _judge(a, b, hours)


def _refused(reason: str, fact: str) -> Explanation:
    return Explanation(None, reason, (fact,))


def _judge(a: Member, b: Member, hours: float) -> Explanation:
    containment, shared = contained(a.signature, b.signature)
    part, whole = _part_and_whole(a, b)
    alignment = align(part, whole)
    far = int(hours > NEAR_HOURS)
    facts = (
        f"{containment:.2f} of the shorter text is in the longer word for word ({shared} shingles)",
        f"{alignment.said:.2f} of its sentences are said there, {alignment.new:.2f} are new",
        f"{alignment.order:.2f} of them stand in the same order",
        f"{alignment.numbers_kept} of {alignment.numbers} numbers in those sentences are the same",
        f"published {hours:.1f} h apart",
    )
    reason = _link_reason(containment, alignment, far, hours)
    against = _against(containment, alignment, part, whole) if reason else "different_text"
    if against:
        return Explanation(None, against, facts)
    return Explanation(Link(max(containment, alignment.coverage), reason, facts), reason, facts)


def _link_reason(containment: float, alignment: Alignment, far: int, hours: float) -> str:
    if containment >= CONTAINED[far] and alignment.new <= MOST_NEW:
        return "contained"
    if containment >= MOSTLY_CONTAINED[far] and alignment.new <= LITTLE_NEW and _is_said(alignment):
        return "mostly_contained"
    if hours <= REWRITE_HOURS and alignment.new <= REWRITE_NEW and _is_said(alignment):
        enough = alignment.numbers >= REWRITE_NUMBERS
        if enough and alignment.numbers_kept >= REWRITE_NUMBERS_KEPT * alignment.numbers:
            return "rewritten"
    return ""


def _is_said(alignment: Alignment) -> bool:
    return alignment.said >= SAID and alignment.sentences >= REWRITE_SENTENCES and alignment.order >= REWRITE_ORDER


def _against(containment: float, alignment: Alignment, part: Outline, whole: Outline) -> str:
    """Why two texts that share enough are still no copies, or ""."""
    kept, numbers = alignment.numbers_kept, alignment.numbers
    if numbers >= NUMBERS_TO_CHECK and kept < NUMBERS_KEPT * numbers:
        return "different_numbers"
    if 0 < numbers < NUMBERS_TO_CHECK and not kept and containment < FEW_NUMBERS_CONTAINED:
        return "different_numbers"
    return ""


def _part_and_whole(a: Member, b: Member) -> tuple[Outline, Outline]:
    """The text that says less first; of equals the one with the smaller id."""
    first, second = unpack(a.signature.outline), unpack(b.signature.outline)
    if (float(first.weights.sum()), a.article_id) <= (float(second.weights.sum()), b.article_id):
        return first, second
    return second, first


def contained(a: Signature, b: Signature) -> tuple[float, int]:
    """Share of the shorter text's shingles that the longer holds, rounded to 4 places, and how many those are."""
    first, second = shingles_of(a), shingles_of(b)
    smaller = min(len(first), len(second))
    if not smaller:
        return 0.0, 0
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return round(shared / smaller, 4), shared
