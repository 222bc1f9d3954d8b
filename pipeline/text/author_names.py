"""Bylines as names: without titles, e-mail addresses, addresses of pages and "by"."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<!\w)@\w{2,}")
_URL = re.compile(r"(?:https?:)?//\S+|\bwww\.\S+")
_BRACKETS = re.compile(r"\s*[(\[（【<][^)\]）】>]{0,60}[)\]）】>]")
_BY = re.compile(
    r"^(?:written\s+by|reported\s+by|story\s+by|by|von|par|por|di|door|av|af|text|글|文)\b\s*[:：]?\s+|^(?:글|文|取材・文)\s*[=:：]\s*",
    re.IGNORECASE,
)
_JOINERS = re.compile(
    r"\s*(?:;|、|・(?=[^ァ-ヶー])|/|\||,(?!\s*(?:jr|sr|phd|md|ii|iii)\b)|，|\s+(?:and|und|y|og|och|e|en)\s+|\s+&\s+)\s*",
    re.IGNORECASE,
)
# 기자 reporter, 특파원 correspondent, 논설위원 editorial writer, 인턴 intern, 선임 senior, 객원 guest, 편집 editor
_KOREAN_TITLE = re.compile(
    r"\s*(?:(?<=\s)[가-힣]{1,6}(?:부|팀|국|센터)\s*)?"
    r"(?:선임기자|전문기자|인턴기자|객원기자|대기자|기자|특파원|논설위원|논설실장|칼럼니스트|앵커|에디터|위원|통신원)\s*(?:=.*)?$"
)
# 정치부 홍길동: the desk before the name; 도쿄=홍길동: the place before the name
_KOREAN_PREFIX = re.compile(r"^(?:[가-힣]{1,6}(?:부|팀|국|센터)\s+|[가-힣]{1,8}=)(?=[가-힣]{2,4}\b)")
# 記者 reporter, 編集委員 senior writer, 論説委員 editorial writer, 支局長 bureau chief, 特派員 correspondent
_JAPANESE_TITLE = re.compile(r"\s*(?:記者|編集委員|論説委員|専門記者|支局長|総局長|特派員|編集長|解説委員)\s*$")
_TITLE_WORDS = (
    "staff writer", "staff reporter", "reporter", "correspondent", "editor", "columnist", "contributor",
    "contributing writer", "special to", "bureau chief", "producer", "journalist", "redakteur", "redakteurin",
    "chefredakteur", "chefredakteurin", "korrespondent", "korrespondentin", "freelance", "photographer",
)  # fmt: skip
# newspaper, agency, broadcaster, editorial desk, news
_CJK_ORGANISATIONS = (
    "일보", "신문", "통신", "방송", "뉴스", "경제", "닷컴", "타임스", "저널", "편집부", "디지털",
    "新聞", "新聞社", "通信", "通信社", "放送", "テレビ", "ニュース", "編集部", "デジタル", "オンライン", "社",
)  # fmt: skip
_CJK_NAME = re.compile(r"[가-힣]{2,4}|[\u3040-\u30ff\u3400-\u9fff・ ]{2,8}")
_MAXIMUM_WORDS = 8
_MAXIMUM_AUTHORS = 20
_PLACEHOLDERS = frozenset(
    {"admin", "administrator", "editor", "null", "none", "undefined", "user", "author", "unknown"}
)


def author_names(stated: tuple[str, ...]) -> tuple[str, ...]:
    """Names in order, without repeats.

    A statement may hold several people ("A und B, dpa"), a title ("홍길동 기자"), an e-mail address or a page
    address; what is left without letters is dropped.

    Guarantees: idempotent; no e-mail address or page address survives.

    >>> author_names(("By Ann Lee and Bo Kim, Staff Writers", "홍길동 기자 hong@news.example"))
    ('Ann Lee', 'Bo Kim', '홍길동')
    """
    names: list[str] = []
    for statement in stated:
        names.extend(_names_in(statement))
    unique: dict[str, str] = {}
    for name in names:
        unique.setdefault("".join(filter(str.isalnum, name.casefold())), name)
    return tuple(unique.values())[:_MAXIMUM_AUTHORS]


def reads_like_person(name: str) -> bool:
    """Whether a name has the form of a person's: two to four capitalised words, or two to six CJK characters.

    >>> reads_like_person("Ann Lee"), reads_like_person("홍길동"), reads_like_person("red")
    (True, True, False)
    """
    if _CJK_NAME.fullmatch(name):
        return not is_organisation(name)
    words = name.split()
    return 2 <= len(words) <= 4 and words[0][0].isupper() and words[-1][0].isupper()


def is_organisation(name: str) -> bool:
    """Whether a Korean or Japanese name ends as newspapers, agencies and broadcasters do.

    >>> is_organisation("한빛통신"), is_organisation("김나래")
    (True, False)
    """
    return name.endswith(_CJK_ORGANISATIONS)


def _names_in(statement: str) -> list[str]:
    text = _BRACKETS.sub("", statement)
    text = _HANDLE.sub(" ", _EMAIL.sub(" ", _URL.sub(" ", text)))
    text = _BY.sub("", " ".join(text.split()))
    return [name for name in (_clean(part) for part in _parts(text)) if name]


def _parts(text: str) -> list[str]:
    """The people of a list; "Kim, Reporter, University" keeps its first part when the rest is a description."""
    parts = _JOINERS.split(text)
    if len(parts) > 1 and any(len(part.split()) > 5 for part in parts):
        return parts[:1]
    return parts


def _clean(name: str) -> str:
    previous = None
    while name != previous:
        previous = name
        name = _BY.sub("", _KOREAN_TITLE.sub("", _JAPANESE_TITLE.sub("", name)))
        name = _KOREAN_PREFIX.sub("", name).strip(" \t,.;:|/=·・-–—")
    key = name.casefold()
    if not any(character.isalpha() for character in name) or key in _PLACEHOLDERS:
        return ""
    if key.rstrip("s") in _TITLE_WORDS or len(name.split()) > _MAXIMUM_WORDS:
        return ""
    return name
