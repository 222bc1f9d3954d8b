"""Which people, bodies, places, agreements, events and contested names a reading mentions.

An ambiguous form ("Prime Minister Abe", "菅首相", "河野外相") is resolved by office and date: who held the office when
the article appeared, else who is named in full in the same text, else whoever held it last before. A form that
stays ambiguous names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache

from pipeline.text.topics.matching import Reading
from pipeline.text.topics.names import Name, NameKind
from schemas.gazetteer import Person, Term, offices, people
from schemas.records import EntityMention

_HANDOVER = timedelta(days=31)
"""Papers go on writing the old title for some weeks."""

Found = tuple[int, int, Name]


@cache
def _terms() -> dict[str, tuple[Term, ...]]:
    return {f"person:{person.id}": person.terms for person in people()}


@cache
def _people() -> dict[str, Person]:
    return {f"person:{person.id}": person for person in people()}


def mentions(found: Sequence[Found], reading: Reading, published_on: date | None) -> tuple[EntityMention, ...]:
    """Entities in order of first mention, each once, with the words that name it first."""
    spans: dict[tuple[int, int], list[Name]] = {}
    for start, end, name in _widest(found):
        if name.kind in (NameKind.FULL, NameKind.TITLED, NameKind.ALONE):
            spans.setdefault((start, end), []).append(name)
    named = {name.entity for names in spans.values() for name in names if name.kind is NameKind.FULL}
    result: dict[str, EntityMention] = {}
    for (start, end), names in sorted(spans.items()):
        meant = _resolved(names, named, published_on)
        if meant is not None and meant.entity not in result:
            role = _role(meant.entity, published_on)
            result[meant.entity] = EntityMention(meant.entity, meant.type, reading.original_text(start, end), role)
    return tuple(result.values())


def contested(found: Iterable[Found]) -> tuple[str, ...]:
    """Ids of the contested names the text uses, sorted."""
    return tuple(sorted({name.entity for _, _, name in _widest(list(found)) if name.kind is NameKind.CONTESTED}))


def events(found: Iterable[Found], reading: Reading) -> tuple[str, ...]:
    """Ids of the events of which one sentence names both the date and the thing, sorted."""
    words: dict[str, list[int]] = {}
    dates: dict[str, list[int]] = {}
    for start, _, name in found:
        if name.kind is NameKind.EVENT_WORD:
            words.setdefault(name.entity, []).append(start)
        elif name.kind is NameKind.EVENT_DATE:
            dates.setdefault(name.entity, []).append(start)

    def sentences(places: list[int]) -> set[int]:
        return {reading.sentence_at(place) for place in places}

    both = dates.keys() & words.keys()
    return tuple(sorted(event for event in both if sentences(dates[event]) & sentences(words[event])))


def _widest(found: Sequence[Found]) -> list[Found]:
    kept: list[Found] = []
    edge, edge_start = -1, -1
    for item in sorted(found, key=lambda each: (each[0], -each[1])):
        start, end, _ = item
        if end <= edge and (start, end) != (edge_start, edge):
            continue
        if end > edge:
            edge_start, edge = start, end
        kept.append(item)
    return kept


def _resolved(names: list[Name], named: set[str], published_on: date | None) -> Name | None:
    full = [name for name in names if name.kind is NameKind.FULL]
    if full:
        return full[0] if len({name.entity for name in full}) == 1 else None
    candidates = {name.entity: name for name in names}
    in_text = [name for name in candidates.values() if name.entity in named]
    if published_on is not None:
        holders = [name for name in candidates.values() if _held(name, published_on)]
        if len(holders) == 1:
            return holders[0]
    if len(in_text) == 1:
        return in_text[0]
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    return _latest(list(candidates.values()), published_on) if published_on is not None else None


def _held(name: Name, day: date) -> bool:
    return any(
        term.since <= day and (term.until is None or day <= term.until + _HANDOVER)
        for term in _terms().get(name.entity, ())
        if not name.office or term.office == name.office
    )


def _latest(names: list[Name], day: date) -> Name | None:
    ended = [
        (term.since, name.entity)
        for name in names
        for term in _terms().get(name.entity, ())
        if term.office == name.office and term.since <= day
    ]
    if not ended:
        return None
    _, entity = max(ended)
    return next(name for name in names if name.entity == entity)


def _role(entity: str, day: date | None) -> str:
    """The office held on that day, or the last one before as "former ..."; "" without a date or an office."""
    if day is None or entity not in _people():
        return ""
    terms = _terms()[entity]
    for term in terms:
        if term.covers(day):
            return offices()[term.office].title
    before = [term for term in terms if term.since <= day]
    return f"former {offices()[max(before, key=lambda term: term.since).office].title}" if before else ""
