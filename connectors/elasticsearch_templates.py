"""Index and component templates, made from ``connectors.index_fields``: what ``straitwire setup`` puts on a server.

The core components use only parts that every Elasticsearch has. Korean and Japanese are searched in
``cjk.*``, which the writer fills with the runs of these scripts and the analyzer takes apart into overlapping
pairs of characters; ``words.*`` holds the words that the standard tokenizer would not find in the original
text (glued to Korean, full-width, with accents). Neither is part of the document: reads leave both out. Optional
components come after them where the cluster has what they need (``connectors.elasticsearch_features``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.elasticsearch_analysis import (
    CORE_ANALYSIS,
    LANGUAGES,
    PAIRS,
    language_component,
    synonyms_component,
    text_field,
)
from connectors.elasticsearch_features import CORE, Features
from connectors.index import Document, Kind
from connectors.index_fields import FIELDS, SEARCHED, FieldType
from connectors.search_terms import cjk_runs, hidden_words

Body = dict[str, Any]

TEMPLATE_VERSION = 3
"""Raise it with every change of mapping or analysis."""

INDEX_VERSION = 2
"""The number in the name of a new index. A change that existing indices cannot take needs a higher one."""

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
    FieldType.LABELS: {"type": "flattened", "ignore_above": _LONGEST_KEYWORD},
    FieldType.STORED_TEXT: {"type": "keyword", "index": False, "doc_values": False},
    FieldType.STORED: {"type": "object", "enabled": False},
}


def alias(prefix: str, kind: Kind) -> str:
    """The name that everything reads and writes through."""
    return f"{prefix}-{kind.value.replace('_', '-')}"


def index_name(prefix: str, kind: Kind, generation: int = INDEX_VERSION, month: str = "") -> str:
    """The index behind the alias."""
    return f"{alias(prefix, kind)}-v{generation}" + (f"-{month}" if month else "")


def component_templates(prefix: str, features: Features = CORE) -> dict[str, Body]:
    """Component templates by name: general settings, the fields of each kind, and what the cluster has besides."""
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
        fields: Body = {"settings": {"index": {"analysis": CORE_ANALYSIS}}, "mappings": mapping(kind)}
        components[f"{alias(prefix, kind)}-fields"] = _versioned({"template": fields})
    for name, body in _optional(prefix, features).items():
        components[name] = _versioned({"template": body})
    return components


def _optional(prefix: str, features: Features) -> dict[str, Body]:
    """What articles get on top, in the order in which it is composed."""
    found: dict[str, Body] = {}
    languages = language_component(features)
    if languages is not None:
        found[f"{alias(prefix, Kind.ARTICLES)}-languages"] = languages
    if features.synonyms:
        found[f"{alias(prefix, Kind.ARTICLES)}-synonyms"] = synonyms_component(synonyms_name(prefix))
    if features.lifecycle:
        settings: Body = {"index": {"lifecycle": {"name": lifecycle_name(prefix)}}}
        found[f"{alias(prefix, Kind.ARTICLES)}-lifecycle"] = {"settings": settings}
    return found


def synonyms_name(prefix: str) -> str:
    """The synonyms set of names."""
    return f"{prefix}-names"


def lifecycle_name(prefix: str) -> str:
    """The lifecycle policy of article indices."""
    return f"{prefix}-articles"


def lifecycle_policy() -> Body:
    """The lifecycle of article indices: segments are merged once an index is hardly written any more.

    No rollover, which would put a changed article into a second index, and no delete phase, which would leave its
    entries and stories behind.

    Source: Elasticsearch reference 8.19, "Create or update lifecycle policy".
    """
    hot: Body = {"min_age": "0ms", "actions": {"set_priority": {"priority": 100}}}
    warm: Body = {
        "min_age": "60d",
        "actions": {"set_priority": {"priority": 50}, "forcemerge": {"max_num_segments": 1}},
    }
    return {"policy": {"_meta": {"managed_by": "straitwire"}, "phases": {"hot": hot, "warm": warm}}}


def index_templates(prefix: str, features: Features = CORE) -> dict[str, Body]:
    """Index templates by name, one a kind.

    The last component, ``PREFIX@custom``, is the operator's own and need not exist: what it sets wins.
    """
    own = f"{prefix}@custom"
    extra = list(_optional(prefix, features))
    return {
        alias(prefix, kind): _versioned(
            {
                "index_patterns": [f"{alias(prefix, kind)}-v*"],
                "priority": _PRIORITY,
                "composed_of": [
                    f"{prefix}-settings",
                    f"{alias(prefix, kind)}-fields",
                    *(extra if kind is Kind.ARTICLES else ()),
                    own,
                ],
                "ignore_missing_component_templates": [own],
                "template": {"settings": {"index": {"query": {"default_field": default_fields(kind)}}}},
            }
        )
        for kind in Kind
    }


def mapping(kind: Kind) -> Body:
    """The explicit mapping of a kind: a field that is not in it is refused."""
    properties: Body = {name: dict(_TYPES[type_]) for name, type_ in FIELDS[kind].items()}
    if kind is Kind.ARTICLES:
        properties |= {name: text_field() for name in SEARCHED}
        properties["cjk"] = {"properties": {name: {"type": "text", "analyzer": PAIRS} for name in SEARCHED}}
        properties["words"] = {"properties": {name: {"type": "text"} for name in SEARCHED}}
    properties |= {name: {"type": "alias", "path": field} for name, field in ALIASES.get(kind, {}).items()}
    return {
        "dynamic": "strict",
        "date_detection": False,
        "_meta": {"straitwire_version": TEMPLATE_VERSION},
        "properties": properties,
    }


def wanted_index(prefix: str, kind: Kind, features: Features) -> Body:
    """Mappings and settings of a new index, as the server composes them from the templates."""
    components = component_templates(prefix, features)
    template = index_templates(prefix, features)[alias(prefix, kind)]
    parts = [components[name]["template"] for name in template["composed_of"] if name in components]
    return _composed([*parts, template["template"]])


def _composed(parts: Iterable[Body]) -> Body:
    """Settings merge key by key; a later definition of a field replaces the earlier as a whole."""
    whole: Body = {"settings": {}, "mappings": {"properties": {}}}
    for part in parts:
        _merge(whole["settings"], part.get("settings", {}))
        for name, value in part.get("mappings", {}).items():
            if name == "properties":
                whole["mappings"]["properties"] |= value
            else:
                whole["mappings"][name] = value
    return whole


def _merge(target: Body, source: Body) -> None:
    for name, value in source.items():
        if isinstance(value, dict):
            _merge(target.setdefault(name, {}), value)
        else:
            target[name] = value


def with_search_fields(kind: Kind, document: Document) -> Document:
    """The document as it is sent: with what only the server's full-text search needs."""
    if kind is not Kind.ARTICLES:
        return document
    texts = {name: document[name] for name in SEARCHED if document.get(name)}
    cjk = {name: runs for name, text in texts.items() if (runs := cjk_runs(text))}
    words = {name: found for name, text in texts.items() if (found := hidden_words(text))}
    return {**document, **({"cjk": cjk} if cjk else {}), **({"words": words} if words else {})}


def default_fields(kind: Kind) -> list[str]:
    """What bare text typed into Kibana searches."""
    if kind is Kind.ARTICLES:
        in_languages = [f"{name}.{language}" for language in LANGUAGES for name in SEARCHED]
        return [*SEARCHED, *(f"{group}.{name}" for group in SEARCH_FIELDS for name in SEARCHED), *in_languages]
    texts = [name for name, type_ in FIELDS[kind].items() if type_ is FieldType.TEXT]
    return texts or ["*"]


def _versioned(body: Body) -> Body:
    return {**body, "version": TEMPLATE_VERSION, "_meta": {"managed_by": "straitwire"}}
