"""Credit lines: one line of a head or tail, read with the rules of ``schemas/data/wire/credits.yaml``."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from pipeline.text.agencies import MASK, Signed, agency_code, mask_agencies, read_signed, unmask
from pipeline.text.people import people_pattern, person_pattern, read_people
from pipeline.text.relays import plain_outlet
from pipeline.text.required_literals import LiteralFilter
from schemas.records import Contributor
from schemas.wire_rules import CreditKind, CreditRule, load_credit_rules, load_wire_words

LONGEST_CREDIT = 420
_OUTLET = r"(?P<outlet>[^\n,;:|\[\]()<>=]{2,48}?)"
_KOREAN_PERSON = r"(?P<person>[가-힣]{2,4})"


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a line says about who wrote the story."""

    rule: CreditRule
    signed: Signed
    outlet: str = ""
    people: tuple[Contributor, ...] = ()
    persons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: CreditRule
    pattern: re.Pattern[str]
    names_agency: bool


@functools.cache
def _compiled() -> tuple[tuple[_Compiled, ...], LiteralFilter]:
    """The patterns in order of precedence, and what tells which of them a line can match."""
    pairs = [(rule, _spaced(pattern)) for rule in load_credit_rules() for pattern in rule.patterns]
    pairs.sort(key=lambda pair: _PRECEDENCE[pair[0].kind])
    compiled = tuple(
        _Compiled(rule, re.compile(_filled(pattern) + "[ .]*", re.IGNORECASE), "{agency}" in pattern)
        for rule, pattern in pairs
    )
    bare = [re.sub(r"\{[a-z_]+2?\}", ".+", pattern) for _, pattern in pairs]
    return compiled, LiteralFilter(bare)


def _spaced(pattern: str) -> str:
    return pattern.replace(" ?", "\x00").replace(" ", " +").replace("\x00", " *")


def _filled(pattern: str) -> str:
    """The pattern with its placeholders filled in."""
    return (
        pattern.replace("{agency}", f"(?P<agency>{MASK})")
        .replace("{outlet}", _OUTLET)
        .replace("{people}", f"(?P<people>{people_pattern()})")
        .replace("{person2}", person_pattern("person2"))
        .replace("{person}", person_pattern("person"))
        .replace("{ko_person}", _KOREAN_PERSON)
    )


_PRECEDENCE = {
    CreditKind.CONTRIBUTORS: 0,
    CreditKind.HELP: 1,
    CreditKind.CREDIT: 2,
    CreditKind.COPYRIGHT: 3,
    CreditKind.VIA: 4,
    CreditKind.BYLINE: 5,
    CreditKind.PEOPLE: 6,
    CreditKind.RELAY: 7,
}


@functools.cache
def _photo() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in load_wire_words().photo_words)
    return re.compile(
        rf"[(\[【<▲△/■]*\s*(?:(?:{words})(?![a-z])|\(?(?:ap|reuters|afp|epa|yonhap|kyodo) (?:photo|file))",
        re.IGNORECASE,
    )


def is_photo_credit(folded: str) -> bool:
    """Whether a line credits a picture, which says nothing about the text.

    >>> is_photo_credit("PHOTO: REUTERS"), is_photo_credit("(AP Photo/Nell Farrow)"), is_photo_credit("AP")
    (True, True, False)
    """
    return _photo().match(folded) is not None


def read_credit_line(folded: str, in_tail: bool) -> tuple[CreditLine, ...]:
    """What a line says about agencies, outlets and people; () for a line of story or a photo credit."""
    if len(folded) > LONGEST_CREDIT or is_photo_credit(folded):
        return ()
    found: list[CreditLine] = []
    compiled, possible = _compiled()
    masked, named = mask_agencies(folded)
    for index in possible.candidates(folded):
        rule, pattern, names_agency = compiled[index].rule, compiled[index].pattern, compiled[index].names_agency
        if names_agency and not named:
            continue
        if rule.zone == "tail" and not in_tail:
            continue
        if any(other.rule.kind is rule.kind or rule.kind is CreditKind.RELAY for other in found):
            continue
        match = pattern.fullmatch(masked if names_agency else folded)
        if match is not None:
            line = _read(rule, match, named if names_agency else ())
            if line is not None:
                found.append(line)
                if rule.kind not in (CreditKind.COPYRIGHT, CreditKind.PEOPLE):
                    break
    return tuple(found)


def _read(rule: CreditRule, match: re.Match[str], named: tuple[str, ...]) -> CreditLine | None:
    groups: dict[str, str | None] = {}
    for name, value in match.groupdict().items():
        before = match.string[: match.start(name)].count(MASK)
        groups[name] = unmask(value, named[before:]) if value else value
    signed = read_signed(groups.get("agency") or "")
    if rule.implies:
        signed = Signed((rule.implies,))
    outlet = (groups.get("outlet") or "").strip(" .")
    if "outlet" in groups and not plain_outlet(outlet) and not agency_code(outlet):
        return None
    people = read_people(groups.get("people") or "")
    people = tuple(person for person in people if not _is_title(person.name))
    if "people" in groups and not people and rule.kind is CreditKind.PEOPLE:
        return None
    persons = tuple(person for key in ("person", "person2") if (person := groups.get(key)))
    if persons and any(_is_title(person) for person in persons):
        return None
    return CreditLine(rule, signed, outlet, people, persons)


@functools.cache
def _titles() -> frozenset[str]:
    return frozenset(word for words in load_wire_words().titles for word in words)


def _is_title(name: str) -> bool:
    """Whether a "name" is made of words such as "Staff Writer"."""
    return all(word.casefold().strip(".") in _titles() for word in name.split())
