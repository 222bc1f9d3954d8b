"""Members that share too few keys under the most crowded ones to be worth reading: they meet under three facts.

What a template leaves unfilled gives all its reports the same few keys, and those alone are too small a share of the
keys of either (``share_enough_keys``). Two such members can be worth reading for two reasons: they share another key,
and meet there; or they share three facts and most of those of the one that has fewer (``are_alike``). So under the
crowded keys they need not meet. Nothing that could be linked is lost.

Source of the shorter lists: prefix filtering (Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins
in data cleaning", ICDE 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.text.common_ground import FACTS_IN_COMMON, FEW_KEYS, SHARE_OF_KEYS, Bits, facts_to_be_alike
from pipeline.text.meetings import Entries, Flags, Integers

MOST_FACTS = 14
"""A member with more of them has too many threes of them."""

_NEARLY = 8
"""Keys with an eighth of the members of the most crowded one are crowded with it."""

_WORTH = 4
_PERCENTILES = (1, 5, 10, 25)
_PLACES = 512


@dataclass(frozen=True, slots=True)
class LightMembers:
    """Members that need not meet under some keys.

    Attributes:
        light: which members.
        relieved: under which keys.
        entries: under what they meet instead; the keys are numbered from 0 on.

    """

    light: Flags
    relieved: Flags
    entries: Entries


def light_members(entries: Entries, amounts: Integers, facts: Bits, crowd: int) -> LightMembers | None:
    """Those of the most crowded keys; None when too few are light to spare much.

    Args:
        entries: sorted by key, all apart.
        amounts: keys of every member.
        facts: of every member, as ``Reading.facts``.
        crowd: members under a key from which on it is crowded.

    """
    sizes = np.bincount(entries.keys)
    relieved = sizes > max(crowd, int(sizes.max()) // _NEARLY)
    if not relieved.any():
        return None
    carried = np.bincount(entries.owners[relieved[entries.keys]], minlength=len(amounts))
    fact_amounts = np.bitwise_count(facts).sum(axis=1, dtype=np.int64)
    light = _light(carried, amounts) & (fact_amounts <= MOST_FACTS)
    under = np.bincount(entries.keys[light[entries.owners]], minlength=len(sizes))[relieved]
    before, left = sizes[relieved], sizes[relieved] - under
    direct = int((before * (before - 1) // 2).sum())
    if int((left * before).sum()) * _WORTH > direct:
        return None
    threes = _threes(facts, np.flatnonzero(light), fact_amounts)
    every, apart = np.bincount(threes.keys), np.bincount(threes.keys[threes.apart], minlength=1)
    apart = np.pad(apart, (0, len(every) - min(len(apart), len(every))))
    met = int((apart * (2 * every - apart - 1) // 2).sum())
    if (met + int((left * before).sum())) * _WORTH > direct:
        return None
    return LightMembers(light, relieved, threes)


def _light(carried: Integers, amounts: Integers) -> Flags:
    """Members whose crowded keys are less than enough for the smallest of them; the smallest is chosen to keep most."""
    best = np.zeros(len(amounts), dtype=bool)
    for smallest in np.percentile(amounts[carried > 0], _PERCENTILES, method="lower").tolist():
        light = (carried > 0) & (carried < SHARE_OF_KEYS * smallest) & (amounts >= smallest)
        if smallest > FEW_KEYS and light.sum() > best.sum():
            best = light
    return best


def _threes(facts: Bits, members: Integers, fact_amounts: Integers) -> Entries:
    """Each three facts of each member; it is apart under those of its rarest facts of which an alike one has three."""
    bits = np.unpackbits(np.ascontiguousarray(facts[members]).view(np.uint8), axis=1)
    rank = np.empty(_PLACES, dtype=np.int64)
    rank[np.lexsort((np.arange(_PLACES), bits.sum(axis=0, dtype=np.int64)))] = np.arange(_PLACES)
    ranked = np.zeros_like(bits)
    ranked[:, rank] = bits  # the rarest fact first
    codes, owners, apart = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, dtype=bool)]
    for amount in range(FACTS_IN_COMMON, MOST_FACTS + 1):
        rows = np.flatnonzero(fact_amounts[members] == amount)
        if not len(rows):
            continue
        places = np.nonzero(ranked[rows])[1].reshape(len(rows), amount)
        one, two, three = np.array(list(combinations(range(amount), FACTS_IN_COMMON))).T
        codes.append(((places[:, one] * _PLACES + places[:, two]) * _PLACES + places[:, three]).ravel())
        owners.append(np.repeat(members[rows], len(one)))
        # Of two that are alike, the one with fewer facts has so many in common that three are among its first ones.
        first = amount - facts_to_be_alike(amount) + FACTS_IN_COMMON
        apart.append(np.tile(three < first, len(rows)))
    keys = np.unique(np.concatenate(codes), return_inverse=True)[1]
    every, alone = np.concatenate(owners), np.concatenate(apart)
    meets = (np.bincount(keys) > 1) & (np.bincount(keys[alone], minlength=int(keys.max(initial=-1)) + 1) > 0)
    kept = meets[keys]
    return Entries(np.unique(keys[kept], return_inverse=True)[1], every[kept], alone[kept])
