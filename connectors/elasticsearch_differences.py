"""What is on a server against what ``setup`` would put there: pure comparisons, as lines for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]

DYNAMIC_SETTINGS = (
    "index.query.default_field",
    "index.auto_expand_replicas",
    "index.max_result_window",
    "index.lifecycle.name",
)
"""Settings of an index that can be changed while it is open."""


def flat(value: Any, path: str = "") -> dict[str, str | list[str]]:
    """Leaves by their path, as texts: the server gives numbers and truth values back as such.

    >>> flat({"index": {"a": {"b": True}, "c": [1]}})
    {'index.a.b': 'true', 'index.c': ['1']}
    """
    if isinstance(value, Mapping):
        leaves: dict[str, str | list[str]] = {}
        for name, inner in value.items():
            leaves |= flat(inner, f"{path}.{name}" if path else str(name))
        return leaves
    return {path: [_text(item) for item in value] if isinstance(value, list) else _text(value)}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def changes(held: Body, wanted: Body) -> list[str]:
    """One line for each leaf that differs: ``+`` new, ``-`` gone, ``~`` other.

    >>> changes({"a": 1, "b": 2}, {"b": 3, "c": 4})
    ['- a: 1', '~ b: 2 -> 3', '+ c: 4']
    """
    before, after = flat(held), flat(wanted)
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            lines.append(f"- {path}: {before[path]}")
        elif path not in before:
            lines.append(f"+ {path}: {after[path]}")
        elif before[path] != after[path]:
            lines.append(f"~ {path}: {before[path]} -> {after[path]}")
    return lines


def missing_fields(held: Body, wanted: Body) -> Body:
    """Properties of the wanted mapping that the held one has not at all: they can be added to an open index."""
    there = held.get("properties", {})
    return {name: field for name, field in wanted["properties"].items() if name not in there}


def fixed_changes(held: Body, wanted: Body) -> list[str]:
    """What differs between two indices (mappings and settings) and an open index cannot take.

    Fields to be added and settings that can be changed at any time are left out, and so is what only the server or
    the operator put there (beyond analysis).
    """
    held_fields, wanted_fields = held["mappings"].get("properties", {}), wanted["mappings"]["properties"]
    lines = [
        line
        for name in sorted(held_fields.keys() | wanted_fields.keys())
        if name in held_fields
        for line in changes({name: held_fields[name]}, {name: wanted_fields[name]} if name in wanted_fields else {})
    ]
    for group in ("dynamic", "date_detection"):
        lines += changes(_only(held["mappings"], group), _only(wanted["mappings"], group))
    lines += changes(
        _only(held["settings"].get("index", {}), "analysis"), _only(wanted["settings"]["index"], "analysis")
    )
    return lines


def _only(body: Body, name: str) -> Body:
    return {name: body[name]} if name in body else {}


def changed_settings(held: Body, wanted: Body) -> dict[str, Any]:
    """Dynamic settings that differ, with the wanted value."""
    before, after = flat(held["settings"]), flat(wanted["settings"])
    return {name: after[name] for name in DYNAMIC_SETTINGS if name in after and before.get(name) != after[name]}
