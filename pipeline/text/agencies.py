"""Agency names as they stand in credits and datelines: alone, in a list, or one relaying another."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from pipeline.text.lines import fold
from schemas.wire_rules import load_agencies

_RELAYING = re.compile(r"[=＝]")
_AND = re.compile(r"\s*(?:,|、|·|・|/|&|\band\b|및|와|과| )\s*")


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
    return _codes().get(_key(name.strip()), "")


@functools.cache
def name_pattern() -> str:
    """A regular expression for one agency's name; case matters for short names even under IGNORECASE."""
    names = sorted({fold(name) for agency in load_agencies() for name in agency.names}, key=lambda n: (-len(n), n))
    parts = []
    for name in names:
        pattern = re.escape(name).replace(r"\ ", r"\s+")
        if name.isascii():
            # \b would not part "パリAFP": kana are word characters too.
            pattern = rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"
        parts.append(f"(?-i:{pattern})" if name.isascii() and len(name) <= 4 else pattern)
    return f"(?:{'|'.join(parts)})"


@functools.cache
def list_pattern() -> str:
    """A regular expression for one agency or several: "AP, Kyodo", "AFP-Jiji", "AFP/뉴시스", "ロイター=共同"."""
    name = name_pattern()
    return rf"(?:{name}(?:\s*(?:,|、|·|・|/|&|=|-|\band\b|및|\s)?\s*{name}){{0,3}})"


@functools.cache
def _tokens() -> re.Pattern[str]:
    return re.compile(name_pattern(), re.IGNORECASE)


def read_signed(text: str) -> Signed:
    """Who is named in a credit, told from who relays.

    After "=" or in a joined pair ("AFP時事", "AFP-Jiji", "AFP/뉴시스") the home agency relays the foreign one;
    names in a list ("AP, Kyodo") share the work.

    >>> read_signed("ロイター=共同")
    Signed(origins=('Reuters',), relays=('Kyodo',))
    >>> read_signed("AP, Kyodo")
    Signed(origins=('AP', 'Kyodo'), relays=())
    """
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


def _found(text: str) -> list[str]:
    codes: list[str] = []
    for match in _tokens().finditer(fold(text)):
        code = agency_code(match.group())
        if code and code not in codes:
            codes.append(code)
    return codes


_DOMESTIC = {"Jiji", "Kyodo", "Newsis", "Yonhap", "News1", "Newspim"}


def _is_joined(text: str) -> bool:
    """Whether two names are joined so that the second, a domestic agency, passes on the first."""
    matches = list(_tokens().finditer(fold(text)))
    if len(matches) != 2:
        return False
    between = fold(text)[matches[0].end() : matches[1].start()].strip()
    second, first = agency_code(matches[1].group()), agency_code(matches[0].group())
    return second in _DOMESTIC and first not in _DOMESTIC and between in ("", "-", "/", "=")
