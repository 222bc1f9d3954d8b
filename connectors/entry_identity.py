"""Knowing an entry again when its id, its link or both have changed since the last poll. Pure.

By link first (the key), then by the feed's own id, then by title, date and words. An entry whose earlier self is
still listed beside it is another entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from connectors.feed_entries import revision_of
from connectors.feed_text import folded_title
from schemas.documents import time_from_text, time_text
from schemas.feeds import MAX_RECENT_ENTRIES, ListedEntry, RecentEntry

_TITLE_CHARS = 100
_SIMILAR_TITLE = 0.75
_SAME_TITLE = 0.95
_LONG_TITLE_CHARS = 12
"""Shorter titles ("Weather", "사설") come back every day."""

_LONG_TEXT_CHARS = 80
"""Text beyond the title that two days' columns and forecasts do not share by chance."""

_SAME_TIME = timedelta(minutes=5)
_NEAR_TIME = timedelta(days=2)


def recognise(listed: Sequence[ListedEntry], recent: Sequence[RecentEntry]) -> tuple[ListedEntry, ...]:
    """The entries, each under the key it was first known by.

    Guarantees: no two entries get one key; entries known by their own key keep it.
    Source: the rules of feed readers, compared in ARCHITECTURE.md (identity).
    """
    present = {one.entry.key for one in listed}
    guids = Counter(one.guid for one in listed if one.guid)
    missing = [entry for entry in recent if entry.key not in present]
    known = {entry.key for entry in recent}
    by_guid = {entry.guid: entry for entry in missing if entry.guid}
    by_words = {entry.content_hash: entry for entry in missing}
    taken: set[str] = set()
    recognised = []
    for one in listed:
        earlier = None
        if one.entry.key not in known and missing:
            if one.guid and guids[one.guid] == 1:
                earlier = _agreeing(one, by_guid.get(one.guid))
            earlier = earlier or _same_words(one, by_words.get(one.content_hash)) or _same_title(one, missing)
        if earlier and earlier.key not in taken:
            taken.add(earlier.key)
            one = replace(one, entry=replace(one.entry, key=earlier.key))
        recognised.append(one)
    return tuple(recognised)


def remember(listed: Sequence[ListedEntry], recent: Sequence[RecentEntry]) -> tuple[RecentEntry, ...]:
    """What to keep for the next poll: the entries listed now, then earlier ones, up to a bound."""
    kept: dict[str, RecentEntry] = {}
    for one in listed[:MAX_RECENT_ENTRIES]:
        entry = one.entry
        moment = time_text(entry.published_at) or ""
        title = folded_title(entry.title)[:_TITLE_CHARS]
        kept[entry.key] = RecentEntry(entry.key, one.guid[:200], title, moment, one.content_hash)
    # Entries that have just left the list may come back under another link; as many again are enough.
    room = min(MAX_RECENT_ENTRIES, 2 * len(kept) + 20)
    for earlier in recent:
        if len(kept) >= room:
            break
        kept.setdefault(earlier.key, earlier)
    return tuple(kept.values())


def has_volatile_dates(listed: Sequence[ListedEntry], recent: Sequence[RecentEntry]) -> bool:
    """Whether the feed dates entries anew at every poll: of five or more known ones nearly all, words unchanged."""
    earlier = {entry.key: entry for entry in recent}
    pairs = [(one, earlier[one.entry.key]) for one in listed if one.entry.key in earlier and one.entry.published_at]
    same_words = [pair for pair in pairs if pair[0].content_hash == pair[1].content_hash]
    moved = [
        one for one, before in same_words if before.published and time_text(one.entry.published_at) != before.published
    ]
    return len(same_words) >= 5 and len(moved) >= 0.8 * len(same_words)


def without_dates_in_revision(listed: Sequence[ListedEntry]) -> tuple[ListedEntry, ...]:
    """The entries with revisions that follow from their words alone."""
    return tuple(replace(one, entry=replace(one.entry, revision=revision_of(None, one.content_hash))) for one in listed)


def _agreeing(one: ListedEntry, earlier: RecentEntry | None) -> RecentEntry | None:
    """The entry of that id, unless title and date say that ids are handed out anew (1, 2, 3 ... by position)."""
    if earlier is None:
        return None
    same_time = _apart(one, earlier)
    agrees = (same_time is not None and same_time <= _SAME_TIME) or _likeness(one, earlier) >= _SIMILAR_TITLE
    return earlier if agrees else None


def _same_words(one: ListedEntry, earlier: RecentEntry | None) -> RecentEntry | None:
    """The earlier entry with these very words, unless they are few enough to come back another day.

    In doubt it is another entry: one read twice ends in one article, one taken for seen would be lost.
    """
    if earlier is None or len(earlier.title) < _LONG_TITLE_CHARS:
        return None
    apart = _apart(one, earlier)
    if apart is not None and apart <= _SAME_TIME:
        return earlier
    has_text = len(one.entry.summary) >= len(one.entry.title) + _LONG_TEXT_CHARS
    return earlier if has_text and (apart is None or apart <= _NEAR_TIME) else None


def _same_title(one: ListedEntry, missing: Sequence[RecentEntry]) -> RecentEntry | None:
    """The earlier entry with almost this title at the very same time."""
    if one.entry.published_at is None or len(folded_title(one.entry.title)) < _LONG_TITLE_CHARS:
        return None
    near = [entry for entry in missing if (apart := _apart(one, entry)) is not None and apart <= _SAME_TIME]
    return next((entry for entry in near[:50] if _likeness(one, entry) >= _SAME_TITLE), None)


def _likeness(one: ListedEntry, earlier: RecentEntry) -> float:
    title = folded_title(one.entry.title)[:_TITLE_CHARS]
    return SequenceMatcher(None, title, earlier.title, autojunk=False).ratio()


def _apart(one: ListedEntry, earlier: RecentEntry) -> timedelta | None:
    before: datetime | None = time_from_text(earlier.published)
    now = one.entry.published_at
    return abs(now - before) if before and now else None
