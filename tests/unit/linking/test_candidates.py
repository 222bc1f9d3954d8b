from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import candidates
from pipeline.text.candidates import keys_of, shared_keys


def _found(keys: list[set[int]]) -> dict[tuple[int, int], int]:
    arrays = [np.array(sorted(own), dtype=np.uint64) for own in keys]
    found: dict[tuple[int, int], int] = {}
    last = -1
    for later, earlier, counts in shared_keys(arrays):
        assert int(later.min()) > last
        last = int(later.max())
        for one, other, count in zip(later.tolist(), earlier.tolist(), counts.tolist(), strict=True):
            assert (one, other) not in found
            found[one, other] = count
    return found


@given(st.lists(st.sets(st.integers(0, 12), max_size=8), max_size=14), st.sampled_from([1, 3, 10, 4_000_000]))
@settings(deadline=None)
def test_every_pair_that_shares_a_key_is_found_once_with_its_count(keys: list[set[int]], block: int) -> None:
    before = candidates._BLOCK
    candidates._BLOCK = block  # the same result whatever is counted at once
    try:
        found = _found(keys)
    finally:
        candidates._BLOCK = before
    expected = {
        (later, earlier): len(keys[later] & keys[earlier])
        for earlier, later in combinations(range(len(keys)), 2)
        if keys[later] & keys[earlier]
    }
    assert found == expected


def test_keys_are_read_from_their_digits() -> None:
    assert keys_of([]).tolist() == []
    assert keys_of(["0000000000000001", "ffffffffffffffff"]).tolist() == [1, 2**64 - 1]
