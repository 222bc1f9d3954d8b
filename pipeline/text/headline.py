"""The headline without the site's name, and the kicker that stands before it."""

from __future__ import annotations

import re

_SEPARATORS = r"(?:\s*[|｜ㅣ┃]\s*|\s+[-–—·•»›<>:/：~]+\s+|\s*：\s*|\s*[«]\s+|\s+[-–—](?=\S)|\s[:]\s)"
_SPLIT = re.compile(_SEPARATORS)
# One or two words between separators once the site's name is gone: "… : 사회 : 뉴스" (society, news).
_SECTIONS = re.compile(r"(?:\s*[|｜]\s*|\s[:>‹›»]\s)[^\s|｜:>‹›»]{1,12}(?:\s[^\s|｜:>‹›»]{1,12})?$")
_TIGHT_SPLIT = re.compile(r"[-–—:]")
# [속보] breaking, [단독] exclusive, 【独自】 own report, ＜社説＞ editorial, (서울) would be a place: brackets that
# newsrooms put before a headline, at most twelve characters and more text after them.
_KICKER = re.compile(
    r"^\s*(?:\[([^\[\]]{1,12})\]|［([^［］]{1,12})］|【([^【】]{1,12})】|〈([^〈〉]{1,12})〉|<([^<>]{1,12})>|＜([^＜＞]{1,12})＞)\s*(?=\S)"
)
_SHORTEST_HEADLINE = 10
_LONGEST_TITLE = 400  # site name included; the longest of the development pages has 190
_SUFFIX_STARTS = ("|", "｜", "ㅣ", "(", "（", "[", "［")
_NOT_LETTERS = re.compile(r"[\W_]+")
_MAXIMUM_SUFFIX_SHARE = 0.6


def tidy(text: str) -> str:
    r"""One line: soft hyphens and zero-width characters gone, runs of space single, full-width space kept.

    >>> tidy(" Fed\u00ad eral \n bank ")
    'Fed eral bank'
    """
    text = re.sub(r"[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0b\x0e-\x1f\x7f]", "", text)
    return re.sub(r"[ \t\r\n\f\xa0]+", " ", text).strip()


def headline_without_site(title: str, site_names: frozenset[str], witnesses: tuple[str, ...] = ()) -> str:
    """The title up to the separator before the site's name.

    Args:
        title: as stated.
        site_names: what the site calls itself, as :func:`name_key` gives it.
        witnesses: other statements of the headline (h1, JSON-LD); where one equals the part before a
            separator, the rest is suffix whatever it says (``| Europa | DW | 28.04.2023``).

    Guarantees: never empty for a title with text; never longer than the title.

    >>> headline_without_site("Summit ends | The Daily", frozenset({"thedaily"}))
    'Summit ends'
    >>> headline_without_site("BUDGET | Debt grows", frozenset({"thedaily"}))
    'BUDGET | Debt grows'

    """
    title = tidy(title[:_LONGEST_TITLE])
    known = {name_key(witness[:_LONGEST_TITLE]) for witness in witnesses if witness}
    cuts = [(match.start(), match.end()) for match in _SPLIT.finditer(title)]
    for start, _ in cuts:
        if start and name_key(title[:start]) in known:
            return title[:start].strip()
    for witness in map(tidy, (witness[:_LONGEST_TITLE] for witness in witnesses)):
        rest = title[len(witness) :].lstrip()
        if len(witness) >= _SHORTEST_HEADLINE and title.startswith(witness) and rest.startswith(_SUFFIX_STARTS):
            return witness
    shortened = title
    for start, end in reversed(cuts):
        if end > len(shortened):
            continue
        last = shortened[end:]
        if start and is_site_name(last, site_names) and len(last) <= _MAXIMUM_SUFFIX_SHARE * len(title):
            shortened = shortened[:start].rstrip()
    if shortened != title:
        shortened = _without_section(shortened)
    first = _SPLIT.search(shortened)
    if first and is_site_name(shortened[: first.start()], site_names) and len(shortened) - first.end() > 8:
        shortened = shortened[first.end() :].strip()
    return shortened or title


def headline_keys(titles: tuple[str, ...]) -> frozenset[str]:
    """Keys of the titles and of what stands before each of their separators: forms the visible headline may have.

    >>> sorted(headline_keys(("Summit ends in Seoul | The Daily",)))
    ['summitendsinseoul', 'summitendsinseoulthedaily']
    """
    shortened = [tidy(title[:_LONGEST_TITLE]) for title in titles]
    forms = {name_key(title) for title in shortened}
    for title in shortened:
        forms |= {name_key(title[: cut.start()]) for cut in _SPLIT.finditer(title) if cut.start() >= _SHORTEST_HEADLINE}
    return frozenset(form for form in forms if form)


def split_kicker(title: str) -> tuple[str, str]:
    """(kicker, headline): the bracketed label at the head apart, without its brackets.

    >>> split_kicker("[속보] 한일 정상회담 개최")
    ('속보', '한일 정상회담 개최')
    """
    match = _KICKER.match(title)
    if match is None or len(title) - match.end() < 4:
        return "", title
    kicker = next(group for group in match.groups() if group)
    return kicker.strip(), title[match.end() :].strip()


def name_key(name: str) -> str:
    """A site's name or a headline reduced to letters and digits, for comparison.

    >>> name_key("The Daily: News!")
    'thedailynews'
    """
    return _NOT_LETTERS.sub("", name.casefold())


def is_site_name(part: str, site_names: frozenset[str]) -> bool:
    """Whether a part of a title is the site's name, its domain, or a form of it (DW, Mirror Online)."""
    key = name_key(part)
    if not key:
        return True
    if key in site_names:
        return True
    return len(key) >= 4 and any(
        len(name) >= 4 and (key.startswith(name) or name.startswith(key)) and len(key) <= 2.2 * len(name)
        for name in site_names
    )


def _without_section(title: str) -> str:
    """``Headline-정치`` once the site's name is gone: short last parts, much shorter than the rest, name sections."""
    parts = _SECTIONS.search(title)
    while parts and parts.start() >= max(_SHORTEST_HEADLINE, 3 * (parts.end() - parts.start())):
        title = title[: parts.start()].rstrip()
        parts = _SECTIONS.search(title)
    for match in reversed(list(_TIGHT_SPLIT.finditer(title))):
        last = title[match.end() :]
        if match.start() and 0 < len(last) <= 4 and not last.isascii() and not last[0].isspace():
            return title[: match.start()].rstrip()
        break
    return title
