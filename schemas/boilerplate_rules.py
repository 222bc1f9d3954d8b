"""Boilerplate rules: what the YAML files in ``schemas/data/boilerplate`` and ``walls`` hold, and reading them.

A rule is a set of *phrases*: regular expressions over a line whose quotes, spaces and full-width letters are
already folded (``pipeline.text.lines``). A line is boilerplate when phrases cover it from end to end. In a
phrase a space stands for one or more, ``{rest}`` for the rest of a sentence and ``{name}`` for up to six words,
``{person}`` for two to five capitalised words.
"""

from __future__ import annotations

import datetime
import functools
import re
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import ConfigError

REST = r"[^.!?。！？\n]{0,160}"
NAME = r"[^\s.!?,。、]+(?: [^\s.!?,。、]+){0,5}"

_CAPITALISED = r"[^\W\d_a-z\u0370-\u20ff\u2150-\uffff][\w.'-]*"
PERSON = rf"(?-i:{_CAPITALISED}(?: (?:de|da|di|van|von|der|bin|al|el|la|le|del|du|{_CAPITALISED})){{1,4}})"
_SPACE = re.compile(r" ([?*])?")


class Zone(StrEnum):
    """Where in the text a phrase counts: chrome at the foot of a page may be a sentence in a story."""

    ANY = "any"
    HEAD = "head"
    TAIL = "tail"
    EDGE = "edge"


class Reach(StrEnum):
    """How far a phrase pulls its neighbours along."""

    LINE = "line"
    BLOCK = "block"
    """The short, link-like lines that follow: the headlines under "Related Stories"."""
    END = "end"
    """Everything that follows, when the story lies before it: a comment form and its comments."""
    HEAD = "head"
    """Before the story begins, the short lines around it: an aggregator's masthead."""


class Says(StrEnum):
    """What a phrase says of the page, beside being no story."""

    NOTHING = ""
    PAYWALLED = "paywalled"
    METERED = "metered"
    TRUNCATED = "truncated"
    PAYWALLED_TRUNCATED = "paywalled_truncated"
    FREE = "free"
    """A wall is denied: "no subscription needed". Tried before every pitch, whose words such a statement shares."""


class BoilerplateRule(BaseModel):
    """One kind of line that is not story.

    Attributes:
        id: ``language.category.what``.
        category: the kind, as ``straitwire why`` names it.
        phrases: regular expressions without groups that capture.
        zone: where it counts.
        reach: what it takes along.
        says: what it states about payment and completeness.
        keep: the line is part of the story's record and stays (a correction notice).
        sentences: a line may be a sentence in the plain style of reports (a caption) and is cut all the same.
        alone: a phrase has to be the whole line; it is too short to be laid beside others.
        glued: may also be cut from the end or start of a line that carries story before or after it.
        source: where the form was seen. No sentence of a publisher is copied.
        matches, spares: lines the rule must and must not cut, run by the tests.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^(en|ko|ja|eu)\.[a-z_]+\.[a-z0-9-]+$")
    category: str
    phrases: tuple[str, ...] = Field(min_length=1)
    zone: Zone = Zone.ANY
    reach: Reach = Reach.LINE
    says: Says = Says.NOTHING
    keep: bool = False
    sentences: bool = False
    alone: bool = False
    glued: bool = False
    source: str
    added: datetime.date
    matches: tuple[str, ...] = Field(min_length=1)
    spares: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _phrases_compile(self) -> Self:
        for phrase in self.phrases:
            if re.compile(expand(phrase)).groups:
                raise ValueError(f"phrase {phrase!r} captures; write (?:...)")
        return self


def expand(phrase: str) -> str:
    """The regular expression that a phrase stands for.

    >>> expand("leave a ?reply")
    'leave +a *reply'
    """
    written = phrase.replace("{rest}", REST).replace("{name}", NAME).replace("{person}", PERSON)
    return _SPACE.sub(lambda space: " *" if space.group(1) else " +", written)


@functools.cache
def load_boilerplate_rules() -> tuple[BoilerplateRule, ...]:
    """Every rule for lines, sorted by id.

    Errors: ConfigError naming the file and the rule.
    """
    return _load("boilerplate")


@functools.cache
def load_wall_rules() -> tuple[BoilerplateRule, ...]:
    """The rules for sentences of pages that hold no article (consent, errors, sign-in), sorted by id.

    They count only when a whole page consists of such sentences, so they may be as wide as no rule for a line can.

    Errors: ConfigError naming the file and the rule.
    """
    return _load("walls")


def _load(folder: str) -> tuple[BoilerplateRule, ...]:
    rules: list[BoilerplateRule] = []
    for file in sorted(files("schemas.data").joinpath(folder).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
            rules.extend(BoilerplateRule.model_validate(rule) for rule in loaded)
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise ConfigError(f"{folder} rules {file.name}: {error}") from error
    rules.sort(key=lambda rule: rule.id)
    repeated = {rule.id for rule, following in pairwise(rules) if rule.id == following.id}
    if repeated:
        raise ConfigError(f"{folder} rules: {', '.join(sorted(repeated))} defined twice")
    return tuple(rules)
