"""When to try again: full jitter, and what the server asks for."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
_MAXIMUM_RETRY_AFTER_SECONDS = 30 * 24 * 3600.0  # beyond a month a header is a mistake, not a wish


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks to wait, from seconds or an HTTP date; None without a readable one.

    >>> retry_after_seconds({"retry-after": "90"}, datetime.now(UTC))
    90.0

    Source: RFC 9110, section 10.2.3.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,10}(\.\d{1,6})?", text, re.ASCII):
        return min(float(text), _MAXIMUM_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), _MAXIMUM_RETRY_AFTER_SECONDS)


def wait_seconds(attempt: int, asked_seconds: float | None, chance: random.Random) -> float:
    """How long to wait after failed attempt number ``attempt`` (from 1).

    Uniform between nothing and a doubling limit, which spreads clients best; never less than asked for.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
    """
    limit = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(attempt, 16))
    return max(asked_seconds or 0.0, chance.uniform(0.0, limit))
