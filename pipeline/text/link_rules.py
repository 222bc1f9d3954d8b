"""The rules that link two texts or keep them apart, with the thresholds and where each comes from.

A pair is first linked by a rule (``link_reason``, ``flash_reason``), then checked for what speaks against it
(``reason_against``). False merges are worse than misses: every threshold leaves room on the side of the traps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from pipeline.text.alignment import Alignment
from pipeline.text.members import Member, Reading
from pipeline.text.outline import NamedDays
from pipeline.text.retelling import Retelling, retelling
from pipeline.text.retelling_model import FOLLOWUP, REPORT, THRESHOLD, Terms, measures, shipped_model

HORIZON_HOURS = 96.0
NEAR_HOURS = 10.0
REWRITE_HOURS = 36.0

CONTAINED = (0.60, 0.75)
"""Shingles of the shorter text in the longer, within NEAR_HOURS and beyond (issue 6, without a frequency table)."""
MOST_NEW = 0.40

MOSTLY_CONTAINED = (0.45, 0.70)
LITTLE_NEW = (0.15, 0.10)
"""The same when, besides, hardly a sentence is new; a follow-up has new sentences. Two such texts are a brief and its
story, or a cut and edited copy."""
MOSTLY_COVERED = 0.70
MOSTLY_RETOLD = 0.0
"""Of an edited copy the retelling model must not say that it is a report or a follow-up."""

BRIEF_COVERED = 0.75
BRIEF_FACTS = 4
FACTS_KEPT = 0.80

RETOLD_HOURS = 36.0
RETOLD_SOON_HOURS, RETOLD_SHARE, RETOLD_LATE_SHARE = 10.0, 0.25, 0.70
"""An outlet rewrites a story on the day it gets it. What comes later, or at an unknown time, may be the next day's
follow-up, which repeats the background and leaves out what was news: it has to hold this much of the longer text.
On the same day a quarter is enough; of less, two reports of one event may share what was said there."""

FIGURES_FROM_SHARE = 0.50
"""A text that holds less of the longer one, and is credited to nobody, shares a figure with it as well."""

RETOLD_SENTENCES = 4
"""A text of fewer is not enough to tell whose words it retells."""

OWN_LEAD = 0.20
OWN_LEAD_OF_CONTAINED = 0.67
"""A text of whose lead less than that is told in the other is its follow-up, whatever else they share (rewrites .23 and
more in 95 of 100, follow-ups less in one of two). Of what is shared word for word the lead must be a fair part: a
copy keeps the lead before the background."""

OTHER_AGENCY_CONTAINED = 0.85
OTHER_AGENCY_NEW = 0.10
"""Two agencies' own credits are evidence against; a wrong credit on a verbatim copy is still outweighed."""

SAME_AGENCYS_REPORT = -0.5
"""What speaks for a copy rather than a report, when both are soon and credited to one agency: it is not another's."""

TOLD_BRIEF_HOURS, TOLD_BRIEF_SENTENCES, TOLD_BRIEF_SAID, TOLD_BRIEF_FACTS = 12.0, 6, 0.70, 4
TOLD_BRIEF_KEPT, TOLD_BRIEF_CONTAINED = {"same": 0.80, "unknown": 1.0}, {"same": 0.0, "unknown": 0.25}
"""A brief in words of its own: it begins as the story does, says nothing new and repeats its facts, on the same day.
Without a credit it has to repeat all of them, and more word for word, as another agency's brief shares facts alone."""

FLASH_HOURS = 8.0
FLASH_SENTENCES = 2
FLASH_COVERED = 0.40
FLASH_FACTS, FLASH_NUMBERS = 1, 2

NUMBERS_TO_CHECK = 3
WORD_FOR_WORD = 0.85
DENSE_NUMBERS = 9
NUMBERS_KEPT = (0.60, 0.75, 0.80)
"""Numbers of matched sentences that are in the counterpart:
below it two fillings of one template (copies .67 and more in 99.5 of 100, templates .43 at most in 98 of 100)."""

LEAST_FACTS_KEPT = 0.60
"""Of all names and numbers. Two texts whose leads are strangers and that share few facts share an outlet's chrome."""

FACTS_TO_MOVE, MOST_FACTS_KEPT, MOVED_HOURS = 5, 0.85, 12.0
"""Of a text that is retold besides, and soon. A later version or a rewrite moves facts to other sentences and changes
some figures; two fillings of a template share few, and a table of the next day may share its names."""

NAMES_TO_CHECK = 4
NAMES_KEPT = 0.65
"""The same for names (copies .71 and more in 99 of 100, templates .62 at most in 98 of 100)."""

