"""The two seed documents, given as plain text files, through the command into both backends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from tests.end_to_end.commands import straitwire
from tests.shared_material import shared_path

BOILERPLATE = (
    "Leave a Reply", "Your email address will not be published", "Get all your news in one place",
    "of premium titles", "Start reading", "Sign up to read this article", "Already a member? Sign in here",
    "Related Stories", "Our Picks", "Fourteen days free", "One app. One membership.",
    "100+ trusted global sources",
)  # fmt: skip
FIRST, SECOND = "000_7d5e1cc04953d96f.txt", "001_202df84bf78b4f01.txt"


@pytest.fixture(scope="module", params=["sqlite", "elasticsearch"])
def seeds(request, tmp_path_factory):
    folder = shared_path("seeds")
    if request.param == "sqlite":
        location = str(tmp_path_factory.mktemp("seeds") / "seeds.db")
    else:
        location = request.getfixturevalue("elasticsearch_url") + "/seeds"
    result = straitwire("run", "--files", str(folder / "*.txt"), "--index", location)
    assert result.returncode == 0, result.stderr
    index = open_index(location)
    documents = {Path(row["source_id"]).name: row for row in index.scan(Kind.ARTICLES, Filters())}
    index.close()
    return location, documents


def test_both_are_indexed_with_clean_titles(seeds):
    _, documents = seeds
    gold = json.loads(shared_path("eval", "topics", "seeds.json").read_text())
    assert set(documents) == set(gold)
    for row in documents.values():
        assert row["title"] in row["original_text"] or row["title"]
        assert not row["body"].startswith(row["title"])
        for phrase in BOILERPLATE:
            assert phrase not in row["title"] + row["body"].replace("’", "'")


def test_attribution_names_ap_and_the_chain(seeds):
    _, documents = seeds
    first, second = documents[FIRST], documents[SECOND]
    assert (first["agency"], second["agency"]) == ("AP", "AP")
    assert (first["dateline"], first["dateline_place"]) == ("SEOUL, South Korea", "Seoul")
    assert [(person["name"], person["place"]) for person in first["contributors"]] == [("Mari Yamaguchi", "Tokyo")]
    assert second["chain"] == ["inkl", "The Independent", "AP"]
    assert second["paywall"] in ("metered", "paywalled")


def test_topics_equal_the_gold_with_verbatim_evidence(seeds):
    _, documents = seeds
    for name, truth in json.loads(shared_path("eval", "topics", "seeds.json").read_text()).items():
        row, gold = documents[name], truth["gold"]
        optional = set(gold["optional"])
        assert row["relevant"]
        assert set(row["topics"]) - optional == set(gold["topics"]) - optional, name
        assert row["primary_topic"] == gold["primary"]
        for tag in row["topic_tags"]:
            assert tag["evidence"]
            for evidence in tag["evidence"]:
                text = row["title"] if evidence["field"] == "title" else row["original_text"]
                assert text[evidence["start"] : evidence["end"]] == evidence["text"] != ""


def test_search_story_and_why_work_on_them(seeds):
    location, documents = seeds
    found = json.loads(straitwire("search", "Kishida Seoul", "--index", location, "--json").stdout)
    assert {hit["article_id"] for hit in found["hits"]} == {row["article_id"] for row in documents.values()}
    only_first = straitwire(
        "search", "Yamaguchi OR summit", "--index", location, "--topic", "security.gsomia", "--json"
    )
    assert only_first.returncode == 0
    for row in documents.values():
        story = json.loads(straitwire("story", row["article_id"], "--index", location, "--json").stdout)
        assert [member["article_id"] for member in story["articles"]] == [row["article_id"]]
        why = straitwire("why", row["article_id"], "--index", location)
        assert why.returncode == 0, why.stderr
        assert row["primary_topic"] in why.stdout
        assert "AP" in why.stdout
