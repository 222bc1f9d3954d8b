"""Signature: what linking compares of an article, computed from its text alone."""

from __future__ import annotations

import re

import numpy as np

from pipeline.text.characters import Hashes, characters, mix, sorted_distinct
from pipeline.text.outline import Outline, outline, unpack
from pipeline.text.shingles import says_something, shingle_hashes
from schemas.records import Signature

VERSION = 2
"""Of the algorithm and the frozen tables: signatures of two versions are never compared."""

SHINGLES_CAP = 4096
"""Of a longer text (a book, a log) the smallest hashes are kept: still a fair sample, still order-free."""

BANDS_CAP = 128
FACTS_A_KEY, FACT_KEYS = 3, 16
LEAST_FACTS = 4
_ONE_IN = np.uint64(8)
_SALT = np.uint64(0xD6E8FEB86659FD93)

_PERMUTATIONS = mix(np.arange(1, 1 + FACT_KEYS * FACTS_A_KEY, dtype=np.uint64) ^ _SALT)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def sign(body: str, language: str) -> Signature:
    """The signature of a body text; an empty text has one that matches nothing.

    Guarantees: follows from the arguments alone, on every machine; work grows linearly with the text.
    """
    text = characters(body)
    hashes = shingle_hashes(text)
    shingles = sorted_distinct(hashes)[:SHINGLES_CAP]
    packed = outline(text)
    return Signature(
        version=VERSION,
        shingles=shingles.astype("<u8").tobytes(),
        bands=tuple(sorted({*band_keys(hashes[says_something(text)]), *fact_keys(unpack(packed))})),
        numbers=numbers_in(text.text),
        outline=packed,
    )


def band_keys(shingles: Hashes) -> tuple[str, ...]:
    """Keys under which the text is found: a fair one in eight of these shingles, at most BANDS_CAP, sorted.

    Unlike MinHash bands this keeps containment: a brief of 40 words still meets the story of 600 that it was
    cut from. The cap keeps the smallest, so that two long texts choose the same ones.
    """
    order = mix(shingles ^ _SALT)
    chosen = sorted_distinct(order[order % _ONE_IN == 0])[:BANDS_CAP]
    return tuple([f"{key:016x}" for key in chosen.tolist()])


def fact_keys(told: Outline) -> tuple[str, ...]:
    """Keys under which a text is found whose words are all others: FACT_KEYS bands of a MinHash over its facts.

    A rewritten copy shares no three words in a row with its origin, but most names and numbers. Each key says three
    of them at once, so none is frequent: of texts that share half of their facts .88 meet, .02 at a tenth.
    """
    facts = told.rare_facts
    if len(facts) < LEAST_FACTS:
        return ()
    smallest = mix(facts[None, :] ^ _PERMUTATIONS[:, None]).min(axis=1).reshape(FACT_KEYS, FACTS_A_KEY)
    keys = mix(smallest[:, 0] ^ mix(smallest[:, 1] ^ mix(smallest[:, 2])))
    return tuple([f"{key:016x}" for key in keys.tolist()])


def numbers_in(text: str) -> tuple[str, ...]:
    """The distinct numbers of a normalised text, sorted.

    >>> numbers_in("1374.3 won, 12 of 1374.3")
    ('12', '1374.3')
    """
    return tuple(sorted(set(_NUMBER.findall(text))))


def shingles_of(signature: Signature) -> Hashes:
    """The signature's shingle hashes, sorted."""
    return np.frombuffer(signature.shingles, dtype="<u8").astype(np.uint64, copy=False)
