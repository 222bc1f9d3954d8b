"""Whether two articles are copies of one wire story: a pure function of the two and of a frozen version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.text.signature import shingles_of
from schemas.records import Article, Signature

HORIZON_HOURS = 96.0
NEAR_HOURS = 10.0
NEAR_CONTAINMENT = 0.60
FAR_CONTAINMENT = 0.75
"""Issue 6: without a frequency table, .60 within 10 hours and .75 beyond."""

NUMBERS_TO_CHECK = 4
SHARED_NUMBERS = 0.5


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
    containment, shared = contained(a.signature, b.signature)
    threshold = NEAR_CONTAINMENT if hours <= NEAR_HOURS else FAR_CONTAINMENT
    facts = (f"{containment:.2f} of the shorter text is in the longer ({shared} shingles), threshold {threshold:.2f}",)
    if containment < threshold:
        return Explanation(None, "different_text", facts)
    numbers = shared_numbers(a.signature.numbers, b.signature.numbers)
    if numbers is not None and numbers < SHARED_NUMBERS:
        return Explanation(None, "different_numbers", (*facts, f"{numbers:.2f} of the numbers are the same"))
    link = Link(containment, "contained", facts)
    return Explanation(link, link.reason, facts)


def _refused(reason: str, fact: str) -> Explanation:
    return Explanation(None, reason, (fact,))


def contained(a: Signature, b: Signature) -> tuple[float, int]:
    """Share of the shorter text's shingles that the longer holds, rounded to 4 places, and how many those are."""
    first, second = shingles_of(a), shingles_of(b)
    smaller = min(len(first), len(second))
    if not smaller:
        return 0.0, 0
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return round(shared / smaller, 4), shared


def shared_numbers(a: tuple[str, ...], b: tuple[str, ...]) -> float | None:
    """Share of the smaller set of numbers that the other holds; None when either has too few to say."""
    smaller = min(len(a), len(b))
    if smaller < NUMBERS_TO_CHECK:
        return None
    return len(set(a) & set(b)) / smaller
