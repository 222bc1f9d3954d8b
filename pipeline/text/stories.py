"""Stories: the connected components of the links between members, and what each member is in its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np

from pipeline.text.candidates import Integers, keys_of, shared_keys
from pipeline.text.linking import HORIZON_HOURS, Link, Member, compare, fact_bits, have_enough_in_common
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
    links: list[tuple[int, Link] | None] = [None] * len(ordered)
    leader = list(range(len(ordered)))
    for later, earlier in candidate_pairs(ordered):
        if links[later] and links[earlier] and _leader(leader, later) == _leader(leader, earlier):
            continue
        link = compare(ordered[later], ordered[earlier])
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
    ordered = [*(member for member, _ in others), *new]
    first_new = len(others)
    linked: set[str] = set()
    for later, earlier in candidate_pairs(ordered):
        if later < first_new or earlier >= first_new or others[earlier][1] in linked:
            continue
        if compare(ordered[later], ordered[earlier]):
            linked.add(others[earlier][1])
    return linked


def _leader(leader: list[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place


def candidate_pairs(ordered: Sequence[Member]) -> Iterator[tuple[int, int]]:
    """Pairs (later, earlier) of positions that may be linked, each once, sorted by both.

    What is left out here is refused by ``compare`` too; it is left out for speed.
    """
    languages = _language_codes(ordered)
    hours = np.array([_hours(member) for member in ordered])
    keys = [keys_of(member.signature.bands) for member in ordered]
    sizes = np.array([len(own) for own in keys], dtype=np.int64)
    facts = np.array([fact_bits(member.signature) for member in ordered])
    for later, earlier, shared in shared_keys(keys):
        keep = (languages[later] == languages[earlier]) | (languages[later] == 0) | (languages[earlier] == 0)
        with np.errstate(invalid="ignore"):  # two undated members are infinity minus infinity apart
            keep &= ~(np.abs(hours[later] - hours[earlier]) > HORIZON_HOURS) | np.isinf(hours[later])
        later, earlier, shared = later[keep], earlier[keep], shared[keep]
        keep = have_enough_in_common(shared, np.minimum(sizes[later], sizes[earlier]), facts[later], facts[earlier])
        yield from zip(later[keep].tolist(), earlier[keep].tolist(), strict=True)


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
