"""Whether two articles are copies of one wire story: a pure function of the two and of a frozen version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from pipeline.text.alignment import Alignment, align
from pipeline.text.candidates import Integers, keys_of
from pipeline.text.outline import NAME, NUMBER, Outline, named_days, unpack
from pipeline.text.signature import shingles_of
from schemas.records import Article, Signature

HORIZON_HOURS = 96.0
NEAR_HOURS = 10.0
REWRITE_HOURS = 36.0

CONTAINED = (0.60, 0.75)
"""Shingles of the shorter text in the longer, within NEAR_HOURS and beyond (issue 6, without a frequency table)."""
MOST_NEW = 0.40

MOSTLY_CONTAINED = (0.45, 0.70)
LITTLE_NEW = (0.15, 0.10)
MOSTLY_COVERED = 0.70
"""The same when, besides, hardly a sentence is new: a cut and edited copy; a follow-up has new sentences."""

BRIEF_COVERED = 0.75
BRIEF_FACTS = 4

SAID = (0.70, 0.60)
"""Weight of sentences that are said in the other text, in general and when both credit one agency. Spun and rewritten
copies say .72 to 1, other agencies' reports and follow-ups .70 at most, templates more: those fail by their facts."""
REWRITE_NEW = 0.08
REWRITE_FACTS = (4, 3)
FACTS_KEPT = 0.80
REWRITE_SENTENCES = 4

SPUN_SAID = 0.50
SPUN_ORDER = 0.90
SPUN_FACTS = 12
SPUN_FACTS_KEPT = 0.90
"""A heavily spun text says half of its sentences in words of its own, but in the same order and with every fact."""

REWRITE_ORDER = 0.60

OTHER_AGENCY_CONTAINED = 0.85
OTHER_AGENCY_NEW = 0.10
"""Two agencies' own credits are evidence against; a wrong credit on a verbatim copy is still outweighed."""

FLASH_HOURS = 3.0
FLASH_SENTENCES = 2
FLASH_COVERED = 0.55
FLASH_FACTS = 1

NUMBERS_TO_CHECK = 3
WORD_FOR_WORD = 0.85
DENSE_NUMBERS = 9
NUMBERS_KEPT = (0.60, 0.75, 0.80)
"""Numbers of matched sentences that are in the counterpart:
below it two fillings of one template (copies .67 and more in 99.5 of 100, templates .43 at most in 98 of 100)."""

LEAST_FACTS_KEPT = 0.60
"""Of all names and numbers. Two texts whose leads are strangers and that share few facts share an outlet's chrome."""

NAMES_TO_CHECK = 4
NAMES_KEPT = 0.65
NAMES_TO_OUTWEIGH = 8
"""The same for names (copies .71 and more in 99 of 100, templates .62 at most in 98 of 100)."""

ROUNDUP_BEFORE = 2
ROUNDUP_SHARE = 0.50
ROUNDUP_KINSHIP = 0.45

SHARE_OF_KEYS, FEW_KEYS = 0.30, 6
FACTS_IN_COMMON, SHARE_OF_FACTS = 3, 0.65
FACTS_TO_DIFFER, MANY_FACTS, SHARE_TO_DIFFER = 4, 6, (0.5, 0.65)
"""What two texts must have in common to be read at all; four numbers (or names) each, and not half of the smaller set
in both, are different stories (issue 6)."""

Facts = npt.NDArray[np.uint64]


class Credit(StrEnum):
    """What the credits of two articles say of each other."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


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
    wire, published = article.wire, article.published_at
    return Member(
        article.article_id,
        article.language,
        # The index keeps milliseconds: what is linked now and what is read back must sort alike.
        published and published.replace(microsecond=published.microsecond // 1000 * 1000),
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
        return _refused("language", " and ".join(sorted((a.language, b.language))))
    hours = hours_apart(a, b)
    if hours > HORIZON_HOURS:
        return _refused("time", f"published {hours:.0f} h apart, more than {HORIZON_HOURS:.0f}")
    if not _common(a.signature, b.signature):
        return _refused("little_in_common", "too few of their phrases, numbers and names are the same")
    return _judge(a, b, hours)


def have_enough_in_common(shared: Integers, smaller: Integers, facts: Facts, others: Facts) -> npt.NDArray[np.bool_]:
    """Which pairs are worth reading: the same keys or facts, and neither other numbers nor other names.

    A pure function of each pair, whole arrays at a time: most candidates are refused here, at a few nanoseconds.

    Args:
        shared: keys that the two share, at least one.
        smaller: keys of the one that has fewer.
        facts: ``fact_bits`` of the one, a row a pair.
        others: those of the other.

    """
    common, fewer = _counts(facts & others), np.minimum(_counts(facts), _counts(others))
    differ = (fewer >= FACTS_TO_DIFFER) & (common < np.where(fewer < MANY_FACTS, *SHARE_TO_DIFFER) * fewer)
    common, fewer = common.sum(axis=1), fewer.sum(axis=1)
    alike = (common >= FACTS_IN_COMMON) & (common >= SHARE_OF_FACTS * fewer)
    enough: npt.NDArray[np.bool_] = (shared >= SHARE_OF_KEYS * smaller) | alike | (smaller <= FEW_KEYS)
    return enough & ~differ.any(axis=1)


def _counts(facts: Facts) -> Integers:
    """Numbers and names in each row."""
    counts: Integers = np.bitwise_count(facts).reshape(len(facts), 2, -1).sum(axis=2, dtype=np.int64)
    return counts


def fact_bits(signature: Signature) -> Facts:
    """The text's numbers and its names as two sets of 256 bits: what two texts share is counted in nanoseconds."""
    read = unpack(signature.outline)
    bits = np.zeros((2, 256), dtype=np.uint8)
    for row, wanted in enumerate((read.classes >= NUMBER, read.classes == NAME)):
        bits[row, read.keys[wanted] & np.uint32(255)] = 1
    return np.packbits(bits).view(np.uint64)


