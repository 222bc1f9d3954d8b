"""The rule files of the topics: what they may hold, and how they are read.

``schemas/data/topics/`` has one file a topic plus ``lexicon_*.yaml`` with the concepts that rules share
(countries, actors, deeds). A *cue* is a named list of surface forms in three languages; a *rule* says which
cues together, how near each other, mean a topic. ``pipeline.text.topics.forms`` defines the notation of forms.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ConfigError

LANGUAGES = ("en", "ko", "ja")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Model = TypeVar("_Model", bound=_Strict)


class Cue(_Strict):
    """Surface forms of one concept; ``covers`` hides shorter cues inside its forms (``dokdo ship`` hides ``dokdo``)."""

    en: tuple[str, ...] = ()
    ko: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()
    covers: bool = False


class Examples(_Strict):
    """Texts that the rule must, and must not, fire on."""

    match: tuple[str, ...] = Field(min_length=1)
    other: tuple[str, ...] = Field(min_length=1)


class Rule(_Strict):
    """One way to say a topic.

    Attributes:
        id: unique within the topic.
        all: cues that one sentence must hold; ``a|b`` is either. The first one is where the rule starts.
        near: cues that the sentence, a neighbouring one or the title must hold.
        around: cues within two sentences, the title or the first sentence.
        of: cues of which ``least`` must stand around: a profile that bears with one or two unknown words.
        least: how many of them.
        unless: cues that forbid it in the sentence; ``unless_near`` and ``unless_around`` with those reaches.
        sides: which of the two countries the words themselves imply.
        score: 0..1, how sure the words make it.
        about_negation: whether "no X", "X was not discussed" is still about X.
        bare: whether the first cue is an issue noun that does not count as a bare item in a list.
        examples: run by tests.

    """

    id: str
    all: tuple[str, ...] = Field(min_length=1)
    near: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    least: int = 0
    unless: tuple[str, ...] = ()
    unless_near: tuple[str, ...] = ()
    unless_around: tuple[str, ...] = ()
    sides: Literal["both", "korea", "japan", "none"] = "none"
    score: float = Field(default=0.9, gt=0, le=1)
    about_negation: bool = False
    bare: bool = True
    examples: Examples | None = None


class TopicRules(_Strict):
    """The file of one topic."""

    topic: str
    source: str
    added: date
    cues: dict[str, Cue]
    rules: tuple[Rule, ...] = Field(min_length=1)


class Lexicon(_Strict):
    """A file of shared cues."""

    source: str
    added: date
    cues: dict[str, Cue]


def _load(text: str) -> object:
    # The base loader keeps every scalar a string: 1945 and "no" are surface forms here, not numbers or truth values.
    return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - builds plain strings only


@cache
def topic_rules() -> tuple[TopicRules, ...]:
    """Every topic's rules, sorted by topic id; ConfigError names the file that is wrong."""
    return tuple(
        sorted(
            (_parsed(TopicRules, name, text) for name, text in _texts() if not name.startswith("lexicon")),
            key=lambda rules: rules.topic,
        )
    )


@cache
def lexicon() -> dict[str, Cue]:
    """The shared cues of all lexicon files by id; ConfigError when two files define one."""
    cues: dict[str, Cue] = {}
    for name, text in _texts():
        if name.startswith("lexicon"):
            part = _parsed(Lexicon, name, text).cues
            twice = sorted(cues.keys() & part.keys())
            if twice:
                raise ConfigError(f"schemas/data/topics/{name}: {twice[0]} is defined in another file already")
            cues |= part
    return cues


def _texts() -> list[tuple[str, str]]:
    folder = files("schemas.data").joinpath("topics")
    return sorted((item.name, item.read_text("utf-8")) for item in folder.iterdir() if item.name.endswith(".yaml"))


def _parsed(model: type[_Model], name: str, text: str) -> _Model:
    try:
        return model.model_validate(_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"schemas/data/topics/{name}: {error}") from error
