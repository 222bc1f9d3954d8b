"""What deploy/kibana/README.md tells analysts to type: fields that exist, queries that find what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.elasticsearch_templates import mapping
from connectors.index import Kind
from tests.unit.kibana.lens_queries import Query, kql_fields
from tests.unit.kibana.test_objects import KIND_OF_VIEW, types_of
from tests.unit.kibana.test_panels import ask

TEXT = (Path(__file__).resolve().parents[3] / "deploy" / "kibana" / "README.md").read_text(encoding="utf-8")
SEARCH_BAR, _, REST = TEXT.partition("## Alerts")
ON_ARTICLES, _, ON_STORIES = SEARCH_BAR.partition("On the stories:")
ALERTS, _, QUERIES = REST.partition("## ES|QL")


def rows_of(text):
    found = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [row for row in found if row[0] not in ("to see", "---", "alert", "dashboard")]


EXAMPLES = [
    pytest.param(kind, query, id=f"{kind.value}: {row[0]}")
    for kind, text in ((Kind.ARTICLES, ON_ARTICLES.partition("## What to type")[2]), (Kind.STORIES, ON_STORIES))
    for row in rows_of(text)
    for query in re.findall(r"`([^`]+)`", row[1])
]
ALERT_ROWS = [pytest.param(row, id=row[0]) for row in rows_of(ALERTS)]
ESQL = re.findall(r"```esql\n(.*?)```", QUERIES, flags=re.DOTALL)
WORDS = {"FROM", "WHERE", "STATS", "SORT", "BY", "DESC", "AND", "LIKE", "true"}
WORDS |= {"COUNT", "COUNT_DISTINCT", "MEDIAN", "MV_EXPAND"}
ALL_OF_THE_DEMO = "seen_lag_seconds > 86400"
EMPTY_IN_THE_DEMO = {'story_id : "PUT_THE_ID_HERE"'}


def test_there_are_examples():
    assert len(EXAMPLES) >= 18
    assert len(ALERT_ROWS) >= 5
    assert len(ESQL) >= 4


@pytest.mark.parametrize(("kind", "query"), EXAMPLES)
def test_examples_ask_for_fields_that_exist_and_find_something(demo_elasticsearch, kind, query):
    assert kql_fields(query) <= types_of(kind).keys()
    view = f"straitwire-{kind.value}"
    found = ask(demo_elasticsearch, view, {"query": Query(query).dsl(), "size": 0, "track_total_hits": True})
    total = found["hits"]["total"]["value"]
    everything = ask(demo_elasticsearch, view, {"size": 0, "track_total_hits": True})["hits"]["total"]["value"]
    assert total < everything or query == ALL_OF_THE_DEMO
    if query not in EMPTY_IN_THE_DEMO:
        assert total > 0


@pytest.mark.parametrize("row", ALERT_ROWS)
def test_alerts_read_our_indices_by_a_date(demo_elasticsearch, row):
    _, index, query, fires = row
    kind = KIND_OF_VIEW[index.strip("`")]
    types = types_of(kind)
    assert kql_fields(query.strip("`")) <= types.keys()
    assert types[re.findall(r"by `([^`]+)`", fires)[0]] == "date"
    ask(demo_elasticsearch, index.strip("`"), {"query": Query(query.strip("`")).dsl(), "size": 0})


@pytest.mark.parametrize("query", ESQL)
def test_esql_names_fields_that_exist(query):
    index = re.match(r"FROM (\S+)\n", query)[1]
    known = mapping(KIND_OF_VIEW[index])["properties"].keys()
    without = re.sub(r'"[^"]*"', "", query.partition("\n")[2])
    named = set(re.findall(r"[A-Za-z_@][\w@]*", without))
    made = set(re.findall(r"(\w+) = ", without))
    assert named - WORDS - made <= known


def test_fields_in_the_text_exist():
    everything = {field for kind in KIND_OF_VIEW.values() for field in mapping(kind)["properties"]}
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", TEXT))
    assert named
    assert named <= everything
