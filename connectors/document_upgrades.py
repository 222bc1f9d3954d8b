"""Documents of an older straitwire in today's format: what ``straitwire setup --migrate`` does to each."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from connectors.index import Document, Kind
from connectors.index_fields import FIELDS, FieldType

_EMPTY: Mapping[FieldType, Any] = {
    FieldType.KEYWORD: "",
    FieldType.KEYWORDS: [],
    FieldType.TEXT: "",
    FieldType.DATE: None,
    FieldType.BOOLEAN: False,
    FieldType.INTEGER: 0,
    FieldType.NUMBER: 0.0,
    FieldType.LABELS: {},
    FieldType.STORED_TEXT: "",
    FieldType.STORED: [],
}
_AS_NEVER_STATED: Mapping[tuple[Kind, str], Any] = {
    (Kind.ARTICLES, "paywall"): "unknown",
    (Kind.ARTICLES, "page_paywall"): "unknown",
    (Kind.ARTICLES, "story_size"): 1,
    (Kind.ARTICLES, "seen_lag_seconds"): None,
    (Kind.STORIES, "seoul_lag_seconds"): None,
    (Kind.STORIES, "tokyo_lag_seconds"): None,
    (Kind.FEEDS, "entries_per_week"): -1.0,
    (Kind.FEEDS, "lag_seconds"): -1.0,
    (Kind.FEEDS, "recent"): "[]",
}


def upgraded(kind: Kind, document: Document) -> Document:
    """The document with every field that today's format has and without those that it has not any more.

    A field that an older straitwire did not write gets what a record holds that states nothing; ``straitwire
    reprocess`` then reads it out of the original text. A document of today's format is returned as it is.

    >>> upgraded(Kind.TOMBSTONES, {"tombstone_id": "article:a", "scope": "article", "gone": 1})
    {'tombstone_id': 'article:a', 'scope': 'article', 'request': '', 'reason': '', 'updated_at': None}
    """
    fields = FIELDS[kind]
    if document.keys() == fields.keys():
        return document
    whole = {name: value for name, value in document.items() if name in fields}
    for name, type_ in fields.items():
        if name not in whole:
            whole[name] = copy.copy(_AS_NEVER_STATED.get((kind, name), _EMPTY[type_]))
    if kind is Kind.STORIES and not whole["@timestamp"]:
        whole["@timestamp"] = whole["first_published_at"] or whole["first_seen_at"]
    return whole
