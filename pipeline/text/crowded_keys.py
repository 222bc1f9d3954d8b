"""Keys of a template, under which thousands stand: their members meet under some of their facts instead.

Where those keys are too few to matter, under three facts (``light_members``). Else under two: texts with four numbers
each that do not share half of the smaller set are refused before they are read, and so are two with four names each
(``common_ground``). Reports that one template makes share its keys and hardly a number. Nothing that could be linked
is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.text.common_ground import FACTS_TO_DIFFER, Bits
from pipeline.text.light_members import light_members
from pipeline.text.meetings import Entries, Flags, Integers

CROWD = 200
"""Members under a key from which on it is looked at."""

MOST_FACTS = 24
"""A member with more of them has too many pairs of them."""

_WORTH = 4
"""Meetings under the key for one under facts: with fewer, the key is left as it is."""

_ROW = 256
_PAIR_CODES = _ROW * _ROW


class FactPairs:
    """For some members, each two of their numbers and each two of their names, as codes.

    Args:
        facts: of every member, as ``Reading.facts``.
        members: which are asked for, ascending.
    """

    def __init__(self, facts: Bits, members: Integers) -> None:
        self._of_class = [_pairs(facts[:, row : row + 4], members) for row in (0, 4)]

    def of(self, row: int, owners: Integers) -> tuple[Flags, Integers, Integers]:
        """Which owners have such pairs; the codes of those, and the owner of each."""
        first, amount, codes = self._of_class[row]
        some = amount[owners] > 0
        wanted = owners[some]
        amounts = amount[wanted]
        ends = np.cumsum(amounts)
        within = np.arange(int(amounts.sum())) + np.repeat(first[wanted] - (ends - amounts), amounts)
        return some, codes[within], np.repeat(wanted, amounts)


def relieve(entries: Entries, amounts: Integers, facts: Bits) -> tuple[Entries, Flags]:
    """The entries with crowded keys replaced where that spares meetings; members whose shared keys are then unknown.

    Two such members may meet under fewer keys than they share, or under facts; all others meet under each key.

    Args:
        entries: sorted by key, all apart.
        amounts: keys of every member.
        facts: of every member, as ``Reading.facts``.

    """
    unknown = np.zeros(len(amounts), dtype=bool)
    sizes = np.bincount(entries.keys)
    crowded = sizes > CROWD
    if not crowded.any():
        return entries, unknown
    made = _Made(len(sizes))
    apart, kept = entries.apart.copy(), np.ones(len(entries.keys), dtype=bool)
    spared = light_members(entries, amounts, facts, CROWD)
    if spared is not None:
        relieved = spared.relieved[entries.keys]
        apart[relieved] = ~spared.light[entries.owners[relieved]]
        unknown |= spared.light
        crowded &= ~spared.relieved
        made.take(spared.entries)
    ends = np.cumsum(sizes)
    members = np.zeros(len(amounts), dtype=bool)
    members[entries.owners[crowded[entries.keys]]] = True
    pairs = FactPairs(facts, np.flatnonzero(members))
    seen: dict[bytes, Flags | None] = {}
    for key in np.flatnonzero(crowded).tolist():
        under = slice(int(ends[key] - sizes[key]), int(ends[key]))
        owners = entries.owners[under]
        same = owners.tobytes()
        if same in seen:  # a template has several keys: its members meet under one of them
            kept[under] = seen[same] is None
            continue
        seen[same] = some = made.add(pairs, owners)
        if some is not None:
            apart[under] = ~some
            unknown[owners[some]] = True
    unknown[entries.owners[~kept]] = True
    return made.joined(Entries(entries.keys[kept], entries.owners[kept], apart[kept])), unknown


class _Made:
    """New entries: a key for each two facts under an old key."""

    def __init__(self, first_key: int) -> None:
        self._next = first_key
        self._keys: list[Integers] = []
        self._owners: list[Integers] = []
        self._apart: list[Flags] = []

    def take(self, entries: Entries) -> None:
        """Entries under keys of their own."""
        self._keys.append(self._next + entries.keys)
        self._owners.append(entries.owners)
        self._apart.append(entries.apart)
        self._next += int(entries.keys.max(initial=-1)) + 1

    def add(self, pairs: FactPairs, owners: Integers) -> Flags | None:
        """Which owners meet under their facts; None when that spares too little."""
        most = len(owners) * (len(owners) - 1) // 2 // _WORTH
        best: tuple[int, Flags, Integers, Integers] | None = None
        for row in (0, 1):
            some, codes, of_owner = pairs.of(row, owners)
            under = np.bincount(codes, minlength=1)
            others = len(owners) - int(some.sum())
            total = int((under * (under - 1) // 2).sum()) + others * len(owners) - others * (others + 1) // 2
            if total + len(codes) <= most and (best is None or total < best[0]):
                best = total, some, codes, of_owner
        if best is None:
            return None
        _, some, codes, of_owner = best
        shared = np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, dtype=bool)
        self._keys.append(self._next + codes[shared])
        self._owners.append(of_owner[shared])
        self._apart.append(np.ones(int(shared.sum()), dtype=bool))
        self._next += _PAIR_CODES
        return some

    def joined(self, entries: Entries) -> Entries:
        """Those and the new ones, the keys numbered anew."""
        if not self._keys:
            return entries
        keys = np.concatenate((entries.keys, *self._keys))
        owners = np.concatenate((entries.owners, *self._owners))
        apart = np.concatenate((entries.apart, *self._apart))
        return Entries(np.unique(keys, return_inverse=True)[1], owners, apart)


def _pairs(bits: Bits, members: Integers) -> tuple[Integers, Integers, Integers]:
    """Where the pairs of each member begin, how many there are, and all of them."""
    first, amount = np.zeros((2, len(bits)), dtype=np.int64)
    made: list[Integers] = [np.zeros(0, dtype=np.int64)]
    at = 0
    for some, places in _by_amount(bits, members):
        one, other = np.triu_indices(places.shape[1], 1)
        codes = places[:, one] * _ROW + places[:, other]
        amount[some] = codes.shape[1]
        first[some] = at + np.arange(len(some)) * codes.shape[1]
        made.append(codes.ravel())
        at += codes.size
    return first, amount, np.concatenate(made)


def _by_amount(bits: Bits, members: Integers) -> Iterator[tuple[Integers, npt.NDArray[np.int64]]]:
    """For each number of facts, the members that have it and a row of their facts' places each."""
    amounts = np.bitwise_count(bits[members]).sum(axis=1, dtype=np.int64)
    for amount in range(FACTS_TO_DIFFER, MOST_FACTS + 1):
        some = members[amounts == amount]
        if len(some):
            unpacked = np.unpackbits(np.ascontiguousarray(bits[some]).view(np.uint8), axis=1)
            yield some, np.nonzero(unpacked)[1].reshape(len(some), amount)
