"""When a feed is polled again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed_schedule import (
    LONGEST_SECONDS,
    LONGEST_WISH_SECONDS,
    SHORTEST_SECONDS,
    allowed_time,
    asked_wait_seconds,
    backoff_seconds,
    entries_per_week,
    is_due,
    jitter,
    rhythm_seconds,
    time_after_failure,
    time_after_success,
)
from schemas.errors import FailReason
from schemas.feeds import FeedState

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)  # a Friday
HOUR = 3600.0


def test_a_feed_that_was_never_polled_is_due():
    assert is_due(FeedState("a", "http://a.example/"), NOW)


def test_a_feed_is_due_from_its_time_on():
    state = FeedState("a", "http://a.example/", next_poll_at=NOW)
    assert is_due(state, NOW)
    assert not is_due(state, NOW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("ages_hours", "expected"),
    [
        pytest.param([0, 24, 48, 300, 400], 3, id="longer-than-a-week-counts-the-last"),
        pytest.param([0, 6, 12, 18, 24], 5 * 7, id="full-list-of-a-day-stands-for-its-rate"),
        pytest.param([0], -1, id="one-date-tells-nothing"),
        pytest.param([-5, -9, 2], -1, id="dates-to-come-do-not-count"),
    ],
)
def test_rhythm_follows_from_the_dates(ages_hours, expected):
    assert entries_per_week([NOW - timedelta(hours=age) for age in ages_hours], NOW) == expected


@pytest.mark.parametrize(
    ("per_week", "seen_share", "listed", "hours"),
    [
        pytest.param(-1, 0, 0, 1, id="unknown"),
        pytest.param(0, 1, 0, 24, id="silent"),
        pytest.param(7, 0.5, 20, 12, id="daily"),
        pytest.param(10_000, 0.5, 500, 1 / 6, id="wire-agency"),
        pytest.param(1_680, 0.5, 3, 1 / 6, id="short-list-of-a-busy-feed"),
    ],
)
def test_interval_suits_the_feed(per_week, seen_share, listed, hours):
    assert rhythm_seconds(per_week, seen_share, listed) / HOUR == pytest.approx(hours)


@given(st.floats(-1, 1e6), st.floats(0, 1), st.integers(0, 10**6))
def test_interval_stays_within_its_bounds(per_week, seen_share, listed):
    assert SHORTEST_SECONDS <= rhythm_seconds(per_week, seen_share, listed) <= LONGEST_SECONDS


def test_feed_that_gives_nothing_new_is_polled_less_often():
    assert rhythm_seconds(84, 1.0, 50) > rhythm_seconds(84, 0.9, 50)


@pytest.mark.parametrize(
    ("headers", "ttl", "seconds"),
    [
        pytest.param({}, 0, 0, id="nothing"),
        pytest.param({"cache-control": "public, max-age=900"}, 0, 900, id="max-age"),
        pytest.param({"cache-control": "max-age=900", "age": "300"}, 0, 600, id="age-is-taken-off"),
        pytest.param({"cache-control": "no-cache, max-age=900"}, 0, 0, id="no-cache"),
        pytest.param({"cache-control": "s-maxage=900"}, 0, 0, id="shared-caches-only"),
        pytest.param({"expires": format_datetime(NOW + timedelta(hours=2))}, 0, 7200, id="expires"),
        pytest.param(
            {"expires": format_datetime(NOW + timedelta(hours=3)), "date": format_datetime(NOW + timedelta(hours=2))},
            0, 3600, id="expires-by-the-servers-own-clock",
        ),
        pytest.param({"expires": "0"}, 0, 0, id="expired"),
        pytest.param({"retry-after": "5000", "cache-control": "max-age=10"}, 700, 5000, id="largest-is-retry-after"),
        pytest.param({"cache-control": "max-age=10"}, 700, 700, id="largest-is-ttl"),
        pytest.param({"cache-control": "max-age=31536000"}, 0, LONGEST_WISH_SECONDS, id="a-year-is-no-wish"),
    ],
)  # fmt: skip
def test_the_largest_wish_counts(headers, ttl, seconds):
    assert asked_wait_seconds(headers, NOW, ttl) == seconds


def test_skipped_hours_and_days_are_waited_out():
    assert allowed_time(NOW, frozenset({12, 13}), frozenset()) == NOW + timedelta(hours=2)
    assert allowed_time(NOW, frozenset(), frozenset({4, 5})) == datetime(2026, 5, 3, tzinfo=UTC)


def test_next_poll_is_never_before_rhythm_or_wish():
    state = FeedState("a", "http://a.example/", interval_seconds=HOUR)
    assert NOW + timedelta(hours=1) <= time_after_success(state, {}, NOW) <= NOW + timedelta(hours=1.1)
    assert time_after_success(state, {"cache-control": "max-age=7200"}, NOW) >= NOW + timedelta(hours=2)
    wishes = replace(state, skip_hours="13,15")
    assert time_after_success(wishes, {}, NOW) == NOW + timedelta(hours=2)
    assert time_after_success(replace(state, ttl_seconds=86_400), {}, NOW) >= NOW + timedelta(days=1)


def test_backoff_doubles_up_to_a_day_and_never_ends():
    waits = [backoff_seconds(failures, HOUR) for failures in range(1, 60)]
    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits[-1] == 24 * HOUR


def test_retry_after_outlasts_the_backoff():
    state = FeedState("a", "http://a.example/", consecutive_failures=1, interval_seconds=HOUR)
    moment = time_after_failure(state, FailReason.HTTP_TOO_MANY_REQUESTS, 6 * HOUR, NOW)
    assert moment >= NOW + timedelta(hours=6)


def test_jitter_spreads_feeds_and_repeats_itself():
    shares = {jitter(f"feed-{number}", 1) for number in range(100)}
    assert len(shares) == 100
    assert 0 <= min(shares) < 0.02
    assert 0.08 < max(shares) <= 0.1
    assert jitter("a", 1) == jitter("a", 1) != jitter("a", 2)
