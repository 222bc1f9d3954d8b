"""What others do: MinHash LSH (datasketch, rensa) verified by Jaccard, and SimHash; clusters are single linkage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH
from rensa import RMinHash, RMinHashLSH

from pipeline.text.characters import characters
from pipeline.text.shingles import CHARACTERS_A_SHINGLE, WORDS_A_SHINGLE, shingle_hashes

JACCARD = 0.5
PERMUTATIONS = 128
BANDS = 32
SIMHASH_BITS = 8


def shingles(text: str) -> set[str]:
    """Three words, or six characters in Chinese script, Hangul and kana."""
    read = characters(text)
    if read.dense:
        letters = "".join(letter for letter in read.text.lower() if letter.isalnum())
        return {
            letters[at : at + CHARACTERS_A_SHINGLE] for at in range(max(1, len(letters) - CHARACTERS_A_SHINGLE + 1))
        }
    words = read.text.lower().split()
    return {" ".join(words[at : at + WORDS_A_SHINGLE]) for at in range(max(1, len(words) - WORDS_A_SHINGLE + 1))}


def datasketch_pairs(sets: Sequence[set[str]]) -> Iterable[tuple[int, int]]:
    """Insert and query, in order."""
    index = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS)
    for place, own in enumerate(sets):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([shingle.encode() for shingle in own])
        for other in index.query(sketch):
            yield place, int(other)
        index.insert(str(place), sketch)


def rensa_pairs(sets: Sequence[set[str]]) -> Iterable[tuple[int, int]]:
    """The same."""
    index = RMinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS, num_bands=BANDS)
    for place, own in enumerate(sets):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(list(own))
        for other in index.query(sketch):
            yield place, int(other)
        index.insert(place, sketch)


def _verified(pairs: Callable[[Sequence[set[str]]], Iterable[tuple[int, int]]]) -> Callable[..., dict[str, str]]:
    def cluster(ids: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
        sets = [shingles(text) for text in texts]
        alike = (
            (one, other)
            for one, other in pairs(sets)
            if len(sets[one] & sets[other]) >= JACCARD * len(sets[one] | sets[other])
        )
        return _components(ids, alike)

    return cluster


def simhash(ids: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """SimHash over shingles, 64 bits, at most 8 of them different."""
    values = np.array([_simhash(text) for text in texts], dtype=np.uint64)

    def near() -> Iterable[tuple[int, int]]:
        for place, value in enumerate(values):
            different = np.bitwise_count(values[:place] ^ value)
            for other in np.flatnonzero(different <= SIMHASH_BITS).tolist():
                yield place, other

    return _components(ids, near())


def _simhash(text: str) -> int:
    hashes = shingle_hashes(text)
    bits = (hashes[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    return sum(1 << bit for bit in np.flatnonzero(2 * bits.sum(axis=0) > len(hashes)).tolist())


def _components(ids: Sequence[str], pairs: Iterable[tuple[int, int]]) -> dict[str, str]:
    leader = list(range(len(ids)))

    def find(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for one, other in pairs:
        leader[find(one)] = find(other)
    return {identity: ids[find(place)] for place, identity in enumerate(ids)}


BASELINES: dict[str, Callable[[Sequence[str], Sequence[str]], dict[str, str]]] = {
    "datasketch": _verified(datasketch_pairs),
    "rensa": _verified(rensa_pairs),
    "simhash": simhash,
}
