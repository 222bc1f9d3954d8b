"""How long and how often to try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_ASKED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A budget of attempts and of time for each batch, whichever ends first.

    Attributes:
        attempts: requests that may hold one document.
        seconds: a restart of a server takes one to three minutes.
        first_pause_seconds, longest_pause_seconds: before attempt n+1 a pause of 0 .. min(longest, first * 2^n)
            seconds is drawn (full jitter), or what Retry-After asks for when that is longer.
        request_timeout_seconds: for one request.
    """

    attempts: int = 60
    seconds: float = 300.0
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 10.0
    request_timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.seconds, self.request_timeout_seconds) <= 0:
            raise ValueError("a retry policy allows at least one attempt and some time")

    def pause(self, attempt: int, draw: float, asked_seconds: float = 0.0) -> float:
        """Seconds to wait after ``attempt`` (from 0) was refused; ``draw`` is from [0, 1).

        >>> RetryPolicy().pause(3, 0.5), RetryPolicy().pause(3, 0.5, 2.0)
        (0.4, 2.0)
        """
        longest = min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** min(attempt, 60))
        return max(asked_seconds, longest * draw)


def retry_after_seconds(header: str | None, now: datetime | None = None) -> float:
    """What a Retry-After header asks for, 0 to 120 s; 0 for one that says nothing sensible.

    >>> retry_after_seconds("7"), retry_after_seconds("soon"), retry_after_seconds(None)
    (7.0, 0.0, 0.0)
    >>> retry_after_seconds("Wed, 01 Jan 2025 00:00:09 GMT", datetime(2025, 1, 1, tzinfo=UTC))
    9.0
    """
    text = (header or "").strip()
    try:
        if text.isascii() and text.isdigit():
            seconds = float(text)
        else:
            seconds = (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0
    return max(0.0, min(seconds, _LONGEST_ASKED_SECONDS))
