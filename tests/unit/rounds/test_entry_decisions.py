"""What is remembered of an entry: decisions of one round combined with what was known before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.drop_seen import is_seen
from pipeline.write_entries import MAXIMUM_ATTEMPTS, EntryDecision, combine, decision_of_turned_away
from pipeline.write_pending_entries import pending_document
from schemas.documents import MAXIMUM_REVISIONS, time_from_text
from schemas.entry_json import entry_from_json, entry_to_json
from schemas.errors import Failed, FailReason, Rejected, RejectReason
from schemas.records import Entry, Publication, SourceKind

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ENTRY = Entry("k" * 32, "https://outlet.example/a", SourceKind.FEED, "feed", "r1", Publication("Outlet"))


def decision(outcome: str, revision: str = "r1", article_id: str = "", entry_json: str = "") -> EntryDecision:
    return EntryDecision(ENTRY.key, ENTRY.url, revision, outcome, article_id, f"stage: {outcome}", entry_json)


@pytest.mark.parametrize(
    ("outcomes", "kept"),
    [
        (["indexed", "rejected"], "indexed"),
        (["rejected", "failed"], "rejected"),
        (["failed", "repeated"], "failed"),
        (["pending", "repeated"], "pending"),
    ],
)
def test_the_better_outcome_of_one_round_wins_in_any_order(outcomes, kept):
    decisions = [decision(outcome, entry_json=entry_to_json(ENTRY)) for outcome in outcomes]
    for ordered in (decisions, decisions[::-1]):
        assert combine(ordered, None, NOW)["outcome"] == kept


def test_an_entry_listed_twice_and_out_of_reach_is_not_taken_for_seen():
    decisions = [decision("pending", entry_json=entry_to_json(ENTRY)), decision("repeated"), decision("repeated", "r2")]
    waiting = combine(decisions, None, NOW)
    assert not is_seen(ENTRY, waiting)
    assert waiting["revisions"] == ["r2"]
    assert is_seen(ENTRY, combine([decision("indexed", article_id="a" * 32)], waiting, NOW))


def test_what_was_indexed_earlier_stays_indexed_when_a_later_revision_fails():
    known = combine([decision("indexed", article_id="a" * 32)], None, NOW)
    later = combine([decision("failed", "r2")], known, NOW)
    assert later["outcome"] == "indexed"
    assert later["article_id"] == "a" * 32
    assert later["revisions"] == ["r1", "r2"]


def test_an_unreachable_page_is_tried_again_later_each_time_and_then_given_up():
    pending = decision("pending", entry_json=entry_to_json(ENTRY))
    document = None
    waits = []
    for _ in range(MAXIMUM_ATTEMPTS - 1):
        document = combine([pending], document, NOW)
        assert document["outcome"] == "pending"
        assert document["revisions"] == []
        due = datetime.fromisoformat(document["next_attempt_at"].replace("Z", "+00:00"))
        waits.append(due - NOW)
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    given_up = combine([pending], document, NOW)
    assert given_up["outcome"] == "failed"
    assert given_up["revisions"] == ["r1"]
    assert given_up["entry_json"] == ""


def test_an_entry_that_changed_in_its_feed_meanwhile_stays_pending():
    changed = Entry(**{**{name: getattr(ENTRY, name) for name in ENTRY.__slots__}, "revision": "r2"})
    known = pending_document(changed, None, NOW)
    document = combine([decision("indexed", "r1", "a" * 32)], known, NOW)
    assert document["outcome"] == "pending"
    assert entry_from_json(document["entry_json"]).revision == "r2"
    assert document["article_id"] == "a" * 32
    assert document["revisions"] == ["r1"]


def test_revisions_of_an_entry_that_changes_at_every_poll_are_bounded_and_the_newest_stay():
    document = None
    for number in range(3 * MAXIMUM_REVISIONS):
        document = combine([decision("indexed", f"r{number}", "a" * 32)], document, NOW)
    assert document["revisions"] == [f"r{number}" for number in range(2 * MAXIMUM_REVISIONS, 3 * MAXIMUM_REVISIONS)]


def test_an_entry_that_changes_at_every_poll_is_read_ever_more_rarely():
    document, waits = None, []
    for number in range(12):
        changed = replace(ENTRY, revision=f"r{number}")
        document = pending_document(changed, document, NOW)
        due = document["next_attempt_at"]
        waits.append((time_from_text(due) - NOW).total_seconds() if due else 0)
        again = pending_document(replace(changed, title="Listed again"), document, NOW + timedelta(minutes=1))
        assert again["next_attempt_at"] == due, "being listed while it waits makes nothing later"
        document = combine([decision("indexed", f"r{number}", "a" * 32)], document, NOW)
    assert waits[:5] == [0, 0, 600, 1200, 2400]
    assert waits[-1] == 86_400


def test_a_failure_that_may_pass_is_pending_and_one_that_will_not_is_failed():
    def outcome(permanent: bool) -> str:
        failed = Failed("fetch_pages", FailReason.TIMEOUT, ENTRY.url, "", "{}", permanent, ENTRY.key, "r1")
        return next(decision_of_turned_away(failed)).outcome

    assert outcome(permanent=False) == "pending"
    assert outcome(permanent=True) == "failed"


def test_seen_entries_leave_no_decision():
    seen = Rejected("drop_seen", RejectReason.SEEN, ENTRY.url, ENTRY.key, "r1")
    assert list(decision_of_turned_away(seen)) == []
