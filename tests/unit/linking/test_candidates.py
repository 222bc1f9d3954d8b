from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text import crowded_keys, meetings
from pipeline.text.candidates import KeyTable
from pipeline.text.common_ground import FactSets, are_alike, differ, share_enough_keys
from pipeline.text.keys import keys_of
from pipeline.text.light_members import light_members
from pipeline.text.meetings import Integers

Pairs = set[tuple[int, int]]


def _arrays(keys: list[set[int]]) -> list[Integers]:
    return [np.array(sorted(own), dtype=np.uint64) for own in keys]


@given(st.lists(st.sets(st.integers(0, 12), max_size=8), max_size=14), st.sampled_from([1, 3, 10, 4_000_000]))
@settings(deadline=None)
def test_every_pair_that_shares_a_key_is_found_once_with_its_count(keys: list[set[int]], block: int) -> None:
    table = KeyTable(_arrays(keys))
    found: dict[tuple[int, int], int] = {}
    last = -1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meetings, "_BLOCK", block)  # the same result whatever is counted at once
        for later, earlier, counts in meetings.meetings(table.entries, table.count):
            assert int(earlier.min()) > last
            last = int(earlier.max())
            for one, other, count in zip(later.tolist(), earlier.tolist(), counts.tolist(), strict=True):
                assert (one, other) not in found
                found[one, other] = count
    expected = {
        (later, earlier): len(keys[later] & keys[earlier])
        for earlier, later in combinations(range(len(keys)), 2)
        if keys[later] & keys[earlier]
    }
    assert found == expected
    one, other = np.array(sorted(found), dtype=np.int64).reshape(-1, 2).T
    assert table.shared(one, other).tolist() == [found[pair] for pair in sorted(found)]


@given(
    st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=6), st.integers(0, 3)), min_size=2, max_size=40),
    st.integers(1, 40),
)
@settings(deadline=None)
def test_only_pairs_of_one_group_are_left_out(members: list[tuple[set[int], int]], block: int) -> None:
    keys, colours = [own for own, _ in members], [colour for _, colour in members]
    table = KeyTable(_arrays(keys))
    groups = np.arange(len(keys))
    found: Pairs = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meetings, "_FIRST_BLOCK", block)
        patch.setattr(meetings, "_WORTH_GROUPING", 0)
        for later, earlier, counts in meetings.meetings(table.entries, table.count, groups.copy):
            for one, other, count in zip(later.tolist(), earlier.tolist(), counts.tolist(), strict=True):
                if groups[one] != groups[other]:
                    assert count == len(keys[one] & keys[other])
                found.add((one, other))
                if colours[one] == colours[other]:  # linked
                    groups[groups == groups[one]] = groups[other]
    expected = {(later, earlier) for earlier, later in combinations(range(len(keys)), 2) if keys[later] & keys[earlier]}
    assert found <= expected
    assert all(groups[one] == groups[other] for one, other in expected - found)


def _facts(draw: random.Random, amounts: tuple[int, ...]) -> list[set[int]]:
    """Of 400 members; every fifth repeats most of one before it."""
    made: list[set[int]] = []
    for place in range(400):
        facts = {draw.randrange(250) for _ in range(draw.choice(amounts))}
        if place % 5 == 4:
            facts = set(sorted(made[draw.randrange(place)])[1:]) | {draw.randrange(250)}
        made.append(facts)
    return made


def _compared(keys: list[set[int]], numbers: list[set[int]], names: list[set[int]]) -> tuple[KeyTable, FactSets]:
    bits = np.zeros((len(keys), 2, 256), dtype=np.uint8)
    for place, (own_numbers, own_names) in enumerate(zip(numbers, names, strict=True)):
        bits[place, 0, sorted(own_numbers)], bits[place, 1, sorted(own_names)] = 1, 1
    return KeyTable(_arrays(keys)), FactSets(np.packbits(bits.reshape(len(keys), 512), axis=1).view(np.uint64))


