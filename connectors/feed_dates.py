"""Dates as feeds write them: every shape seen, missing zones, and guards against the impossible. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
)}  # fmt: skip
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_SECOND = r"(?:\s*[:.분分]\s*(?P<second>\d{1,2})(?:[.,]\d+)?)?\s*[분分초秒]?"
_TIME = rf"(?P<hour>\d{{1,2}})\s*[:.시時]\s*(?P<minute>\d{{1,2}}){_SECOND}"
_HALF = r"(?P<half>오전|오후|午前|午後|上午|下午|am|pm|a\.m\.|p\.m\.)"
_ZONE = r"(?P<zone>.*)"
_CLOCK = rf"(?:{_HALF}\s*)?{_TIME}(?:\s*(?P<half_after>am|pm|a\.m\.|p\.m\.))?\s*{_ZONE}"
_SHAPES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Thu, 28 Jul 2022 04:35:05 +0900; also without weekday, comma, space or seconds
        rf"(?:[a-z]+\.?\s*,?\s*)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,-]*{_MONTH}[\s,-]*(?P<year>\d{{4}}|\d\d)"
        rf"(?:[\s,T]+(?:at\s+)?{_CLOCK})?",
        # Thu Jul 28 04:35:05 2022; Jul 28, 2022 4:35 pm
        rf"(?:[a-z]+\.?\s*,?\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_TIME}\s*(?P<zone>[a-z+\d:-]*?)\s+(?P<year>\d{{4}})",
        rf"(?:[a-z]+\.?\s*,?\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:[\s,]+(?:at\s+)?{_CLOCK})?",
        # 2022-07-28T04:35:05+09:00; 2022.07.28 오후 4:35; 2022/7/28; 2022年7月28日 4時35分
        rf"(?P<year>\d{{4}})\s*[-./년年]\s*(?P<month>\d{{1,2}})\s*[-./월月]\s*(?P<day>\d{{1,2}})\s*[.일日]?(?:\s*\([^)]*\))?(?:\s*[T,]?\s*{_CLOCK})?",
        # 20220728T043505Z; 20220728043505; 202207280435; 20220728
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:[T\s]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<zone>.*))?",
        # 7/28/2022 4:35:05 PM
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}})(?:[\s,]+{_CLOCK})?",
        # 2022-07, 2022, 2022-209 (day of the year)
        r"(?P<year>\d{4})-(?P<yearday>\d{3})(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?P<zone>.*))?",
        r"(?P<year>\d{4})(?:-(?P<month>\d\d))?(?P<zone>)",
    )
)
_ZONE_HOURS = {
    "": None, "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "kst": 9, "jst": 9, "est": -5, "edt": -4, "cst": -6,
    "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "bst": 1, "cet": 1,
    "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "ict": 7, "wib": 7,
    "hkt": 8, "sgt": 8, "pht": 8, "myt": 8, "awst": 8, "acst": 9.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "at": -4, "ast": -4, "adt": -3, "et": -5, "ct": -6, "mt": -7, "pt": -8, "brt": -3,
}  # fmt: skip
_OFFSET = re.compile(
    r"(?:(?:gmt|utc|ut|kst|jst|z|etc/gmt)\s*)?(?P<sign>[+\-−–])\s*(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?\b"
)
_EARLIEST_YEAR = 1990
"""No newspaper was on the web before; 1970 and year 1 are unset clocks."""
FUTURE_TOLERANCE = timedelta(minutes=10)
_FUTURE_LIMIT = timedelta(days=1)


def parse_feed_date(text: str, timezone_name: str = "") -> datetime | None:
    """The moment a feed's date states, in UTC, or None when it cannot be read.

    Args:
        text: as the feed has it.
        timezone_name: IANA zone of the outlet, for dates without a zone; "" is UTC.

    Guarantees: never raises.

    >>> parse_feed_date("Thu,28 Jul 2022 4:35:5 GMT+9").isoformat()
    '2022-07-27T19:35:05+00:00'
    >>> parse_feed_date("2022.07.28 오후 4:35", "Asia/Seoul").isoformat()
    '2022-07-28T07:35:00+00:00'
    """
    text = " ".join(unicodedata.normalize("NFKC", text[:200]).split())
    local = zone_of(timezone_name)
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text) and not re.match(r"(?:19|20)\d{2}(?:0\d|1[0-2])", text):
        return _from_epoch(text)
    for shape in _SHAPES:
        found = shape.fullmatch(text)
        if found:
            moment = _moment(found.groupdict(), local)
            if moment:
                return moment
    return None


def guarded_date(moment: datetime | None, timezone_name: str, now: datetime | None) -> datetime | None:
    """The date when it can be true, corrected when it is local time under a UTC label, else None.

    A date ahead of our clock by no more than the outlet's own offset is local time that was labelled GMT: many
    Korean and Japanese feeds do so. More than a day ahead, or before 1990, is no date at all.

    >>> now = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
    >>> guarded_date(datetime(2026, 5, 1, 11, 50, tzinfo=UTC), "Asia/Seoul", now).isoformat()
    '2026-05-01T02:50:00+00:00'
    """
    if moment is None or moment.year < _EARLIEST_YEAR:
        return None
    if now is None or moment <= now + FUTURE_TOLERANCE:
        return moment
    offset = moment.astimezone(zone_of(timezone_name)).utcoffset() or timedelta()
    if offset > timedelta() and moment - offset <= now + FUTURE_TOLERANCE:
        return moment - offset
    return moment if moment <= now + _FUTURE_LIMIT else None


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """The zone with this IANA name; UTC when there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _from_epoch(text: str) -> datetime | None:
    seconds = int(text) / (1000 if len(text) >= 12 else 1)
    return datetime.fromtimestamp(seconds, UTC)


