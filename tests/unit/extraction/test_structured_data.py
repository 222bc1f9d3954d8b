from __future__ import annotations

import json

import pytest
from lxml.html import document_fromstring

from pipeline.text.structured_data import StructuredArticle, parse_json, structured_article
from tests.unit.extraction.pages import json_ld


def read(*scripts: str) -> StructuredArticle:
    return structured_article(document_fromstring(f"<html><head>{''.join(scripts)}</head><body></body></html>"))


@pytest.mark.parametrize(
    "script",
    [
        '{"a": 1}', '{"a": 1,}', '<!-- {"a": 1} -->', '//<![CDATA[\n{"a": 1}\n//]]>', '{"a": 1};', "{&quot;a&quot;: 1}",
    ],
)  # fmt: skip
def test_broken_json_is_repaired(script):
    assert parse_json(script) == [{"a": 1}]


@pytest.mark.parametrize("script", ["", "not json", "[" * 100_000, '{"a": ' * 5000])
def test_hopeless_json_is_nothing(script):
    assert parse_json(script) == []


def test_a_headline_cut_within_an_emoji_can_be_stored():
    item = {"@type": "NewsArticle", "headline": "Talks \ud83d", "author": {"name": "Kim \udc00 \ud83d\ude00"}}
    article = read(f'<script type="application/ld+json">{json.dumps(item)}</script>')
    assert article.headline == "Talks \ufffd"
    assert article.authors == ("Kim \ufffd \U0001f600",)


def test_authors_are_found_by_reference_in_a_graph():
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "H", "author": {"@id": "#p"}, "publisher": {"@id": "#o"}},
            {"@type": "Person", "@id": "#p", "name": "Mina Dole"},
            {"@type": "Organization", "@id": "#o", "name": "Harbour Herald"},
        ]
    }
    article = read(f'<script type="application/ld+json">{json.dumps(graph)}</script>')
    assert (article.authors, article.publisher) == (("Mina Dole",), "Harbour Herald")


def test_units_of_a_live_blog_are_not_the_article():
    units = [
        {"@type": "BlogPosting", "headline": f"U{n}", "datePublished": "2026-10-02", "author": "X"} for n in range(9)
    ]
    article = read(json_ld(headline="Main", datePublished="2026-10-01", liveBlogUpdate=units))
    assert (article.headline, article.published) == ("Main", "2026-10-01")


def test_organisations_are_told_apart():
    article = read(
        json_ld(
            author=[{"@type": "Organization", "name": "Tide Wire"}, {"@type": "Person", "name": "Mina Dole"}],
            sourceOrganization={"@type": "Organization", "name": "Coast Agency"},
            copyrightHolder="Harbour Herald",
            isAccessibleForFree="False",
        )
    )
    assert article.authors == ("Tide Wire", "Mina Dole")
    assert article.organisations == ("Tide Wire", "Coast Agency", "Harbour Herald")
    assert article.is_free is False


@pytest.mark.parametrize("value", [None, 5, [], {}, [None], {"name": 3}, "", [[["x"]]]])
def test_fields_of_the_wrong_kind_are_empty(value):
    article = read(json_ld(headline=value, author=value, publisher=value, articleBody=value, isAccessibleForFree=value))
    assert article.authors == ()
    assert article.body == ""