NAMES_TO_MISS = 2
"""With as many, and none of them in the other text, two fillings of a template have figures that coincide: of 5,000
weather reports one in a thousand. Of 15,600 links in the development sets, raw and stripped, this refuses none."""

NAMES_TO_OUTWEIGH = 8

ROUNDUP_BEFORE = 2
ROUNDUP_SHARE = 0.50
ROUNDUP_KINSHIP = 0.45
ANNOUNCED_SHARE = 0.70
"""What a page whose headline announces several stories may hold of one, and still be a round-up."""

FACTS_TO_DIFFER = 4


class Credit(StrEnum):
    """What the credits of two articles say of each other."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """What is known of a pair when it is judged."""

    part: Member
    whole: Member
    containment: float
    shared: int
    alignment: Alignment
    hours: float | None
    credit: Credit
    other_day: bool
    other_lead_day: bool
    in_roundup: bool
    readings: tuple[Reading, Reading]

    @property
    def far(self) -> int:
        """1 when not known to be published within hours of each other, for the stricter thresholds."""
        return int(self.hours is None or self.hours > NEAR_HOURS)

    @cached_property
    def told(self) -> Retelling:
        """How the shorter text retells the longer."""
        part, whole = self.readings
        return retelling(part.outline, whole.outline)

    @cached_property
    def measured(self) -> Terms:
        """What the retelling model sees of the pair."""
        return measures(self.told, self.alignment.new, self.hours)

    @cached_property
    def scores(self) -> dict[str, float]:
        """How much speaks for a copy that retells: the model's sums."""
        return shipped_model().scores(self.measured)


def link_reason(found: Found) -> str:
    """The rule that links the pair, or ""; the first that holds."""
    alignment, same = found.alignment, found.credit is Credit.SAME
    if found.credit is Credit.OTHER:
        word_for_word = found.containment >= OTHER_AGENCY_CONTAINED and alignment.new <= OTHER_AGENCY_NEW
        return "contained" if word_for_word else ""
    far = found.far or found.other_day
    if found.containment >= CONTAINED[far] and alignment.new <= MOST_NEW:
        return "contained"
    if found.other_day:
        return ""
    if found.containment >= MOSTLY_CONTAINED[found.far] and alignment.new <= LITTLE_NEW[found.far]:
        if alignment.coverage >= MOSTLY_COVERED and alignment.sentences >= RETOLD_SENTENCES:
            return (
                "mostly_contained"
                if min(found.scores.values()) >= MOSTLY_RETOLD and not _shares_words_alone(found)
                else ""
            )
        if _is_brief(alignment, same):
            return "brief"
    if _is_told_brief(found):
        return "brief"
    return "retold" if _is_retold(found) else ""


def retold_needed(found: Found) -> dict[str, float]:
    """What each of the model's sums must reach."""
    needed = {REPORT: THRESHOLD, FOLLOWUP: THRESHOLD}
    soon = found.hours is not None and found.hours <= RETOLD_SOON_HOURS
    if soon and found.credit is Credit.SAME:
        needed[REPORT] = SAME_AGENCYS_REPORT
    return needed


def _speaks_for_a_copy(found: Found) -> bool:
    return all(found.scores[question] >= least for question, least in retold_needed(found).items())


def _is_retold(found: Found) -> bool:
    """Whether the one retells the other in words of its own: see ``retelling_model``."""
    if found.hours is not None and found.hours > RETOLD_HOURS:
        return False
    soon = found.hours is not None and found.hours <= RETOLD_SOON_HOURS
    if found.alignment.share < (RETOLD_SHARE if soon else RETOLD_LATE_SHARE):
        return False
    enough = not found.other_lead_day and found.alignment.sentences >= RETOLD_SENTENCES
    enough = enough and not _shares_words_alone(found)
    lead_needed = max(OWN_LEAD, OWN_LEAD_OF_CONTAINED * found.containment)
    return enough and found.told.leads >= lead_needed and _speaks_for_a_copy(found)


def _shares_words_alone(found: Found) -> bool:
    """Whether no figure says that a short text, of no known agency, is more than the quotations two reports share."""
    alignment = found.alignment
    return found.credit is not Credit.SAME and not alignment.numbers_kept and alignment.share < FIGURES_FROM_SHARE


def _is_brief(alignment: Alignment, same_credit: bool) -> bool:
    """Whether a few sentences say nothing new and repeat facts; in so short a text, numbers of one digit count."""
    facts, kept = alignment.numbers + alignment.names, alignment.numbers_kept + alignment.names_kept
    told = facts >= BRIEF_FACTS and kept >= FACTS_KEPT * facts and (same_credit or alignment.numbers_kept > 0)
    return told and alignment.coverage >= BRIEF_COVERED and alignment.new == 0


