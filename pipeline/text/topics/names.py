"""Every way the press writes a gazetteer name, generated: spellings, name orders, titles around a surname, dates."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schemas.gazetteer import Event, Person, contested_names, entities, events, offices, people


class NameKind(StrEnum):
    """How a form names its entity."""

    FULL = "full"
    TITLED = "titled"
    ALONE = "alone"
    EVENT_WORD = "event_word"
    EVENT_DATE = "event_date"
    CONTESTED = "contested"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """What a form may mean: an entity's id, its type, the kind of form, the office in a titled form, the side."""

    entity: str
    type: str
    kind: NameKind
    office: str = ""
    side: str = ""


NamedForm = tuple[str, str, Name]
"""A form in the notation of ``forms``, its language, and what it means."""

_YEAR_ENOUGH_BEFORE = 2017
"""Older events are alone in their year with their word; from 2017 on the month has to be named as well."""


def named_forms() -> Iterator[NamedForm]:
    """All forms of the gazetteer."""
    for person in people():
        yield from _person_forms(person)
    for type_name, entity in entities():
        name = Name(f"{type_name}:{entity.id}", type_name, NameKind.FULL, side=entity.side)
        for language in ("en", "ko", "ja"):
            for form in getattr(entity, language):
                yield form, language, name
    for contested in contested_names():
        name = Name(contested.id, "name", NameKind.CONTESTED)
        for language in ("en", "ko", "ja"):
            for form in getattr(contested, language):
                yield form, language, name
    for event in events():
        yield from _event_forms(event)


def _person_forms(person: Person) -> Iterator[NamedForm]:
    entity = f"person:{person.id}"
    full = Name(entity, "person", NameKind.FULL, side=person.side)
    alone = Name(entity, "person", NameKind.ALONE, side=person.side)
    held = sorted({term.office for term in person.terms})
    for written in person.en:
        family, given = english_parts(written, person.side)
        for spelled in _hyphenations(given):
            yield f"{family} {spelled}!", "en", full
            yield f"{spelled} {family}!", "en", full
        if person.alone:
            yield f"{family}!", "en", alone
        for office in held:
            for title in offices()[office].en:
                yield f"{title} {family}!", "en", Name(entity, "person", NameKind.TITLED, office, person.side)
    for language in ("ko", "ja"):
        for written in getattr(person, language):
            yield from _east_asian_forms(person, written, language, full, alone, held)


def _east_asian_forms(
    person: Person, written: str, language: str, full: Name, alone: Name, held: list[str]
) -> Iterator[NamedForm]:
    korean_in_hangul = language == "ko" and person.side in ("ROK", "DPRK")
    family = written[0] if korean_in_hangul else written.partition(" ")[0].partition("・")[0]
    # A two-syllable name is the beginning of too many words: only a particle may follow.
    yield (f"{written}!" if korean_in_hangul and len(written) <= 2 else written), language, full
    if person.alone and not korean_in_hangul:
        yield family, language, alone
    for office in held:
        for title in getattr(offices()[office], language):
            joined = f"{family} {title}" if language == "ko" else f"{family}{title}"
            yield joined, language, Name(full.entity, "person", NameKind.TITLED, office, person.side)


def english_parts(written: str, side: str) -> tuple[str, str]:
    """Family and given name; the press writes Korean names family first and Japanese ones last.

    >>> english_parts("Lee Jae-myung", "ROK"), english_parts("Fumio Kishida", "JPN")
    (('Lee', 'Jae-myung'), ('Kishida', 'Fumio'))
    """
    first, _, last = written.rpartition(" ") if side == "JPN" else written.partition(" ")
    return (last, first) if side == "JPN" else (first, last)


def _hyphenations(given: str) -> tuple[str, ...]:
    # A hyphen in a form stands for a hyphen or a space already.
    return (given, given.replace("-", "")) if "-" in given else (given,)


def _event_forms(event: Event) -> Iterator[NamedForm]:
    word = Name(event.id, "event", NameKind.EVENT_WORD)
    for language in ("en", "ko", "ja"):
        for form in getattr(event, language):
            yield form, language, word
    moment = Name(event.id, "event", NameKind.EVENT_DATE)
    for form, language in _dates(event.date):
        yield form, language, moment


def _dates(day: date) -> Iterator[tuple[str, str]]:
    month, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    yield f"{month} {day.year}", "en"
    for name in dict.fromkeys((month, f"{short}.", short)):
        yield f"{name} {day.day}, {day.year}", "en"
        yield f"{day.day} {name} {day.year}", "en"
    yield f"{day.year}년 {day.month}월", "ko"
    yield f"{day.year}年{day.month}月", "ja"
    if day.year < _YEAR_ENOUGH_BEFORE:
        yield str(day.year), "en"
        yield f"{day.year}년", "ko"
        yield f"{day.year}年", "ja"
