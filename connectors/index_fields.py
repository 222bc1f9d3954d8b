"""What the fields of each kind of document are: the one table behind SQLite's keywords and Elasticsearch's mapping.

A document with an unknown field, or a value of another type, is refused by both backends alike: whoever adds a
field to a document adds it here (and raises ``TEMPLATE_VERSION`` once there are indices to keep).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from connectors.index import ID_FIELD, Document, Filters, Kind
from schemas.documents import time_from_text, time_text
from schemas.errors import ConfigError
from schemas.labels import LABEL_NAME

MAXIMUM_ID_BYTES = 512
"""Elasticsearch's limit for a document id; SQLite keeps to it, so that an index can move."""


class FieldType(StrEnum):
    """How a field is stored and what it can be asked for."""

    KEYWORD = "keyword"
    KEYWORDS = "keywords"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    LABELS = "labels"
    STORED_TEXT = "stored_text"
    STORED = "stored"


FINDABLE = frozenset({FieldType.KEYWORD, FieldType.KEYWORDS, FieldType.BOOLEAN, FieldType.INTEGER})
"""Types of the fields that ``find``, ``facet`` and ``Filters.equals`` take."""


def _fields(**names_by_type: str) -> dict[str, FieldType]:
    return {name: FieldType(kind) for kind, names in names_by_type.items() for name in names.split()}


FIELDS: Mapping[Kind, Mapping[str, FieldType]] = {
    Kind.ARTICLES: _fields(
        keyword="article_id url fetched_url revision kind source_id publisher country declared_language timezone "
        "language section published_from paywall page_paywall agency dateline dateline_place dateline_city "
        "dateline_date primary_topic story_id story_role origin_id linked_to",
        keywords="aliases entry_keys authors credit_hints cut_rules agencies contributor_names byline chain topics "
        "entities contested_names events bands",
        text="title kicker summary body",
        date="published_at publisher_updated_at @timestamp fetched_at first_seen_at indexed_at updated_at",
        boolean="truncated page_truncated is_wire relevant",
        integer="story_size signature_version",
        number="agency_confidence relevance_score story_similarity seen_lag_seconds",
        labels="labels",
        stored_text="original_text shingles outline",
        stored="alternates cuts kept contributors wire_evidence topic_tags gate_evidence entity_mentions numbers",
    ),
    Kind.STORIES: _fields(
        keyword="story_id origin_id origin_url origin_publisher agency",
        keywords="members publishers carriers countries languages topics",
        text="title",
        date="first_published_at last_published_at first_seen_at @timestamp updated_at",
        boolean="relevant",
        integer="size publisher_count independent_count copy_count",
        number="seoul_lag_seconds tokyo_lag_seconds",
    ),
    Kind.ENTRIES: _fields(
        keyword="entry_key url outcome article_id reason",
        keywords="revisions",
        date="next_attempt_at updated_at",
        integer="attempts",
        stored_text="entry_json",
    ),
    Kind.FEEDS: _fields(
        keyword="feed_id url listed_url publisher format failure language measured_language moved_to hub",
        text="title failure_detail",
        date="unconditional_at polled_at next_poll_at succeeded_at new_entry_at failing_since updated_at",
        boolean="language_mismatch retired volatile_dates",
        integer="polls consecutive_failures entries undated moved_times",
        number="interval_seconds ttl_seconds entries_per_week seen_share lag_seconds",
        stored_text="etag last_modified body_hash recent skip_hours skip_days",
    ),
    Kind.DEAD_LETTERS: _fields(
        keyword="dead_letter_id stage reason url entry_key",
        text="detail",
        date="updated_at",
        boolean="permanent",
        stored_text="entry_json",
    ),
    Kind.RUNS: _fields(
        keyword="run_id",
        date="started_at ended_at updated_at",
        boolean="interrupted balanced",
        integer="listed indexed rejected failed pending articles_before articles_after stories_after",
        stored_text="stages",
    ),
    Kind.TABLES: _fields(
        keyword="table_id kind host version",
        date="updated_at",
        boolean="applied",
        integer="articles",
        stored="labels edges inner examples",
    ),
    Kind.TOMBSTONES: _fields(keyword="tombstone_id scope request reason", date="updated_at"),
    Kind.VISITS: _fields(
        keyword="article_id url outcome",
        date="next_visit_at visited_at changed_at updated_at",
        integer="visits changes step gone",
    ),
    Kind.REVISIONS: _fields(
        keyword="revision_id article_id url",
        keywords="changed correction_rules",
        text="title_before title_after",
        date="seen_at found_at updated_at",
        boolean="correction",
        stored_text="body_before body_after",
        stored="notices",
    ),
}

TEXTS = ("body", "original_text")
SIGNATURE = ("signature_version", "shingles", "bands", "numbers", "outline")
NOT_IN_HITS = frozenset({*TEXTS, *SIGNATURE})
"""What a search result leaves out: most of the bytes."""

SEARCHED = ("title", "kicker", "summary", "body")

