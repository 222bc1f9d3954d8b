# ruff: noqa: E501 — texts stand as a wire desk would write them.
"""Flashes, briefs and later versions of one agency's story, and round-ups that hold one; every fact is invented."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.text.lines import fold
from pipeline.text.linking import Member, explain
from pipeline.text.roundups import announces_several
from pipeline.text.signature import sign
from schemas.line_rules import load_roundup_rules

RULES = load_roundup_rules()
STORY = """ULSAN, South Korea (Halla) — A crane collapsed at the Daeseong shipyard in Ulsan on Tuesday, killing 4 workers and injuring 27, police chief Moon Tae-gil said.

The 340-ton crane was lifting a hull section for the Norwegian tanker Skarvik when a cable snapped at 2:15 p.m., witnesses said.

"It folded like paper, and then the dust came," said welder Ryu Dal-ho, who was standing 60 meters away.

The Labor Ministry ordered work stopped at three other yards that use cranes of the same maker, Voss Hebetechnik of Bremen.

Daeseong, which employs 11,500 people, said it would pay for treatment and open its maintenance records.
"""
BRIEF = "Four workers were killed and 27 hurt when a crane collapsed Tuesday at Daeseong's yard in Ulsan, said police chief Moon Tae-gil."
OTHER_BRIEF = "Two sailors were killed and 9 hurt when a crane collapsed Tuesday at Hanbit's dock in Mokpo, said fire chief Bae Jung-oh."
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def _member(text: str, hours: float = 0.0, agency: str = "Halla", title: str = "") -> Member:
    agencies = (agency,) if agency else ()
    published = NOON + timedelta(hours=hours)
    return Member(f"{hours}{title}", "en", published, title, sign(text, "en"), agency, agencies)


def test_a_brief_in_other_words_joins_the_story_of_its_agency() -> None:
    assert explain(_member(STORY), _member(BRIEF, 5)).reason == "brief"


@pytest.mark.parametrize(
    ("text", "hours", "agency"),
    [
        pytest.param(OTHER_BRIEF, 5, "Halla", id="another accident"),
        pytest.param(BRIEF, 5, "Kitanami", id="another agency"),
        pytest.param(BRIEF, 5, "", id="no credit"),
        pytest.param(BRIEF, 30, "Halla", id="the next day"),
    ],
)
def test_a_brief_in_other_words_needs_one_agency_one_day_and_the_facts(text: str, hours: float, agency: str) -> None:
    assert explain(_member(STORY), _member(text, hours, agency)).link is None


def test_a_flash_is_known_from_its_story_hours_later() -> None:
    flash = "Crane collapse at Daeseong shipyard in Ulsan kills 4 workers, injures 27 - police chief"
    assert explain(_member(flash), _member(STORY, 6)).link is not None
    assert explain(_member(flash), _member(STORY, 20)).link is None


def test_a_later_version_with_new_figures_is_the_same_story() -> None:
    later = STORY.replace("killing 4 workers and injuring 27", "killing 6 workers and injuring 31")
    later = later.replace("60 meters", "70 meters").replace("2:15 p.m.", "2:05 p.m.")
    assert explain(_member(STORY), _member(later, 3)).link is not None


def test_the_next_session_of_a_table_is_another_story() -> None:
    def table(figures: tuple[float, ...]) -> str:
        rows = zip(
            ("Oslo", "Bergen", "Tromso", "Hamar", "Molde", "Bodo", "Narvik", "Alta", "Skien"), figures, strict=True
        )
        towns = " ".join(
            f"In the port of {town} the price of cod was {figure} kroner a kilo at the auction."
            for town, figure in rows
        )
        return (
            f"{towns} The Norges Sildesalgslag, which keeps the list for Nordland and Finnmark, will meet in Alesund."
        )

    noon, evening = (
        (31.2, 30.4, 29.9, 33.1, 32.7, 28.8, 27.6, 26.9, 34.4),
        (31.2, 30.9, 30.3, 33.1, 31.8, 29.4, 27.2, 27.7, 34.4),
    )
    assert explain(_member(table(noon)), _member(table(evening), 5)).link is None


def test_a_story_is_no_copy_of_the_newsletter_that_carries_it() -> None:
    first = STORY.split("\n\n")[0]
    newsletter = "\n\n".join((
        first,
        "The Oslo council voted 31 to 28 for a toll on cruise ships, to begin in May.",
        "Tenor Ilja Brandt, 71, gave his last recital in Riga to an audience of 2,000.",
        "A court in Lima cleared the mining firm Andesita of dumping in the Rimac river.",
    ))  # fmt: skip
    titled = _member(newsletter, 2, "", "Morning briefing: a crane, a toll, a tenor")
    assert explain(_member(first), titled).reason == "part_of_a_roundup"


def test_two_copies_of_one_newsletter_are_one_story() -> None:
    newsletter = f"{STORY}\n\n{STORY.replace('Ulsan', 'Mokpo').replace('4', '7')}"
    titles = ("Morning briefing: a crane", "Crane")
    assert explain(_member(newsletter, 0, "", titles[0]), _member(newsletter, 1, "", titles[1])).link is not None


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule in RULES for line in rule.matching])
def test_rule_knows_its_headlines(rule, line):
    assert rule.place == "title"
    assert re.search(rule.pattern, fold(line), re.IGNORECASE)


@pytest.mark.parametrize("line", [line for rule in RULES for line in rule.non_matching])
def test_no_rule_takes_a_story_for_a_round_up(line):
    assert not announces_several(line)
