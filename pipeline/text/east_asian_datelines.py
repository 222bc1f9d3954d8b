"""Datelines of Korea and Japan: (서울=연합뉴스) 홍길동 기자 =, [파리=AFP/뉴시스], 【ソウル共同】."""

from __future__ import annotations

import re

from pipeline.text.agencies import MASK, Signed, unmask
from pipeline.text.dateline_parts import Dateline, signed_at
from pipeline.text.places import is_known_place, is_label

_BRACKET = re.compile(
    r"[(\[【「〔]\s*([^()\[\]【】〔〕]{1,48}(?:\([^()]{1,12}\)[^()\[\]【】]{0,24})?)\s*[)\]】」〕]\s*"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TITLE = r"(?:[가-힣]{0,4}(?:기자|특파원|통신원|논설위원|인턴))"
_KOREAN_PEOPLE = re.compile(
    rf"(?P<people>(?:[가-힣]{{2,4}}(?:[ ·,]+[가-힣]{{2,4}}){{0,3}}? ?{_TITLE}[ ,·]*){{1,4}})[^=\n]{{0,12}}="
)
_TITLED = re.compile(rf"(?P<names>[가-힣]{{2,4}}(?:[ ·,]+[가-힣]{{2,4}}){{0,3}}?) ?{_TITLE}")


_INSIDE = (
    re.compile(rf"(?P<place>[^={MASK}]*?)[ ・·=]*(?P<agency>{MASK})(?P<rest>[ =].*)?"),
    re.compile(rf"(?P<agency>{MASK})[ ・·=]*(?P<place>[^={MASK}]*)(?P<rest>=.*)?"),
)


def read_bracketed_dateline(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """(서울=연합뉴스) 홍길동 기자 =, [파리=AFP/뉴시스], 【ソウル共同】, [東京 10日 ロイター] -."""
    match = _BRACKET.match(folded)
    if match is None:
        return None
    content = match[1].strip()
    after = folded[match.end() :]
    if not _CJK.search(unmask(content, named)) and not _CJK.search(after[:40]):
        return None
    content, date = _take_date(_RELAYED.sub("", content))
    signed = _bracket_signed(content, named)
    people, tail = _people_after(after)
    if signed is not None:
        place, agencies, rest = signed
        following = _PLACE_AFTER.match(after)
        if not place and following is not None and is_known_place(following["place"]):
            place = following["place"]
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
            return match["rest"].strip(" ="), signed_at(match, named), ""
        agency_first = match.start("agency") < match.start("place")
        if place and (is_label(place) or not (is_known_place(place) if agency_first else _looks_like_place(place))):
            return None
        if _OUTLET_ENDS.search(place) or _SUPPLIED.search(match["rest"] or ""):
            return None
        return place, signed_at(match, named), match["rest"] or ""
    return None


def _looks_like_place(place: str) -> bool:
    """A known place, or a short name without digits; two places may share a dateline (서울·도쿄)."""
    parts = [part.strip() for part in re.split(r"[·・、,/ ]", place) if part.strip()]
    if any(is_label(part) for part in parts):
        return False
    if all(is_known_place(part) for part in parts):
        return True
    if re.search("[ぁ-ん]", place):
        return False
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
    if not equals and is_known_place(place):
        return Dateline(place, date, None, text, own=True, people=people, rule="dateline.own")
    if not equals:
        together = _place_with_name(content) or _place_then_name(content)
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


_UNBRACKETED = (
    re.compile(
        r"(?P<place>[^\s=/|()]{2,12}) ?[=/|] ?(?P<name>[가-힣]{2,4}|[一-龥々]{3,5}) ?(?:특파원|기자|記者|特派員)?$"
    ),
    re.compile(r"(?P<place>[^\s=/|()]{2,12}) (?P<name>[가-힣]{2,4}) ?특파원$"),
    re.compile(r"(?P<place>[^\s=/|()]{2,12}) ?= ?[^=\n]{2,30}[, ](?P<name>[가-힣]{2,4}) ?(?:특파원|기자)$"),
)
_UNBRACKETED_SIGNED = (
    re.compile(rf"(?P<place>[^\s=()]{{2,12}})(?:\([^()]{{1,12}}\))? ?= ?(?P<agency>{MASK})$"),
    re.compile(rf"(?P<place>[^\s=()A-Za-z-]{{1,12}}) ?-{{0,2}} ?\((?P<agency>{MASK})\)(?:--)?(?=[\s(-])"),
)


def read_unbracketed_dateline(folded: str, named: tuple[str, ...]) -> Dateline | None:
    """도쿄=차명근 특파원, 리마(페루)=AP, マニラ(AP): without brackets, under the title or before the text."""
    for pattern in _UNBRACKETED_SIGNED:
        match = pattern.match(folded) if named else None
        if match is not None and is_known_place(match["place"]):
            return Dateline(match["place"], "", signed_at(match, named), match[0], rule="dateline.unbracketed")
    for pattern in _UNBRACKETED:
        match = pattern.match(folded)
        if match is not None and is_known_place(match["place"]):
            return Dateline(match["place"], "", None, folded, own=True, people=(match["name"],), rule="dateline.own")
    return None


_OUTLET_ENDS = re.compile(r"(?:일보|신문|뉴스|투데이|타임스|경제|방송|新聞|日報|新報|通信|タイムズ)$")
_RELAYED = re.compile(r"(?:配信|特約|発|電)$")
_PLACE_AFTER = re.compile(r"(?P<place>[^\s、。]{1,10})発(?=[-ー :　])")
_SUPPLIED = re.compile("제공|자료|사진|캡처|提供|写真|撮影")
_BUREAU = re.compile(r"(?:支局|総局|本社|特派員|지국|특파원)$")
_NAMED = re.compile(r"(?P<name>[一-龥々]{2,3}[一-龥々ぁ-んァ-ヴ]{1,3})")
_INSTITUTION = re.compile(
    r"[省庁署局社部会院党軍店駅港選戦賞展館校学場株力派案法紙版]$"
    r"|市長|知事|首相|大統領|政府|議会|県警|府警|地裁|高裁|大学|都市|市場|国際|中央"
)


def _place_then_name(content: str) -> tuple[str, str] | None:
    """(釜山・嵯峨野光), [도쿄 차명근 특파원]: a known place, a dot or space, a name."""
    place, _, rest = content.partition("・") if "・" in content else content.partition(" ")
    place = _BUREAU.sub("", place)
    names = _people_inside("=" + rest)
    return (place, names[0]) if is_known_place(place) and names else None


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
    names = (name for titled in _TITLED.finditer(match["people"]) for name in re.split(r"[ ·,]+", titled["names"]))
    return tuple(name for name in names if name), " " + match[0]


def _people_inside(rest: str) -> tuple[str, ...]:
    """Names after "=" inside the bracket: desks and titles are left out."""
    name = rest.lstrip(" =").strip()
    name = re.split(r"[・,、]", name)[-1].strip()
    name = re.sub(r"\s*(?:기자|특파원|記者|特派員|支局長)$", "", name)
    name = name.split()[-1] if re.search("[가-힣]", name) else name
    if re.fullmatch(r"[가-힣]{2,4}|[一-龥々ヶ]{2,5}(?: ?[一-龥々ぁ-んァ-ヴー]{1,4})?", name) and not name.endswith(
        ("新聞", "日報", "社", "部", "支局", "신문", "일보", "뉴스")
    ):
        return (name,)
    return ()
