from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.page_dates import date_in_text, date_in_url, parse_date

AT = datetime(2026, 10, 1, 4, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "stated",
    [
        "2026-10-01T13:18:00+09:00", "2026-10-01T13:18:00+0900", "2026-10-01T13:18+09", "2026-10-01T04:18:00Z",
        "2026-10-01 13:18:00 +09:00", "2026-10-01T04:18:00.000Z", "20261001T041800Z", "Thu, 01 Oct 2026 13:18:00 +0900",
        "2026-10-01 13:18 KST", "2026-10-01 04:18:00 UTC",
    ],
)  # fmt: skip
def test_stated_zone_is_kept(stated):
    assert parse_date(stated, "Europe/Berlin") == AT


@pytest.mark.parametrize(
    "stated",
    [
        "2026-10-01 13:18", "2026.10.01 13:18", "2026. 10. 1. 오후 1:18", "2026년 10월 1일 오후 1시 18분",
        "2026年10月1日 13時18分", "2026年10月1日(木) 午後1時18分", "2026/10/01 13:18:09", "2026-10-01 01:18 pm",
        "2026-10-01 13:18 PM",
    ],
)  # fmt: skip
def test_missing_zone_is_the_outlets(stated):
    moment = parse_date(stated, "Asia/Seoul")
    assert moment is not None
    assert moment.replace(second=0) == AT


@pytest.mark.parametrize(
    "stated",
    ["", "yesterday", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-13-01", "2026-02-30", "9999-12-31",
     "5/6/2026", "2026-10-01T25:00:00Z", "2026-10-01T10:00:00+99:00", "x" * 200],
)  # fmt: skip
def test_zero_dates_and_nonsense_are_no_date(stated):
    assert parse_date(stated) is None


def test_unknown_zone_name_means_utc():
    assert parse_date("2026-10-01 04:18", "Nowhere/Land") == AT


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://n.example/2026/10/01/story", datetime(2026, 10, 1, tzinfo=UTC)),
        ("https://n.example/news/2026-10-01-story", datetime(2026, 10, 1, tzinfo=UTC)),
        ("https://n.example/view/202610010418", datetime(2026, 10, 1, tzinfo=UTC)),
        ("https://n.example/story?date=2026/10/01", None),
        ("https://n.example/2026/story", None),
    ],
)
def test_day_is_read_from_the_path_only(url, day):
    assert date_in_url(url) == day


def test_line_with_a_dotted_day_first_date_is_read():
    assert date_in_text("Aktualisiert am 01.10.2026 - 04:18 Uhr") == AT
    assert date_in_text("입력 2026.10.01 13:18 수정 2026.10.02 09:00", "Asia/Seoul") == AT
    assert date_in_text("3 hours ago") is None


@given(st.text(max_size=60))
def test_any_text_is_a_sane_aware_date_or_none(text):
    for moment in (parse_date(text), date_in_text(text), date_in_url(text)):
        assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2101)


@given(st.integers(min_value=700_000_000, max_value=4_000_000_000))
def test_iso_dates_round_trip(seconds):
    aware = datetime.fromtimestamp(seconds, UTC)
    assert parse_date(aware.isoformat()) == aware
