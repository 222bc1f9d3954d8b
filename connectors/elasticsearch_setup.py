"""What ``setup`` creates on an Elasticsearch: templates, then one index behind an alias for each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from connectors.elasticsearch_client import PatientClient
from connectors.elasticsearch_templates import (
    TEMPLATE_VERSION,
    Body,
    alias,
    component_templates,
    index_name,
    index_templates,
    mapping,
)
from connectors.index import Kind
from schemas.errors import IndexUnavailableError


def set_up(client: PatientClient, prefix: str) -> list[str]:
    """Create what is missing, and bring what an older straitwire made up to date; the names.

    Errors: IndexUnavailableError when the server is out of reach, or holds what a newer straitwire made.
    """
    # The core distribution answers 405 to "GET /", and ping() believes it to be down: its health is what is there.
    client.ask(lambda library: library.cluster.health())
    names = []
    held = _component_versions(client, prefix)
    for name, body in component_templates(prefix).items():
        if held.get(name, 0) < TEMPLATE_VERSION:
            _put_component(client, name, body)
            names.append(name)
    held = _template_versions(client, prefix)
    for name, body in index_templates(prefix).items():
        if held.get(name, 0) < TEMPLATE_VERSION:
            _put_template(client, name, body)
            names.append(name)
    for kind in Kind:
        names += _set_up_index(client, prefix, kind)
    return names


def _component_versions(client: PatientClient, prefix: str) -> dict[str, int]:
    rows = _listed(client, lambda library: library.cluster.get_component_template(name=f"{prefix}-*"))
    return {row["name"]: int(row["component_template"].get("version", 0)) for row in rows}


def _template_versions(client: PatientClient, prefix: str) -> dict[str, int]:
    rows = _listed(client, lambda library: library.indices.get_index_template(name=f"{prefix}-*"))
    return {row["name"]: int(row["index_template"].get("version", 0)) for row in rows}


def _listed(client: PatientClient, request: Callable[[Elasticsearch], Any]) -> list[Any]:
    """The templates listed; none at all is a 404 for components."""
    try:
        answer = client.call(request).body
    except ApiError as error:
        if error.status_code == 404:
            return []
        raise client.refused(error) from error
    return [row for rows in answer.values() for row in rows]


def _put_component(client: PatientClient, name: str, body: Body) -> None:
    client.ask(lambda library: library.cluster.put_component_template(name=name, body=body))


def _put_template(client: PatientClient, name: str, body: Body) -> None:
    client.ask(lambda library: library.indices.put_index_template(name=name, body=body))


def _set_up_index(client: PatientClient, prefix: str, kind: Kind) -> list[str]:
    """The index's name when it was created; one of an older version learns the new fields."""
    name, its_alias = index_name(prefix, kind), alias(prefix, kind)
    if not client.ask(lambda library: library.indices.exists_alias(name=its_alias)):
        return _create(client, name, its_alias)
    held = client.ask(lambda library: library.indices.get_mapping(index=its_alias)).body
    versions = [index["mappings"].get("_meta", {}).get("straitwire_version", 0) for index in held.values()]
    if max(versions) > TEMPLATE_VERSION:
        raise IndexUnavailableError(
            f"the index {client.location} was written by a newer straitwire (format {max(versions)}); "
            "install that version"
        )
    if min(versions) < TEMPLATE_VERSION:
        body = mapping(kind)
        client.ask(lambda library: library.indices.put_mapping(index=its_alias, body=body))
    return []


def _create(client: PatientClient, name: str, its_alias: str) -> list[str]:
    try:
        client.call(lambda library: library.indices.create(index=name, aliases={its_alias: {}}))
    except ApiError as error:
        # Another process was faster, or our own first try got through although its answer did not.
        if "resource_already_exists" not in str(error.body):
            raise client.refused(error) from error
        client.ask(lambda library: library.indices.put_alias(index=name, name=its_alias))
        return []
    client.ask(lambda library: library.cluster.health(index=name, wait_for_status="yellow", timeout="30s"))
    return [name]
