"""Datelines in Latin letters: SEOUL, South Korea, July 3 (AP) -, and how other agencies and outlets write it."""

from __future__ import annotations

import re

from pipeline.text.agencies import MASK
from pipeline.text.dateline_parts import Dateline, normalise_date, signed_at
from pipeline.text.places import is_known_place, is_label
from schemas.wire_rules import load_wire_words

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = rf"(?:{_MONTH}\.? ?\d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}} {_MONTH}\.?(?:,? \d{{4}})?)"
_WORD = r"[^\W\d_\u0370-\u20ff\u2150-\uffff](?:[^\W\d_\u0370-\u20ff\u2150-\uffff]|[.'’-])*"
_PLACE = rf"{_WORD}(?:[ /-]{{1,2}}{_WORD}){{0,4}}"
_REGION = rf"(?:, ?{_WORD}(?: {_WORD}){{0,3}})"
_CAPITALS = r"[^\W\d_a-z\u0370-\u20ff\u2150-\uffff][^\W\d_a-z\u0370-\u20ff\u2150-\uffff.'’-]*"
_SHOUTED = rf"(?-i:{_CAPITALS}(?:[ /-]{{1,2}}{_CAPITALS}){{0,4}})"


_SIGNED = re.compile(
    rf"(?P<head>(?P<place>{_PLACE})(?P<region>{_REGION}{{0,2}}?)(?: ?\[[A-Z][a-z ]+\])?[,.]? ?(?P<date>{_DATE})?[,.]?"
    rf"|(?P<bare>{_DATE}),?|)\s*"
    rf"\((?P<agency>{MASK})(?: [A-Za-z]+)?\)\s*(?P<dash>\.?[-:]{{1,3}}|--)?\s*(?P<next>.?)",
    re.IGNORECASE,
)


