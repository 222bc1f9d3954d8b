"""Analyzers, under the same names on every server: core parts, and what language plugins make of them.

The text itself is in ``straitwire_text`` and ``straitwire_cjk`` everywhere, from parts that every server has, so
that what is found does not depend on plugins. Where a server knows a language better, the searched texts get
sub-fields ``.en``, ``.ko`` and ``.ja`` beside them, which find inflected forms as well: queries name these fields
always, and a server without them finds nothing in them.

Source: Elasticsearch reference 8.19, plugins/analysis-nori, plugins/analysis-kuromoji, plugins/analysis-icu,
analysis-synonym-graph-tokenfilter (synonyms_set), analysis-cjk-bigram-tokenfilter.
"""

from __future__ import annotations

from typing import Any

from connectors.elasticsearch_features import Features
from connectors.index_fields import SEARCHED

Body = dict[str, Any]

TEXT, SEARCHED_TEXT, PAIRS = "straitwire_text", "straitwire_text_search", "straitwire_cjk"
LANGUAGES = ("en", "ko", "ja")
"""Sub-fields of the searched texts on servers that have their analyzers."""

_NAMES = {"en": "straitwire_english", "ko": "straitwire_korean", "ja": "straitwire_japanese"}
_SYNONYMS = "straitwire_synonyms"

CORE_ANALYSIS: Body = {
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
        TEXT: {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
        SEARCHED_TEXT: {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
        PAIRS: {
            "type": "custom",
            "tokenizer": "straitwire_characters",
            "filter": ["lowercase", "straitwire_pairs"],
        },
    },
}


def text_field() -> Body:
    """A searched text as every server has it."""
    return {"type": "text", "analyzer": TEXT, "search_analyzer": SEARCHED_TEXT}


def languages_of(features: Features) -> tuple[str, ...]:
    """The languages that a server with these features can analyse."""
    able = {"en": features.common, "ko": features.common or features.nori, "ja": features.common or features.kuromoji}
    return tuple(language for language in LANGUAGES if able[language])


def language_component(features: Features) -> Body | None:
    """Settings and mappings that add the sub-fields, or None when the server has no analyzer for any.

    It repeats the core analyzers and the whole definition of each text, because a component must stand alone and a
    later one replaces a field as a whole.
    """
    languages = languages_of(features)
    if not languages:
        return None
    analysis = _language_analysis(features, languages)
    fields = {language: {"type": "text", "analyzer": _NAMES[language]} for language in languages}
    properties = {name: {**text_field(), "fields": fields} for name in SEARCHED}
    return {"settings": {"index": {"analysis": analysis}}, "mappings": {"properties": properties}}


def _language_analysis(features: Features, languages: tuple[str, ...]) -> Body:
    makers = {"en": _english, "ko": _korean, "ja": _japanese}
    tokenizer: Body = dict(CORE_ANALYSIS["tokenizer"])
    filters: Body = dict(CORE_ANALYSIS["filter"])
    analyzers: Body = dict(CORE_ANALYSIS["analyzer"])
    for language in languages:
        analyzers[_NAMES[language]] = makers[language](features)
    if features.nori:
        tokenizer["straitwire_nori"] = {"type": "nori_tokenizer", "decompound_mode": "mixed"}
    if features.kuromoji:
        tokenizer["straitwire_kuromoji"] = {"type": "kuromoji_tokenizer", "mode": "search"}
    if features.common:
        filters["straitwire_possessive"] = {"type": "stemmer", "language": "possessive_english"}
    return {"tokenizer": tokenizer, "filter": filters, "analyzer": analyzers}


def _english(features: Features) -> Body:
    fold = "icu_folding" if features.icu else "asciifolding"
    return _custom("standard", ["straitwire_possessive", "lowercase", fold, "kstem"])


def _korean(features: Features) -> Body:
    if features.nori:
        filters = ["nori_part_of_speech", "nori_readingform", "lowercase"]
        return _custom("straitwire_nori", filters, features.icu)
    return _pairs_of_the_server()


def _japanese(features: Features) -> Body:
    if features.kuromoji:
        width = ["cjk_width"] if features.common else []
        filters = ["kuromoji_baseform", "kuromoji_part_of_speech", *width, "ja_stop", "kuromoji_stemmer", "lowercase"]
        return _custom("straitwire_kuromoji", filters, features.icu)
    return _pairs_of_the_server()


def _pairs_of_the_server() -> Body:
    """The filters of the built-in ``cjk`` analyzer, without its English stop words."""
    return _custom("standard", ["cjk_width", "lowercase", "cjk_bigram"])


def _custom(tokenizer: str, filters: list[str], normalised: bool = False) -> Body:
    before = {"char_filter": ["icu_normalizer"]} if normalised else {}
    return {"type": "custom", "tokenizer": tokenizer, **before, "filter": filters}


def synonyms_component(set_name: str) -> Body:
    """Settings that expand names at search time; the set may change without a new index."""
    analyzer = {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", _SYNONYMS]}
    filters = {_SYNONYMS: {"type": "synonym_graph", "synonyms_set": set_name, "updateable": True}}
    return {"settings": {"index": {"analysis": {"filter": filters, "analyzer": {SEARCHED_TEXT: analyzer}}}}}
