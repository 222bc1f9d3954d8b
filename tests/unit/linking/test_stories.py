from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.linking import Member
from pipeline.text.signature import sign
from pipeline.text.stories import link_members, stories_linked
from schemas.records import Story, StoryRole
from tests.unit.linking.stories_by_hand import FIRST, WRITTEN

MEMBERS = [written.member(f"{(place * 37) % 100:03d}") for place, written in enumerate(WRITTEN)]
EXPECTED = link_members(MEMBERS)


@given(st.permutations(MEMBERS))
@settings(max_examples=20, deadline=None)
def test_stories_do_not_depend_on_the_order_of_members(members: list[Member]) -> None:
    assert link_members(members) == EXPECTED


@given(st.sets(st.sampled_from(sorted({story.story_id for story in EXPECTED.values()}))))
@settings(max_examples=20, deadline=None)
def test_a_story_does_not_depend_on_other_stories(kept: set[str]) -> None:
    members = [member for member in MEMBERS if EXPECTED[member.article_id].story_id in kept]
    assert link_members(members) == {member.article_id: EXPECTED[member.article_id] for member in members}


def test_a_story_has_the_smallest_id_and_the_earliest_origin() -> None:
    origin, cut, rewritten, spun = (member.article_id for member in MEMBERS[:4])
    assert EXPECTED[origin] == Story(min(origin, cut, rewritten, spun), StoryRole.ORIGIN, origin, 1.0, "", 4)
    assert EXPECTED[spun].linked_to == origin
    assert EXPECTED[cut].similarity == 1.0


def test_an_undated_member_is_never_the_origin_of_dated_ones() -> None:
    dated, undated = MEMBERS[1], replace(MEMBERS[0], published_at=None, article_id="000")
    assert link_members([undated, dated])["000"].origin_id == dated.article_id


def test_the_same_outlets_text_is_a_version_and_a_short_one_elsewhere_a_brief() -> None:
    origin = replace(MEMBERS[0], publisher="Halla Wire")
    later = replace(MEMBERS[0], article_id="v", publisher="Halla Wire", published_at=FIRST + timedelta(hours=2))
    lead = sign("\n\n".join(WRITTEN[0].text.split("\n\n")[:2]), "en")
    brief = replace(MEMBERS[1], article_id="b", signature=lead, publisher="Inlet News")
    copy = replace(MEMBERS[0], article_id="c", publisher="Inlet News", published_at=FIRST + timedelta(hours=3))
    roles = {key: story.role for key, story in link_members([origin, later, brief, copy]).items()}
    assert (roles["v"], roles["b"], roles["c"]) == (StoryRole.VERSION, StoryRole.BRIEF, StoryRole.COPY)


def test_members_that_share_phrases_only_across_years_are_stories_of_their_own() -> None:
    """Then no pair is left to be looked at, which is no reason to stop."""
    years = (2024, 2026)
    members = [replace(MEMBERS[0], article_id=f"{year}", published_at=FIRST.replace(year=year)) for year in years]
    assert {key: story.size for key, story in link_members(members).items()} == {"2024": 1, "2026": 1}
    assert stories_linked(members[:1], [(members[1], "2026")]) == set()


def test_a_bridge_makes_one_story_of_two() -> None:
    paragraphs = WRITTEN[0].text.split("\n\n")
    first, second = (
        Member(key, "en", FIRST, "", sign("\n\n".join(part), "en"))
        for key, part in (("f", paragraphs[:4]), ("s", paragraphs[5:]))
    )
    assert len({story.story_id for story in link_members([first, second]).values()}) == 2
    bridge = Member("z", "en", FIRST, "", sign(WRITTEN[0].text, "en"))
    assert {story.story_id for story in link_members([first, second, bridge]).values()} == {"f"}


def test_only_stories_with_a_link_are_touched() -> None:
    others = [(member, EXPECTED[member.article_id].story_id) for member in MEMBERS]
    new = replace(MEMBERS[0], article_id="new")
    assert stories_linked([new], others) == {EXPECTED[MEMBERS[0].article_id].story_id}


def _hot_story(count: int) -> list[Member]:
    chance = random.Random(7)
    paragraphs = WRITTEN[0].text.split("\n\n")
    members = []
    for number in range(count):
        text = "\n\n".join(paragraphs[: chance.randrange(4, len(paragraphs) + 1)])
        text += f"\n\nOutlet {number} adds a line about boats and rain in the town of Kell{number}."
        published = FIRST + timedelta(seconds=chance.randrange(3600))
        members.append(Member(f"{number:06d}", "en", published, "", sign(text, "en")))
    return members


def _weather_reports(count: int) -> list[Member]:
    chance = random.Random(8)
    members = []
    for number in range(count):
        places = [chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(4)]
        town = "".join(places).title()
        low, high, wind, rain, wave = (chance.randrange(10, 99) for _ in range(5))
        text = (
            f"The regional office expects a day of changing skies over {town}, with winds that turn after noon.\n\n"
            f"The morning in {town} will be near {low} degrees, with winds of {wind} kilometers per hour.\n\n"
            f"In the afternoon the high is put at {high} degrees, with a chance of rain of {rain} percent.\n\n"
            f"Waves of {wave} centimeters are expected. Residents are advised to read the bulletins before travel."
        )
        published = FIRST + timedelta(seconds=chance.randrange(3600))
        members.append(Member(f"{number:06d}", "en", published, "", sign(text, "en")))
    return members


def test_a_hot_story_is_one_story_without_comparing_all_with_all() -> None:
    members = _hot_story(800)
    started = time.process_time()
    stories = link_members(members)
    assert time.process_time() - started < 15  # all pairs would take minutes
    assert {story.size for story in stories.values()} == {800}


def test_reports_from_one_template_stay_apart_without_comparing_all_with_all() -> None:
    members = _weather_reports(800)
    started = time.process_time()
    stories = link_members(members)
    assert time.process_time() - started < 15
    assert len({story.story_id for story in stories.values()}) == 800
