"""What is remembered of a feed survives the index; entries survive their dead letters."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.entry_json import entry_from_json, entry_to_json
from schemas.feeds import FeedState, RecentEntry, feed_state_from_document, feed_state_to_document
from schemas.records import Entry, SourceKind

MOMENT = datetime(2026, 5, 1, 12, 30, 1, 250_000, tzinfo=UTC)
TIMES = ("unconditional_at", "polled_at", "next_poll_at", "succeeded_at", "new_entry_at", "failing_since")

states = st.builds(
    FeedState,
    feed_id=st.text(max_size=9),
    url=st.text(max_size=9),
    etag=st.text(max_size=9),
    polls=st.integers(0, 10**6),
    entries_per_week=st.floats(-1, 1e6),
    retired=st.booleans(),
    **{name: st.none() | st.just(MOMENT) for name in TIMES},
    recent=st.lists(st.builds(RecentEntry, *[st.text(max_size=9)] * 5), max_size=3).map(tuple),
)


@given(states)
def test_state_comes_back_from_its_document(state):
    assert feed_state_from_document(feed_state_to_document(state)) == state


def test_document_holds_every_field_and_its_clock():
    document = feed_state_to_document(FeedState("a", "http://a.example/", polled_at=MOMENT))
    assert document.keys() == {field.name for field in fields(FeedState)} | {"updated_at"}
    assert document["updated_at"] == "2026-05-01T12:30:01.250Z"


def test_document_of_an_older_version_is_read_with_defaults():
    document = feed_state_to_document(FeedState("a", "http://a.example/", polls=3))
    for name in ("hub", "volatile_dates", "recent"):
        del document[name]
    assert feed_state_from_document(document) == FeedState("a", "http://a.example/", polls=3)


def test_times_are_kept_to_the_millisecond():
    state = FeedState("a", "http://a.example/", polled_at=MOMENT.replace(microsecond=250_999))
    assert feed_state_from_document(feed_state_to_document(state)) == replace(state, polled_at=MOMENT)


def test_entry_with_aggregator_and_alternates_survives_its_dead_letter():
    entry = Entry(
        "k", "https://a.example/1", SourceKind.FEED, "f", "r", published_at=MOMENT,
        aggregator="news.google.com", alternates=(("ja", "https://a.example/ja/1"), ("ko", "https://a.example/ko/1")),
    )  # fmt: skip
    assert entry_from_json(entry_to_json(entry)) == entry