def _all_pairs(table: KeyTable, facts: FactSets) -> Pairs:
    later, earlier = np.tril_indices(table.count, -1)
    shared = table.shared(later, earlier)
    common, fewer = facts.in_common(later, earlier)
    enough = share_enough_keys(shared, np.minimum(table.sizes[later], table.sizes[earlier]))
    kept = (shared > 0) & ~differ(common, fewer) & (are_alike(common, fewer) | enough)
    return set(zip(later[kept].tolist(), earlier[kept].tolist(), strict=True))


def assert_as_if_all_met(table: KeyTable, facts: FactSets, first_later: int) -> None:
    blocks = table.pairs(facts, lambda later, _: np.ones(len(later), dtype=bool), None, first_later)
    found = {pair for later, earlier in blocks for pair in zip(later.tolist(), earlier.tolist(), strict=True)}
    expected = _all_pairs(table, facts)
    if first_later:
        expected = {(later, earlier) for later, earlier in expected if earlier < first_later <= later}
    assert found == expected
    assert len(expected) > 20


MANY, FEW = (*(4, 5, 6, 5) * 10, 7, 8, 30, 3), (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("numbers", "names", "first_later"),
    [
        pytest.param(MANY, FEW, 0, id="numbers"),
        pytest.param(FEW, MANY, 0, id="names"),
        pytest.param(MANY, MANY, 0, id="both"),
        pytest.param(MANY, FEW, 200, id="new ones and others"),
    ],
)
def test_members_under_crowded_keys_meet_as_if_all_met(
    numbers: tuple[int, ...], names: tuple[int, ...], first_later: int
) -> None:
    draw = random.Random(5)
    keys = [{1, 2, 3, 10 + draw.randrange(4), 20 + draw.randrange(300), 400 + place} for place in range(400)]
    for place in range(0, 400, 3):
        keys[place] |= {4, 5, 6, 7}
    for place in range(0, 400, 11):
        keys[place] = {20 + place, 1000 + place // 50}
    table, facts = _compared(keys, _facts(draw, numbers), _facts(draw, names))
    _, unknown = crowded_keys.relieve(table.entries, table.sizes, facts.bits)
    assert 0 < int(unknown.sum()) < 400
    assert_as_if_all_met(table, facts, first_later)


@pytest.mark.parametrize("first_later", [0, 250])
@pytest.mark.parametrize(
    ("numbers", "names"), [(FEW, FEW), (MANY, FEW), ((*(2, 5, 9, 6) * 5, 15), (0, 3))], ids=["few", "many", "very many"]
)
def test_members_that_share_too_few_keys_meet_where_they_share_facts(
    numbers: tuple[int, ...], names: tuple[int, ...], first_later: int
) -> None:
    draw = random.Random(6)
    own = [{10_000 + 20 * place + key for key in range(draw.randrange(11, 16))} for place in range(400)]
    keys = [{1, 2, 3, 10 + draw.randrange(9)} | own[place] for place in range(400)]
    for place in range(0, 400, 9):  # a copy, or a brief
        keys[place] = set(sorted(keys[draw.randrange(400)])[: draw.randrange(5, 18)]) | {1, 2}
    figures = _facts(draw, numbers)
    table, facts = _compared(keys, figures, _facts(draw, names))
    spared = light_members(table.entries, table.sizes, facts.bits, crowded_keys.CROWD)
    assert spared is not None
    assert spared.light.sum() > 200
    assert_as_if_all_met(table, facts, first_later)


def test_sizes_at_which_facts_differ() -> None:
    amounts = np.arange(40)
    common, fewer = (part.ravel().astype(np.uint16) for part in np.meshgrid(amounts, amounts))
    for few_names in (0, 7, 8, 20):
        names = np.full(len(common), few_names, dtype=np.uint16)
        found = differ(np.stack((common, names), axis=1), np.stack((fewer, names), axis=1))
        needed = np.where(fewer < 4, 0.0, np.where(fewer < 6, 0.5, 0.65)) * fewer
        needed = np.where((few_names >= 8) & (common >= 0.4 * fewer), 0.0, needed)
        assert found.tolist() == (common < needed).tolist()


def test_keys_are_read_from_their_digits() -> None:
    assert keys_of([]).tolist() == []
    assert keys_of(["0000000000000001", "ffffffffffffffff"]).tolist() == [1, 2**64 - 1]
