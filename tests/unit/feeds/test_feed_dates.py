"""Dates in every shape that feeds write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed_dates import guarded_date, parse_feed_date

MORNING = datetime(2022, 7, 28, 4, 35, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("Thu, 28 Jul 2022 04:35:05 GMT", "", MORNING),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", "", MORNING - timedelta(hours=9)),
        ("Thu, 28 Jul 2022 13:35:05 +0900", "", MORNING),
        ("Thu, 28 Jul 2022 13:35:05 +09:00", "", MORNING),
        ("Thu, 28 Jul 2022 13:35:05 KST", "", MORNING),
        ("Thu, 28 Jul 2022 13:35:05 JST", "", MORNING),
        ("Thu, 28 Jul 2022 13:35:05", "Asia/Seoul", MORNING),
        ("Thu, 28 Jul 2022 00:35:05 EDT", "", MORNING),
        ("Thu, 28 Jul 2022 12:35:05 CST", "Asia/Shanghai", MORNING),
        ("28 July 2022 04:35:05 Z", "", MORNING),
        ("Thursday, 28-Jul-22 04:35:05 UTC", "", MORNING),
        ("Thu Jul 28 04:35:05 2022", "", MORNING),
        ("Thu Jul 28 13:35:05 +0900 2022", "", MORNING),
        ("July 28, 2022 1:35:05 PM", "Asia/Tokyo", MORNING),
        ("Sept 1, 2022", "", datetime(2022, 9, 1, tzinfo=UTC)),
        ("2022-07-28T04:35:05Z", "", MORNING),
        ("2022-07-28T13:35:05.123+09:00", "", MORNING),
        ("2022-07-28 13:35:05 +0900", "", MORNING),
        ("2022-07-28T13:35:05", "Asia/Tokyo", MORNING),
        ("2022-07-28", "Asia/Seoul", datetime(2022, 7, 27, 15, tzinfo=UTC)),
        ("2022.07.28 13:35:05", "Asia/Seoul", MORNING),
        ("2022/07/28 13:35:05", "Asia/Seoul", MORNING),
        ("2022-07-28 오후 1:35:05", "Asia/Seoul", MORNING),
        ("2022년 7월 28일 오후 1시 35분 5초", "Asia/Seoul", MORNING),
        ("2022年7月28日 13時35分05秒", "Asia/Tokyo", MORNING),
        ("2022年7月28日(木) 午後1:35:05", "Asia/Tokyo", MORNING),
        ("２０２２年７月２８日 １３：３５：０５", "Asia/Tokyo", MORNING),
        ("20220728133505", "Asia/Seoul", MORNING),
        ("20220728T043505Z", "", MORNING),
        ("7/28/2022 1:35:05 PM", "Asia/Seoul", MORNING),
        ("28/7/2022 04:35:05", "", MORNING),
        ("1658982905", "", MORNING),
        ("1658982905000", "", MORNING),
        ("Wed, 27 Jul 2022 24:00:00 GMT", "", datetime(2022, 7, 28, tzinfo=UTC)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2022-07", "", datetime(2022, 7, 1, tzinfo=UTC)),
        ("2022-209", "", datetime(2022, 7, 28, tzinfo=UTC)),
    ],
)
def test_date_is_read(text, zone, expected):
    assert parse_feed_date(text, zone) == expected


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2022-13-45", "Thu, 31 Feb 2022 04:35:05 GMT", "25:61", "Thu, 28 Jul 2022 04:35 +9900", "0"],
)
def test_what_is_no_date_is_none(text):
    assert parse_feed_date(text) is None


def test_zone_east_of_korea_is_kept_whole():
    assert parse_feed_date("2026-05-01T13:18:00+09:00") == datetime(2026, 5, 1, 4, 18, tzinfo=UTC)


@given(st.text(max_size=80), st.sampled_from(["", "Asia/Seoul", "No/Where", "/etc/passwd"]))
def test_any_text_is_a_utc_date_or_none(text, zone):
    moment = parse_feed_date(text, zone)
    assert moment is None or moment.utcoffset() == timedelta()


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds are naive
    st.sampled_from(["%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y", "%Y%m%d%H%M%S"]),
)
def test_written_dates_come_back(moment, shape):
    assert parse_feed_date(moment.strftime(shape)) == moment.replace(microsecond=0)


NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        pytest.param(NOW - timedelta(hours=1), "Asia/Seoul", NOW - timedelta(hours=1), id="past"),
        pytest.param(NOW + timedelta(hours=8), "Asia/Seoul", NOW - timedelta(hours=1), id="local-time-called-utc"),
        pytest.param(NOW + timedelta(hours=20), "Asia/Seoul", NOW + timedelta(hours=20), id="embargo"),
        pytest.param(NOW + timedelta(days=700), "Asia/Seoul", None, id="two-years-ahead"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), "", None, id="unset-clock"),
        pytest.param(None, "", None, id="none"),
    ],
)
def test_impossible_dates_are_refused(moment, zone, expected):
    assert guarded_date(moment, zone, NOW) == expected


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+09:00", "Mon, 01 Jan 0001 00:00:00 GMT"])
def test_the_first_year_is_an_unset_clock_and_not_2001(text):
    assert guarded_date(parse_feed_date(text), "", NOW) is None


def test_without_a_clock_the_future_is_left_alone():
    assert guarded_date(NOW + timedelta(days=700), "", None) == NOW + timedelta(days=700)
