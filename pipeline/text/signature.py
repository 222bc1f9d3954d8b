"""Signature: what linking compares of an article, computed from its text alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import IS_DIGIT, Hashes, JoinedTexts, join_texts, mix, sorted_distinct
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

_POINT, _COMMA = ord("."), ord(",")


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
    keys, shingles = _keys_by_text(found, units, owner, len(bodies)), _packed_by_text(found, len(bodies))
    return [Signature(VERSION, *parts) for parts in zip(shingles, keys, numbers_by_text(joined), outlined, strict=True)]


def _packed_by_text(found: Shingles, texts: int) -> list[bytes]:
    """The distinct hashes of each text, sorted, at most SHINGLES_CAP."""
    hashes = found.hashes.copy()
    # Texts with word spaces come first, then the dense ones: where each begins follows from the owners.
    changes = np.concatenate(([0], np.flatnonzero(found.owner[1:] != found.owner[:-1]) + 1, [len(hashes)])).tolist()
    for begin, end in pairwise(changes):
        hashes[begin:end].sort()
    new = _are_new(hashes, found.owner)
    hashes, owners = hashes[new].astype("<u8", copy=False), found.owner[new]
    packed, amounts = hashes.tobytes(), np.bincount(owners, minlength=texts)
    made, begin = [b""] * texts, 0
    for owner in owners[np.flatnonzero(_are_new(owners.view(np.uint64), owners))].tolist():
        end = begin + int(amounts[owner])
        made[owner] = packed[8 * begin : 8 * min(end, begin + SHINGLES_CAP)]
        begin = end
    return made


def _sorted_by_text(hashes: Hashes, owners: Integers) -> tuple[Hashes, Integers]:
    """The distinct hashes of each text, by text and in ascending order."""
    order = np.argsort(hashes)
    few = owners.dtype if len(owners) and int(owners.max()) >= 1 << 16 else np.uint16  # those are sorted by counting
    order = order[np.argsort(owners[order].astype(few), kind="stable")]
    hashes, owners = hashes[order], owners[order]
    new = _are_new(hashes, owners)
    return hashes[new], owners[new]


def _keys_by_text(found: Shingles, units: Bits, owner: Integers, texts: int) -> list[tuple[str, ...]]:
    """The keys of each text, sorted."""
    keys, of_text = _band_keys(found.hashes[found.says_something], found.owner[found.says_something])
    facts, of_facts = _fact_keys(units, owner)
    every, owners = _sorted_by_text(np.concatenate((keys, facts)), np.concatenate((of_text, of_facts)))
    digits = every.astype(">u8").tobytes().hex()
    written = [digits[at : at + 16] for at in range(0, len(digits), 16)]
    ends = np.searchsorted(owners, np.arange(texts), side="right").tolist()
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
    if not len(keys) or np.bincount(owners).max() <= BANDS_CAP:
        return keys, owners
    keys, owners = _sorted_by_text(keys, owners)
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


def numbers_by_text(joined: JoinedTexts) -> list[tuple[str, ...]]:
    """The distinct numbers of each text, sorted.

    >>> from pipeline.text.characters import join_texts
    >>> numbers_by_text(join_texts(("1374.3 won, 12 of 1374.3", "none")))
    [('12', '1374.3'), ()]
    """
    codes, texts = joined.codes, joined.texts
    digits = np.flatnonzero(IS_DIGIT[np.minimum(codes, len(IS_DIGIT) - 1)])
    if not len(digits):
        return [()] * len(texts)
    gaps, after = np.diff(digits), codes[digits[:-1] + 1]
    ends = np.flatnonzero((gaps > 2) | ((gaps == 2) & (after != _POINT) & (after != _COMMA)))
    begins = digits[np.concatenate(([0], ends + 1))]
    owners = joined.owners(begins)
    found: list[set[str]] = [set() for _ in texts]
    offset = joined.begins[owners]
    for owner, begin, end in zip(
        owners.tolist(), (begins - offset).tolist(), (digits[np.append(ends, -1)] + 1 - offset).tolist(), strict=True
    ):
        found[owner].add(texts[owner][begin:end])
    return [tuple(sorted(numbers)) for numbers in found]


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
