"""Entries are known again when ids and links change, and are not mistaken for one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.entry_identity import has_volatile_dates, recognise, remember, without_dates_in_revision
from connectors.feed_parser import parse_feed
from schemas.feeds import MAX_RECENT_ENTRIES, FeedSource

SOURCE = FeedSource("f", "https://www.example.kr/rss")
TITLE = "Ministers of both countries meet in Seoul"
PUBLISHED = datetime(2026, 5, 1, 1, tzinfo=UTC)


def listed(*entries):
    """Entries (link, guid, title, minutes after PUBLISHED or None for no date[, text])."""
    items = []
    for link, guid, title, minutes, *text in entries:
        date = (
            f"<pubDate>{PUBLISHED + timedelta(minutes=minutes):%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            if minutes is not None
            else ""
        )
        items.append(
            f"<item><link>https://www.example.kr/{link}</link><guid isPermaLink='false'>{guid}</guid>"
            f"<title>{title}</title><description>{text[0] if text else title}</description>{date}</item>"
        )
    document = f"<rss version='2.0'><channel><title>f</title>{''.join(items)}</channel></rss>"
    return parse_feed(document.encode(), "", SOURCE.url, SOURCE).listed


def keys(entries):
    return [one.entry.key for one in entries]


BEFORE = listed(("a?t=1", "g1", TITLE, 0))
RECENT = remember(BEFORE, ())
KEY = BEFORE[0].entry.key


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(("a?t=1", "g9", "Quite another title for it now", 600), id="same-link"),
        pytest.param(("a?t=2", "g1", TITLE, 0), id="link-token-changed"),
        pytest.param(("b/moved", "g1", TITLE + " again", 90), id="moved-and-retitled-under-one-id"),
        pytest.param(("b/moved", "g1", "Quite another title for it now", 0), id="retitled-at-the-same-time"),
        pytest.param(("a?t=2", "g2", TITLE, 0), id="link-and-id-changed"),
        pytest.param(("a?t=2", "g2", TITLE.upper() + "!", 1, "Longer text than before."), id="title-and-date-only"),
    ],
)
def test_entry_is_known_again(entry):
    after = listed(entry)
    assert keys(recognise(after, RECENT)) == [KEY]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(("b", "g2", "Ministers of both countries meet in Tokyo", 0), id="other-title"),
        pytest.param(("b", "g2", TITLE, 3 * 24 * 60), id="same-title-days-later"),
        pytest.param(("b", "g1", "A ferry line between two ports reopens", 600), id="ids-by-position"),
    ],
)
def test_another_entry_is_not_mistaken_for_it(entry):
    after = listed(entry)
    assert keys(recognise(after, RECENT)) == keys(after) != [KEY]


LONG = "The ministers met for two hours and agreed to hold further talks on trade and fisheries in the autumn. " * 2


@pytest.mark.parametrize("minutes", [None, 24 * 60])
@pytest.mark.parametrize(("text", "is_same"), [(LONG, True), ("", False)])
def test_same_words_at_another_time_are_the_same_entry_only_when_they_are_many(minutes, text, is_same):
    before = listed(("a?t=1", "g1", TITLE, None if minutes is None else 0, text))
    after = listed(("a?t=2", "g2", TITLE, minutes, text))
    assert (keys(recognise(after, remember(before, ()))) == keys(before)) is is_same


def test_two_entries_listed_side_by_side_stay_two():
    after = listed(("a?t=1", "g1", TITLE, 0), ("a?t=2", "g2", TITLE, 0))
    assert keys(recognise(after, RECENT)) == keys(after)


def test_one_earlier_entry_stands_for_one_later_entry():
    after = listed(("a?t=2", "g2", TITLE, 0), ("a?t=3", "g3", TITLE, 0))
    recognised = keys(recognise(after, RECENT))
    assert recognised.count(KEY) == 1
    assert len(set(recognised)) == 2


def test_short_titles_come_back_every_day():
    recent = remember(listed(("w/1", "g1", "Weather", 0)), ())
    after = listed(("w/2", "g2", "Weather", 0))
    assert keys(recognise(after, recent)) == keys(after)


def test_ids_that_a_feed_gives_to_all_entries_say_nothing():
    after = listed(
        ("b/1", "g1", "A ferry line reopens after the winter", 0), ("b/2", "g1", "Tuna prices rise in May", 0)
    )
    assert keys(recognise(after, RECENT)) == keys(after)


def test_a_known_entry_keeps_its_revision_when_only_its_link_changes():
    (known,) = recognise(listed(("a?t=2", "g2", TITLE, 0)), RECENT)
    assert known.entry.revision == BEFORE[0].entry.revision
    assert known.entry.url.endswith("t=2")


def test_entries_that_rotate_through_many_polls_stay_one():
    recent = RECENT
    for poll in range(2, 30):
        after = recognise(listed((f"a?t={poll}", f"g{poll}", TITLE, 0)), recent)
        assert keys(after) == [KEY]
        recent = remember(after, recent)


def test_memory_is_bounded_and_keeps_the_newest():
    many = listed(
        *[(f"n/{number}", f"g{number}", f"Story number {number} of a long day", number) for number in range(500)]
    )
    recent = remember(many, ())
    assert len(recent) == MAX_RECENT_ENTRIES
    assert recent[0].key == many[0].entry.key
    few = remember(listed(("x", "gx", TITLE, 0)), recent)
    assert 1 < len(few) < 50


def test_feed_that_dates_its_entries_anew_is_found_out():
    titles = [f"Story number {number} of a long day" for number in range(6)]
    recent = remember(listed(*[(f"n/{n}", f"g{n}", title, 0) for n, title in enumerate(titles)]), ())
    later = listed(*[(f"n/{n}", f"g{n}", title, 45) for n, title in enumerate(titles)])
    assert has_volatile_dates(later, recent)
    assert not has_volatile_dates(later[:4], recent)
    assert not has_volatile_dates(listed(*[(f"n/{n}", f"g{n}", title, 0) for n, title in enumerate(titles)]), recent)


def test_revision_without_dates_follows_from_the_words():
    (one,) = BEFORE
    changed = replace(one, entry=replace(one.entry, updated_at=PUBLISHED, revision="other"))
    assert without_dates_in_revision([one])[0].entry.revision == without_dates_in_revision([changed])[0].entry.revision
