"""Members that meet under keys: pairs and how many keys they share, by whole-array arithmetic.

Every pair under a key is found, but for two that are in one group already: of a hot story nearly all. Groups grow while
the blocks are read, and what they spare is left out of the blocks that follow. Work is bounded by blocks, not by
dropping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Groups = Callable[[], Integers]

_BLOCK = 4_000_000
"""Meetings worked on at once: about 100 MB."""

_FIRST_BLOCK, _GROWTH = 1 << 16, 4
"""The first members show which groups there are: few meetings, then more."""

_WORTH_GROUPING = 64
"""Meetings for each entry from which on it pays to look at the groups."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Who stands under which key; parallel arrays in any order.

    Attributes:
        keys: numbers from 0 on.
        owners: positions of members.
        apart: whether this one meets the others under its key that are not apart, besides those that are. Those that
            are not do not meet each other.

    """

    keys: Integers
    owners: Integers
    apart: Flags


def meetings(
    entries: Entries, count: int, groups: Groups | None = None, first_later: int = 0
) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Blocks of (later, earlier, keys shared), later > earlier, each pair once; the earlier ones in ascending order.

    Args:
        entries: who stands under which key.
        count: of members.
        groups: asked between blocks: members of one group need not meet. Where they do, not every key is counted.
        first_later: when positive, only those from this one on are later ones, and only those before it earlier ones.

    """
    allowed = _FIRST_BLOCK
    fixed = np.zeros(len(entries.keys), dtype=bool) if entries.apart.all() else _of_mixed_keys(entries)
    ordered = _Ordered.of(entries, fixed, count, first_later)
    while len(ordered.hubs):
        many = groups is not None and ordered.total > _WORTH_GROUPING * len(ordered.entries.keys)
        allowed = max(allowed, len(ordered.entries.keys)) if many else _BLOCK
        while len(ordered.hubs):
            block, ordered = ordered.split(min(allowed, _BLOCK))
            yield block
            if many:
                break
        allowed *= _GROWTH
        if many and groups is not None and len(ordered.hubs):
            ordered = ordered.regrouped(groups())


