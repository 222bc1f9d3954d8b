"""Datelines: the place, the date and the agency with which a wire story opens."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.text.agencies import mask_agencies, unmask
from pipeline.text.dateline_parts import Dateline
from pipeline.text.east_asian_datelines import read_bracketed_dateline, read_unbracketed_dateline
from pipeline.text.latin_datelines import (
    read_place_alone,
    read_plain_dateline,
    read_signed_dateline,
    read_signed_elsewhere,
)

LONGEST_DATELINE = 200
_PENNSYLVANIA = re.compile(r"[A-Z][^,()]{2,30}, PA(?= |,)")

_READERS = (
    read_bracketed_dateline,
    read_signed_elsewhere,
    read_signed_dateline,
    read_plain_dateline,
    read_unbracketed_dateline,
    read_place_alone,
)


def read_dateline(folded: str) -> Dateline | None:
    """The dateline that a line opens with, or None.

    >>> read_dateline("SEOUL, South Korea (AP) - The ferry sank.").place
    'SEOUL, South Korea'
    >>> read_dateline("Andhra Pradesh (AP) will plant mangroves.") is None
    True
    """
    opening = folded[:LONGEST_DATELINE]
    masked, named = (opening, ()) if _PENNSYLVANIA.match(opening) else mask_agencies(opening)
    for read in _READERS:
        dateline = read(masked, named)
        if dateline is not None:
            own = dateline.own or (dateline.signed is not None and not dateline.signed.origins)
            return replace(dateline, text=unmask(dateline.text, named), place=unmask(dateline.place, named), own=own)
    plain = read_plain_dateline(opening, ()) if named else None
    # KYODO FLATS, Wash. is a place; only a region tells it from KYODO NEWS.
    return plain if plain is not None and "," in plain.place else None
