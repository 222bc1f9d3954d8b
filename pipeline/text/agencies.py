"""Agency names as they stand in credits and datelines: alone, in a list, or one relaying another."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from pipeline.text.lines import fold
from schemas.wire_rules import load_agencies

_RELAYING = re.compile(r"[=＝]")


@dataclass(frozen=True, slots=True)
class Signed:
    """The agencies in a credit: who wrote, and who passed it on (nearest to the origin first)."""

    origins: tuple[str, ...]
    relays: tuple[str, ...] = ()


@functools.cache
def _codes() -> dict[str, str]:
    return {_key(name): agency.id for agency in load_agencies() for name in agency.names}


def _key(name: str) -> str:
    """Short names only count as written: AP is an agency, Ap and ap are not."""
    folded = " ".join(fold(name).split())
    return folded if folded.isascii() and len(folded) <= 4 else folded.casefold()


def agency_code(name: str) -> str:
    """The code of an agency named alone, or "".

    >>> agency_code("연합뉴스"), agency_code("The Associated Press"), agency_code("ap")
    ('Yonhap', 'AP', '')
    """
    code = _codes().get(_key(name.strip()), "")
    return "" if code in _press_releases() else code


@dataclass(frozen=True, slots=True)
class Named:
    """An agency's name where it stands in a line."""

    start: int
    end: int
    code: str


MASK = "\ue000"
"""Stands for one agency or several in a masked line; of the private use area, so no page means anything by it."""

_JOINED = re.compile(r"\s*(?:,|、|·|・|/|&|=|-|\band\b|및)?\s*", re.IGNORECASE)


@functools.cache
def _names() -> tuple[AhoCorasick, tuple[str, ...]]:
    names = tuple(sorted({fold(name) for agency in load_agencies() for name in agency.names}))
    return AhoCorasick([_lower(name) for name in names]), names


def _lower(text: str) -> str:
    """Lower case without a change of length: a few capitals lower to two characters."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def find_names(folded: str) -> list[Named]:
    """Every agency named in a line. Latin names stand between other than Latin letters and digits.

    >>> [named.code for named in find_names("【パリAFP】 not Afp nor maps, says Kyodo News")]
    ['AFP', 'Kyodo']
    """
    automaton, names = _names()
    valid = []
    for index, start, end in automaton.find_matches_as_indexes(_lower(folded), overlapping=True):
        if names[index].isascii() and (_is_latin(folded, start - 1) or _is_latin(folded, end)):
            continue
        if code := _codes().get(_key(folded[start:end])):
            valid.append(Named(start, end, code))
    valid.sort(key=lambda named: (named.start, -named.end))
    found: list[Named] = []
    for named in valid:
        if not found or named.start >= found[-1].end:
            found.append(named)
    return found


def _is_latin(text: str, index: int) -> bool:
    return 0 <= index < len(text) and text[index].isascii() and text[index].isalnum()


def mask_agencies(folded: str) -> tuple[str, tuple[str, ...]]:
    """The line with every agency, or list of agencies, replaced by MASK, and what was replaced, in order.

    >>> mask_agencies("Source: AP, Kyodo")[1]
    ('AP, Kyodo',)
    """
    names = find_names(folded)
    if not names:
        return folded.replace(MASK, " "), ()
    spans = [[names[0].start, names[0].end]]
    for name in names[1:]:
        if _JOINED.fullmatch(folded, spans[-1][1], name.start):
            spans[-1][1] = name.end
        else:
            spans.append([name.start, name.end])
    pieces = []
    position = 0
    for start, end in spans:
        pieces += [folded[position:start].replace(MASK, " "), MASK]
        position = end
    pieces.append(folded[position:].replace(MASK, " "))
    return "".join(pieces), tuple(folded[start:end] for start, end in spans)


def unmask(masked: str, named: tuple[str, ...]) -> str:
    """The words that MASKs stand for put back, the first names for the first MASKs."""
    for name in named:
        masked = masked.replace(MASK, name, 1)
    return masked


def read_signed(text: str) -> Signed:
    """Who is named in a credit, told from who relays.

    After "=" or in a joined pair ("AFP時事", "AFP-Jiji", "AFP/뉴시스") the home agency relays the foreign one;
    names in a list ("AP, Kyodo") share the work.

    >>> read_signed("ロイター=共同")
    Signed(origins=('Reuters',), relays=('Kyodo',))
    >>> read_signed("AP, Kyodo")
    Signed(origins=('AP', 'Kyodo'), relays=())
    """
    if any(named.code in _press_releases() for named in find_names(fold(text))):
        return Signed(())
    relays: list[str] = []
    head = text
    parts = _RELAYING.split(text)
    if len(parts) > 1:
        head = parts[0]
        relays = [code for part in parts[1:] for code in _found(part)]
        if not _found(head):
            head, relays = text, []
    found = _found(head)
    if len(found) == 2 and not relays and _is_joined(head):
        return Signed((found[0],), (found[1],))
    return Signed(tuple(found), tuple(code for code in reversed(relays) if code not in found))


@functools.cache
def _press_releases() -> frozenset[str]:
    return frozenset(agency.id for agency in load_agencies() if agency.press_release)


@functools.cache
def _countries() -> dict[str, str]:
    return {agency.id: agency.country for agency in load_agencies()}


def _found(text: str) -> list[str]:
    return list(dict.fromkeys(named.code for named in find_names(fold(text))))


_DOMESTIC = frozenset({"Jiji", "Kyodo", "Newsis", "Yonhap", "News1", "Newspim"})


def _is_joined(text: str) -> bool:
    """Whether two names are joined so that the second, an agency of the region, passes on one from abroad."""
    names = find_names(fold(text))
    if len(names) != 2:
        return False
    between = fold(text)[names[0].end : names[1].start].strip()
    first, second = names[0].code, names[1].code
    abroad = _countries().get(first) != _countries().get(second)
    return second in _DOMESTIC and abroad and between in ("", "-", "/", "=")