def _common(a: Signature, b: Signature) -> bool:
    keys, others = keys_of(a.bands), keys_of(b.bands)
    shared = len(np.intersect1d(keys, others, assume_unique=True))
    counts = np.array([shared]), np.array([min(len(keys), len(others))])
    return shared > 0 and bool(have_enough_in_common(*counts, fact_bits(a)[None], fact_bits(b)[None])[0])


def _refused(reason: str, fact: str) -> Explanation:
    return Explanation(None, reason, (fact,))


def _judge(a: Member, b: Member, hours: float) -> Explanation:
    containment, shared = contained(a.signature, b.signature)
    (first, part), (second, whole) = _part_and_whole(a, b)
    found = _Found(containment, align(part, whole), hours, credit_relation(a, b), other_day(a, b, part, whole))
    facts = (
        f"{containment:.2f} of the shorter text is in the longer word for word ({shared} shingles)",
        *alignment_facts(found.alignment),
        f"published {hours:.1f} h apart" if a.published_at and b.published_at else "not both dated",
        f"agencies: {first.agency or 'none named'}, {second.agency or 'none named'} ({found.credit.value})",
    )
    reason = _link_reason(found) or (_flash_reason(found) if _comes_early(first, second) else "")
    against = _against(found) if reason else "different_text"
    if against:
        return Explanation(None, against, facts)
    return Explanation(Link(max(containment, found.alignment.coverage), reason, facts), reason, facts)


