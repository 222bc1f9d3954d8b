"""The contract's filters, facets and searches as Elasticsearch requests: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.elasticsearch_analysis import LANGUAGES
from connectors.index import Filters, Kind, Period
from connectors.index_fields import conditions, time_fields
from connectors.search_terms import Term, cjk_runs
from schemas.documents import time_text

Query = dict[str, Any]

# The same weights as in SQLite: a match in the title says more than one in the text.
_WEIGHTED = ("title^4", "kicker", "summary^2", "body")
_WEIGHTS = [name.partition("^")[::2] for name in _WEIGHTED]
_VALUES_A_CLAUSE = 50_000
"""index.max_terms_count is 65,536."""


def filter_query(kind: Kind, filters: Filters, also: Sequence[tuple[str, Sequence[str]]] = ()) -> Query:
    """The filters, and fields that must hold one of some values, as a query without scores."""
    asked = [(condition.field, condition.values) for condition in conditions(kind, filters)]
    clauses = [_any_of(field, list(values)) for field, values in [*asked, *also]]
    if filters.since is not None or filters.until is not None:
        clauses.append(_dated(kind, filters))
    return {"bool": {"filter": clauses}} if clauses else {"match_all": {}}


def candidate_query(bands: Sequence[str], published: Period) -> Query:
    """Articles with any of the bands, published in the period or undated, without scores."""
    limits = {"gte": time_text(published[0]), "lt": time_text(published[1])}
    undated = {"bool": {"must_not": [{"exists": {"field": "published_at"}}]}}
    near = {"bool": {"should": [{"range": {"published_at": limits}}, undated], "minimum_should_match": 1}}
    return {"bool": {"filter": [near, _any_of("bands", list(bands))]}}


def _any_of(field: str, values: list[str]) -> Query:
    parts = [values[start : start + _VALUES_A_CLAUSE] for start in range(0, len(values), _VALUES_A_CLAUSE)]
    if len(parts) <= 1:
        return {"terms": {field: values}}
    return {"bool": {"should": [{"terms": {field: part}} for part in parts], "minimum_should_match": 1}}


def _dated(kind: Kind, filters: Filters) -> Query:
    """Half-open, by the first of the kind's time fields that the document has."""
    limits: Query = {}
    if filters.since is not None:
        limits["gte"] = time_text(filters.since)
    if filters.until is not None:
        limits["lt"] = time_text(filters.until)
    names = time_fields(kind)
    choices = [
        {
            "bool": {
                "filter": [{"range": {name: limits}}],
                "must_not": [{"exists": {"field": earlier}} for earlier in names[:position]],
            }
        }
        for position, name in enumerate(names)
    ]
    return {"bool": {"should": choices, "minimum_should_match": 1}}


def search_query(terms: Sequence[Term], filters: Query) -> Query:
    """All terms, each in any of the searched fields, within the filters."""
    return {"bool": {"must": [_term_query(term) for term in terms], "filter": [filters]}}


def _term_query(term: Term) -> Query:
    if term.is_cjk:
        fields = [f"cjk.{name}" for name in _WEIGHTED]
        text = cjk_runs(term.text).removesuffix("x")
        if len(text) == 1:
            # Only pairs are indexed: one character is whatever pair begins with it.
            prefixes = [{"prefix": {field.partition("^")[0]: text}} for field in fields]
            return {"bool": {"should": prefixes, "minimum_should_match": 1}}
        inflected = {"multi_match": {"query": term.text, "type": "phrase", "fields": _in_languages("ko", "ja")}}
        pairs = {"multi_match": {"query": text, "type": "phrase", "fields": fields}}
        return {"dis_max": {"queries": [pairs, inflected]}}
    fields = [*_WEIGHTED, *(f"words.{name}" for name in _WEIGHTED), *_in_languages(*LANGUAGES)]
    # To the standard tokenizer "Korea's" is one word, with either apostrophe.
    forms = [term.text, f"{term.text}'s", f"{term.text}’s"]
    return {"dis_max": {"queries": [{"multi_match": {"query": f, "type": "phrase", "fields": fields}} for f in forms]}}


def _in_languages(*languages: str) -> list[str]:
    """Sub-fields that a server with language analyzers has; anywhere else nothing is found in them."""
    return [f"{name}.{code}" + (f"^{weight}" if weight else "") for code in languages for name, weight in _WEIGHTS]


def page_order(scored: bool) -> list[Query]:
    """Score, then newest, then id."""
    order: list[Query] = [{"@timestamp": "desc"}, {"article_id": "asc"}]
    return [{"_score": "desc"}, *order] if scored else order


def facet_query(field: str, query: Query, size: int) -> Query:
    """A request for the values of a field with their counts."""
    order = [{"_count": "desc"}, {"_key": "asc"}]
    values = {"terms": {"field": field, "size": size, "shard_size": max(1000, size * 10), "order": order}}
    return {"query": query, "size": 0, "aggs": {"values": values}}


def facet_counts(answer: Any) -> list[tuple[str, int]]:
    """The values with their counts, as texts, out of the answer."""
    buckets = answer["aggregations"]["values"]["buckets"]
    counts = [(str(row.get("key_as_string", row["key"])), int(row["doc_count"])) for row in buckets]
    return sorted(counts, key=lambda row: (-row[1], row[0]))
