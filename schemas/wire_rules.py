"""Agencies, places, credit lines and aggregators: what ``schemas/data/wire`` holds, and reading it."""

from __future__ import annotations

import datetime
import functools
from enum import StrEnum
from importlib.resources import files
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ConfigError


class CreditKind(StrEnum):
    """What a credit line says."""

    BYLINE = "byline"
    CREDIT = "credit"
    COPYRIGHT = "copyright"
    VIA = "via"
    RELAY = "relay"
    HELP = "help"
    CONTRIBUTORS = "contributors"
    PEOPLE = "people"


class _Described(BaseModel):
    """Every rule: an id, where it comes from, and examples that the tests execute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    source: str
    added: datetime.date
    matches: tuple[str, ...] = Field(min_length=1)
    spares: tuple[str, ...] = Field(min_length=1)


class Agency(_Described):
    """A news agency: ``id`` is its code, ``names`` every form in which credits and datelines name it.

    ``press_release`` marks services that distribute what companies pay for: they sign, but write no news.
    """

    country: str
    press_release: bool = False
    names: tuple[str, ...] = Field(min_length=1)


class CreditRule(_Described):
    """A credit line.

    Attributes:
        kind: what it says.
        zone: ``both`` ends of the text, or its ``tail`` only.
        implies: agency code that the form alone gives away, "" when the line names the agency.
        patterns: regular expressions over the whole line, with the placeholders that credits.yaml explains.
    """

    kind: CreditKind
    zone: str = Field(pattern="^(both|tail)$")
    implies: str = ""
    patterns: tuple[str, ...] = Field(min_length=1)


class Aggregator(_Described):
    """A service that republishes, told by its own chrome."""

    names: tuple[str, ...] = Field(min_length=1)
    chrome: tuple[str, ...] = Field(min_length=1)


class WireWords(BaseModel):
    """Words that look like places, outlets or credits and are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    added: datetime.date
    not_places: tuple[tuple[str, ...], ...]
    photo_words: tuple[str, ...]
    titles: tuple[tuple[str, ...], ...]
    sections: tuple[str, ...]
    countries: tuple[str, ...]
    us_states: tuple[str, ...]


class PlaceList(BaseModel):
    """The gazetteer of datelines, one ``English | Korean | Japanese | other English`` line a place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    added: datetime.date
    places: tuple[str, ...]


Model = TypeVar("Model", bound=BaseModel)


@functools.cache
def load_agencies() -> tuple[Agency, ...]:
    """Every agency, sorted by code. Errors: ConfigError naming the file."""
    return _rules("agencies.yaml", Agency)


@functools.cache
def load_credit_rules() -> tuple[CreditRule, ...]:
    """Every credit line, sorted by id. Errors: ConfigError naming the file."""
    return _rules("credits.yaml", CreditRule)


@functools.cache
def load_aggregators() -> tuple[Aggregator, ...]:
    """Every aggregator, sorted by id. Errors: ConfigError naming the file."""
    return _rules("aggregators.yaml", Aggregator)


@functools.cache
def load_wire_words() -> WireWords:
    """The words. Errors: ConfigError naming the file."""
    return _checked("words.yaml", WireWords, _read("words.yaml"))


@functools.cache
def load_places() -> dict[str, str]:
    """Every written form (case folded, without spaces) to the English name.

    Errors: ConfigError naming the file.
    """
    listed = _checked("places.yaml", PlaceList, _read("places.yaml"))
    names: dict[str, str] = {}
    for line in listed.places:
        english, *others = line.split("|")
        for written in (english, *(form for other in others for form in other.split(","))):
            if written.strip():
                names.setdefault(place_key(written), english.strip())
    return names


def place_key(written: str) -> str:
    """The form under which a place is looked up.

    >>> place_key("New  York")
    'newyork'
    """
    return "".join(written.casefold().split())


def _read(name: str) -> Any:
    try:
        return yaml.safe_load(files("schemas.data").joinpath("wire", name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"wire rules {name}: {error}") from error


def _checked(name: str, model: type[Model], loaded: object) -> Model:
    try:
        return model.model_validate(loaded)
    except ValidationError as error:
        raise ConfigError(f"wire rules {name}: {error}") from error


RuleModel = TypeVar("RuleModel", bound=_Described)


def _rules(name: str, model: type[RuleModel]) -> tuple[RuleModel, ...]:
    rules = sorted((_checked(name, model, rule) for rule in _read(name)), key=lambda rule: rule.id)
    if len({rule.id for rule in rules}) != len(rules):
        raise ConfigError(f"wire rules {name}: an id is defined twice")
    return tuple(rules)
