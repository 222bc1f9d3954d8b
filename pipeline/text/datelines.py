"""Datelines: the place, the date and the agency with which a wire story opens, in the house styles of three languages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.text.agencies import MASK, Signed, mask_agencies, read_signed, unmask
from pipeline.text.places import is_known_place, is_label

LONGEST_DATELINE = 200
_STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "DC",
    ]
)
_PENNSYLVANIA = re.compile(r"[A-Z][^,()]{2,30}, PA(?= |,)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DATE = rf"(?:{_MONTH}\.? ?\d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}} {_MONTH}\.?(?:,? \d{{4}})?)"
_WORD = r"[^\W\d_\u0370-\u20ff\u2150-\uffff](?:[^\W\d_\u0370-\u20ff\u2150-\uffff]|[.'’-])*"
_PLACE = rf"{_WORD}(?:[ /-]{{1,2}}{_WORD}){{0,4}}"
_REGION = rf"(?:, ?{_WORD}(?: {_WORD}){{0,3}})"
_CAPITALS = r"[^\W\d_a-z\u0370-\u20ff\u2150-\uffff][^\W\d_a-z\u0370-\u20ff\u2150-\uffff.'’-]*"
_SHOUTED = rf"(?-i:{_CAPITALS}(?:[ /-]{{1,2}}{_CAPITALS}){{0,4}})"


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


def read_dateline(folded: str) -> Dateline | None:
    """The dateline that a line opens with, or None.

    >>> read_dateline("SEOUL, South Korea (AP) - The ferry sank.").place
    'SEOUL, South Korea'
    >>> read_dateline("Andhra Pradesh (AP) will plant mangroves.") is None
    True
    """
    opening = folded[:LONGEST_DATELINE]
    masked, named = (opening, ()) if _PENNSYLVANIA.match(opening) else mask_agencies(opening)
    for read in (_bracketed, _latin_other_signed, _latin_signed, _latin_plain, _unbracketed, _alone):
        dateline = read(masked, named)
        if dateline is not None:
            own = dateline.own or (dateline.signed is not None and not dateline.signed.origins)
            return replace(dateline, text=unmask(dateline.text, named), place=unmask(dateline.place, named), own=own)
    return None


def _signed(match: re.Match[str], named: tuple[str, ...]) -> Signed:
    """The agencies behind the MASK of a match."""
    return read_signed(named[match.string.count(MASK, 0, match.start("agency"))])


_SIGNED = re.compile(
    rf"(?P<head>(?P<place>{_PLACE})(?P<region>{_REGION}{{0,2}}?)(?: ?\[[A-Z][a-z ]+\])?[,.]? ?(?P<date>{_DATE})?[,.]?"
    rf"|(?P<bare>{_DATE}),?|)\s*"
    rf"\((?P<agency>{MASK})(?: [A-Za-z]+)?\)\s*(?P<dash>\.?[-:]{{1,3}}|--)?\s*(?P<next>.?)",
    re.IGNORECASE,
)


def _latin_signed(folded: str, named: tuple[str, ...]) -> Dateline | None:
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
    return Dateline(written, normalise_date(date), _signed(match, named), text, rule="dateline.signed")


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


def _latin_other_signed(folded: str, named: tuple[str, ...]) -> Dateline | None:
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
            _signed(match, named),
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


def _latin_plain(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """PLACE, Region - with no agency: an outlet's own correspondent, or an agency named elsewhere."""
    match = _PLAIN.match(folded)
    if match is not None and _is_plain_place(match):
        return _plain(match)
    match = _PLAIN_MIXED.match(folded)
    if match is not None and (is_known_place(match["place"]) or match["region"].strip(" ,.") in _STATES):
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


