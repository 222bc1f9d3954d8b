"""Settings of a run: from the command line, a YAML file and the environment, validated once at the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import ConfigError
from schemas.validation_messages import plain_problem

DEFAULT_INDEX = "straitwire.db"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
_MUST_BE = {"user_agent": "one line", "contact": "one line"}


class FetchSettings(BaseModel):
    """How pages and feeds are fetched. The defaults are polite; a newsroom that owns a site may go faster."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_agent: str = Field("straitwire/0.1", pattern=_ONE_LINE)
    contact: str = Field(
        "", pattern=_ONE_LINE, description="URL or e-mail sent with the User-Agent, so that a site can reach you"
    )
    per_host_gap_seconds: float = Field(1.0, ge=0, le=3600)
    per_host_concurrency: int = Field(1, ge=1, le=64)
    concurrency: int = Field(64, ge=1, le=1024)
    connect_timeout_seconds: float = Field(10.0, gt=0)
    read_timeout_seconds: float = Field(20.0, gt=0)
    total_timeout_seconds: float = Field(60.0, gt=0)
    max_body_bytes: int = Field(16 * 1024 * 1024, ge=1024)
    attempts: int = Field(3, ge=1, le=10)
    obey_robots: bool = True
    archive_folder: str = Field("", description="folder for a WARC archive of every page fetched; empty for none")


class StreamSettings(BaseModel):
    """What only ``straitwire stream`` asks.

    Attributes:
        look_every_seconds: how often the index is asked what is due.
        reread_feeds_seconds: how often the feed lists are read again.
        poll_every_seconds: poll every feed so often; 0 leaves each to its own schedule, as a stranger's ought to be.
        drain_seconds: after a request to stop, the time in which what is in hand may end.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_every_seconds: float = Field(1.0, ge=0.05, le=3600)
    reread_feeds_seconds: float = Field(30.0, ge=1, le=86_400)
    poll_every_seconds: float = Field(0.0, ge=0, le=86_400)
    drain_seconds: float = Field(30.0, ge=1, le=3600)


class RunSettings(BaseModel):
    """One run, bounded or not.

    Attributes:
        feeds: feed lists (YAML, OPML) or feed URLs.
        files, jsonl, warc: glob patterns of local sources.
        urls: files with one URL a line.
        index: a SQLite path, or the http(s) URL of an Elasticsearch.
        keep: ``all`` indexes every article, ``relevant`` only those about Korea-Japan relations.
        allow_private: hosts or networks that may be private addresses; every other one is refused.
        poll_all: poll every feed, also those that are not due yet.
        revisit_after_seconds: when an article read from the web is looked at again for the first time; 0 is never.
        keep_articles_days: older articles, by publication or first sight, leave the index; 0 keeps them for ever.
        keep_dead_letters_days, keep_runs_days: the same for dead letters and the accounts of runs.
        batch_entries: entries worked on at once; memory grows with it, and a kill loses at most one batch of work.
        failure_share: share of entries that may fail before the exit code says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feeds: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    jsonl: tuple[str, ...] = ()
    warc: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    index: str = DEFAULT_INDEX
    keep: Literal["all", "relevant"] = "all"
    allow_private: tuple[str, ...] = ()
    poll_all: bool = False
    batch_entries: int = Field(250, ge=1, le=100_000)
    minimum_body_characters: int = Field(80, ge=0)
    failure_share: float = Field(0.5, ge=0, le=1)
    revisit_after_seconds: float = Field(0.0, ge=0, le=14 * 86_400)
    keep_articles_days: int = Field(0, ge=0)
    keep_dead_letters_days: int = Field(0, ge=0)
    keep_runs_days: int = Field(0, ge=0)
    fetch: FetchSettings = FetchSettings()
    stream: StreamSettings = StreamSettings()

    def has_sources(self) -> bool:
        """Whether any source is named."""
        return bool(self.feeds or self.files or self.jsonl or self.warc or self.urls)


def load_settings(path: str, **overrides: object) -> RunSettings:
    """Settings from a YAML file ("" for none), with non-empty overrides from the command line on top.

    Errors: ConfigError naming the file, the setting and what is wrong with it.
    """
    values: dict[str, object] = {}
    if path:
        try:
            loaded = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"settings file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"settings file {path} is not text in UTF-8 (byte {error.start})") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}," if mark else ""
            problem = getattr(error, "problem", None) or "it holds characters that YAML does not allow"
            raise ConfigError(f"settings file {path}{line} is not YAML: {problem}") from error
        if loaded is not None and not isinstance(loaded, dict):
            raise ConfigError(f"settings file {path} must hold names and values, such as 'keep: relevant'")
        values.update(loaded or {})
    values.update({name: value for name, value in overrides.items() if value not in (None, "", ())})
    try:
        return RunSettings.model_validate(values)
    except ValidationError as error:
        problem = plain_problem(error, _setting_names(), _MUST_BE)
        raise ConfigError(f"setting {problem} (in {path or 'the command line'})") from error


def _setting_names() -> list[str]:
    return [
        *RunSettings.model_fields,
        *(f"fetch.{name}" for name in FetchSettings.model_fields),
        *(f"stream.{name}" for name in StreamSettings.model_fields),
    ]
