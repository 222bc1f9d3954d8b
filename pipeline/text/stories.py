"""Stories: the connected components of the links between members, and what each member is in its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from pipeline.text.candidates import KeyTable
from pipeline.text.common_ground import FactSets
from pipeline.text.link_rules import HORIZON_HOURS
from pipeline.text.linking import Link, judge_pairs
from pipeline.text.meetings import Flags, Groups, Integers
from pipeline.text.members import Member, Reading
from pipeline.text.nearest_links import NearestLinks
from pipeline.text.outline_table import fact_bits
from schemas.records import Story, StoryRole

_UNDATED = float("inf")

_PAIRS_AT_ONCE = 4096

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
    nearest = NearestLinks(len(ordered))
    for later, earlier in candidate_blocks(readings, nearest.leaders):
        codes = nearest.codes(later, earlier)
        for wave in waves(later):
            wanted = wave[nearest.may_change(later[wave], earlier[wave], codes[wave])]
            for some in _portions(wanted):
                pairs = list(zip(later[some].tolist(), earlier[some].tolist(), strict=True))
                links = judge_pairs([(readings[one], readings[other]) for one, other in pairs])
                for (one, other), link in zip(pairs, links, strict=True):
                    if link is not None:
                        nearest.add(one, other, link)
    return _stories(ordered, nearest.links(), nearest.leaders().tolist())


def stories_linked(new: Sequence[Member], others: Sequence[tuple[Member, str]]) -> set[str]:
    """The stories of those others that at least one of the new members is linked with.

    Args:
        new: members whose story is sought.
        others: members with the id of the story they are in; one link to a story is enough.

    """
    readings = [*(Reading(member) for member, _ in others), *map(Reading, new)]
    first_new = len(others)
    names = sorted({story for _, story in others})
    if not names:
        return set()
    story_of = np.searchsorted(np.array(names), np.array([story for _, story in others]))
    linked = np.zeros(len(names), dtype=bool)

    def groups() -> Integers:
        """The new ones and all whose story is linked are one group: nothing is left to find between them."""
        return np.concatenate((np.where(linked, 0, 1 + np.arange(len(names)))[story_of], np.zeros(len(new), np.int64)))

    for later, earlier in candidate_blocks(readings, groups, first_new):
        stories = story_of[earlier]
        order = np.argsort(stories, kind="stable")
        later, earlier, stories = later[order], earlier[order], stories[order]
        for wave in waves(stories):
            for some in _portions(wave[~linked[stories[wave]]]):
                pairs = zip(later[some].tolist(), earlier[some].tolist(), strict=True)
                links = judge_pairs([(readings[one], readings[other]) for one, other in pairs])
                linked[stories[some][[link is not None for link in links]]] = True
    return {name for name, found in zip(names, linked.tolist(), strict=True) if found}


def _portions(places: Integers) -> Iterator[Integers]:
    for at in range(0, len(places), _PAIRS_AT_ONCE):
        yield places[at : at + _PAIRS_AT_ONCE]


def waves(groups: Integers) -> Iterator[Integers]:
    """Places of sorted groups: the first of each, then the next two, four and so on, until all were given.

    What the first pairs of a group show spares most of the others, and few waves see all that are left.

    >>> [wave.tolist() for wave in waves(np.array([5, 5, 5, 5, 9]))]
    [[0, 4], [1, 2], [3]]
    """
    rank = np.arange(len(groups)) - np.searchsorted(groups, groups)
    wave = np.frexp(rank + 1.0)[1]  # 1 for the first, 2 for the next two, 3 for the next four
    order = np.argsort(wave, kind="stable")
    ends = np.cumsum(np.bincount(wave, minlength=1)).tolist()
    for begin, end in pairwise(ends):
        yield order[begin:end]


def candidate_blocks(
    readings: Sequence[Reading], groups: Groups | None = None, first_later: int = 0
) -> Iterator[tuple[Integers, Integers]]:
    """Pairs (later, earlier) of positions that may be linked, each once, in blocks sorted by both.

    What is left out here is refused by ``compare`` too, or is in one group; it is left out for speed.

    Args:
        readings: members in order.
        groups: asked between blocks for a number for each member; two of one group need not be compared.
        first_later: when positive, only members from this one on are later ones, and only those before it earlier.

    """
    members = [reading.member for reading in readings]
    languages, versions = _language_codes(members), np.array([member.signature.version for member in members])
    hours = np.array([_hours(member) for member in members])

    def comparable(later: Integers, earlier: Integers) -> Flags:
        keep = (languages[later] == languages[earlier]) | (languages[later] == 0) | (languages[earlier] == 0)
        keep &= versions[later] == versions[earlier]
        with np.errstate(invalid="ignore"):  # two undated members are infinity minus infinity apart
            apart = np.abs(hours[later] - hours[earlier])
        kept: Flags = keep & (~(apart > HORIZON_HOURS) | np.isinf(hours[later]) | np.isinf(hours[earlier]))
        return kept

    facts = FactSets(fact_bits([member.signature.outline for member in members]))
    yield from KeyTable([reading.keys for reading in readings]).pairs(facts, comparable, groups, first_later)


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
    if member.shingles <= BRIEF_SHARE * origin.shingles:
        return StoryRole.BRIEF
    return StoryRole.COPY