_BRACKET = re.compile(
    r"[(\[【「〔]\s*([^()\[\]【】〔〕]{1,48}(?:\([^()]{1,12}\)[^()\[\]【】]{0,24})?)\s*[)\]】」〕]\s*"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EAST_DATE = re.compile(
    r"(?:(?P<year>\d{4})년? ?[年./-] ?)?(?:(?P<month>\d{1,2}) ?[月월./-] ?)?(?P<day>\d{1,2}) ?[日일]?(?![\d])"
)
_KOREAN_PEOPLE = re.compile(
    r"(?P<names>[가-힣]{2,4}(?:[ ·,]+[가-힣]{2,4}){0,3}?) ?(?:[가-힣]{0,4}(?:기자|특파원|통신원|논설위원|인턴))[^=\n]{0,12}="
)


_INSIDE = (
    re.compile(rf"(?P<place>[^={MASK}]*?)[ ・·=]*(?P<agency>{MASK})(?P<rest>[ =].*)?"),
    re.compile(rf"(?P<agency>{MASK})[ ・·=]*(?P<place>[^={MASK}]*)(?P<rest>=.*)?"),
)


def _bracketed(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """(서울=연합뉴스) 홍길동 기자 =, [파리=AFP/뉴시스], 【ソウル共同】, [東京 10日 ロイター] -."""
    match = _BRACKET.match(folded)
    if match is None:
        return None
    content = match[1].strip()
    after = folded[match.end() :]
    if not _CJK.search(unmask(content, named)) and not _CJK.search(after[:40]):
        return None
    content, date = _take_date(content)
    signed = _bracket_signed(content, named)
    people, tail = _people_after(after)
    if signed is not None:
        place, agencies, rest = signed
        names = people or _people_inside(rest)
        return Dateline(
            place,
            date,
            agencies,
            folded[: match.end()].rstrip() + tail,
            people=names,
            rule="dateline.bracketed",
        )
    return _bracket_own(content, date, folded[: match.end()].rstrip(), people)


def _take_date(content: str) -> tuple[str, str]:
    match = re.search(r"(?:(\d{4}) ?[年년./-] ?)?(?:(\d{1,2}) ?[月월./-] ?)?(\d{1,2}) ?[日일]", content)
    if match is None:
        return content, ""
    year, month, day = match.groups()
    date = f"{int(year):04d}-" if year and month else "--"
    date += f"{int(month):02d}-{int(day):02d}" if month else f"{int(day):02d}"
    return (content[: match.start()] + " " + content[match.end() :]).strip(), date


def _bracket_signed(content: str, named: tuple[str, ...]) -> tuple[str, Signed, str] | None:
    for pattern in _INSIDE:
        match = pattern.fullmatch(content)
        if match is None:
            continue
        place = (match["place"] or "").strip(" ・·=,、")
        if not place and is_known_place((match["rest"] or "").strip(" =")):
            return match["rest"].strip(" ="), _signed(match, named), ""
        agency_first = match.start("agency") < match.start("place")
        if place and (is_label(place) or not (is_known_place(place) if agency_first else _looks_like_place(place))):
            return None
        if _OUTLET_ENDS.search(place) or _SUPPLIED.search(match["rest"] or ""):
            return None
        return place, _signed(match, named), match["rest"] or ""
    return None


def _looks_like_place(place: str) -> bool:
    """A known place, or a short name without digits; two places may share a dateline (서울·도쿄)."""
    parts = [part.strip() for part in re.split(r"[·・、,/ ]", place) if part.strip()]
    if any(is_label(part) for part in parts):
        return False
    if all(is_known_place(part) for part in parts):
        return True
    return len(parts) <= 3 and all(len(part) <= 10 and not re.search(r"[\d「」『』\"'?!]", part) for part in parts)


def _bracket_own(content: str, date: str, text: str, people: tuple[str, ...]) -> Dateline | None:
    """[삼척=동해신문], 【ソウル=栗林亮】: the outlet or a person signs."""
    inner = re.match(r"[^()=]{2,14}\((?P<place>[^()]{1,8})\) ?= ?(?P<who>.+)", content)
    if inner and is_known_place(inner["place"]):
        return Dateline(
            inner["place"], date, None, text, own=True, people=_people_inside("=" + inner["who"]), rule="dateline.own"
        )
    place, equals, who = content.partition("=")
    place, who = _BUREAU.sub("", place.strip()), who.strip()
    if not equals:
        together = _place_with_name(content)
        if together is None:
            return None
        return Dateline(together[0], date, None, text, own=True, people=(together[1],), rule="dateline.own")
    if not who:
        return None
    place = place.split()[-1] if place and is_known_place(place.split()[-1]) else place
    if is_label(place) or _OUTLET_ENDS.search(place):
        return None
    swapped = re.match(r"[^\s,]{2,8}(?=[ ,]|$)", who)
    if not is_known_place(place) and swapped and is_known_place(swapped[0]):
        return Dateline(
            swapped[0], date, None, text, own=True, people=people or _people_inside("=" + who), rule="dateline.own"
        )
    named = people or _people_inside("=" + who)
    if not is_known_place(place) and not (_looks_like_place(place) and (named or _OUTLET_ENDS.search(who))):
        return None
    return Dateline(place, date, None, text, own=True, people=people or _people_inside("=" + who), rule="dateline.own")


_PLACE_ALONE = re.compile(rf"(?P<place>{_PLACE})(?P<region>, {_WORD}(?: {_WORD})?)?$")


def _alone(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """ISTANBUL, or Jakarta, Indonesia, on a line of its own above the story."""
    match = _PLACE_ALONE.match(folded) if len(folded) <= 40 and not named else None
    if match is None or not is_known_place(match["place"]) or not (match["region"] or folded.isupper()):
        return None
    return Dateline(folded, "", None, folded, rule="dateline.alone")


_UNBRACKETED = re.compile(
    r"(?P<place>[^\s=/|()]{2,12}) ?[=/|] ?(?P<name>[가-힣]{2,4}|[一-龥々]{3,5}) ?(?:특파원|기자|記者|特派員)?$"
)


def _unbracketed(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """도쿄=차명근 특파원: the correspondent's own line under the title."""
    match = _UNBRACKETED.match(folded)
    if match is None or not is_known_place(match["place"]):
        return None
    return Dateline(match["place"], "", None, folded, own=True, people=(match["name"],), rule="dateline.own")


_OUTLET_ENDS = re.compile(r"(?:일보|신문|뉴스|투데이|타임스|경제|방송|新聞|日報|新報|通信|タイムズ)$")
_SUPPLIED = re.compile("제공|자료|사진|캡처|提供|写真|撮影")
_BUREAU = re.compile(r"(?:支局|総局|本社|特派員|지국|특파원)$")
_NAMED = re.compile(r"(?P<name>[一-龥々]{2,3}[一-龥々ぁ-んァ-ヴ]{1,3})")
_INSTITUTION = re.compile(
    r"[省庁署局社部会院党軍店駅港選戦賞展館校学場株力派案法紙版]$"
    r"|市長|知事|首相|大統領|政府|議会|県警|府警|地裁|高裁|大学|都市|市場|国際|中央"
)


def _place_with_name(content: str) -> tuple[str, str] | None:
    """【ソウル栗林亮】: a known place and a name written together, as one of Japan's papers signs."""
    for end in range(min(len(content) - 3, 12), 1, -1):
        place, rest = content[:end], content[end:]
        if is_known_place(place) and 3 <= len(rest) <= 5 and _NAMED.fullmatch(rest) and not _INSTITUTION.search(rest):
            return place, rest
    return None


def _people_after(after: str) -> tuple[tuple[str, ...], str]:
    match = _KOREAN_PEOPLE.match(after)
    if match is None:
        return (), ""
    return tuple(name for name in re.split(r"[ ·,]+", match["names"]) if name), " " + match[0]


def _people_inside(rest: str) -> tuple[str, ...]:
    """Names after "=" inside the bracket: desks and titles are left out."""
    name = rest.lstrip(" =").strip()
    name = re.split(r"[・,、]", name)[-1].strip()
    name = re.sub(r"\s*(?:기자|특파원|記者|特派員|支局長)$", "", name)
    if re.fullmatch(r"[가-힣]{2,4}|[一-龥々ヶ]{2,5}(?: ?[一-龥々ぁ-んァ-ヴー]{1,4})?", name) and not name.endswith(
        ("新聞", "日報", "社", "部", "支局", "신문", "일보", "뉴스")
    ):
        return (name,)
    return ()


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
