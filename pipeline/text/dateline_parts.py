"""What a dateline says, and the pieces that its house styles share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.text.agencies import MASK, Signed, read_signed

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Dateline:
    """How a story opens.

    Attributes:
        place: as written, with its region: "SEOUL, South Korea"; "" when none stands there.
        date: ``YYYY-MM-DD``, ``--MM-DD``, ``--DD`` or "".
        signed: the agencies named, or None when none is.
        text: the dateline itself.
        own: an outlet or a person stands where an agency would.
        people: reporters named in it.
        rule: id of the form.
    """

    place: str
    date: str
    signed: Signed | None
    text: str
    own: bool = False
    people: tuple[str, ...] = ()
    rule: str = ""


def signed_at(match: re.Match[str], named: tuple[str, ...]) -> Signed:
    """The agencies behind the MASK of a match."""
    return read_signed(named[match.string.count(MASK, 0, match.start("agency"))])


def normalise_date(written: str) -> str:
    """A date of a dateline as ``YYYY-MM-DD`` or ``--MM-DD``; "" for none.

    >>> normalise_date("July 8"), normalise_date("8 Jul 2026")
    ('--07-08', '2026-07-08')
    """
    month = re.search(r"[A-Za-z]{3,}", written)
    day = re.search(r"\b(\d{1,2})\b", written)
    if month is None or day is None:
        return ""
    number = _MONTHS.index(month[0][:3].lower()) + 1
    year = re.search(r"\b(\d{4})\b", written)
    return f"{year[1] + '-' if year else '--'}{number:02d}-{int(day[1]):02d}"
