"""When an article was published, by what its page states: never the fetch date in disguise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EARLIEST_YEAR = 1990  # no news site is older; smaller years are zero dates (1970-01-01) or typing errors
_LATEST_YEAR = 2100
_ISO = re.compile(
    r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(am|pm)?"
    r"\s*(Z|UTC|GMT|KST|JST|[+-]\d{1,2}(?::?\d{2})?)?$",
    re.IGNORECASE,
)
_ISO_START = re.compile(r"^\d{4}-\d{2}-\d{2}T")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{4})?$")
_EAST_ASIAN = re.compile(
    r"(?<!\d)(\d{4})\s?(?:년|年|[./-])\s?(\d{1,2})\s?(?:월|月|[./-])\s?(\d{1,2})\s?(?:일|日)?\.?"
    r"(?:\s*[(（]?[월화수목금토일月火水木金土日](?:曜日?|요일)?[)）])?"
    r"(?:\s*(오전|오후|午前|午後|AM|PM)?\s*(\d{1,2})\s?(?:시|時|:)\s?(\d{1,2})?\s?(?:분|分)?(?::\d{2})?\s*(AM|PM)?)?",
    re.IGNORECASE,
)
# 28.04.2023, 15:30 Uhr: with dots the day always comes first.
_DOTTED = re.compile(
    r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[,\s]+(?:-\s|um\s|kl\.?\s|at\s)?(\d{1,2})[:.](\d{2}))?(?!\d)"
)
_ZONE_OFFSETS = {"Z": 0, "UTC": 0, "GMT": 0, "KST": 9, "JST": 9}
_AFTERNOON = frozenset({"pm", "오후", "午後"})
_MORNING = frozenset({"am", "오전", "午前"})
_URL_DATE = re.compile(r"/(20\d{2})[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?=[/\D_-]|\d{4,}|$)")


def parse_date(text: str, default_timezone: str = "") -> datetime | None:
    """A stated date as an aware UTC time, or None.

    Reads ISO 8601 in the forms that sites write, RFC 2822, and Korean and Japanese dates. A date without
    zone is in ``default_timezone``, else in UTC; a date without time is its midnight.

    Guarantees: never guesses an order of day and month: the year comes first or the month is a name.
    Source: RFC 3339; RFC 5322, section 3.3.

    >>> parse_date("2026-10-01 13:18", "Asia/Seoul")
    datetime.datetime(2026, 10, 1, 4, 18, tzinfo=datetime.timezone.utc)
    """
    text = " ".join(text.split())
    if not text or len(text) > 80:
        return None
    moment = _from_iso(text)
    if moment is None and not _ISO_START.match(text):
        moment = _from_rfc(text) or _from_east_asian(text)
    return _checked(moment, default_timezone)


def date_in_url(url: str, default_timezone: str = "") -> datetime | None:
    """The day that a URL path states, at its midnight, or None.

    >>> date_in_url("https://news.example/2026/10/01/summit.html")
    datetime.datetime(2026, 10, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    match = _URL_DATE.search(url.split("?", 1)[0])
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    return _checked(_built(year, month, day), default_timezone)


def date_in_text(text: str, default_timezone: str = "") -> datetime | None:
    """The first full date in a line of text, or None: 입력 2026.10.01 13:18 (entered at), Stand: 1.10.2026, 13:18.

    >>> date_in_text("Stand: 01.10.2026, 13:18 Uhr")
    datetime.datetime(2026, 10, 1, 13, 18, tzinfo=datetime.timezone.utc)
    """
    for match in _EAST_ASIAN.finditer(text):
        if match.group(5):
            return _checked(_from_east_asian(match.group(0)), default_timezone)
    dotted = _DOTTED.search(text)
    if dotted:
        day, month, year, hour, minute = (int(part or 0) for part in dotted.groups())
        return _checked(_built(year, month, day, hour, minute), default_timezone)
    return None


def _checked(moment: datetime | None, default_timezone: str) -> datetime | None:
    if moment is None or not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(default_timezone))
    return moment.astimezone(UTC)


def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _built(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, zone: tzinfo | None = None
) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None


def _from_iso(text: str) -> datetime | None:
    match = _ISO.match(text) or _COMPACT.match(text)
    if match is None:
        return None
    parts = match.groups()
    if match.re is _ISO:
        year, month, day, hour, minute, second, half, zone = parts
    else:
        (year, month, day, hour, minute, second, zone), half = parts, None
    hours = _hours(int(hour or 0), (half or "").lower())
    offset = _offset(zone)
    if zone and offset is None:
        return None
    return _built(int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), offset)


def _hours(hour: int, half: str) -> int:
    """13:18 stays 13:18 even when a site adds PM to it."""
    if half in _AFTERNOON and hour < 12:
        return hour + 12
    return 0 if half in _MORNING and hour == 12 else hour


def _offset(zone: str | None) -> tzinfo | None:
    if not zone:
        return None
    if zone.upper() in _ZONE_OFFSETS:
        return timezone(timedelta(hours=_ZONE_OFFSETS[zone.upper()]))
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 15 or minutes > 59:
        return None
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _from_rfc(text: str) -> datetime | None:
    if not any(letter.isalpha() and letter.isascii() for letter in text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _from_east_asian(text: str) -> datetime | None:
    match = _EAST_ASIAN.search(text)
    if match is None:
        return None
    year, month, day, before, hour, minute, after = match.groups()
    hours = _hours(int(hour or 0), (before or after or "").lower())
    return _built(int(year), int(month), int(day), hours, int(minute or 0))
