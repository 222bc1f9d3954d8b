"""Who is visited next: each once while on its way, hosts in turn, and never more than there is room for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.choose_due import LEASE, OnItsWay, Waiting, choose_visits, due_entries, due_feeds
from schemas.feeds import FeedSource, FeedState, feed_state_to_document

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

waiting_lists = st.lists(
    st.builds(Waiting, st.integers(0, 40).map(str), st.sampled_from("abc"), st.sampled_from(["1", "2"])),
    unique_by=lambda one: one.key,
    max_size=40,
)


@given(waiting_lists, st.integers(1, 20), st.integers(1, 10))
def test_nobody_is_visited_twice_and_no_limit_is_passed(waiting, most, most_a_partition):
    on_their_way: dict[str, OnItsWay] = {}
    seen: list[str] = []
    for _ in range(3):
        chosen, on_their_way = choose_visits(waiting, on_their_way, NOW, most, most_a_partition)
        seen += [one.key for one in chosen]
        assert len(on_their_way) <= most
        assert max(Counter(one.host_partition for one in on_their_way.values()).values(), default=0) <= most_a_partition
    assert len(seen) == len(set(seen))


@given(waiting_lists)
def test_all_are_visited_when_those_before_are_settled(waiting):
    left, on_their_way, seen = list(waiting), {}, []
    while left:
        chosen, on_their_way = choose_visits(left, on_their_way, NOW, 5, 2)
        assert chosen
        seen += chosen
        left = [one for one in left if one not in chosen]
    assert sorted(one.key for one in seen) == sorted(one.key for one in waiting)
    assert choose_visits([], on_their_way, NOW, 5, 2) == ([], {})


def test_what_was_settled_and_waits_again_is_visited_again():
    first = Waiting("entry", "a", "0 attempts")
    _, on_their_way = choose_visits([first], {}, NOW, 5, 5)
    assert choose_visits([first], on_their_way, NOW, 5, 5)[0] == []
    again = Waiting("entry", "a", "1 attempt")
    assert choose_visits([again], on_their_way, NOW, 5, 5)[0] == [again]


def test_a_visit_that_left_no_trace_is_made_again_after_its_lease():
    one = Waiting("entry", "a", "1")
    _, on_their_way = choose_visits([one], {}, NOW, 5, 5)
    assert choose_visits([one], on_their_way, NOW + LEASE - timedelta(seconds=1), 5, 5)[0] == []
    assert choose_visits([one], on_their_way, NOW + LEASE + timedelta(seconds=1), 5, 5)[0] == [one]


def test_a_host_with_a_long_line_does_not_keep_the_others_waiting():
    crowd = [Waiting(f"a{number}", "a", "") for number in range(100)]
    chosen, _ = choose_visits([*crowd, Waiting("b", "b", "")], {}, NOW, 10, 8)
    assert "b" in {one.key for one in chosen}
    assert sum(one.host_partition == "a" for one in chosen) == 8


def _feed(**values) -> dict:
    state = FeedState("feed", "https://one.example/rss", "https://one.example/rss", **values)
    return {"feed": feed_state_to_document(state)}


@pytest.mark.parametrize(
    ("known", "every", "due"),
    [
        pytest.param({}, 0.0, True, id="never polled"),
        pytest.param(_feed(polled_at=NOW, next_poll_at=NOW + timedelta(hours=1)), 0.0, False, id="not yet"),
        pytest.param(_feed(polled_at=NOW, next_poll_at=NOW), 0.0, True, id="at its time"),
        pytest.param(
            _feed(polled_at=NOW - timedelta(seconds=31), next_poll_at=NOW + timedelta(hours=1)), 30.0, True, id="every"
        ),
        pytest.param(_feed(polled_at=NOW - timedelta(seconds=29), next_poll_at=NOW), 30.0, False, id="every, not yet"),
    ],
)
def test_a_feed_is_polled_at_its_time(known, every, due):
    source = FeedSource("feed", "https://one.example/rss")
    assert bool(list(due_feeds([source], known, NOW, every))) is due


def test_a_feed_that_has_another_address_in_its_list_is_polled_at_once():
    moved = FeedSource("feed", "https://two.example/rss")
    known = _feed(polled_at=NOW, next_poll_at=NOW + timedelta(hours=1))
    assert len(list(due_feeds([moved], known, NOW))) == 1


def test_entries_wait_until_their_next_attempt_and_the_oldest_go_first():
    def row(key: str, next_attempt_at: str | None) -> dict:
        return {
            "entry_key": key, "url": "https://one.example/", "revisions": [], "attempts": 0,
            "next_attempt_at": next_attempt_at,
        }  # fmt: skip

    rows = [row("c", "2026-11-20T13:00:00.000Z"), row("b", "2026-11-20T11:00:00.000Z"), row("a", None)]
    assert [one.key for one in due_entries(rows, NOW)] == ["a", "b"]
