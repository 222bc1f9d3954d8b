"""What the report's page says, in English, Korean and Japanese."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ConfigError


class ReportLanguage(StrEnum):
    """The languages that the page can be written in."""

    ENGLISH = "en"
    KOREAN = "ko"
    JAPANESE = "ja"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Word(_Strict):
    id: str
    en: str = Field(min_length=1)
    ko: str = Field(min_length=1)
    ja: str = Field(min_length=1)


class _WordFile(_Strict):
    source: str
    added: date
    words: tuple[_Word, ...]


@cache
def report_words(language: ReportLanguage) -> dict[str, str]:
    """Word id -> what the page says.

    >>> report_words(ReportLanguage.JAPANESE)["stories"]
    '記事群'
    """
    text = files("schemas.data").joinpath("report_words.yaml").read_text("utf-8")
    try:
        words = _WordFile.model_validate(yaml.safe_load(text)).words
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"schemas/data/report_words.yaml: {error}") from error
    return {word.id: str(getattr(word, language.value)) for word in words}
