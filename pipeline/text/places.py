"""Places of datelines: the city as its article writes it, and its English name in the gazetteer."""

from __future__ import annotations

import functools
import re

from schemas.wire_rules import load_places, load_wire_words, place_key

_SMALL = frozenset(
    [
        "de",
        "la",
        "le",
        "da",
        "do",
        "dos",
        "of",
        "and",
        "the",
        "al",
        "el",
        "on",
        "upon",
        "in",
        "sur",
        "am",
        "au",
        "aux",
        "del",
        "du",
    ]
)
_REGION = re.compile(r"\s*[,，]\s*")
_SPLIT = re.compile(r"\s*(?:/|／|·|・|、|,|，)\s*")


@functools.cache
def _labels() -> frozenset[str]:
    return frozenset(place_key(word) for words in load_wire_words().not_places for word in words)


def is_known_place(written: str) -> bool:
    """Whether the gazetteer has it.

    >>> is_known_place("ソウル"), is_known_place("Tule Bend")
    (True, False)
    """
    return place_key(written) in load_places()


def is_label(written: str) -> bool:
    """Whether it is a word such as "BREAKING" or "사진" (photo) that stands where places stand."""
    return place_key(written) in _labels()


def normalise_place(written: str) -> str:
    """The English name; for a place not in the gazetteer the name as written, in title case, without its region.

    >>> normalise_place("SEOUL, South Korea"), normalise_place("서울·도쿄"), normalise_place("TULE BEND, Ore.")
    ('Seoul', 'Seoul', 'Tule Bend')
    """
    places = load_places()
    if place_key(written) in places:
        return places[place_key(written)]
    first = _SPLIT.split(written.strip())[0].strip()
    if place_key(first) in places:
        return places[place_key(first)]
    return _title_case(first) if first.isupper() and first.isascii() else first


def city_as_written(written: str) -> str:
    """The first city in the article's own script, without its region; a name in capitals in title case.

    >>> city_as_written("SEOUL, South Korea"), city_as_written("서울·도쿄")
    ('Seoul', '서울')
    """
    city = _REGION.split(written.strip())[0].strip()
    if not is_known_place(city):
        city = _SPLIT.split(city)[0].strip()
    return _title_case(city) if city.isupper() and city.isascii() else city


def _title_case(name: str) -> str:
    parts = re.split(r"([ -])", name)
    return "".join(
        part.lower() if index and part.lower() in _SMALL else part.capitalize() for index, part in enumerate(parts)
    )
