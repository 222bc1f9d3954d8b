"""Keys under which an article is found: as text in the index, packed in memory, as numbers where they are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]


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