def alignment_facts(alignment: Alignment) -> tuple[str, ...]:
    """What the alignment found, for a person."""
    return (
        f"{alignment.said:.2f} of its sentences are said there, {alignment.new:.2f} are new",
        f"{alignment.order:.2f} of them stand in the same order",
        f"of those sentences, {alignment.numbers_kept} of {alignment.numbers} numbers and {alignment.names_kept} of "
        f"{alignment.names} names are the same",
        f"{alignment.share:.2f} of the longer text is in the shorter",
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of a pair when it is judged."""

    containment: float
    alignment: Alignment
    hours: float
    credit: Credit
    other_day: bool

    @property
    def far(self) -> int:
        return int(self.hours > NEAR_HOURS)


def _link_reason(found: _Found) -> str:
    """The rule that links the pair, or ""; the first that holds."""
    alignment, same = found.alignment, found.credit is Credit.SAME
    if found.credit is Credit.OTHER:
        word_for_word = found.containment >= OTHER_AGENCY_CONTAINED and alignment.new <= OTHER_AGENCY_NEW
        return "contained" if word_for_word else ""
    far = found.far or found.other_day
    if found.containment >= CONTAINED[far] and alignment.new <= MOST_NEW:
        return "contained"
    if alignment.order < REWRITE_ORDER or found.other_day:
        return ""
    if found.containment >= MOSTLY_CONTAINED[found.far] and alignment.new <= LITTLE_NEW[found.far]:
        if alignment.coverage >= MOSTLY_COVERED and alignment.sentences >= REWRITE_SENTENCES:
            return "mostly_contained"
        if (
            alignment.coverage >= BRIEF_COVERED
            and not alignment.new
            and _keeps_facts(alignment, BRIEF_FACTS)
            and (same or alignment.numbers_kept)
        ):
            return "brief"
    close = found.hours <= REWRITE_HOURS and alignment.sentences >= REWRITE_SENTENCES
    if close and alignment.new <= REWRITE_NEW:
        if alignment.said >= SAID[same] and _keeps_facts(alignment, REWRITE_FACTS[same]):
            return "rewritten"
        if alignment.said >= SPUN_SAID and alignment.order >= SPUN_ORDER and _keeps_all_facts(alignment):
            return "spun"
    return ""


def _keeps_all_facts(alignment: Alignment) -> bool:
    """Whether nearly every name and number of a long list is repeated: what a machine cannot replace."""
    return alignment.facts >= SPUN_FACTS and alignment.facts_kept >= SPUN_FACTS_KEPT * alignment.facts


def _keeps_facts(alignment: Alignment, least: int) -> bool:
    """Whether the text repeats enough numbers and names for chance to be ruled out."""
    return alignment.facts >= least and alignment.facts_kept >= FACTS_KEPT * alignment.facts


def _comes_early(part: Member, whole: Member) -> bool:
    """Whether the shorter text is published shortly before the longer, as a flash is."""
    if part.published_at is None or whole.published_at is None:
        return False
    return 0 <= (whole.published_at - part.published_at).total_seconds() <= FLASH_HOURS * 3600


def _flash_reason(found: _Found) -> str:
    """A flash is a sentence or two of the agency's own, and says what the lead of its story will say."""
    alignment = found.alignment
    leads = alignment.sentences <= FLASH_SENTENCES and all(0 <= place <= 1 for place in alignment.best)
    whole = alignment.coverage >= FLASH_COVERED and alignment.facts_kept == alignment.facts >= FLASH_FACTS
    return "flash" if leads and whole and found.credit is Credit.SAME else ""


def _against(found: _Found) -> str:
    """Why two texts that share enough are still no copies, or ""."""
    alignment = found.alignment
    kept, numbers = alignment.numbers_kept, alignment.numbers
    word_for_word = found.containment >= WORD_FOR_WORD
    if numbers >= NUMBERS_TO_CHECK and kept < _numbers_needed(numbers):
        return "different_numbers"
    if 0 < numbers < NUMBERS_TO_CHECK and not kept and not word_for_word and alignment.names < NAMES_TO_OUTWEIGH:
        return "different_numbers"
    if alignment.names >= NAMES_TO_CHECK and alignment.names_kept < NAMES_KEPT * alignment.names:
        return "different_names"
    if alignment.facts >= FACTS_TO_DIFFER and alignment.facts_kept < LEAST_FACTS_KEPT * alignment.facts:
        return "different_facts"
    other_leads = alignment.best[:1] == (-1,) and alignment.before > 0
    if other_leads and alignment.facts_kept < FACTS_KEPT * max(alignment.facts, FACTS_TO_DIFFER):
        return "different_leads"
    if _is_inside_another(alignment):
        return "part_of_a_roundup"
    return ""


def _numbers_needed(numbers: int) -> float:
    return NUMBERS_KEPT[(numbers > NUMBERS_TO_CHECK) + (numbers >= DENSE_NUMBERS)] * numbers


def _is_inside_another(alignment: Alignment) -> bool:
    """Whether the longer text begins with something else and goes on about something else: it is a round-up."""
    begins_later = alignment.before >= ROUNDUP_BEFORE and alignment.best[0] >= 0
    return begins_later and alignment.share <= ROUNDUP_SHARE and alignment.kinship <= ROUNDUP_KINSHIP


def credit_relation(a: Member, b: Member) -> Credit:
    """Whether the two credit one agency, two that have nothing to do with each other, or cannot be told."""
    if not a.agency or not b.agency:
        return Credit.UNKNOWN
    if a.agency == b.agency:
        return Credit.SAME
    return Credit.UNKNOWN if {a.agency, *a.agencies} & {b.agency, *b.agencies} else Credit.OTHER


def other_day(a: Member, b: Member, part: Outline, whole: Outline) -> bool:
    """Whether the two speak of different days: by their datelines, or when neither names the day of the other's lead."""
    if a.dateline_date and b.dateline_date and a.dateline_date[-2:] != b.dateline_date[-2:]:
        return True
    return any(
        leads and other_leads and not leads & other_days and not other_leads & days
        for (leads, days), (other_leads, other_days) in zip(named_days(part), named_days(whole), strict=True)
    )


def _part_and_whole(a: Member, b: Member) -> tuple[tuple[Member, Outline], tuple[Member, Outline]]:
    """The text that says less first; of equals the one with the smaller id."""
    first, second = unpack(a.signature.outline), unpack(b.signature.outline)
    if (float(first.weights.sum()), a.article_id) <= (float(second.weights.sum()), b.article_id):
        return (a, first), (b, second)
    return (b, second), (a, first)


def contained(a: Signature, b: Signature) -> tuple[float, int]:
    """Share of the shorter text's shingles that the longer holds, rounded to 4 places, and how many those are."""
    first, second = shingles_of(a), shingles_of(b)
    smaller = min(len(first), len(second))
    if not smaller:
        return 0.0, 0
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return round(shared / smaller, 4), shared
