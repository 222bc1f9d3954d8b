"""Bylines of the outlet's own people, in the house styles of three languages."""

from __future__ import annotations

import re

from pipeline.text.agencies import find_names
from pipeline.text.people import person_pattern
from schemas.records import Contributor
from schemas.wire_rules import load_wire_words

_ENGLISH = (
    re.compile(rf"\(?by:? {person_pattern('a')}, (?-i:[A-Z])[\w .&-]{{2,60}}", re.IGNORECASE),
    re.compile(
        rf"\(?(?:by|von|par|por|di):? {person_pattern('a')}"
        rf"(?:(?:,? and |, ?| & ){person_pattern('b')})?(?:[,|\n -].{{0,60}})?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?-i:[A-Z][A-Z .'-]+?)(?:, (?-i:[A-Z][\w.]+))? ?-{{1,2}} ?(?:by )?{person_pattern('a')}", re.IGNORECASE
    ),
)
_NAME_IN_PLACE = re.compile(rf"{person_pattern('a')} (?:in|at) (?-i:[A-Z][\w'-]+(?: [A-Z][\w'-]+){{0,2}})")
_NAME_ALONE = re.compile(person_pattern("a"))
_ABOUT = re.compile(
    rf"{person_pattern('a')} is (?:an? |the )?[^\n]{{2,80}}"
    r"(?:editor|writer|reporter|correspondent|columnist)\b.{0,80}"
)
_KOREAN = (
    re.compile(
        r"[^\n]{0,12}?(?P<a>[가-힣]{2,4}) ?(?:선임|수석|인턴|객원|전문|논설)?"
        r"(?:기자|특파원|논설위원|위원|칼럼니스트|통신원|선임기자)(?: ?[\w.+-]+@[\w.-]+)?"
    ),
    re.compile(r"(?:글|취재|정리) ?[=:·] ?(?P<a>[가-힣]{2,4})(?: ?기자)?"),
)
_JAPANESE = (
    re.compile(
        r"[(\[【]?(?:構成|文|取材|執筆|記者|編集|聞き手)[・=:/ ]+"
        r"(?P<a>[一-龥々ヶ]{1,5} ?[一-龥々ぁ-んァ-ヴー]{1,4})[)\]】]?"
    ),
    re.compile(
        r"[(\[【]?(?:[^\s()【】]{2,10}(?:支局|特派員|部|社)[ =・])?"
        r"(?P<a>[一-龥々ヶ]{2,4} ?[一-龥々]{1,3}) ?(?:記者|特派員|編集委員|論説委員|支局長)?[)\]】]?"
    ),
)
_HIRAGANA_NAME = re.compile(
    r"[(（]?(?:[^\s()]{2,12}(?:部|面|新報|新聞|日報) )?(?P<a>[一-龥々]{2,3}[ぁ-ん]{2,3})"
    r"(?<!する)(?<!です)(?<!ます)(?<!から)(?<!まで)"
    r"(?<!など)(?<!こと)(?<!もの)(?<!しい)(?<!ない)(?<!れる)(?<!せる)[)）]?"
)
_OWN_REPORTER = re.compile(r"[\[(][^\[\]()]{2,16}[ =](?P<a>[가-힣]{2,4}) ?(?:기자|특파원)[\])] ?.*")
_NOT_JAPANESE_NAME = re.compile(
    r"(?:新聞|日報|朝報|新報|通信|社|部|局|版|会|速報|記事|関連|写真|広告"
    r"|有料|会員|登録|終|了|続|特集|社説|共同|時事|配信|提供|朝日|毎日|読売|産経)"
)
_KOREAN_PLACED = re.compile(r"[(\[]((?:[^\s()=,]{2,8}=[가-힣]{2,4}(?:, ?)?)+) ?(?:특파원|기자|통신원)?[)\]]")


def read_byline(folded: str, in_head: bool) -> tuple[str, ...]:
    """The names in a byline, or () for any other line.

    >>> read_byline("By Wade Stokes and Lori Beck", True)
    ('Wade Stokes', 'Lori Beck')
    """
    own = _OWN_REPORTER.fullmatch(folded) if in_head else None
    if own is not None:
        return (own["a"],)
    if len(folded) > 140:
        return ()
    patterns: tuple[re.Pattern[str], ...] = (*_KOREAN, *_JAPANESE, _ABOUT)
    patterns = (*_ENGLISH, *patterns)
    for pattern in patterns:
        match = pattern.fullmatch(folded)
        if match is None:
            continue
        names = tuple(name for key in ("a", "b") if (name := match.groupdict().get(key)))
        if pattern in _JAPANESE and _NOT_JAPANESE_NAME.search(names[0]):
            continue
        return () if any(_is_title(name) for name in names) else names
    written = _HIRAGANA_NAME.fullmatch(folded)
    if written is not None and not _NOT_JAPANESE_NAME.search(written["a"]):
        return (written["a"],)
    match = (_NAME_ALONE.fullmatch(folded) or _NAME_IN_PLACE.fullmatch(folded)) if in_head else None
    if match is not None and not _is_title(match["a"]):
        return (match["a"],)
    return ()


def read_korean_contributors(folded: str) -> tuple[Contributor, ...]:
    """(도쿄=반태수, 파리=명해준 특파원): correspondents with their places.

    >>> [person.place for person in read_korean_contributors("(도쿄=반태수, 파리=명해준 특파원)")]
    ['도쿄', '파리']
    """
    match = _KOREAN_PLACED.fullmatch(folded)
    if match is None:
        return ()
    if any(find_names(pair) for pair in match[1].split("=")):
        return ()
    pairs = (pair.split("=") for pair in re.split(r", ?", match[1]) if "=" in pair)
    return tuple(Contributor(name.strip(), place.strip()) for place, name in pairs)


def _is_title(name: str) -> bool:
    titles = {word for words in load_wire_words().titles for word in words}
    return any(word.casefold().strip(".,") in titles for word in name.split())
