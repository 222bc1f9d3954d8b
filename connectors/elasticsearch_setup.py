"""What ``setup`` creates on an Elasticsearch: templates, then one index behind an alias for each kind."""

from __future__ import annotations

from elasticsearch import ApiError

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
    for name, body in component_templates(prefix).items():
        if _component_version(client, name) < TEMPLATE_VERSION:
            _put_component(client, name, body)
            names.append(name)
    for name, body in index_templates(prefix).items():
        if _template_version(client, name) < TEMPLATE_VERSION:
            _put_template(client, name, body)
            names.append(name)
    for kind in Kind:
        names += _set_up_index(client, prefix, kind)
    return names


def _component_version(client: PatientClient, name: str) -> int:
    try:
        found = client.call(lambda library: library.cluster.get_component_template(name=name))
    except ApiError as error:
        return _version_of_missing(client, error)
    return int(found["component_templates"][0]["component_template"].get("version", 0))


def _template_version(client: PatientClient, name: str) -> int:
    try:
        found = client.call(lambda library: library.indices.get_index_template(name=name))
    except ApiError as error:
        return _version_of_missing(client, error)
    return int(found["index_templates"][0]["index_template"].get("version", 0))


def _version_of_missing(client: PatientClient, error: ApiError) -> int:
    if error.status_code == 404:
        return 0
    raise client.refused(error) from error


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
