"""The requests that ``setup`` builds, as exact JSON where no server here can run them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from connectors.elasticsearch_analysis import language_component, languages_of, synonyms_component
from connectors.elasticsearch_differences import changes, fixed_changes, missing_fields
from connectors.elasticsearch_features import CORE, FULL, Features
from connectors.elasticsearch_queries import search_query
from connectors.elasticsearch_roles import roles, roles_file
from connectors.elasticsearch_setup import next_index_name, requests_for
from connectors.elasticsearch_synonyms import synonym_rules
from connectors.elasticsearch_templates import (
    component_templates,
    default_fields,
    index_templates,
    lifecycle_policy,
    mapping,
    wanted_index,
)
from connectors.index import Kind
from connectors.index_fields import SEARCHED
from connectors.search_terms import query_terms

PROJECT = Path(__file__).resolve().parents[3]
CORE_ANALYZERS = {
    "straitwire_text": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
    "straitwire_text_search": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]},
    "straitwire_cjk": {
        "type": "custom",
        "tokenizer": "straitwire_characters",
        "filter": ["lowercase", "straitwire_pairs"],
    },
}


def analysis(features: Features) -> dict:
    return wanted_index("p", Kind.ARTICLES, features)["settings"]["index"]["analysis"]


def test_the_core_server_gets_core_parts_only() -> None:
    assert set(component_templates("p", CORE)) == {"p-settings", *(f"{name}-fields" for name in index_templates("p"))}
    assert analysis(CORE)["analyzer"] == CORE_ANALYZERS
    assert language_component(CORE) is None
    assert languages_of(CORE) == ()


def test_a_full_server_gets_language_fields_beside_the_same_ones() -> None:
    assert analysis(FULL) == {
        "tokenizer": {
            "straitwire_characters": {"type": "standard", "max_token_length": 1},
            "straitwire_nori": {"type": "nori_tokenizer", "decompound_mode": "mixed"},
            "straitwire_kuromoji": {"type": "kuromoji_tokenizer", "mode": "search"},
        },
        "filter": {
            "straitwire_pairs": {
                "type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2, "output_unigrams": False,
                "output_unigrams_if_no_shingles": True, "token_separator": "",
            },
            "straitwire_possessive": {"type": "stemmer", "language": "possessive_english"},
            "straitwire_synonyms": {"type": "synonym_graph", "synonyms_set": "p-names", "updateable": True},
        },
        "analyzer": {
            **CORE_ANALYZERS,
            "straitwire_text_search": {
                "type": "custom", "tokenizer": "standard", "filter": ["lowercase", "straitwire_synonyms"],
            },
            "straitwire_english": {
                "type": "custom", "tokenizer": "standard",
                "filter": ["straitwire_possessive", "lowercase", "icu_folding", "kstem"],
            },
            "straitwire_korean": {
                "type": "custom", "tokenizer": "straitwire_nori", "char_filter": ["icu_normalizer"],
                "filter": ["nori_part_of_speech", "nori_readingform", "lowercase"],
            },
            "straitwire_japanese": {
                "type": "custom", "tokenizer": "straitwire_kuromoji", "char_filter": ["icu_normalizer"],
                "filter": [
                    "kuromoji_baseform", "kuromoji_part_of_speech", "cjk_width", "ja_stop", "kuromoji_stemmer",
                    "lowercase",
                ],
            },
        },
    }  # fmt: skip
    core, full = (wanted_index("p", Kind.ARTICLES, features)["mappings"]["properties"] for features in (CORE, FULL))
    assert core.keys() == full.keys()
    assert full["body"] == {
        **core["body"],
        "fields": {
            "en": {"type": "text", "analyzer": "straitwire_english"},
            "ko": {"type": "text", "analyzer": "straitwire_korean"},
            "ja": {"type": "text", "analyzer": "straitwire_japanese"},
        },
    }
    assert {name for name in core if core[name] != full[name]} == set(SEARCHED)


@pytest.mark.parametrize(
    ("features", "korean", "japanese"),
    [
        pytest.param(
            Features(common=True),
            ("standard", ["cjk_width", "lowercase", "cjk_bigram"]),
            ("standard", ["cjk_width", "lowercase", "cjk_bigram"]),
            id="no plugins",
        ),
        pytest.param(
            Features(common=True, nori=True),
            ("straitwire_nori", ["nori_part_of_speech", "nori_readingform", "lowercase"]),
            ("standard", ["cjk_width", "lowercase", "cjk_bigram"]),
            id="nori only",
        ),
    ],
)
def test_cjk_pairs_stand_in_for_a_plugin_that_is_not_there(features: Features, korean: tuple, japanese: tuple) -> None:
    made = analysis(features)["analyzer"]
    for name, (tokenizer, filters) in (("straitwire_korean", korean), ("straitwire_japanese", japanese)):
        assert made[name] == {"type": "custom", "tokenizer": tokenizer, "filter": filters}


@pytest.mark.parametrize("features", [CORE, Features(common=True), Features(synonyms=True), FULL])
def test_every_analyzer_that_a_component_names_is_in_it_or_built_in(features: Features) -> None:
    for name, body in component_templates("p", features).items():
        template = body["template"]
        defined = template.get("settings", {}).get("index", {}).get("analysis", {})
        for field in template.get("mappings", {}).get("properties", {}).values():
            inner = [field, *field.get("fields", {}).values(), *field.get("properties", {}).values()]
            for one in inner:
                for key in ("analyzer", "search_analyzer"):
                    assert key not in one or one[key] in defined["analyzer"], (name, one)


def test_names_are_synonyms_in_three_languages_and_the_set_comes_first() -> None:
    rules = {rule["id"]: rule["synonyms"] for rule in synonym_rules()}
    assert rules["ishiba-shigeru"] == "shigeru ishiba, 이시바 시게루, 石破茂"
    assert len(rules) < 10_000
    requests = requests_for("p", FULL)
    assert (requests[0].method, requests[0].path) == ("PUT", "/_synonyms/p-names")
    assert requests[0].body["synonyms_set"] == synonym_rules()
    assert synonyms_component("p-names")["settings"]["index"]["analysis"]["filter"]["straitwire_synonyms"] == {
        "type": "synonym_graph", "synonyms_set": "p-names", "updateable": True,
    }  # fmt: skip


def test_lifecycle_neither_rolls_over_nor_deletes() -> None:
    phases = lifecycle_policy()["policy"]["phases"]
    assert phases == {
        "hot": {"min_age": "0ms", "actions": {"set_priority": {"priority": 100}}},
        "warm": {
            "min_age": "60d",
            "actions": {"set_priority": {"priority": 50}, "forcemerge": {"max_num_segments": 1}},
        },
    }
    articles = wanted_index("p", Kind.ARTICLES, FULL)["settings"]["index"]
    assert articles["lifecycle"] == {"name": "p-articles"}
    assert "lifecycle" not in wanted_index("p", Kind.ENTRIES, FULL)["settings"]["index"]


def test_queries_are_the_same_for_every_server_and_name_every_field() -> None:
    query = search_query(query_terms("summit 首脳会談"), {"match_all": {}})
    word, characters = query["bool"]["must"]
    fields = word["dis_max"]["queries"][0]["multi_match"]["fields"]
    assert {"title^4", "words.body", "body.en", "title.ko^4", "summary.ja^2"} <= set(fields)
    pairs, inflected = characters["dis_max"]["queries"]
    assert pairs["multi_match"] == {
        "query": "首脳会談", "type": "phrase", "fields": ["cjk.title^4", "cjk.kicker", "cjk.summary^2", "cjk.body"],
    }  # fmt: skip
    assert inflected["multi_match"]["fields"] == [
        "title.ko^4", "kicker.ko", "summary.ko^2", "body.ko", "title.ja^4", "kicker.ja", "summary.ja^2", "body.ja",
    ]  # fmt: skip


def test_bare_text_in_kibana_searches_every_text() -> None:
    template = index_templates("p")["p-articles"]["template"]
    assert template["settings"]["index"]["query"]["default_field"] == default_fields(Kind.ARTICLES)
    assert {"title", "body", "cjk.body", "words.title", "body.ko"} <= set(default_fields(Kind.ARTICLES))


def test_facets_are_flat_and_unknown_fields_are_refused() -> None:
    fields = mapping(Kind.ARTICLES)
    assert fields["dynamic"] == "strict"
    names = "topics entities publisher agency agencies is_wire story_id story_role paywall revision"
    facets = names.split()
    assert {fields["properties"][name]["type"] for name in facets} == {"keyword", "boolean"}
    assert fields["properties"]["labels"] == {"type": "flattened", "ignore_above": 8191}
    assert fields["properties"]["@timestamp"]["type"] == "date"


def test_an_operators_own_component_comes_last_and_need_not_exist() -> None:
    for template in index_templates("p", FULL).values():
        assert template["composed_of"][-1] == "p@custom"
        assert template["ignore_missing_component_templates"] == ["p@custom"]


@pytest.mark.parametrize(
    ("held", "following"),
    [
        ("p-articles-v1", "p-articles-v2"),
        ("p-articles-v2", "p-articles-v3"),
        ("p-articles-v1-2026-03", "p-articles-v2-2026-03"),
    ],
)
def test_the_next_generation_keeps_its_month(held: str, following: str) -> None:
    assert next_index_name("p", Kind.ARTICLES, held) == following


def test_differences_tell_what_an_open_index_takes_from_what_it_does_not() -> None:
    wanted = wanted_index("p", Kind.ARTICLES, CORE)
    held = {
        "mappings": {"dynamic": "strict", "date_detection": "false", "properties": {
            name: field for name, field in wanted["mappings"]["properties"].items() if name != "labels"
        }},
        "settings": wanted["settings"],
    }  # fmt: skip
    assert fixed_changes(held, wanted) == []
    labels = mapping(Kind.ARTICLES)["properties"]["labels"]
    assert missing_fields(held["mappings"], wanted["mappings"]) == {"labels": labels}
    other = {**held, "mappings": {**held["mappings"], "properties": {"url": {"type": "text"}}}}
    assert fixed_changes(other, wanted) == ["+ url.ignore_above: 8191", "~ url.type: text -> keyword"]
    assert changes({"a": [1, True]}, {"a": ["1", "true"]}) == []


def test_the_roles_file_is_what_the_code_says() -> None:
    committed = (PROJECT / "deploy/elasticsearch/roles.yml").read_text(encoding="utf-8")
    assert committed == roles_file("straitwire")
    assert yaml.safe_load(committed) == roles("straitwire")


def test_no_role_but_setup_manages_anything() -> None:
    for name, role in roles("p").items():
        granted = set(role["indices"][0]["privileges"])
        assert role["indices"][0]["names"] == ["p-*"]
        if name != "p_setup":
            assert role["cluster"] == []
            assert not granted & {"all", "manage", "create_index", "write", "index", "create"}
    writer = ["indices:data/write/index*", "indices:data/write/bulk*"]
    assert roles("p")["p_writer"]["indices"][0]["privileges"] == writer
    assert set(roles("p")["p_reader"]["indices"][0]["privileges"]) == {"read", "view_index_metadata"}
