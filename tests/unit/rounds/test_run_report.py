"""The account of a round: it balances, or says that it does not."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.run_report import RunReport, run_document


def report(**counters: dict[str, int]) -> RunReport:
    made = RunReport("run", datetime(2026, 5, 1, tzinfo=UTC))
    made.add(counters)
    return made


def test_stages_that_hand_on_what_they_emit_balance():
    made = report(
        list_entries={"received": 3, "emitted": 3},
        drop_repeated={"received": 3, "emitted": 2, "rejected_duplicate": 1},
        drop_seen={"received": 2, "emitted": 1, "rejected_seen": 1},
        fetch_pages={"received": 1, "failed_timeout": 1},
    )
    assert made.balanced
    assert made.total("rejected_") == {"duplicate": 1, "seen": 1}
    assert made.total("failed_") == {"timeout": 1}


def test_an_element_lost_within_a_stage_is_noticed():
    assert not report(drop_seen={"received": 2, "emitted": 1}).balanced


def test_an_element_lost_between_stages_is_noticed():
    made = report(drop_repeated={"received": 3, "emitted": 3}, drop_seen={"received": 2, "emitted": 2})
    assert not made.balanced


def test_elements_that_never_reach_the_next_stage_are_noticed():
    assert not report(list_entries={"received": 3, "emitted": 3}).balanced
    assert report(link_wire_copies={"received": 0, "emitted": 0}, index_articles={"received": 0}).balanced


def test_batches_add_up():
    made = report(list_entries={"received": 3, "emitted": 3})
    made.add({"list_entries": {"received": 2, "emitted": 1, "failed_bad_record": 1}})
    assert made.listed == 5
    assert run_document(made)["failed"] == 1
