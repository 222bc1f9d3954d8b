"""Rules that know a line by its words: correction notices, and the headlines of round-ups.

A correction notice is a line in which the outlet speaks of its own article. A story about somebody who corrects himself
is none, so a pattern has to find the outlet's own words: the label at the start of the line, or "this article". A
round-up's headline announces several stories, or an edition of them, and no single one.
"""

from __future__ import annotations

import datetime
import re
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import ConfigError

CORRECTIONS_FILE = "corrections.yaml"
ROUNDUPS_FILE = "roundups.yaml"


class LineRule(BaseModel):
    """One form of line.

    Attributes:
        place: ``title``, or ``line`` of the text.
        pattern: regular expression, searched in the folded line; letter case does not matter.
        source: where the form was seen. No sentence of a publisher is copied.
        matching, non_matching: lines that are, and are not, of this form; run by the tests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]{2}\.[a-z0-9]+(-[a-z0-9]+)*$")
    place: Literal["title", "line"]
    pattern: str
    source: str = Field(min_length=3)
    added: datetime.date
    matching: tuple[str, ...] = Field(min_length=1)
    non_matching: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _compiles(self) -> LineRule:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"'{self.pattern}' is not a regular expression: {error}") from error
        return self


def load_correction_rules() -> tuple[LineRule, ...]:
    """The forms of correction notices, sorted by id. Errors: ConfigError naming what is wrong."""
    return _load(CORRECTIONS_FILE)


def load_roundup_rules() -> tuple[LineRule, ...]:
    """The forms of headlines of round-ups, sorted by id. Errors: ConfigError naming what is wrong."""
    return _load(ROUNDUPS_FILE)


@cache
def _load(name: str) -> tuple[LineRule, ...]:
    text = files("schemas.data").joinpath(name).read_text(encoding="utf-8")
    try:
        rules = tuple(LineRule.model_validate(row) for row in yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"schemas/data/{name}: {error}") from error
    ids = [rule.id for rule in rules]
    if ids != sorted(set(ids)):
        raise ConfigError(f"schemas/data/{name}: rules must be sorted by id, each id once")
    return rules