def _of_mixed_keys(entries: Entries) -> Flags:
    """The entries of keys under which not all are apart from the beginning: those stay as they are."""
    mixed = np.zeros(int(entries.keys.max()) + 1, dtype=bool)
    mixed[entries.keys[~entries.apart]] = True
    return mixed[entries.keys]


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Entries sorted by key, then those that are not apart, then owner; and ranges of them that members meet.

    Attributes:
        entries, fixed, count, first_later: what was given; fixed entries stay apart or not.
        hubs: the earlier member of each range, ascending.
        begins, amounts: the range.
        total: meetings in all.

    """

    entries: Entries
    fixed: Flags
    count: int
    first_later: int
    hubs: Integers
    begins: Integers
    amounts: Integers
    total: int

    @classmethod
    def of(cls, entries: Entries, fixed: Flags, count: int, first_later: int) -> _Ordered:
        codes = (entries.keys * 2 + entries.apart) * count + entries.owners
        order = np.argsort(codes, kind="stable")
        codes, fixed = codes[order], fixed[order]
        entries = Entries(entries.keys[order], entries.owners[order], entries.apart[order])
        keys, owners, apart = entries.keys, entries.owners, entries.apart
        ends = np.searchsorted(keys, keys, side="right")
        after = np.maximum(owners + 1, first_later)
        plain = bool(apart.all())
        if plain and not first_later:
            begins = np.arange(1, len(keys) + 1)
        else:
            begins = np.searchsorted(codes, (keys * 2 + 1) * count + after)
        amounts, hubs = ends - begins, owners
        if not plain:
            places = np.flatnonzero(apart)
            more = np.searchsorted(codes, keys[places] * 2 * count + after[places])
            until = np.searchsorted(codes, (keys[places] * 2 + 1) * count)
            hubs, begins = np.concatenate((hubs, owners[places])), np.concatenate((begins, more))
            amounts = np.concatenate((amounts, until - more))
        wanted = (amounts > 0) & (hubs < first_later) if first_later else amounts > 0
        hubs, begins, amounts = hubs[wanted], begins[wanted], amounts[wanted]
        order = np.argsort(hubs, kind="stable")
        return cls(entries, fixed, count, first_later, hubs[order], begins[order], amounts[order], int(amounts.sum()))

    def split(self, allowed: int) -> tuple[tuple[Integers, Integers, Integers], _Ordered]:
        """The pairs of the first members, about as many meetings as allowed, and what is left."""
        until = int(np.searchsorted(np.cumsum(self.amounts[: allowed + 1]), allowed, side="right"))
        if until < len(self.hubs):  # never divide one member's keys
            begin = int(np.searchsorted(self.hubs, self.hubs[until], side="left"))
            until = begin or int(np.searchsorted(self.hubs, self.hubs[0], side="right"))
        hubs, amounts = self.hubs[:until], self.amounts[:until]
        left = _Ordered(
            self.entries, self.fixed, self.count, self.first_later, self.hubs[until:], self.begins[until:],
            self.amounts[until:], self.total - int(amounts.sum()),
        )  # fmt: skip
        return _count(hubs, self.begins[:until], amounts, self.entries.owners, self.count), left

    def regrouped(self, groups: Integers) -> _Ordered:
        """Without those that had their turn and without keys of one group; the greatest group of a key is not apart."""
        entries = self.entries
        kept = entries.owners >= self.hubs[0]
        keys, owners, fixed = entries.keys[kept], entries.owners[kept], self.fixed[kept]
        apart, of_group = entries.apart[kept], groups[owners]
        order = np.argsort(keys * (int(groups.max()) + 1) + of_group, kind="stable")
        keys, owners, fixed, apart, of_group = keys[order], owners[order], fixed[order], apart[order], of_group[order]
        new_key = np.concatenate(([True], keys[1:] != keys[:-1]))
        runs = np.flatnonzero(new_key | np.concatenate(([True], of_group[1:] != of_group[:-1])))
        sizes = np.diff(np.append(runs, len(keys)))
        first_runs = np.flatnonzero(new_key[runs])
        several = np.diff(np.append(first_runs, len(runs)))
        run_key = np.repeat(np.arange(len(first_runs)), several)
        greatest = np.maximum.reduceat(sizes, first_runs)[run_key] == sizes
        chosen = np.zeros(len(runs), dtype=bool)
        first_greatest = np.flatnonzero(greatest)
        _, firsts = np.unique(run_key[first_greatest], return_index=True)
        chosen[first_greatest[firsts]] = True
        chosen &= sizes > 1
        apart = np.where(fixed, apart, ~np.repeat(chosen, sizes))
        alive = np.repeat(several[run_key] > 1, sizes)
        left = Entries(np.repeat(run_key, sizes)[alive], owners[alive], apart[alive])
        return _Ordered.of(left, fixed[alive], self.count, self.first_later)


def _count(
    hubs: Integers, begins: Integers, amounts: Integers, owners: Integers, members: int
) -> tuple[Integers, Integers, Integers]:
    ends = np.cumsum(amounts)
    within = np.arange(int(ends[-1])) + np.repeat(begins - (ends - amounts), amounts)
    first = int(hubs[0])
    rows = int(hubs[-1]) - first + 1
    small = rows * members < 1 << 32
    kind = np.uint32 if small else np.int64
    codes = owners.astype(kind)[within] * kind(rows) + np.repeat((hubs - first).astype(kind), amounts)
    if rows * members <= 4 * len(codes):
        counted = np.bincount(codes, minlength=rows * members)
        pairs = np.flatnonzero(counted)
        counts = counted[pairs]
    else:
        codes.sort()
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        pairs, counts = codes[starts].astype(np.int64), np.diff(np.append(starts, len(codes)))
    return pairs // rows, pairs % rows + first, counts
