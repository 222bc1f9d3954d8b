"""The links found between members so far: who is together, and which link of each member comes first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.text.linking import Link

Integers = npt.NDArray[np.int64]


class NearestLinks:
    """Links between members, which are positions in order; the order in which links are added changes nothing.

    Args:
        count: of members.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._leader = list(range(count))
        self._first = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
        self._links: dict[int, Link] = {}

    def codes(self, later: Integers, earlier: Integers) -> Integers:
        """Pairs as numbers that sort by the later member, then by the earlier."""
        return later * self._count + earlier

    def may_change(self, later: Integers, earlier: Integers, codes: Integers) -> npt.NDArray[np.bool_]:
        """Which pairs could matter if linked: not when both are together and have a link that comes before it."""
        leaders = self.leaders()
        apart = leaders[later] != leaders[earlier]
        changing: npt.NDArray[np.bool_] = apart | (self._first[later] > codes) | (self._first[earlier] > codes)
        return changing

    def add(self, later: int, earlier: int, link: Link) -> None:
        """Two members are linked."""
        code = later * self._count + earlier
        for member in (later, earlier):
            if code < self._first[member]:
                self._first[member] = code
                self._links[member] = link
        first, second = sorted((self._find(later), self._find(earlier)))
        self._leader[second] = first

    def links(self) -> list[tuple[int, Link] | None]:
        """Each member's first link, with the other member."""
        return [self._link(member) for member in range(self._count)]

    def leaders(self) -> Integers:
        """For each member the first of those it is together with, in number."""
        leaders = np.array(self._leader, dtype=np.int64)
        while True:
            above = leaders[leaders]
            if np.array_equal(above, leaders):
                return leaders
            leaders = above

    def _link(self, member: int) -> tuple[int, Link] | None:
        link = self._links.get(member)
        if link is None:
            return None
        later, earlier = divmod(int(self._first[member]), self._count)
        return (earlier if member == later else later), link

    def _find(self, member: int) -> int:
        leader = self._leader
        while leader[member] != member:
            leader[member] = leader[leader[member]]
            member = leader[member]
        return member
