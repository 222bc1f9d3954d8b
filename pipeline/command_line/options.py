"""Options that several commands share, so that they read and mean the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from connectors.index import Filters
from schemas.errors import ConfigError
from schemas.labels import LABEL_NAME
from schemas.settings import DEFAULT_INDEX

IndexOption = Annotated[
    str,
    typer.Option(
        "--index",
        envvar="STRAITWIRE_INDEX",
        metavar="PATH_OR_URL",
        help="A SQLite file, or the http(s) URL of an Elasticsearch (http://host:9200, or .../prefix).",
    ),
]
RunIndexOption = Annotated[
    str,
    typer.Option(
        "--index",
        envvar="STRAITWIRE_INDEX",
        metavar="PATH_OR_URL",
        help=f"SQLite file or Elasticsearch URL; else what the settings name, else {DEFAULT_INDEX}.",
    ),
]
FeedsOption = Annotated[
    list[str] | None, typer.Option("--feeds", metavar="FILE_OR_URL", help="Feed list (YAML, OPML) or a feed's URL.")
]
KeepOption = Annotated[
    str,
    typer.Option(
        "--keep", metavar="WHAT", help="all (default), or relevant: only articles about Korea-Japan relations."
    ),
]
AllowPrivateOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-private",
        metavar="HOST_OR_NETWORK",
        help="Private addresses that may be fetched; others are refused.",
    ),
]
SettingsOption = Annotated[
    str, typer.Option("--settings", metavar="FILE", help="Settings in YAML; options on this line win.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]
TopicOption = Annotated[
    list[str] | None, typer.Option("--topic", help="Topic id, such as history.forced_labor. Repeat for either-or.")
]
PublisherOption = Annotated[list[str] | None, typer.Option("--publisher", help="Outlet, as the feed list names it.")]
AgencyOption = Annotated[list[str] | None, typer.Option("--agency", help="Wire agency, such as AP, Yonhap, Kyodo.")]
LanguageOption = Annotated[list[str] | None, typer.Option("--lang", help="Language of the article: en, ko, ja ...")]
EntityOption = Annotated[list[str] | None, typer.Option("--entity", help="Id of a person, body, place or agreement.")]
LabelOption = Annotated[
    list[str] | None, typer.Option("--label", metavar="NAME=VALUE", help="A label of a feed list or a JSONL record.")
]
SinceOption = Annotated[str, typer.Option("--since", metavar="DATE", help="Published at or after (2026-10-01, UTC).")]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Published before this date or time.")]
StoryOption = Annotated[str, typer.Option("--story", help="Only members of this story (its id).")]
OriginalsOption = Annotated[bool, typer.Option("--originals-only", help="One article a story: its origin.")]
RelevantOption = Annotated[
    bool | None, typer.Option("--relevant/--not-relevant", help="Only articles about Korea-Japan relations, or none.")
]
DEFAULT_INDEX_LOCATION = DEFAULT_INDEX


def parse_moment(text: str, option: str) -> datetime | None:
    """A date or time in ISO 8601, UTC unless it states a zone; "" is None.

    Errors: ConfigError naming the option.

    >>> parse_moment("2026-10-01", "--since")
    datetime.datetime(2026, 10, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{option} {text!r} is not a date: write it as 2026-10-01 or 2026-10-01T09:00+09:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def filters_from(
    topic: list[str] | None = None,
    publisher: list[str] | None = None,
    agency: list[str] | None = None,
    lang: list[str] | None = None,
    entity: list[str] | None = None,
    label: list[str] | None = None,
    since: str = "",
    until: str = "",
    story: str = "",
    originals_only: bool = False,
    relevant: bool | None = None,
) -> Filters:
    """The filters that the shared options describe."""
    return Filters(
        topics=tuple(topic or ()),
        publishers=tuple(publisher or ()),
        agencies=tuple(agency or ()),
        languages=tuple(lang or ()),
        since=parse_moment(since, "--since"),
        until=parse_moment(until, "--until"),
        story_id=story,
        originals_only=originals_only,
        relevant=relevant,
        equals=(*(("entities", value) for value in entity or ()), *(_label(text) for text in label or ())),
    )


def _label(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not LABEL_NAME.fullmatch(name) or not value:
        raise ConfigError(f"--label {text!r} is no label: write it as desk=asia")
    return f"labels.{name}", value