def _is_told_brief(found: Found) -> bool:
    """Whether a few sentences begin as the longer text does, say nothing new, and repeat its facts."""
    alignment, credit = found.alignment, found.credit.value
    soon = found.hours is not None and found.hours <= TOLD_BRIEF_HOURS
    few = alignment.sentences <= TOLD_BRIEF_SENTENCES and alignment.best[:1] in ((0,), (1,))
    said = alignment.said >= TOLD_BRIEF_SAID and alignment.new == 0
    facts, kept = alignment.numbers + alignment.names, alignment.numbers_kept + alignment.names_kept
    told = facts >= TOLD_BRIEF_FACTS and kept >= TOLD_BRIEF_KEPT[credit] * facts
    told = told and (found.credit is Credit.SAME or alignment.numbers_kept > 0)
    return soon and few and said and told and found.containment >= TOLD_BRIEF_CONTAINED[credit]


def comes_early(part: Member, whole: Member) -> bool:
    """Whether the shorter text is published shortly before the longer, as a flash is."""
    if part.published_at is None or whole.published_at is None:
        return False
    return 0 <= (whole.published_at - part.published_at).total_seconds() <= FLASH_HOURS * 3600


def flash_reason(found: Found) -> str:
    """A flash is a sentence or two of the agency's own, and says what the lead of its story will say."""
    alignment = found.alignment
    leads = alignment.sentences <= FLASH_SENTENCES and all(0 <= place <= 1 for place in alignment.best)
    digits_kept = alignment.numbers_kept == alignment.numbers >= FLASH_NUMBERS
    kept = alignment.facts_kept == alignment.facts and (alignment.facts >= FLASH_FACTS or digits_kept)
    whole = alignment.coverage >= FLASH_COVERED and kept
    return "flash" if leads and whole and found.credit is Credit.SAME else ""


def reason_against(found: Found) -> str:
    """Why two texts that share enough are still no copies, or ""."""
    alignment = found.alignment
    kept, numbers = alignment.numbers_kept, alignment.numbers
    word_for_word = found.containment >= WORD_FOR_WORD
    if numbers >= NUMBERS_TO_CHECK and kept < _numbers_needed(numbers) and not _tells_it_all(found):
        return "different_numbers"
    if 0 < numbers < NUMBERS_TO_CHECK and not kept and not word_for_word and alignment.names < NAMES_TO_OUTWEIGH:
        return "different_numbers"
    few_names = alignment.names >= NAMES_TO_CHECK and alignment.names_kept < NAMES_KEPT * alignment.names
    if few_names and not _tells_it_all(found):
        return "different_names"
    if alignment.names >= NAMES_TO_MISS and not alignment.names_kept:
        return "different_names"
    if alignment.facts >= FACTS_TO_DIFFER and alignment.facts_kept < LEAST_FACTS_KEPT * alignment.facts:
        return "different_facts"
    other_leads = alignment.best[:1] == (-1,) and alignment.before > 0
    if other_leads and alignment.facts_kept < FACTS_KEPT * max(alignment.facts, FACTS_TO_DIFFER):
        return "different_leads"
    if (found.in_roundup and alignment.share <= ANNOUNCED_SHARE) or _is_inside_another(alignment):
        return "part_of_a_roundup"
    return ""


def _tells_it_all(found: Found) -> bool:
    """Whether the texts tell one story with nearly all its facts, although not in the same places."""
    alignment = found.alignment
    soon = found.hours is not None and found.hours <= MOVED_HOURS
    kept = alignment.facts >= FACTS_TO_MOVE and alignment.facts_kept >= MOST_FACTS_KEPT * alignment.facts
    return soon and kept and alignment.sentences >= RETOLD_SENTENCES and _speaks_for_a_copy(found)


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


def other_lead_day(days: NamedDays, other_days: NamedDays) -> bool:
    """Whether the leads of both name days, and none is the same: a follow-up names the day before in its background."""
    return any(
        bool(leads and other_leads) and not leads & other_leads
        for (leads, _), (other_leads, _) in zip(days, other_days, strict=True)
    )


def other_day(a: Member, b: Member, days: NamedDays, other_days: NamedDays) -> bool:
    """Whether the two speak of different days: by dateline, or when neither names the day of the other's lead."""
    date, other_date = a.dateline_date, b.dateline_date
    if date and other_date and date[-2:] != other_date[-2:]:
        return True
    return any(
        bool(leads and other_leads) and not leads & other_named and not other_leads & named
        for (leads, named), (other_leads, other_named) in zip(days, other_days, strict=True)
    )
