"""Panels of Kibana's Lens: columns that aggregate a data view, and what is drawn of them. Pure.

Source: exports of Kibana 8.10 to 8.19 published in elastic/integrations; the heat map as in Kibana's own tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.kibana.saved_objects import Body, Panel, kuery, reference

LAYER = "layer"
COUNT = "count"
"""The id of the column that counts documents: what terms are ordered by unless they name another."""

Columns = Mapping[str, Body]


def _column(label: str, operation: str, field: str, params: Body, data_type: str = "number") -> Body:
    bucketed = operation in ("terms", "date_histogram")
    scales = {"terms": "ordinal", "date_histogram": "interval"}
    return {
        "customLabel": True,
        "dataType": data_type,
        "isBucketed": bucketed,
        "label": label,
        "operationType": operation,
        "params": params,
        "scale": scales.get(operation, "ratio"),
        "sourceField": field,
    }


def count(label: str) -> Body:
    """How many documents."""
    return _column(label, "count", "___records___", {"emptyAsNull": False})


def number(operation: str, label: str, field: str) -> Body:
    """``sum``, ``median``, ``max`` or ``unique_count`` of a field."""
    return _column(label, operation, field, {"emptyAsNull": True})


def percentile(label: str, field: str, percent: int) -> Body:
    """The value that this share of the documents does not exceed."""
    return _column(label, "percentile", field, {"percentile": percent})


def only(column: Body, query: str) -> Body:
    """The column over the documents that the query (KQL) finds."""
    return column | {"filter": kuery(query)}


def terms(label: str, field: str, size: int, order_by: str = COUNT, data_type: str = "string") -> Body:
    """The most frequent values of a field, those without one left out; numbers in their own order with ``order_by=""``.

    Empty texts are values to the server: they stand for "none stated" in our documents and are left out too.
    """
    alphabetical = {"fallback": False, "type": "alphabetical"}
    params = {
        "exclude": [""] if data_type == "string" else [],
        "excludeIsRegex": False,
        "include": [],
        "includeIsRegex": False,
        "missingBucket": False,
        "orderBy": {"columnId": order_by, "type": "column"} if order_by else alphabetical,
        "orderDirection": "desc" if order_by else "asc",
        "otherBucket": False,
        "parentFormat": {"id": "terms"},
        "size": size,
    }
    return _column(label, "terms", field, params, data_type)


def over_time(label: str, field: str = "@timestamp") -> Body:
    """Equal parts of the time chosen above the dashboard."""
    params = {"dropPartials": False, "includeEmptyRows": True, "interval": "auto"}
    return _column(label, "date_histogram", field, params, "date")


def _panel(
    slug: str, title: str, view: str, shape: str, columns: Columns, drawn: Body, query: str, all_filters: bool
) -> Panel:
    layer: Body = {
        "columnOrder": list(columns),
        "columns": dict(columns),
        "ignoreGlobalFilters": not all_filters,
        "incompleteColumns": {},
        "sampling": 1,
    }
    needed = reference("index-pattern", view, f"indexpattern-datasource-layer-{LAYER}")
    attributes = {
        "description": "",
        "references": [needed],
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {
                "formBased": {"layers": {LAYER: layer}},
                "indexpattern": {"layers": {}},
                "textBased": {"layers": {}},
            },
            "filters": [],
            "internalReferences": [],
            "query": kuery(query),
            "visualization": drawn,
        },
        "title": title,
        "type": "lens",
        "visualizationType": shape,
    }
    body = {"type": "lens", "embeddableConfig": {"attributes": attributes, "enhancements": {}}}
    return Panel(slug, title, body, (needed,))


def metric(slug: str, title: str, view: str, column: Body, query: str = "", all_filters: bool = True) -> Panel:
    """One figure. ``all_filters=False`` keeps controls away whose field the documents do not have."""
    drawn = {"layerId": LAYER, "layerType": "data", "metricAccessor": "figure"}
    return _panel(slug, title, view, "lnsMetric", {"figure": column}, drawn, query, all_filters)


def donut(slug: str, title: str, view: str, slices: Body, query: str = "") -> Panel:
    """Shares of a whole."""
    columns = {"slices": slices, COUNT: count("Articles")}
    layer = {
        "categoryDisplay": "default",
        "layerId": LAYER,
        "layerType": "data",
        "legendDisplay": "default",
        "metrics": [COUNT],
        "nestedLegend": False,
        "numberDisplay": "percent",
        "primaryGroups": ["slices"],
    }
    return _panel(slug, title, view, "lnsPie", columns, {"layers": [layer], "shape": "donut"}, query, True)


def bars(
    slug: str, title: str, view: str, axis: Body, values: Columns, split: Body | None = None, kind: str = "bar_stacked",
    query: str = "", all_filters: bool = True,
) -> Panel:  # fmt: skip
    """Bars (``kind`` is Lens's series type) along an axis, one colour for each value of ``split`` or each column."""
    columns = {"axis": axis, **({"split": split} if split else {}), **values}
    layer: dict[str, Any] = {
        "accessors": list(values),
        "layerId": LAYER,
        "layerType": "data",
        "position": "top",
        "seriesType": kind,
        "showGridlines": False,
        "xAccessor": "axis",
    }
    if split:
        layer["splitAccessor"] = "split"
    shown = {"x": True, "yLeft": True, "yRight": True}
    drawn = {
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "fittingFunction": "None",
        "gridlinesVisibilitySettings": shown,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "layers": [layer],
        "legend": {"isVisible": True, "position": "right"},
        "preferredSeriesType": kind,
        "tickLabelsVisibilitySettings": shown,
        "valueLabels": "hide",
    }
    return _panel(slug, title, view, "lnsXY", columns, drawn, query, all_filters)


def heat_map(slug: str, title: str, view: str, across: Body, down: Body, value: Body, query: str = "") -> Panel:
    """A figure for every pair of values."""
    drawn = {
        "gridConfig": {
            "isCellLabelVisible": True,
            "isXAxisLabelVisible": True,
            "isXAxisTitleVisible": True,
            "isYAxisLabelVisible": True,
            "isYAxisTitleVisible": True,
            "type": "heatmap_grid",
        },
        "layerId": LAYER,
        "layerType": "data",
        "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
        "shape": "heatmap",
        "valueAccessor": COUNT,
        "xAccessor": "across",
        "yAccessor": "down",
    }
    columns = {"down": down, "across": across, COUNT: value}
    return _panel(slug, title, view, "lnsHeatmap", columns, drawn, query, True)


def table(
    slug: str, title: str, view: str, columns: Columns, sort: str, query: str = "", all_filters: bool = True
) -> Panel:
    """Rows of the bucketed columns, with the figures of the others."""
    drawn = {
        "columns": [{"columnId": name, "isTransposed": False} for name in columns],
        "layerId": LAYER,
        "layerType": "data",
        "paging": {"enabled": True, "size": 10},
        "sorting": {"columnId": sort, "direction": "desc"},
    }
    return _panel(slug, title, view, "lnsDatatable", columns, drawn, query, all_filters)
