"""Index and component templates, made from ``connectors.index_fields``: what ``straitwire setup`` puts on a server.

Only parts that every Elasticsearch has are used (no language plugins). Korean and Japanese are searched in
``cjk.*``, which the writer fills with the runs of these scripts and the analyzer takes apart into overlapping
pairs of characters; ``words.*`` holds the words that the standard tokenizer would not find in the original
text (glued to Korean, full-width, with accents). Neither is part of the document: reads leave both out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.index import Document, Kind
from connectors.index_fields import FIELDS, SEARCHED, FieldType
from connectors.search_terms import cjk_runs, hidden_words

Body = dict[str, Any]

TEMPLATE_VERSION = 3
"""Raise it with every change of mapping or analysis; ``setup`` replaces templates of a lower version."""

INDEX_VERSION = 1
"""The number in an index's name. A change that existing indices cannot take needs a new one."""

SEARCH_FIELDS = ("cjk", "words")
"""Objects beside the document's own fields, for searching only."""

ALIASES: Mapping[Kind, Mapping[str, str]] = {Kind.STORIES: {"publisher": "publishers", "language": "languages"}}
"""Further names of fields, for queries only: one control of a dashboard then filters articles and stories alike."""

_PRIORITY = 300
# Longer values are stored but cannot be found by. Lucene's limit is 32,766 bytes, four a character at most.
_LONGEST_KEYWORD = 8191
_TYPES: dict[FieldType, Body] = {
    FieldType.KEYWORD: {"type": "keyword", "ignore_above": _LONGEST_KEYWORD},
    FieldType.KEYWORDS: {"type": "keyword", "ignore_above": _LONGEST_KEYWORD},
    FieldType.TEXT: {"type": "text"},
    FieldType.DATE: {"type": "date", "format": "strict_date_optional_time"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.INTEGER: {"type": "long"},
    FieldType.NUMBER: {"type": "double"},
    FieldType.STORED_TEXT: {"type": "keyword", "index": False, "doc_values": False},
    FieldType.STORED: {"type": "object", "enabled": False},
}
_ANALYSIS: Body = {
    "tokenizer": {"straitwire_characters": {"type": "standard", "max_token_length": 1}},
    "filter": {
        "straitwire_pairs": {
            "type": "shingle",
            "min_shingle_size": 2,
            "max_shingle_size": 2,
            "output_unigrams": False,
            "output_unigrams_if_no_shingles": True,
            "token_separator": "",
        }
    },
    "analyzer": {
        "straitwire_cjk": {
            "type": "custom",
            "tokenizer": "straitwire_characters",
            "filter": ["lowercase", "straitwire_pairs"],
        }
    },
}


def alias(prefix: str, kind: Kind) -> str:
    """The name that everything reads and writes through."""
    return f"{prefix}-{kind.value.replace('_', '-')}"


def index_name(prefix: str, kind: Kind) -> str:
    """The index behind the alias."""
    return f"{alias(prefix, kind)}-v{INDEX_VERSION}"


def component_templates(prefix: str) -> dict[str, Body]:
    """Component templates by name: general settings, and the fields of each kind."""
    settings: Body = {
        "index": {
            "number_of_shards": 1,
            # One copy where there is one node, two where there are more.
            "auto_expand_replicas": "0-1",
            "max_result_window": 100_000,
        }
    }
    components = {f"{prefix}-settings": _versioned({"template": {"settings": settings}})}
    for kind in Kind:
        # A component must stand alone: the analyzers are beside the fields that name them.
        fields: Body = {"settings": {"index": {"analysis": _ANALYSIS}}, "mappings": mapping(kind)}
        components[f"{alias(prefix, kind)}-fields"] = _versioned({"template": fields})
    return components


def index_templates(prefix: str) -> dict[str, Body]:
    """Index templates by name, one a kind."""
    return {
        alias(prefix, kind): _versioned(
            {
                "index_patterns": [f"{alias(prefix, kind)}-v*"],
                "priority": _PRIORITY,
                "composed_of": [f"{prefix}-settings", f"{alias(prefix, kind)}-fields"],
                "template": {"settings": {"index": {"query": {"default_field": _default_fields(kind)}}}},
            }
        )
        for kind in Kind
    }


def mapping(kind: Kind) -> Body:
    """The explicit mapping of a kind: a field that is not in it is refused."""
    properties: Body = {name: dict(_TYPES[type_]) for name, type_ in FIELDS[kind].items()}
    if kind is Kind.ARTICLES:
        properties["cjk"] = {"properties": {name: {"type": "text", "analyzer": "straitwire_cjk"} for name in SEARCHED}}
        properties["words"] = {"properties": {name: {"type": "text"} for name in SEARCHED}}
    properties |= {name: {"type": "alias", "path": field} for name, field in ALIASES.get(kind, {}).items()}
    return {
        "dynamic": "strict",
        "date_detection": False,
        "_meta": {"straitwire_version": TEMPLATE_VERSION},
        "properties": properties,
    }


def with_search_fields(kind: Kind, document: Document) -> Document:
    """The document as it is sent: with what only the server's full-text search needs."""
    if kind is not Kind.ARTICLES:
        return document
    texts = {name: document[name] for name in SEARCHED if document.get(name)}
    cjk = {name: runs for name, text in texts.items() if (runs := cjk_runs(text))}
    words = {name: found for name, text in texts.items() if (found := hidden_words(text))}
    return {**document, **({"cjk": cjk} if cjk else {}), **({"words": words} if words else {})}


def _default_fields(kind: Kind) -> list[str]:
    """What bare text typed into Kibana searches."""
    if kind is Kind.ARTICLES:
        return [*SEARCHED, *(f"cjk.{name}" for name in SEARCHED), *(f"words.{name}" for name in SEARCHED)]
    texts = [name for name, type_ in FIELDS[kind].items() if type_ is FieldType.TEXT]
    return texts or ["*"]


def _versioned(body: Body) -> Body:
    return {**body, "version": TEMPLATE_VERSION, "_meta": {"managed_by": "straitwire"}}
