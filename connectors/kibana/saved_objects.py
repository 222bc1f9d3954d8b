"""Kibana's saved objects, each as the plain object that one line of an export holds. Pure.

Attributes whose name ends in JSON are texts of JSON inside the JSON. An object names another by a reference that
its attributes mention by name only.

Source: exports of Kibana 8.10 to 8.19 published in elastic/integrations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]

CORE_VERSION = "8.8.0"
TYPE_VERSIONS: Mapping[str, str] = {
    "dashboard": "10.2.0", "index-pattern": "8.0.0", "query": "8.0.0", "search": "10.2.0",
}  # fmt: skip
"""The shapes that Kibana 8.19 knows and later versions migrate; it refuses those of a newer one."""

_SEARCH_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"
_GRID_COLUMNS = 48


def json_text(value: Any) -> str:
    """JSON that is the same every time."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def reference(kind: str, identity: str, name: str) -> Body:
    """A pointer to another object, under the name that the attributes use for it."""
    return {"type": kind, "id": identity, "name": name}


def kuery(text: str = "") -> Body:
    """A query in Kibana's own language."""
    return {"language": "kuery", "query": text}


def saved_object(kind: str, identity: str, attributes: Body, references: Iterable[Body] = ()) -> Body:
    """One line of an export."""
    return {
        "attributes": attributes,
        "coreMigrationVersion": CORE_VERSION,
        "id": identity,
        "managed": False,
        "references": list(references),
        "type": kind,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
    }


def data_view(identity: str, title: str, name: str, time_field: str, formats: Mapping[str, Body]) -> Body:
    """A data view: ``title`` is the index it reads; ``formats`` say how fields are shown."""
    attributes = {
        "allowHidden": False,
        "fieldAttrs": "{}",
        "fieldFormatMap": json_text(formats),
        "fields": "[]",
        "name": name,
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "title": title,
        "typeMeta": "{}",
    }
    return saved_object("index-pattern", identity, attributes | ({"timeFieldName": time_field} if time_field else {}))


def saved_search(
    identity: str, title: str, description: str, view: str, columns: Sequence[str], sort: Sequence[tuple[str, str]],
    query: str = "",
) -> Body:  # fmt: skip
    """A table of documents, as Discover saves it."""
    source = {"filter": [], "indexRefName": _SEARCH_INDEX, "query": kuery(query)}
    attributes = {
        "columns": list(columns),
        "description": description,
        "grid": {},
        "hideChart": True,
        "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json_text(source)},
        "sort": [list(pair) for pair in sort],
        "timeRestore": False,
        "title": title,
    }
    return saved_object("search", identity, attributes, [reference("index-pattern", view, _SEARCH_INDEX)])


def saved_query(identity: str, title: str, description: str, query: str) -> Body:
    """A query that is one click away in the search bar."""
    return saved_object(
        "query", identity, {"description": description, "filters": [], "query": kuery(query), "title": title}
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel before it is placed.

    Attributes:
        slug: its id within the dashboard.
        title: shown above it; "" for none.
        body: type, configuration and, by reference, the name of the reference.
        references: what it needs, under the names within the panel.
    """

    slug: str
    title: str
    body: Body
    references: tuple[Body, ...] = ()


def search_panel(slug: str, title: str, search: str) -> Panel:
    """A saved search as a panel."""
    name = f"panel_{slug}"
    body = {"type": "search", "embeddableConfig": {"enhancements": {}}, "panelRefName": name}
    return Panel(slug, title, body, (reference("search", search, name),))


def markdown_panel(slug: str, text: str) -> Panel:
    """Words."""
    visualization = {
        "data": {"aggs": [], "searchSource": {"filter": [], "query": kuery()}},
        "description": "",
        "id": "",
        "params": {"fontSize": 12, "markdown": text, "openLinksInNewTab": False},
        "title": "",
        "type": "markdown",
        "uiState": {},
    }
    configuration = {"enhancements": {}, "hidePanelTitles": True, "savedVis": visualization}
    return Panel(slug, "", {"type": "visualization", "embeddableConfig": configuration})


@dataclass(frozen=True, slots=True)
class Control:
    """A list of a field's values above the panels; choosing some filters every panel."""

    field: str
    title: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard.

    Attributes:
        rows: (height, panels with their widths), top to bottom; widths of a row add up to 48.
        control_view: the data view that the controls list values of.
    """

    identity: str
    title: str
    description: str
    control_view: str
    controls: Sequence[Control]
    rows: Sequence[tuple[int, Sequence[tuple[int, Panel]]]] = field(default_factory=tuple)

    def saved(self) -> Body:
        """The dashboard as a saved object."""
        panels, references = self._placed()
        attributes = {
            "controlGroupInput": self._control_group(),
            "description": self.description,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json_text({"filter": [], "query": kuery()})},
            "optionsJSON": json_text(
                {
                    "hidePanelTitles": False,
                    "syncColors": True,
                    "syncCursor": True,
                    "syncTooltips": False,
                    "useMargins": True,
                }
            ),
            "panelsJSON": json_text(panels),
            "refreshInterval": {"pause": True, "value": 60000},
            "timeFrom": "now-7d/d",
            "timeRestore": True,
            "timeTo": "now",
            "title": self.title,
            "version": 3,
        }
        for control in self.controls:
            name = f"controlGroup_{self._control_id(control)}:optionsListDataView"
            references.append(reference("index-pattern", self.control_view, name))
        return saved_object("dashboard", self.identity, attributes, references)

    def _placed(self) -> tuple[list[Body], list[Body]]:
        placed: list[Body] = []
        references: list[Body] = []
        top = 0
        for height, row in self.rows:
            left = 0
            for width, panel in row:
                place = {"h": height, "i": panel.slug, "w": width, "x": left, "y": top}
                placed.append({**panel.body, "gridData": place, "panelIndex": panel.slug, "title": panel.title})
                references += [{**one, "name": f"{panel.slug}:{one['name']}"} for one in panel.references]
                left += width
            if left != _GRID_COLUMNS:
                raise ValueError(f"a row of {self.identity} is {left} columns wide, not {_GRID_COLUMNS}")
            top += height
        return placed, references

    def _control_id(self, control: Control) -> str:
        return f"{self.identity}-{control.field}"

    def _control_group(self) -> Body:
        controls = {}
        for order, control in enumerate(self.controls):
            identity = self._control_id(control)
            chosen = {
                "enhancements": {},
                "fieldName": control.field,
                "id": identity,
                "searchTechnique": "prefix",
                "selectedOptions": [],
                "title": control.title,
            }
            controls[identity] = {
                "explicitInput": chosen,
                "grow": True,
                "order": order,
                "type": "optionsListControl",
                "width": "medium",
            }
        ignored = dict.fromkeys(("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False)
        return {
            "chainingSystem": "HIERARCHICAL",
            "controlStyle": "oneLine",
            "ignoreParentSettingsJSON": json_text(ignored),
            "panelsJSON": json_text(controls),
            "showApplySelections": False,
        }


def ndjson(objects: Iterable[Body]) -> str:
    """The objects as a file that Kibana imports: one a line, sorted by type and id."""
    ordered = sorted(objects, key=lambda row: (row["type"], row["id"]))
    return "".join(json_text(row) + "\n" for row in ordered)
