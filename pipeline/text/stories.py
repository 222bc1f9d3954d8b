"""Stories: the connected components of the links between members, and what each member is in its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np

from pipeline.text.candidates import Integers, shared_keys
from pipeline.text.common_ground import FACT_WORDS, Facts, have_enough_in_common
from pipeline.text.link_rules import HORIZON_HOURS
from pipeline.text.linking import Link, judge
from pipeline.text.members import Member, Reading
from schemas.records import Story, StoryRole

_UNDATED = float("inf")

BRIEF_SHARE = 0.35
"""Of the origin's length; a longer part is a cut copy."""


def order_of(member: Member) -> tuple[bool, datetime | None, str]:
    """Sorts by publication, undated last, then by id: the first member of a story is its origin."""
    return member.published_at is None, member.published_at, member.article_id


def link_members(members: Sequence[Member]) -> dict[str, Story]:
    """The story of every member, by article id.

    Args:
        members: each article once, with *all* members of every story that any of them may belong to.
    Guarantees: follows from the set of members; neither their order nor unrelated members change a story.

    """
    ordered = sorted(members, key=order_of)
    readings = [Reading(member) for member in ordered]
    links: list[tuple[int, Link] | None] = [None] * len(ordered)
    leader = list(range(len(ordered)))
    for later, earlier in candidate_pairs(readings):
        if links[later] and links[earlier] and _leader(leader, later) == _leader(leader, earlier):
            continue
        link = judge(readings[later], readings[earlier])
        if link is None:
            continue
        links[later] = links[later] or (earlier, link)
        links[earlier] = links[earlier] or (later, link)
        first, second = sorted((_leader(leader, later), _leader(leader, earlier)))
        leader[second] = first
    return _stories(ordered, links, [_leader(leader, place) for place in range(len(ordered))])


def stories_linked(new: Sequence[Member], others: Sequence[tuple[Member, str]]) -> set[str]:
    """The stories of those others that at least one of the new members is linked with.

    Args:
        new: members whose story is sought.
        others: members with the id of the story they are in; one link to a story is enough.

    """
    readings = [*(Reading(member) for member, _ in others), *map(Reading, new)]
    first_new = len(others)
    linked: set[str] = set()
    for later, earlier in candidate_pairs(readings):
        if later < first_new or earlier >= first_new or others[earlier][1] in linked:
            continue
        if judge(readings[later], readings[earlier]):
            linked.add(others[earlier][1])
    return linked


def _leader(leader: list[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place


def candidate_pairs(readings: Sequence[Reading]) -> Iterator[tuple[int, int]]:
    """Pairs (later, earlier) of positions that may be linked, each once, sorted by both.

    What is left out here is refused by ``compare`` too; it is left out for speed.
    """
    members = [reading.member for reading in readings]
    languages, versions = _language_codes(members), np.array([member.signature.version for member in members])
    hours = np.array([_hours(member) for member in members])
    keys = [reading.keys for reading in readings]
    sizes = np.array([len(own) for own in keys], dtype=np.int64)
    for later, earlier, shared in shared_keys(keys):
        keep = (languages[later] == languages[earlier]) | (languages[later] == 0) | (languages[earlier] == 0)
        keep &= versions[later] == versions[earlier]
        with np.errstate(invalid="ignore"):  # two undated members are infinity minus infinity apart
            apart = np.abs(hours[later] - hours[earlier])
        keep &= ~(apart > HORIZON_HOURS) | np.isinf(hours[later]) | np.isinf(hours[earlier])
        later, earlier, shared = later[keep], earlier[keep], shared[keep]
        facts, other_facts = (_facts(readings, places) for places in (later, earlier))
        keep = have_enough_in_common(shared, np.minimum(sizes[later], sizes[earlier]), facts, other_facts)
        yield from zip(later[keep].tolist(), earlier[keep].tolist(), strict=True)


def _facts(readings: Sequence[Reading], places: Integers) -> Facts:
    """The facts of the members at these places, a row each; only members with a candidate are unpacked."""
    distinct, row = np.unique(places, return_inverse=True)
    table = np.array([readings[place].facts for place in distinct.tolist()], dtype=np.uint64).reshape(-1, FACT_WORDS)
    return table[row]


def _language_codes(members: Sequence[Member]) -> Integers:
    codes = {"": 0}
    return np.array([codes.setdefault(member.language, len(codes)) for member in members], dtype=np.int64)


def _hours(member: Member) -> float:
    return _UNDATED if member.published_at is None else member.published_at.timestamp() / 3600


def _stories(
    ordered: Sequence[Member], links: Sequence[tuple[int, Link] | None], leaders: Sequence[int]
) -> dict[str, Story]:
    grouped: dict[int, list[int]] = {}
    for place, leader in enumerate(leaders):
        grouped.setdefault(leader, []).append(place)
    stories = {}
    for places in grouped.values():
        story_id = min(ordered[place].article_id for place in places)
        origin = ordered[places[0]].article_id
        for place in places:
            member, linked = ordered[place], links[place]
            if place == places[0] or linked is None:
                story = Story(story_id, StoryRole.ORIGIN, origin, size=len(places))
            else:
                nearest, link = linked
                role = role_of(member, ordered[places[0]])
                story = Story(story_id, role, origin, link.similarity, ordered[nearest].article_id, len(places))
            stories[member.article_id] = story
    return stories


def role_of(member: Member, origin: Member) -> StoryRole:
    """What a member other than the origin is: the same outlet's next version, a brief, or a copy."""
    if member.publisher and member.publisher == origin.publisher:
        return StoryRole.VERSION
    if len(member.signature.shingles) <= BRIEF_SHARE * len(origin.signature.shingles):
        return StoryRole.BRIEF
    return StoryRole.COPY
