"""The committed file, checked without a Kibana: shapes, versions, references, and the fields that every panel uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.elasticsearch_templates import mapping
from connectors.index import Kind
from connectors.kibana.dashboards import all_objects
from connectors.kibana.saved_objects import ndjson
from tests.unit.kibana.lens_queries import METRICS, NUMERIC, kql_fields

FILE = Path(__file__).resolve().parents[3] / "deploy" / "kibana" / "straitwire.ndjson"
OBJECTS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
BY_ID = {(row["type"], row["id"]): row for row in OBJECTS}
KIND_OF_VIEW = {f"straitwire-{kind.value.replace('_', '-')}": kind for kind in Kind}
NEWEST = {"dashboard": (10, 2, 0), "index-pattern": (8, 0, 0), "search": (10, 2, 0), "query": (8, 0, 0)}
NAMING_COLUMNS = ("accessors", "columnId", "metrics", "primaryGroups")
DASHBOARDS = [row for row in OBJECTS if row["type"] == "dashboard"]
SEARCHES = [row for row in OBJECTS if row["type"] == "search"]
PANELS = [
    pytest.param(row, panel, id=f"{row['id']}/{panel['panelIndex']}")
    for row in DASHBOARDS
    for panel in json.loads(row["attributes"]["panelsJSON"])
]
LENS = [one for one in PANELS if one.values[1]["type"] == "lens"]


def types_of(kind):
    """Field -> Elasticsearch type, aliases resolved, as field capabilities show them to Kibana."""
    properties = mapping(kind)["properties"]
    found = {}
    for name, body in properties.items():
        if body.get("type") == "alias":
            body = properties[body["path"]]
        if body.get("enabled", True) and "type" in body and body.get("doc_values", True):
            found[name] = body["type"]
    return found


def strings_of_json(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings_of_json(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of_json(inner, name)
    elif isinstance(value, str) and (name.endswith("JSON") or name in ("fieldFormatMap", "runtimeFieldMap", "fields")):
        yield name, value


def layer_of(panel):
    state = panel["embeddableConfig"]["attributes"]["state"]
    (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
    return state, layer


def view_of(panel):
    (reference,) = panel["embeddableConfig"]["attributes"]["references"]
    return reference["id"]


def search_kind(row):
    return KIND_OF_VIEW[row["references"][0]["id"]]


def test_building_again_gives_the_same_bytes():
    assert ndjson(all_objects("straitwire")).encode() == FILE.read_bytes()


def test_another_prefix_is_another_set_of_objects():
    other = all_objects("press")
    assert not {(row["type"], row["id"]) for row in other} & BY_ID.keys()
    assert "straitwire-" not in ndjson(other)


def test_what_there_is():
    counts = {kind: sum(row["type"] == kind for row in OBJECTS) for kind in NEWEST}
    assert counts["dashboard"] == 3
    assert counts["index-pattern"] >= 5
    assert counts["search"] >= 4
    assert counts["query"] >= 8
    assert sum(counts.values()) == len(OBJECTS) == len(BY_ID)


@pytest.mark.parametrize("row", OBJECTS, ids=lambda row: row["id"])
def test_versions_texts_of_json_and_references(row):
    assert row["coreMigrationVersion"] == "8.8.0"
    assert tuple(int(part) for part in row["typeMigrationVersion"].split(".")) <= NEWEST[row["type"]]
    texts = list(strings_of_json(row["attributes"]))
    assert texts or row["type"] == "query"
    for _, text in texts:
        assert isinstance(json.loads(text), dict | list)
    names = [reference["name"] for reference in row["references"]]
    assert len(names) == len(set(names))
    for reference in row["references"]:
        assert (reference["type"], reference["id"]) in BY_ID, reference


def test_data_views_read_our_indices_by_a_date():
    views = [row["attributes"] for row in OBJECTS if row["type"] == "index-pattern"]
    for view in views:
        types = types_of(KIND_OF_VIEW[view["title"]])
        if view.get("timeFieldName"):
            assert types[view["timeFieldName"]] == "date"
        assert json.loads(view["fieldFormatMap"]).keys() <= types.keys()
    links = [
        field
        for view in views
        for field, shown in json.loads(view["fieldFormatMap"]).items()
        if shown["id"] == "url" and shown["params"]["labelTemplate"] == "Open article"
    ]
    assert sorted(links) == ["origin_url", "url"]


@pytest.mark.parametrize("row", SEARCHES, ids=lambda row: row["id"])
def test_searches_show_and_sort_by_fields_that_exist(row):
    attributes = row["attributes"]
    properties = mapping(search_kind(row))["properties"]
    types = types_of(search_kind(row))
    assert set(attributes["columns"]) <= properties.keys()
    assert attributes["sort"]
    assert all(field in types and types[field] != "text" for field, _ in attributes["sort"])
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["indexRefName"] == row["references"][0]["name"]
    assert kql_fields(source["query"]["query"]) <= types.keys()


def test_saved_queries_ask_for_fields_that_exist():
    everything = {field for kind in KIND_OF_VIEW.values() for field in types_of(kind)}
    for row in OBJECTS:
        if row["type"] == "query":
            fields = kql_fields(row["attributes"]["query"]["query"])
            assert fields
            assert fields <= everything


@pytest.mark.parametrize(("dashboard", "panel"), PANELS)
def test_panels_refer_to_what_the_dashboard_references(dashboard, panel):
    own = {
        reference["name"].removeprefix(f"{panel['panelIndex']}:"): reference["id"]
        for reference in dashboard["references"]
        if reference["name"].startswith(f"{panel['panelIndex']}:")
    }
    if panel["type"] == "search":
        assert BY_ID["search", own[panel["panelRefName"]]]
    elif panel["type"] == "lens":
        assert own == {"indexpattern-datasource-layer-layer": view_of(panel)}
    else:
        assert own == {}
        text = panel["embeddableConfig"]["savedVis"]["params"]["markdown"]
        linked = [part.partition(")")[0] for part in text.split("#/view/")[1:]]
        assert len(linked) == 2
        assert all(("dashboard", identity) in BY_ID for identity in linked)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda row: row["id"])
def test_panels_fill_the_grid_without_overlap(dashboard):
    taken = set()
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        place = panel["gridData"]
        assert place["i"] == panel["panelIndex"]
        across = range(place["x"], place["x"] + place["w"])
        cells = {(x, y) for x in across for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        taken |= cells
    assert len(taken) == 48 * (max(y for _, y in taken) + 1)


@pytest.mark.parametrize(("dashboard", "panel"), LENS)
def test_columns_use_fields_of_a_type_that_their_operation_takes(dashboard, panel):
    state, layer = layer_of(panel)
    types = types_of(KIND_OF_VIEW[view_of(panel)])
    columns = layer["columns"]
    assert list(columns) == layer["columnOrder"] or set(columns) == set(layer["columnOrder"])
    bucketed = [columns[name]["isBucketed"] for name in layer["columnOrder"]]
    assert bucketed == sorted(bucketed, reverse=True), "buckets come before figures"
    for column in columns.values():
        field, operation = column["sourceField"], column["operationType"]
        if operation == "count":
            assert field == "___records___"
            continue
        kind = types[field]
        if operation in NUMERIC:
            assert kind in ("long", "double")
        elif operation == "date_histogram":
            assert kind == "date"
        elif operation == "terms":
            assert kind in ("keyword", "boolean", "long")
            by = column["params"]["orderBy"]
            assert by["type"] == "alphabetical" or by["columnId"] in columns
        else:
            assert operation in METRICS
        assert column["dataType"] == {"keyword": "string", "long": "number", "double": "number"}.get(kind, kind) or (
            operation == "unique_count" and column["dataType"] == "number"
        )
        assert kql_fields(column.get("filter", {}).get("query", "")) <= types.keys()
    assert kql_fields(state["query"]["query"]) <= types.keys()


@pytest.mark.parametrize(("dashboard", "panel"), LENS)
def test_what_is_drawn_names_columns_that_exist(dashboard, panel):
    state, layer = layer_of(panel)
    named = []

    def walk(value, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, key)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name)
        elif isinstance(value, str) and (name.endswith("ccessor") or name in NAMING_COLUMNS):
            named.append(value)
        elif isinstance(value, str) and name == "layerId":
            assert value in state["datasourceStates"]["formBased"]["layers"]

    walk(state["visualization"])
    assert set(named) == set(layer["columns"])


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda row: row["id"])
def test_controls_filter_every_panel_by_a_field_that_its_documents_have(dashboard):
    controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    assert len(controls) >= 2
    kinds = set()
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        if panel["type"] == "search":
            name = f"{panel['panelIndex']}:{panel['panelRefName']}"
            (identity,) = [one["id"] for one in dashboard["references"] if one["name"] == name]
            kinds.add(search_kind(BY_ID["search", identity]))
        elif panel["type"] == "lens" and not layer_of(panel)[1]["ignoreGlobalFilters"]:
            kinds.add(KIND_OF_VIEW[view_of(panel)])
    for identity, control in controls.items():
        assert control["explicitInput"]["id"] == identity
        assert f"controlGroup_{identity}:optionsListDataView" in {one["name"] for one in dashboard["references"]}
        for kind in kinds:
            assert types_of(kind)[control["explicitInput"]["fieldName"]] in ("keyword", "boolean")
