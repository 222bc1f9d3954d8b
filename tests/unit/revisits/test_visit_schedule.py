from datetime import UTC, datetime, timedelta

import pytest

from connectors.visit_schedule import LONGEST_SECONDS, MOST_VISITS, after_visit, first_visit

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = 3600.0


def followed(outcomes):
    """The waits in hours before each visit with these outcomes, as far as there is one."""
    visit, now, waits = first_visit("a" * 32, "https://outlet.example/a", NOW, HOUR), NOW, []
    for outcome in outcomes:
        if visit.next_visit_at is None:
            break
        waits.append((visit.next_visit_at - now) / timedelta(hours=1))
        now = visit.next_visit_at
        visit = after_visit(visit, outcome, now, HOUR)
    return waits, visit


@pytest.mark.parametrize(
    ("outcomes", "hours"),
    [
        pytest.param(["not_modified"] * 9, [1, 3, 9, 27, 81, 243], id="grows-and-ends"),
        pytest.param(["not_modified", "not_modified", "changed", "not_modified"], [1, 3, 9, 3], id="change-shortens"),
        pytest.param(["timeout", "timeout"], [1, 1], id="failure-neither"),
        pytest.param(["http_not_found"] * 5, [1, 3], id="gone-twice-is-withdrawn"),
        pytest.param(["http_not_found", "not_modified", "http_not_found"], [1, 3, 9], id="came-back"),
        pytest.param(["forbidden_by_robots"] * 2, [1], id="robots-end-it"),
    ],
)
def test_intervals_follow_from_the_outcomes(outcomes, hours):
    waits, _ = followed(outcomes)
    assert [round(wait / expected) for wait, expected in zip(waits, hours, strict=True)] == [1] * len(hours)
    assert all(expected <= wait <= 1.1 * expected for wait, expected in zip(waits, hours, strict=True))


@pytest.mark.parametrize("outcome", ["changed", "timeout", "not_modified", "http_gone"])
def test_visits_to_one_article_are_bounded(outcome):
    waits, visit = followed([outcome] * 1000)
    assert len(waits) <= MOST_VISITS
    assert visit.next_visit_at is None
    assert max(waits) * HOUR <= 1.1 * LONGEST_SECONDS


def test_the_record_counts_visits_and_changes():
    _, visit = followed(["changed", "not_modified", "changed"])
    assert (visit.visits, visit.changes, visit.outcome) == (3, 2, "changed")
    assert visit.changed_at == visit.visited_at
