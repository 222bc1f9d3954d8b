from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.retry_policy import retry_after_seconds, wait_seconds

NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("Mon, 02 Mar 2026 08:01:30 GMT", 90.0),
        ("Monday, 02-Mar-26 08:01:30 GMT", 90.0),
        ("Mon Mar  2 08:01:30 2026", 90.0),
        ("Mon, 02 Mar 2026 17:01:30 +0900", 90.0),
        ("Sun, 01 Mar 2026 08:00:00 GMT", 0.0),
        ("99999999", 2592000.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("１２", None),
        ("9" * 5000, None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": text}, NOW) == seconds


def test_no_header_asks_nothing() -> None:
    assert retry_after_seconds({}, NOW) is None


@given(st.text(max_size=40))
def test_any_header_is_read_or_ignored(text: str) -> None:
    seconds = retry_after_seconds({"retry-after": text}, NOW)

    assert seconds is None or 0 <= seconds <= 2592000


@given(st.integers(1, 10_000), st.none() | st.floats(0, 1000), st.integers())
def test_wait_is_bounded_and_never_less_than_asked(attempt: int, asked: float | None, seed: int) -> None:
    wait = wait_seconds(attempt, asked, random.Random(seed))

    assert (asked or 0.0) <= wait <= max(asked or 0.0, 30.0)


def test_waits_spread_over_the_whole_range() -> None:
    chance = random.Random(7)
    waits = [wait_seconds(2, None, chance) for _ in range(2000)]

    assert min(waits) < 0.1
    assert max(waits) > 3.9
    assert sum(waits) / len(waits) == pytest.approx(2.0, abs=0.1)
