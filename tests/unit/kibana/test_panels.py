"""Every panel, search, control and saved query of the dashboards, asked of a real Elasticsearch over the demo."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from datetime import datetime
from statistics import median

import pytest

from connectors.index import Kind
from tests.unit.kibana.lens_queries import Query, aggregations, rows
from tests.unit.kibana.test_objects import BY_ID, DASHBOARDS, LENS, OBJECTS, SEARCHES, layer_of, view_of


def ask(server, view, body):
    url, prefix = server
    index = view.replace("straitwire-", f"{prefix}-", 1)
    request = urllib.request.Request(
        f"{url}/{index}/_search", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def drawn(server, dashboard, slug, filters=()):
    """The rows that a panel draws, with further filters as a control adds them."""
    (row,) = [one for one in DASHBOARDS if one["id"] == f"straitwire-{dashboard}"]
    (panel,) = [one for one in json.loads(row["attributes"]["panelsJSON"]) if one["panelIndex"] == slug]
    return panel_rows(server, panel, filters)


def panel_rows(server, panel, filters=()):
    state, layer = layer_of(panel)
    query = {"bool": {"filter": [Query(state["query"]["query"]).dsl(), *filters]}}
    body = {"size": 0, "track_total_hits": True, "query": query}
    body["aggs"] = aggregations(layer["columns"], layer["columnOrder"])
    answer = ask(server, view_of(panel), body)
    answer.setdefault("aggregations", {})
    return rows(answer, layer["columns"], layer["columnOrder"])


@pytest.mark.parametrize(("dashboard", "panel"), LENS)
def test_every_panel_has_something_to_draw(demo_elasticsearch, dashboard, panel):
    found = panel_rows(demo_elasticsearch, panel)
    _, layer = layer_of(panel)
    figures = {name: column["operationType"] for name, column in layer["columns"].items() if not column["isBucketed"]}
    assert found
    for name, operation in figures.items():
        # No time at all is a time; no document is nothing to see.
        values = [row[name] for row in found if row[name] is not None]
        assert values if operation in ("median", "percentile") else any(values), name
    assert not [row for row in found for name in row if row[name] == ""]


@pytest.mark.parametrize("search", SEARCHES, ids=lambda row: row["id"])
def test_every_search_lists_documents_in_its_order(demo_elasticsearch, search):
    attributes = search["attributes"]
    query = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"]
    sort = [{field: {"order": order, "unmapped_type": "keyword"}} for field, order in attributes["sort"]]
    columns = [{"field": name} for name in attributes["columns"]]
    body = {"query": Query(query).dsl(), "sort": sort, "fields": columns, "_source": False, "size": 500}
    hits = ask(demo_elasticsearch, search["references"][0]["id"], body)["hits"]["hits"]
    assert hits
    shown = {name for hit in hits for name in hit["fields"]}
    assert shown >= set(attributes["columns"]) - {"new_entry_at", "failing_since", "tokyo_lag_seconds"}
    if attributes["sort"][0][1] == "desc":
        leading = [hit["sort"][0] for hit in hits]
        assert leading == sorted(leading, reverse=True)


@pytest.mark.parametrize("row", [row for row in OBJECTS if row["type"] == "query"], ids=lambda row: row["id"])
def test_every_saved_query_finds_something(demo_elasticsearch, row):
    query = Query(row["attributes"]["query"]["query"])
    body = {"query": query.dsl(), "size": 0, "track_total_hits": True}
    found = [
        ask(demo_elasticsearch, view["id"], body)["hits"]["total"]["value"]
        for view in OBJECTS
        if view["type"] == "index-pattern"
    ]
    assert max(found) > 0


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda row: row["id"])
def test_controls_have_values_and_a_choice_leaves_something(demo_elasticsearch, dashboard):
    controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    view = next(one["id"] for one in dashboard["references"] if "optionsListDataView" in one["name"])
    for control in controls.values():
        field = control["explicitInput"]["fieldName"]
        asked = {"size": 0, "aggs": {"values": {"terms": {"field": field, "size": 10}}}}
        buckets = ask(demo_elasticsearch, view, asked)["aggregations"]["values"]["buckets"]
        value = next(one.get("key_as_string", one["key"]) for one in buckets if one["key"] != "")
        chosen = {"match_phrase": {field: value}}
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            if panel["type"] == "search":
                name = f"{panel['panelIndex']}:{panel['panelRefName']}"
                (identity,) = [one["id"] for one in dashboard["references"] if one["name"] == name]
                source = BY_ID["search", identity]["references"][0]["id"]
                hits = ask(demo_elasticsearch, source, {"query": chosen, "size": 0})["hits"]["total"]["value"]
                assert hits > 0, f"{field}: {value} empties {identity}"


class TestFigures:
    """Some panels against figures counted here from the documents, without the server."""

    def test_topics_over_time(self, demo, demo_elasticsearch):
        found = drawn(demo_elasticsearch, "desk", "topics-over-time")
        totals = Counter()
        for row in found:
            totals[row["split"]] += row["count"]
        counted = Counter(topic for article in demo.documents[Kind.ARTICLES] for topic in article["topics"])
        assert totals["diplomacy.summit"] == counted["diplomacy.summit"] > 5
        # Each bar shows its own most frequent topics, so rarer ones may miss a bar; none is counted too often.
        assert all(totals[topic] <= counted[topic] for topic in totals)

    def test_stories_by_independent_publishers(self, demo, demo_elasticsearch):
        found = {row["axis"]: row["count"] for row in drawn(demo_elasticsearch, "desk", "voices")}
        counted = Counter()
        for story in demo.documents[Kind.STORIES]:
            told_by = {
                article["publisher"]
                for article in demo.documents[Kind.ARTICLES]
                if article["story_id"] == story["story_id"]
            }
            counted[len(told_by)] += 1
        assert found == counted
        assert max(found) >= 4

    def test_who_carried_whose_copy(self, demo, demo_elasticsearch):
        found = {
            (row["down"], row["across"]): row["count"] for row in drawn(demo_elasticsearch, "wire-travel", "carried")
        }
        articles = {article["article_id"]: article for article in demo.documents[Kind.ARTICLES]}
        pairs = {
            (articles[article["origin_id"]]["publisher"], article["publisher"], article["story_id"])
            for article in articles.values()
        }
        counted = Counter((origin, carrier) for origin, carrier, _ in pairs if origin != carrier)
        assert found == counted
        assert len(found) >= 8

    def test_lag_to_seoul_and_tokyo(self, demo, demo_elasticsearch):
        found = {row["agency"]: row for row in drawn(demo_elasticsearch, "wire-travel", "lag")}
        lags = {"KR": {}, "JP": {}}
        for story in demo.documents[Kind.STORIES]:
            members = [one for one in demo.documents[Kind.ARTICLES] if one["story_id"] == story["story_id"]]
            if not story["agency"] or not [one for one in members if one["story_role"] in ("copy", "brief")]:
                continue
            moments = {one["article_id"]: datetime.fromisoformat(one["published_at"]) for one in members}
            for country, by_agency in lags.items():
                there = [moments[one["article_id"]] for one in members if one["country"] == country]
                if there:
                    late = (min(there) - min(moments.values())).total_seconds()
                    by_agency.setdefault(story["agency"], []).append(late)
        assert lags["KR"]
        assert any(value > 0 for values in lags["KR"].values() for value in values)
        for agency, values in lags["KR"].items():
            assert found[agency]["seoul"] == pytest.approx(median(values), rel=0.01)
        for agency, values in lags["JP"].items():
            assert found[agency]["tokyo"] == pytest.approx(median(values), rel=0.01, abs=1)

    def test_paywalled_share_and_framing(self, demo, demo_elasticsearch):
        articles = demo.documents[Kind.ARTICLES]
        walls = {(row["axis"], row["split"]): row["count"] for row in drawn(demo_elasticsearch, "coverage", "walls")}
        assert walls == Counter((article["publisher"], article["paywall"]) for article in articles)
        assert drawn(demo_elasticsearch, "coverage", "walled") == [
            {"figure": sum(article["paywall"] in ("paywalled", "metered") for article in articles)}
        ]
        shown = drawn(demo_elasticsearch, "coverage", "framing")
        framing = {(row["axis"], row["split"]): row["count"] for row in shown}
        assert framing == Counter(
            (article["publisher"], name) for article in articles for name in article["contested_names"]
        )

    def test_a_control_filters_stories_by_the_outlets_that_carry_them(self, demo, demo_elasticsearch):
        chosen = [{"match_phrase": {"publisher": "Onefold"}}]
        (row,) = drawn(demo_elasticsearch, "desk", "stories", chosen)
        assert row["figure"] == sum("Onefold" in story["publishers"] for story in demo.documents[Kind.STORIES]) > 0
