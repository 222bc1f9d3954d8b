"""When to poll a feed again: its own rhythm, what its server asks for, and patience with failures. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import xxhash

from connectors.retry_policy import retry_after_seconds
from schemas.errors import FailReason
from schemas.feeds import FeedState

SHORTEST_SECONDS = 10 * 60.0
LONGEST_SECONDS = 24 * 3600.0
"""Bounds of the rhythm: below ten minutes outlets complain, beyond a day news is not news."""

FIRST_SECONDS = 3600.0
LONGEST_WISH_SECONDS = 7 * 86_400.0
"""Longest wait that a server can ask for; a year in Cache-Control is a setting for pictures, not a wish."""

LONGEST_BACKOFF_SECONDS = 24 * 3600.0
RETIRED_SECONDS = 30 * 86_400.0
"""How rarely a retired feed is asked once more: some come back."""

UNCONDITIONAL_SECONDS = 24 * 3600.0
"""How often validators are left out, for servers that never say that anything has changed."""

MOVES_TO_BELIEVE = 3
_WEEK_SECONDS = 7 * 86_400.0
_POLLS_PER_ENTRY = 2.0
_LISTS_BETWEEN_POLLS = 1 / 3
"""Poll before more than a third of a full list is new, so that nothing drops off its end unseen."""

_JITTER = 0.1
_SKIP_STEPS = 24 * 8


def is_due(state: FeedState, now: datetime) -> bool:
    """Whether the feed may be polled now."""
    return state.next_poll_at is None or state.next_poll_at <= now


def entries_per_week(dates: Sequence[datetime], now: datetime) -> float:
    """The feed's rhythm from the dates of the entries it lists, or -1 with fewer than two of them.

    A list that spans less than a week stands for its rate; a longer one for what it had in the last week.

    >>> now = datetime(2026, 5, 8, tzinfo=UTC)
    >>> entries_per_week([now - timedelta(days=day) for day in range(30)], now)
    7.0
    """
    past = [moment for moment in dates if moment <= now]
    if len(past) < 2:
        return -1.0
    span_seconds = (now - min(past)).total_seconds()
    if span_seconds >= _WEEK_SECONDS:
        return float(sum((now - moment).total_seconds() < _WEEK_SECONDS for moment in past))
    return len(past) * _WEEK_SECONDS / max(span_seconds, 3600.0)


def rhythm_seconds(per_week: float, seen_share: float, listed: int) -> float:
    """The interval that suits the feed: two polls an entry, sooner when its list would overflow between polls.

    A quarter longer when polls find nothing new; within SHORTEST_SECONDS and LONGEST_SECONDS.

    >>> rhythm_seconds(per_week=84, seen_share=1.0, listed=50) / 3600
    1.25
    """
    if per_week < 0:
        return FIRST_SECONDS
    if per_week == 0:
        return LONGEST_SECONDS
    an_entry = _WEEK_SECONDS / per_week
    interval = an_entry / _POLLS_PER_ENTRY
    if seen_share > 0.98:
        interval *= 1.25
    # A busy feed is polled for batches of entries, not for each.
    interval = max(interval, SHORTEST_SECONDS)
    overflow = an_entry * max(listed, 1) * _LISTS_BETWEEN_POLLS
    return min(max(min(interval, overflow), SHORTEST_SECONDS), LONGEST_SECONDS)


def asked_wait_seconds(headers: Mapping[str, str], now: datetime, ttl_seconds: float = 0.0) -> float:
    """The longest wait that answer and document ask for: Retry-After, Cache-Control, Expires, ttl, sy:updatePeriod.

    Source: RFC 9110 section 10.2.3; RFC 9111 sections 5.2.2.1, 5.3 and 4.2.3; RSS 2.0, ttl.

    >>> asked_wait_seconds({"cache-control": "max-age=1800", "age": "600"}, datetime.now(UTC), ttl_seconds=900)
    1200.0
    """
    fresh = 0.0
    cache_control = headers.get("cache-control", "").lower()
    max_age = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", cache_control)
    if not re.search(r"no-(?:cache|store)", cache_control):
        if max_age:
            fresh = float(max_age[1]) - _whole_number(headers.get("age", ""))
        else:
            fresh = _seconds_until(headers.get("expires", ""), headers.get("date", ""), now)
    asked = max(fresh, retry_after_seconds(headers, now) or 0.0, ttl_seconds, 0.0)
    return min(asked, LONGEST_WISH_SECONDS)


def backoff_seconds(failures: int, interval_seconds: float) -> float:
    """The wait after so many failures in a row: doubling from the feed's own interval, at most a day.

    >>> [backoff_seconds(count, 1800) / 3600 for count in (1, 2, 3, 12)]
    [0.5, 1.0, 2.0, 24.0]
    """
    start = interval_seconds or FIRST_SECONDS
    return min(start * 2.0 ** min(failures - 1, 20), LONGEST_BACKOFF_SECONDS)


def jitter(identity: str, polls: int) -> float:
    """0 to 0.1, always the same for this poll of this feed (or article): they spread, and a replay decides alike."""
    return xxhash.xxh3_64_intdigest(f"{identity}\0{polls}".encode()) / 2.0**64 * _JITTER


def allowed_time(moment: datetime, skip_hours: frozenset[int], skip_days: frozenset[int]) -> datetime:
    """The first moment from then on outside the hours and days (UTC) that the feed wants to be left alone.

    Source: RSS 2.0, skipHours and skipDays.
    """
    for _ in range(_SKIP_STEPS):
        if moment.hour not in skip_hours and moment.weekday() not in skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


def time_after_success(state: FeedState, headers: Mapping[str, str], now: datetime) -> datetime:
    """The next poll: the feed's interval, or the longest wish of server and document, and no hour they want free."""
    asked = asked_wait_seconds(headers, now, state.ttl_seconds)
    seconds = max(state.interval_seconds or FIRST_SECONDS, asked)
    moment = now + timedelta(seconds=seconds * (1 + jitter(state.feed_id, state.polls)))
    return allowed_time(moment, _numbers(state.skip_hours), _numbers(state.skip_days))


def time_after_failure(state: FeedState, reason: FailReason, retry_after: float | None, now: datetime) -> datetime:
    """The next poll after a failure; ``state`` counts this one already."""
    if reason is FailReason.HTTP_GONE:
        return now + timedelta(seconds=RETIRED_SECONDS)
    seconds = max(backoff_seconds(state.consecutive_failures, state.interval_seconds), SHORTEST_SECONDS)
    seconds = max(seconds, min(retry_after or 0.0, LONGEST_WISH_SECONDS))
    return now + timedelta(seconds=seconds * (1 + jitter(state.feed_id, state.polls)))


def _numbers(joined: str) -> frozenset[int]:
    return frozenset(int(number) for number in joined.split(",") if number)


def _whole_number(text: str) -> float:
    return float(text) if text.strip().isdecimal() and len(text) < 10 else 0.0


def _seconds_until(expires: str, date: str, now: datetime) -> float:
    """Freshness by Expires, against the server's own clock when it states it."""
    moment, stated = _http_date(expires), _http_date(date)
    return (moment - (stated or now)).total_seconds() if moment else 0.0


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
