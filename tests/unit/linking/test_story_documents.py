"""What a story's document says of its members: who carried it, who copied it, how fast it reached Seoul and Tokyo."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.index import Kind
from connectors.index_fields import FIELDS, refusal
from pipeline.write_stories import MEMBER_FIELDS, story_document

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def member(identity, publisher, country, hour, role="copy", **changes):
    return {
        "article_id": identity,
        "url": f"https://{publisher.lower()}.example/{identity}",
        "title": f"As {publisher} has it",
        "publisher": publisher,
        "country": country,
        "language": "en",
        "agency": "AP",
        "agencies": ["AP"],
        "chain": [publisher, "AP"],
        "topics": ["diplomacy.summit"],
        "relevant": True,
        "story_id": "a",
        "story_role": role,
        "published_at": None if hour is None else f"2026-03-10T{hour:02d}:00:00.000Z",
        "first_seen_at": "2026-03-11T00:00:00.000Z",
        **changes,
    }


MEMBERS = [
    member("c", "Herald", "KR", 9),
    member("a", "Times", "JP", 6, "origin"),
    member("b", "Times", "JP", 12, "version"),
    member("d", "Fold", "AU", 11, chain=["Fold", "Herald", "AP"]),
    member("e", "Ledger", "", None, "brief"),
]


def test_versions_are_no_copies_and_a_relay_is_no_voice_of_its_own():
    document = story_document(MEMBERS, NOW)
    assert document["size"] == 5
    assert document["publishers"] == ["Fold", "Herald", "Ledger", "Times"]
    assert document["publisher_count"] == 4
    assert document["independent_count"] == 3  # Fold relays what Herald carries
    assert document["copy_count"] == 3
    assert document["carriers"] == ["Fold", "Herald", "Ledger"]
    assert (document["origin_publisher"], document["origin_url"]) == ("Times", "https://times.example/a")
    assert document["countries"] == ["AU", "JP", "KR"]


def test_lag_counts_from_the_first_publication_anywhere():
    document = story_document(MEMBERS, NOW)
    assert document["seoul_lag_seconds"] == 3 * 3600
    assert document["tokyo_lag_seconds"] == 0
    assert document["@timestamp"] == "2026-03-10T06:00:00.000Z"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([member("a", "Ledger", "US", 6, "origin")], id="reached neither"),
        pytest.param([member("a", "Herald", "KR", None, "origin"), member("b", "Times", "JP", None)], id="undated"),
    ],
)
def test_no_lag_is_known(members):
    document = story_document(members, NOW)
    assert document["seoul_lag_seconds"] is None
    assert document["tokyo_lag_seconds"] is None


def test_an_undated_story_is_dated_by_when_it_was_seen():
    document = story_document([member("a", "Times", "JP", None, "origin")], NOW)
    assert document["@timestamp"] == document["first_seen_at"]


def test_the_document_has_every_field_of_the_table_and_needs_only_the_fields_that_are_read():
    document = story_document([{name: row[name] for name in MEMBER_FIELDS} for row in MEMBERS], NOW)
    assert document.keys() == FIELDS[Kind.STORIES].keys()
    assert refusal(Kind.STORIES, document) == ""
    assert document == story_document(list(reversed(MEMBERS)), NOW)
