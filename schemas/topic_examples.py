"""Examples that come with the topic rules: what each topic must and must not tag, and what is irrelevant."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas.errors import ConfigError

_Parsed = TypeVar("_Parsed")


class TopicExamples(BaseModel):
    """Texts without a title in any of the three languages.

    Attributes:
        match: the topic must be tagged.
        other: the topic must not be tagged; most of them are irrelevant altogether.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: tuple[str, ...] = Field(min_length=1)
    other: tuple[str, ...] = Field(min_length=1)


@cache
def topic_examples() -> dict[str, TopicExamples]:
    """Examples by topic id; ConfigError names the file that is wrong."""
    examples: dict[str, TopicExamples] = {}
    for name, part in _files():
        if name != "irrelevant.yaml" and not name.startswith("articles"):
            examples |= _parsed(name, TypeAdapter(dict[str, TopicExamples]), part)
    return examples


class ExampleArticle(BaseModel):
    """An invented article and its topics; without one it is irrelevant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: tuple[str, ...] = ()
    title: str = ""
    body: str


@cache
def example_articles() -> tuple[ExampleArticle, ...]:
    """Invented articles with all their topics: what the linear model learns from, besides the examples of the rules."""
    articles: list[ExampleArticle] = []
    for name, part in _files():
        if name.startswith("articles"):
            articles += _parsed(name, TypeAdapter(list[ExampleArticle]), part)
    return tuple(articles)


@cache
def irrelevant_examples() -> dict[str, tuple[str, ...]]:
    """Texts that have no topic at all, by the reason why."""
    texts = dict(_files())
    return _parsed("irrelevant.yaml", TypeAdapter(dict[str, tuple[str, ...]]), texts["irrelevant.yaml"])


def _files() -> list[tuple[str, object]]:
    folder = files("schemas.data").joinpath("topics", "examples")
    return sorted((item.name, yaml.safe_load(item.read_text("utf-8"))) for item in folder.iterdir())


def _parsed(name: str, adapter: TypeAdapter[_Parsed], part: object) -> _Parsed:
    try:
        return adapter.validate_python(part)
    except ValidationError as error:
        raise ConfigError(f"schemas/data/topics/examples/{name}: {error}") from error
