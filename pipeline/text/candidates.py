"""Which members share keys: pairs and how many keys they share, by whole-array arithmetic.

No pair that could be linked is left out because its keys are frequent, as that would make the result depend on what
else is in the index. Still a frequent key costs less than all its pairs: of a hot story most are together already and
need not meet (``meetings``), and those of a template meet under their facts (``crowded_keys``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from pipeline.text.common_ground import FactSets, are_alike, differ, share_enough_keys
from pipeline.text.crowded_keys import relieve
from pipeline.text.keys import Keys
from pipeline.text.meetings import Entries, Flags, Groups, Integers, meetings

Comparable = Callable[[Integers, Integers], Flags]
_LOOK_UPS = 1_000_000
"""Keys of pairs that are looked up at once: about 50 MB."""


class KeyTable:
    """The keys of all members, numbered; those of one member alone are left out.

    Args:
        keys: of each member, distinct.
    """

    def __init__(self, keys: Sequence[Keys]) -> None:
        self.count = len(keys)
        self.sizes = np.array([len(own) for own in keys], dtype=np.int64)
        every = np.concatenate([np.zeros(0, dtype=np.uint64), *keys])
        order = np.argsort(every, kind="stable")
        ordered, owners = every[order], np.repeat(np.arange(self.count), self.sizes)[order]
        new = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(every) else np.zeros(0, dtype=bool)
        lone = new & np.append(new[1:], True)[: len(new)]
        numbers = np.cumsum(new[~lone]) - 1
        self.entries = Entries(numbers, owners[~lone], np.ones(len(numbers), dtype=bool))

    def pairs(
        self, facts: FactSets, comparable: Comparable, groups: Groups | None, first_later: int
    ) -> Iterator[tuple[Integers, Integers]]:
        """Blocks of pairs that are comparable and have enough in common."""
        entries, unknown = relieve(self.entries, self.sizes, facts.bits)
        for later, earlier, shared in meetings(entries, self.count, groups, first_later):
            keep = comparable(later, earlier)
            later, earlier, shared = later[keep], earlier[keep], shared[keep]
            common, fewer = facts.in_common(later, earlier)
            keep = ~differ(common, fewer)
            later, earlier, shared, common, fewer = later[keep], earlier[keep], shared[keep], common[keep], fewer[keep]
            unsure = unknown[later] & unknown[earlier]
            if unsure.any():
                shared[unsure] = self.shared(later[unsure], earlier[unsure])
            smaller = np.minimum(self.sizes[later], self.sizes[earlier])
            keep = (shared > 0) & (are_alike(common, fewer) | share_enough_keys(shared, smaller))
            yield later[keep], earlier[keep]

    @cached_property
    def _by_owner(self) -> tuple[Integers, Integers, Integers, Integers]:
        """Where the keys of each member begin, how many there are, the keys, and codes of member and key."""
        order = np.argsort(self.entries.owners, kind="stable")
        owners, numbers = self.entries.owners[order], self.entries.keys[order]
        amounts = np.bincount(owners, minlength=self.count)
        return np.cumsum(amounts) - amounts, amounts, numbers, owners * (len(numbers) + 1) + numbers

    def shared(self, later: Integers, earlier: Integers) -> Integers:
        """How many keys each of these pairs shares."""
        first, amounts, numbers, codes = self._by_owner
        shared = np.zeros(len(later), dtype=np.int64)
        ends = np.cumsum(amounts[later])
        for begin, until in _portions(ends):
            one, other = later[begin:until], earlier[begin:until]
            pair = np.repeat(np.arange(len(one)), amounts[one])
            own_ends = np.cumsum(amounts[one])
            places = np.arange(len(pair)) + np.repeat(first[one] - (own_ends - amounts[one]), amounts[one])
            wanted = other[pair] * (len(numbers) + 1) + numbers[places]
            found = codes.take(np.searchsorted(codes, wanted), mode="clip") == wanted
            shared[begin:until] = np.bincount(pair[found], minlength=len(one))
        return shared


def _portions(ends: Integers) -> Iterator[tuple[int, int]]:
    """Ranges of pairs that ask for about _LOOK_UPS keys each."""
    begin = 0
    while begin < len(ends):
        limit = (int(ends[begin - 1]) if begin else 0) + _LOOK_UPS
        until = max(int(np.searchsorted(ends, limit, side="right")), begin + 1)
        yield begin, until
        begin = until
