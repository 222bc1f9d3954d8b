"""When an indexed article is looked at again: often while it is fresh, then ever more rarely, then not at all. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.feed_schedule import jitter
from schemas.errors import FailReason, RejectReason
from schemas.revisions import Visit

CHANGED = "changed"
NOT_MODIFIED = RejectReason.NOT_MODIFIED.value

GROWTH = 3.0
"""Each interval is three times the one before: an hour, three, nine, ... ten days are six visits in two weeks."""

LONGEST_SECONDS = 14 * 86_400.0
"""An article whose interval has grown beyond this is left alone: later changes are rare, and archives are large."""

MOST_VISITS = 24
"""Bounds what a page costs that changes at every visit, such as a live blog."""

_GONE = frozenset({FailReason.HTTP_GONE.value, FailReason.HTTP_NOT_FOUND.value})
_TIMES_GONE = 2
"""A page missing twice in a row was withdrawn; once may be a publisher's accident."""

_FINAL = frozenset({RejectReason.FORBIDDEN_BY_ROBOTS.value})


def first_visit(article_id: str, url: str, now: datetime, first_seconds: float) -> Visit:
    """The schedule of an article that was indexed now."""
    return _scheduled(Visit(article_id, url, None), now, first_seconds)


def after_visit(visit: Visit, outcome: str, now: datetime, first_seconds: float) -> Visit:
    """The schedule after a visit: the interval grows, shrinks by one step after a change, stays after a failure."""
    changed = outcome == CHANGED
    if changed:
        step = max(visit.step - 1, 0)
    elif outcome == NOT_MODIFIED or outcome in _GONE:
        step = visit.step + 1
    else:
        step = visit.step
    visited = replace(
        visit,
        visits=visit.visits + 1,
        changes=visit.changes + changed,
        step=step,
        gone=visit.gone + 1 if outcome in _GONE else 0,
        outcome=outcome,
        visited_at=now,
        changed_at=now if changed else visit.changed_at,
    )
    return _scheduled(visited, now, first_seconds)


def _scheduled(visit: Visit, now: datetime, first_seconds: float) -> Visit:
    seconds = first_seconds * GROWTH**visit.step
    is_over = (
        visit.visits >= MOST_VISITS
        or (seconds > LONGEST_SECONDS and visit.step > 0)
        or visit.gone >= _TIMES_GONE
        or visit.outcome in _FINAL
    )
    if is_over:
        return replace(visit, next_visit_at=None)
    spread = seconds * (1 + jitter(visit.article_id, visit.visits))
    return replace(visit, next_visit_at=now + timedelta(seconds=spread))
