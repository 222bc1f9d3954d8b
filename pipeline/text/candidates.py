"""Which members share keys: pairs and how many keys they share, by whole-array arithmetic.

Every pair that shares a key is found; none is left out because its keys are frequent, as that would make the result
depend on what else is in the index. Work is bounded by blocks, not by dropping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

_BLOCK = 4_000_000
"""Key meetings worked on at once: about 100 MB."""


def keys_of(bands: Sequence[str]) -> Keys:
    """The keys as numbers; every key is 16 hex digits.

    >>> keys_of(["00000000000000ff"]).tolist()
    [255]
    """
    return unpack_keys(pack_keys(bands))


def pack_keys(bands: Sequence[str]) -> bytes:
    """The keys, 8 bytes each."""
    return bytes.fromhex("".join(bands))


def written_keys(packed: bytes) -> list[str]:
    """The keys as the index has them.

    >>> written_keys(pack_keys(["00000000000000ff"]))
    ['00000000000000ff']
    """
    digits = packed.hex()
    return [digits[at : at + 16] for at in range(0, len(digits), 16)]


def unpack_keys(packed: bytes) -> Keys:
    """The keys behind the bytes."""
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64)


def shared_keys(keys: Sequence[Keys]) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Blocks of (later, earlier, count): members by position in ``keys``, later > earlier, keys they share.

    In -> out: each pair that shares at least one key, once; blocks in order of ``later``.
    """
    owners = np.repeat(np.arange(len(keys)), [len(own) for own in keys])
    if not len(owners):
        return
    every = np.concatenate(keys)
    order = np.argsort(every, kind="stable")
    ordered, owners = every[order], owners[order]
    begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    run_begin = np.repeat(begins, np.diff(np.append(begins, len(ordered))))
    place = np.arange(len(ordered))
    meets = place - run_begin  # earlier owners of the same key
    places = place[meets > 0]
    places = places[np.argsort(owners[places], kind="stable")]
    later, amount, begin = owners[places], meets[places], run_begin[places]
    total = np.cumsum(amount)
    at = 0
    while at < len(places):
        limit = (total[at - 1] if at else 0) + _BLOCK
        until = int(np.searchsorted(total, limit, side="right"))
        until = max(until, int(np.searchsorted(later, later[at], side="right")))
        if until < len(later):  # never divide one member's keys
            until = max(int(np.searchsorted(later, later[until], side="left")), at + 1)
            until = int(np.searchsorted(later, later[until - 1], side="right"))
        yield _count(later[at:until], amount[at:until], begin[at:until], owners, len(keys))
        at = until


def _count(
    later: Integers, amount: Integers, begin: Integers, owners: Integers, members: int
) -> tuple[Integers, Integers, Integers]:
    first = np.cumsum(amount) - amount
    within = np.arange(int(amount.sum())) - np.repeat(first, amount)
    earlier = owners[np.repeat(begin, amount) + within]
    codes = np.repeat(later - later[0], amount) * members + earlier
    rows = int(later[-1] - later[0]) + 1
    if rows * members <= 4 * len(codes):
        counted = np.bincount(codes, minlength=rows * members)
        pairs = np.flatnonzero(counted)
        counts = counted[pairs]
    else:
        codes = np.sort(codes.astype(np.uint32) if rows * members < 1 << 32 else codes)
        begins = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        pairs, counts = codes[begins].astype(np.int64), np.diff(np.append(begins, len(codes)))
    return pairs // members + later[0], pairs % members, counts