def read_signed_dateline(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """PLACE, Region, Date (AGENCY) - and its variants."""
    match = _SIGNED.match(folded)
    if match is None:
        return None
    place = (match["place"] or "").strip()
    text = folded[: match.start("next")].rstrip()
    date = match["date"] or match["bare"] or ""
    if place and not match["date"]:
        place, date = _split_trailing_date(place, match["region"] or "")
        region = ""
    else:
        region = match["region"] or ""
    shouted = place.isupper() and len(place) > 2
    firm = shouted or is_known_place(place) or bool(date)
    if not match["dash"] and not (
        match["next"][:1].isupper() or (match["next"][:1] in "\"'0123456789" and match["next"])
    ):
        return None
    if not match["dash"] and place and not firm:
        return None
    if place and (is_label(place) or not (firm or place[0].isupper())):
        return None
    written = (place + region).strip(" ,-")
    return Dateline(written, normalise_date(date), signed_at(match, named), text, rule="dateline.signed")


def _split_trailing_date(place: str, region: str) -> tuple[str, str]:
    """Place with region, and the date when the region is one ("TOKYO, June 8")."""
    whole = (place + region).strip(" ,")
    match = re.search(rf",? ({_DATE})$", whole, re.IGNORECASE)
    return (whole[: match.start()].strip(" ,"), match[1]) if match else (whole, "")


_SIGNED_PLACE = rf"(?P<place>{_PLACE}(?:{_REGION})?)"
_SIGNED_ELSEWHERE = tuple(
    re.compile(pattern.replace("AGENCY", f"(?P<agency>{MASK})").replace("PLACE", _SIGNED_PLACE), re.IGNORECASE)
    for pattern in (
        rf"PLACE[,.] (?P<date>{_DATE})\.? ?/AGENCY/\.? ?(?:-{{1,2}} ?)?",  # TASS, press releases
        rf"PLACE(?:, (?P<date>{_DATE}))? ?[-|,] ?AGENCY$",  # GENEVA - AFP, above the story
        rf"PLACE\. (?P<date>{_DATE}) \(AGENCY\) ?- ?",  # Interfax
        rf"\(AGENCY\) ?- ?PLACE(?:, (?P<date>{_DATE}))? ?- ",  # ANSA
        rf"\[?PLACE(?:[ ,/|-]+(?P<date>{_DATE}))?[ ,/|-]+AGENCY\]? ?(?:-{{1,3}}|:) ?(?=[A-Z\"'])",
        rf"AGENCY ?[,/|-] ?PLACE(?:, (?P<date>{_DATE}))? ?(?:-{{1,3}}|:) ?(?=[A-Z\"'])",
    )
)


def read_signed_elsewhere(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """House styles that sign elsewhere: /TASS/, (ANSA) - ROME, JUN 8 -, LONDON, Reuters -."""
    if not named:
        return None
    for pattern in _SIGNED_ELSEWHERE:
        match = pattern.match(folded)
        if match is None:
            continue
        place = match["place"].strip(" ,")
        first = place.split(",")[0]
        alone = match.end() == len(folded)
        if is_label(first) or not (is_known_place(first) or (first.isupper() and not alone)):
            continue
        return Dateline(
            place,
            normalise_date(match["date"] or ""),
            signed_at(match, named),
            match[0].rstrip(),
            rule="dateline.signed-elsewhere",
        )
    return None


_PLAIN = re.compile(
    rf"(?P<place>{_SHOUTED})(?P<region>{_REGION}{{0,2}})(?:,? (?P<date>{_DATE}))?"
    rf"(?: ?\((?P<outlet>[^()]{{2,40}})\))? ?(?:(?P<dash>-{{1,3}})|(?P<colon>:)) ?(?P<next>\S)",
    re.IGNORECASE,
)
_PLAIN_MIXED = re.compile(
    rf"(?P<place>[A-Z][\w.'-]*(?: [A-Z][\w.'-]*){{0,3}})(?P<region>(?:, [A-Z][\w.]*(?: [A-Z][\w.]*)?)?)"
    rf"(?:,? (?P<date>{_DATE}))?(?: ?\((?P<outlet>[^()]{{2,40}})\))?(?P<dash> -{{1,3}} |-- ?)(?P<next>[A-Z\"'])"
)
_ALL_NEXT = re.compile(r"[A-Z0-9\"'(\[$£€]")


def read_plain_dateline(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """PLACE, Region - with no agency: an outlet's own correspondent, or an agency named elsewhere."""
    match = _PLAIN.match(folded)
    if match is not None and _is_plain_place(match):
        return _plain(match)
    match = _PLAIN_MIXED.match(folded)
    if match is not None and (
        is_known_place(match["place"]) or match["region"].strip(" ,.") in load_wire_words().us_states
    ):
        return _plain(match)
    return None


def _is_plain_place(match: re.Match[str]) -> bool:
    place, region = match["place"].strip(), match["region"]
    if (
        is_label(place)
        or len(place) < 3
        or (not is_known_place(place) and any(is_label(part) for part in re.split("[-/]", place)))
    ):
        return False
    if not _ALL_NEXT.match(match["next"]):
        return False
    known = is_known_place(place) or is_known_place(place.split("/")[0])
    if match["colon"]:
        return known or bool(region) or bool(match["date"])
    if match[0].find(" -") < 0 and not match["region"] and not known:
        return False
    # One short unknown word in capitals is likelier an acronym than a town.
    return known or bool(region) or bool(match["date"]) or " " in place or len(place) >= 6


def _plain(match: re.Match[str]) -> Dateline:
    groups = match.groupdict()
    written = (groups["place"] + (groups["region"] or "")).strip(" ,-")
    text = match[0][: match.start("next") - match.start()].rstrip()
    return Dateline(
        written, normalise_date(groups["date"] or ""), None, text, own=bool(groups["outlet"]), rule="dateline.plain"
    )


_PLACE_ALONE = re.compile(rf"(?P<place>{_PLACE})(?P<region>, {_WORD}(?: {_WORD})?)?$")


def read_place_alone(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """ISTANBUL, or Jakarta, Indonesia, on a line of its own above the story."""
    match = _PLACE_ALONE.match(folded) if len(folded) <= 40 and not named else None
    if match is None or not is_known_place(match["place"]) or not (match["region"] or folded.isupper()):
        return None
    return Dateline(folded, "", None, folded, rule="dateline.alone")
