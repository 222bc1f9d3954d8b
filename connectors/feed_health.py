"""What a poll changes in the record of a feed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from connectors.entry_identity import has_volatile_dates, recognise, remember, without_dates_in_revision
from connectors.feed_schedule import (
    MOVES_TO_BELIEVE,
    UNCONDITIONAL_SECONDS,
    entries_per_week,
    jitter,
    rhythm_seconds,
    time_after_failure,
    time_after_success,
)
from schemas.errors import FailReason, RejectReason
from schemas.feeds import FeedSource, FeedState, ListedEntry, ParsedFeed

_MEMORY = 0.5
"""Weight of the past in running means."""


def first_state(source: FeedSource) -> FeedState:
    """The record of a feed that was never polled."""
    return FeedState(
        feed_id=source.feed_id,
        url=source.url,
        listed_url=source.url,
        publisher=source.publisher,
        language=source.language,
    )


def agreeing_state(source: FeedSource, state: FeedState | None) -> FeedState:
    """The record to poll with: a feed whose address was changed in its list starts anew, apart from its entries."""
    if state is None:
        return first_state(source)
    if state.listed_url and state.listed_url != source.url:
        return replace(first_state(source), recent=state.recent)
    return replace(state, publisher=source.publisher, listed_url=source.url)


def with_redirects(state: FeedState, statuses: tuple[int, ...], reached: str) -> FeedState:
    """The record after the redirects of one answer: a lasting move is believed when it repeats.

    Source: RFC 9110 sections 15.4.2 and 15.4.9 (301, 308).
    """
    if not statuses or any(status not in (301, 308) for status in statuses):
        return replace(state, moved_to="", moved_times=0)
    times = state.moved_times + 1 if state.moved_to == reached else 1
    if times >= MOVES_TO_BELIEVE:
        return replace(state, url=reached, moved_to="", moved_times=0)
    return replace(state, moved_to=reached, moved_times=times)


def after_failure(
    state: FeedState, reason: FailReason, detail: str, retry_after: float | None, now: datetime
) -> FeedState:
    """The record after a poll that gave nothing."""
    since = state.failing_since if state.failure and state.failing_since else now
    failed = replace(
        state,
        polls=state.polls + 1,
        polled_at=now,
        failure=reason.value,
        failure_detail=detail[:300],
        failing_since=since,
        consecutive_failures=state.consecutive_failures + 1,
        retired=state.retired or reason is FailReason.HTTP_GONE,
    )
    if failed.url != failed.listed_url and failed.consecutive_failures % MOVES_TO_BELIEVE == 0:
        # The new address does not answer either: the one that the list names gets its turn.
        failed = replace(failed, url=failed.listed_url or failed.url)
    return replace(failed, next_poll_at=time_after_failure(failed, reason, retry_after, now))


def after_no_change(state: FeedState, headers: Mapping[str, str], now: datetime, unconditional: bool) -> FeedState:
    """The record after "not modified", or after the same body again."""
    polled = replace(
        _succeeded(state, now),
        failure=state.failure if state.failure == RejectReason.EMPTY_FEED.value else "",
        failing_since=state.failing_since if state.failure == RejectReason.EMPTY_FEED.value else None,
        etag=headers.get("etag") or state.etag,
        last_modified=headers.get("last-modified") or state.last_modified,
        seen_share=_mean(state.seen_share, 1.0) if state.polls else 0.0,
    )
    interval = rhythm_seconds(state.entries_per_week, polled.seen_share, state.entries)
    polled = replace(polled, interval_seconds=interval)
    if unconditional:
        polled = replace(polled, unconditional_at=_next_unconditional(polled, now))
    return replace(polled, next_poll_at=time_after_success(polled, headers, now))


def after_entries(
    source: FeedSource,
    state: FeedState,
    parsed: ParsedFeed,
    headers: Mapping[str, str],
    body_hash: str,
    now: datetime,
) -> tuple[FeedState, tuple[ListedEntry, ...]]:
    """The record after a readable document, and its entries under the keys they are known by."""
    volatile = state.volatile_dates or has_volatile_dates(parsed.listed, state.recent)
    listed = recognise(without_dates_in_revision(parsed.listed) if volatile else parsed.listed, state.recent)
    known = {entry.key for entry in state.recent}
    new = [one for one in listed if one.entry.key not in known]
    is_first = not state.recent
    share = 1 - len(new) / len(listed) if listed else 1.0
    dates = [one.entry.published_at for one in listed if one.entry.published_at]
    polled = replace(
        _succeeded(state, now),
        format=parsed.format,
        title=parsed.title[:200],
        etag=headers.get("etag", ""),
        last_modified=headers.get("last-modified", ""),
        body_hash=body_hash,
        new_entry_at=now if new else state.new_entry_at,
        entries_per_week=_weekly(state, dates, len(new), volatile, now),
        seen_share=share if is_first or not state.polls else _mean(state.seen_share, share),
        lag_seconds=state.lag_seconds if is_first else _lag(state.lag_seconds, new, now),
        entries=len(listed),
        undated=parsed.undated,
        language=source.language or parsed.language[:20],
        measured_language=parsed.measured_language or state.measured_language,
        language_mismatch=_differs(source.language or parsed.language, parsed.measured_language),
        volatile_dates=volatile,
        hub=parsed.hub[:500],
        ttl_seconds=parsed.ttl_seconds,
        skip_hours=_joined(parsed.skip_hours),
        skip_days=_joined(parsed.skip_days),
        recent=remember(listed, state.recent),
    )
    if not listed:
        polled = replace(polled, failure=RejectReason.EMPTY_FEED.value, failing_since=state.failing_since or now)
    interval = rhythm_seconds(polled.entries_per_week, polled.seen_share, polled.entries)
    polled = replace(polled, interval_seconds=interval, unconditional_at=_next_unconditional(polled, now))
    return replace(polled, next_poll_at=time_after_success(polled, headers, now)), listed


def _succeeded(state: FeedState, now: datetime) -> FeedState:
    return replace(
        state,
        polls=state.polls + 1,
        polled_at=now,
        succeeded_at=now,
        failure="",
        failure_detail="",
        failing_since=None,
        consecutive_failures=0,
        retired=False,
    )


def _weekly(state: FeedState, dates: list[datetime], new: int, volatile: bool, now: datetime) -> float:
    """Entries a week by their dates; without usable ones by what was new since the last poll."""
    by_dates = -1.0 if volatile else entries_per_week(dates, now)
    if by_dates >= 0:
        return round(by_dates, 3)
    if state.succeeded_at is None:
        return -1.0
    weeks = max((now - state.succeeded_at) / timedelta(weeks=1), 1 / 1000)
    observed = new / weeks
    return round(observed if state.entries_per_week < 0 else _mean(state.entries_per_week, observed), 3)


def _lag(before: float, new: list[ListedEntry], now: datetime) -> float:
    seconds = [(now - one.entry.published_at).total_seconds() for one in new if one.entry.published_at]
    if not seconds:
        return before
    typical = max(0.0, median(seconds))
    return round(typical if before < 0 else _mean(before, typical), 1)


def _differs(declared: str, measured: str) -> bool:
    return bool(declared and measured) and declared.lower().partition("-")[0].partition("_")[0] != measured


def _joined(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _mean(before: float, now: float) -> float:
    return round(_MEMORY * before + (1 - _MEMORY) * now, 4)


def _next_unconditional(state: FeedState, now: datetime) -> datetime:
    return now + timedelta(seconds=UNCONDITIONAL_SECONDS * (1 + jitter(state.feed_id, state.polls)))