_TIME_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ARTICLES: ("@timestamp",),
    Kind.STORIES: ("first_published_at", "first_seen_at"),
    Kind.VISITS: ("next_visit_at",),
    Kind.REVISIONS: ("found_at",),
}
_FILTER_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.ARTICLES: {
        "topics": "topics", "publishers": "publisher", "agencies": "agencies", "languages": "language",
        "story_id": "story_id", "originals_only": "story_role", "relevant": "relevant",
    },
    Kind.STORIES: {
        "topics": "topics", "publishers": "publishers", "agencies": "agency", "languages": "languages",
        "story_id": "story_id", "relevant": "relevant",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """The field holds one of the values."""

    field: str
    values: tuple[str, ...]


def time_fields(kind: Kind) -> tuple[str, ...]:
    """The fields that date a document: the first that is not null counts."""
    return _TIME_FIELDS.get(kind, ("updated_at",))


def moment(kind: Kind, document: Document) -> str:
    """When the document is dated, as RFC 3339 in UTC with milliseconds, or ""."""
    for field in time_fields(kind):
        if document.get(field):
            return time_text(time_from_text(document[field])) or ""
    return ""


def field_type(kind: Kind, field: str) -> FieldType:
    """The type of a field that ``find``, ``facet`` or a filter names.

    Errors: ConfigError when documents of this kind cannot be found by it.
    """
    name, _, label = field.partition(".")
    known = FIELDS[kind].get(name if label else field)
    if known is FieldType.LABELS and LABEL_NAME.fullmatch(label):
        return known
    if known not in FINDABLE or label:
        raise ConfigError(f"{kind.value} cannot be found by '{field}'; use one of: {', '.join(findable_fields(kind))}")
    return known


def findable_fields(kind: Kind) -> list[str]:
    """The names that ``find``, ``facet`` and ``Filters.equals`` take, sorted."""
    labelled = [f"{name}.NAME" for name, type_ in FIELDS[kind].items() if type_ is FieldType.LABELS]
    return sorted([*labelled, *(name for name, type_ in FIELDS[kind].items() if type_ in FINDABLE)])


def conditions(kind: Kind, filters: Filters) -> list[Condition]:
    """What the filters ask of keyword fields (times apart), to be combined with AND.

    Errors: ConfigError when the kind has no such field.
    """
    asked = {
        "topics": filters.topics,
        "publishers": filters.publishers,
        "agencies": filters.agencies,
        "languages": filters.languages,
        "story_id": (filters.story_id,) if filters.story_id else (),
        "originals_only": ("origin",) if filters.originals_only else (),
        "relevant": () if filters.relevant is None else (str(filters.relevant).lower(),),
    }
    found = []
    for name, values in asked.items():
        if not values:
            continue
        field = _FILTER_FIELDS.get(kind, {}).get(name)
        if field is None:
            raise ConfigError(f"{kind.value} have no {name.replace('_', ' ')} to filter by; leave that filter out")
        found.append(Condition(field, tuple(values)))
    for field, value in filters.equals:
        field_type(kind, field)
        found.append(Condition(field, (value,)))
    return found


def keywords(kind: Kind, document: Document) -> dict[str, list[str]]:
    """The values, by field, that the document can be found by; its id apart."""
    found: dict[str, list[str]] = {}
    known = FIELDS[kind]
    identity = ID_FIELD[kind]
    for name, value in document.items():
        if value is None or name == identity:
            continue
        type_ = known[name]
        if type_ is FieldType.KEYWORDS:
            found[name] = value
        elif type_ is FieldType.LABELS:
            found.update({f"{name}.{label}": values for label, values in value.items()})
        elif type_ is FieldType.BOOLEAN:
            found[name] = [str(value).lower()]
        elif type_ in FINDABLE:
            found[name] = [str(value)]
    return found


def refusal(kind: Kind, document: Document) -> str:
    """Why the document cannot be stored, in one sentence, or ""."""
    identity = document.get(ID_FIELD[kind])
    if not isinstance(identity, str) or not identity:
        return f"{ID_FIELD[kind]} is missing"
    if len(identity.encode("utf-8", "surrogatepass")) > MAXIMUM_ID_BYTES:
        return f"{ID_FIELD[kind]} is longer than {MAXIMUM_ID_BYTES} bytes"
    known = FIELDS[kind]
    for name, value in document.items():
        type_ = known.get(name)
        if type_ is None:
            return f"unknown field '{name}' (connectors/index_fields.py lists the fields of {kind.value})"
        if value is not None and not _CHECKS[type_](value):
            return f"field '{name}' does not hold {_WANTED[type_]}"
    return ""


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_labels(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and LABEL_NAME.fullmatch(name) and _is_texts(values) for name, values in value.items()
    )


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_CHECKS: Mapping[FieldType, Callable[[Any], bool]] = {
    FieldType.KEYWORD: _is_text,
    FieldType.KEYWORDS: _is_texts,
    FieldType.TEXT: _is_text,
    FieldType.DATE: _is_date,
    FieldType.BOOLEAN: lambda value: isinstance(value, bool),
    FieldType.INTEGER: _is_integer,
    FieldType.NUMBER: lambda value: _is_integer(value) or isinstance(value, float),
    FieldType.LABELS: _is_labels,
    FieldType.STORED_TEXT: _is_text,
    FieldType.STORED: lambda value: isinstance(value, list | dict),
}
_WANTED = {
    FieldType.KEYWORD: "a text",
    FieldType.KEYWORDS: "a list of texts",
    FieldType.TEXT: "a text",
    FieldType.DATE: "a time with its zone",
    FieldType.BOOLEAN: "true or false",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.LABELS: "labels (a list of texts a name)",
    FieldType.STORED_TEXT: "a text",
    FieldType.STORED: "a list or an object",
}
