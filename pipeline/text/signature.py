"""Signature: what linking compares of an article, computed from its text alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Hashes, join_texts, mix, sorted_distinct
from pipeline.text.outline import Bits, Integers, are_rare_facts, outlines
from pipeline.text.shingles import Shingles, shingles_of_texts
from schemas.records import Signature

VERSION = 2
"""Of the algorithm and the frozen tables: signatures of two versions are never compared."""

PACKED_BYTES = 5
"""Of a shingle's hash that are compared: in two texts of 1,000 shingles each one in a million coincides by chance."""

SHINGLES_CAP = 4096
"""Of a longer text (a book, a log) the smallest hashes are kept: still a fair sample, still order-free."""

BANDS_CAP = 128
FACTS_A_KEY, FACT_KEYS = 3, 16
LEAST_FACTS = 4
_ONE_IN = np.uint64(8)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_LETTERS_AT_ONCE = 120_000
"""More do not fit in a core's cache together with what is computed of them."""
_SALT = np.uint64(0xD6E8FEB86659FD93)

_PERMUTATIONS = mix(np.arange(1, 1 + FACT_KEYS * FACTS_A_KEY, dtype=np.uint64) ^ _SALT)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def sign(body: str, language: str) -> Signature:
    """The signature of a body text; an empty text has one that matches nothing.

    Guarantees: follows from the text alone, on every machine; work grows linearly with the text.
    """
    return sign_all((body,))[0]


def sign_all(bodies: Sequence[str]) -> list[Signature]:
    """The signature of each text, the same as if it were signed alone: together they cost a fifth."""
    signatures: list[Signature] = []
    waiting: list[str] = []
    letters = 0
    for body in bodies:
        waiting.append(body)
        letters += len(body)
        if letters >= _LETTERS_AT_ONCE:
            signatures += _signed(waiting)
            waiting, letters = [], 0
    return signatures + (_signed(waiting) if waiting else [])


def _signed(bodies: Sequence[str]) -> list[Signature]:
    joined = join_texts(bodies)
    found = shingles_of_texts(joined)
    outlined, units, owner = outlines(joined)
    keys = _keys_by_text(found, units, owner, len(bodies))
    return [
        Signature(VERSION, shingles, bands, numbers_in(text), told)
        for shingles, bands, text, told in zip(
            _packed_by_text(found, joined.dense), keys, joined.texts, outlined, strict=True
        )
    ]


def _packed_by_text(found: Shingles, dense: npt.NDArray[np.bool_]) -> list[bytes]:
    """The distinct hashes of each text, sorted, at most SHINGLES_CAP."""
    hashes = found.hashes.astype("<u8")
    amounts = np.bincount(found.owner, minlength=len(dense))
    # Texts with word spaces come first, then the dense ones.
    order = np.concatenate((np.flatnonzero(~dense), np.flatnonzero(dense))).tolist()
    packed, begin = [b""] * len(dense), 0
    for place in order:
        end = begin + int(amounts[place])
        packed[place] = sorted_distinct(hashes[begin:end])[:SHINGLES_CAP].tobytes()
        begin = end
    return packed