def _moment(found: dict[str, str | None], local: tzinfo) -> datetime | None:
    try:
        naive = _naive(found)
        zone = _zone(found.get("zone") or "", naive, local)
        return naive.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _naive(found: dict[str, str | None]) -> datetime:
    written = found["year"] or ""
    year = int(written)
    if len(written) == 2:  # 0001 is an unset clock, 01 is 2001
        year += 2000 if year < 69 else 1900
    month = found.get("month") or "1"
    number = int(month) if month.isdigit() else _MONTHS[month.lower()[:3]]
    day = int(found.get("day") or 1)
    if number > 12 >= day:  # 28/7/2022
        number, day = day, number
    moment = datetime(year, number, day)  # noqa: DTZ001  # the zone is set by the caller
    if found.get("yearday"):
        moment = datetime(year, 1, 1) + timedelta(days=int(found["yearday"] or 1) - 1)  # noqa: DTZ001
    half = (found.get("half") or found.get("half_after") or "").lower().replace(".", "")
    hour = int(found.get("hour") or 0)
    if half in ("오후", "午後", "下午", "pm") and hour < 12:
        hour += 12
    elif half in ("오전", "午前", "上午", "am") and hour == 12:
        hour = 0
    minute, second = int(found.get("minute") or 0), int(found.get("second") or 0)
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("no such time of day")
    # 24:00:00 is the next day's midnight, second 60 the next minute's first.
    return moment + timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(text: str, naive: datetime, local: tzinfo) -> tzinfo:
    name = text.strip().strip("()[]").strip().lower()
    offset = _OFFSET.match(name)
    if offset:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if minutes > 15 * 60:
            raise ValueError("no such zone")
        return timezone(timedelta(minutes=-minutes if offset["sign"] != "+" else minutes))
    word = re.match(r"[a-z]*", name)
    label = word[0] if word else ""
    # CST is China's, IST Israel's where the outlet's own zone goes by that name.
    if label and (naive.replace(tzinfo=local).tzname() or "").lower() == label:
        return local
    hours = _ZONE_HOURS.get(label)
    return local if hours is None else timezone(timedelta(hours=hours))
