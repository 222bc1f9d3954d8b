"""The 34 topics and their parents by id, with names in English, Korean and Japanese."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TopicName(_Strict):
    """A topic's id (``history.yasukuni``, or the parent ``history``) and what readers call it."""

    id: str
    en: str
    ko: str
    ja: str

    def in_language(self, language: str) -> str:
        """The name in ``en``, ``ko`` or ``ja``; English for any other language."""
        return {"ko": self.ko, "ja": self.ja}.get(language, self.en)


class _TopicFile(_Strict):
    source: str
    added: date
    parents: tuple[TopicName, ...]
    topics: tuple[TopicName, ...]


@cache
def _file() -> _TopicFile:
    text = files("schemas.data").joinpath("topics.yaml").read_text("utf-8")
    try:
        return _TopicFile.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"schemas/data/topics.yaml: {error}") from error


@cache
def topic_names() -> dict[str, TopicName]:
    """The leaf topics by id, sorted.

    >>> topic_names()["history.yasukuni"].in_language("ja")
    '靖国神社'
    """
    return {topic.id: topic for topic in sorted(_file().topics, key=lambda topic: topic.id)}


@cache
def parent_names() -> dict[str, TopicName]:
    """The parents by id, sorted."""
    return {parent.id: parent for parent in sorted(_file().parents, key=lambda parent: parent.id)}