def _keys_by_text(found: Shingles, units: Bits, owner: Integers, texts: int) -> list[tuple[str, ...]]:
    """The keys of each text, sorted."""
    keys, of_text = _band_keys(found.hashes[found.says_something], found.owner[found.says_something])
    facts, of_facts = _fact_keys(units, owner)
    every, owners = np.concatenate((keys, facts)), np.concatenate((of_text, of_facts))
    order = np.lexsort((every, owners))
    every, owners = every[order], owners[order]
    kept = _are_new(every, owners)
    digits = every[kept].astype(">u8").tobytes().hex()
    written = [digits[at : at + 16] for at in range(0, len(digits), 16)]
    ends = np.searchsorted(owners[kept], np.arange(texts), side="right").tolist()
    return [tuple(written[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]


def _are_new(hashes: Hashes, owners: Integers) -> npt.NDArray[np.bool_]:
    """Which of the sorted hashes are not those before them, of the same text."""
    new = np.ones(len(hashes), dtype=bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    return new


def _band_keys(shingles: Hashes, owners: Integers) -> tuple[Hashes, Integers]:
    """Keys under which a text is found: a fair one in eight of these shingles, at most BANDS_CAP, and their texts.

    Unlike MinHash bands this keeps containment: a brief of 40 words still meets the story of 600 that it was
    cut from. The cap keeps the smallest, so that two long texts choose the same ones.
    """
    keys = mix(shingles ^ _SALT)
    chosen = keys % _ONE_IN == 0
    keys, owners = keys[chosen], owners[chosen]
    order = np.lexsort((keys, owners))
    keys, owners = keys[order], owners[order]
    new = _are_new(keys, owners)
    keys, owners = keys[new], owners[new]
    capped = np.arange(len(keys)) - np.searchsorted(owners, owners) < BANDS_CAP
    return keys[capped], owners[capped]


def _fact_keys(units: Bits, owners: Integers) -> tuple[Hashes, Integers]:
    """Keys under which a text is found whose words are all others: FACT_KEYS bands of a MinHash over its facts.

    A rewritten copy shares no three words in a row with its origin, but most names and numbers. Each key says three
    of them at once, so none is frequent: of texts that share half of their facts .88 meet, .02 at a tenth.
    """
    rare = are_rare_facts(units)
    codes = (owners[rare].astype(np.uint64) << _HALF) | (units[rare] >> np.uint32(4))
    codes = sorted_distinct(codes)
    facts, of_text = codes & _LOW, (codes >> _HALF).astype(np.int64)
    begins = np.flatnonzero(_are_new(of_text.view(np.uint64), of_text))
    many = np.diff(np.append(begins, len(facts))) >= LEAST_FACTS
    if not many.any():
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    smallest = np.minimum.reduceat(mix(facts[None, :] ^ _PERMUTATIONS[:, None]), begins, axis=1)[:, many]
    smallest = smallest.reshape(FACT_KEYS, FACTS_A_KEY, -1)
    keys = mix(smallest[:, 0] ^ mix(smallest[:, 1] ^ mix(smallest[:, 2])))
    return keys.ravel(), np.tile(of_text[begins[many]], FACT_KEYS)


def numbers_in(text: str) -> tuple[str, ...]:
    """The distinct numbers of a normalised text, sorted.

    >>> numbers_in("1374.3 won, 12 of 1374.3")
    ('12', '1374.3')
    """
    return tuple(sorted(set(_NUMBER.findall(text))))


def shingles_of(signature: Signature) -> Hashes:
    """The signature's shingle hashes, sorted."""
    return np.frombuffer(signature.shingles, dtype="<u8").astype(np.uint64, copy=False)


def compared_shingles(signature: Signature) -> Hashes:
    """The upper PACKED_BYTES of the shingle hashes, as numbers, sorted."""
    return shingles_of(signature) >> np.uint64(64 - 8 * PACKED_BYTES)


def pack_shingles(signature: Signature) -> bytes:
    """The upper PACKED_BYTES of the shingle hashes: of all the upper four, then of all the fifth."""
    hashes = shingles_of(signature)
    upper, fifth = (hashes >> np.uint64(32)).astype("<u4"), ((hashes >> np.uint64(24)) & np.uint64(255)).astype("u1")
    return upper.tobytes() + fifth.tobytes()


def unpack_shingles(packed: bytes) -> Hashes:
    """The numbers that ``pack_shingles`` packed: ``compared_shingles``.

    >>> packed = pack_shingles(Signature(VERSION, bytes(range(16)), (), (), b""))
    >>> [f"{number:x}" for number in unpack_shingles(packed)]
    ['706050403', 'f0e0d0c0b']
    """
    amount = packed_amount(packed)
    upper = np.frombuffer(packed, dtype="<u4", count=amount).astype(np.uint64)
    fifth = np.frombuffer(packed, dtype="u1", offset=4 * amount).astype(np.uint64)
    return (upper << np.uint64(8)) | fifth


def packed_amount(packed: bytes) -> int:
    """How many shingles are packed."""
    return len(packed) // PACKED_BYTES
