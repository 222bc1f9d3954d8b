"""What ``setup`` creates on an Elasticsearch: templates, then one index behind an alias for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from connectors.elasticsearch_client import PatientClient
from connectors.elasticsearch_differences import changed_settings, changes, fixed_changes, missing_fields
from connectors.elasticsearch_features import Features, probe
from connectors.elasticsearch_requests import Request
from connectors.elasticsearch_synonyms import synonym_rules
from connectors.elasticsearch_templates import (
    INDEX_VERSION,
    TEMPLATE_VERSION,
    Body,
    alias,
    component_templates,
    index_name,
    index_templates,
    lifecycle_name,
    lifecycle_policy,
    mapping,
    synonyms_name,
    wanted_index,
)
from connectors.index import Kind
from schemas.errors import IndexUnavailableError


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it should be.

    Attributes:
        name: of the template, index or policy.
        what: ``create``, ``update``, or ``migrate`` for an index that has to be written anew.
        request: what brings it about; None for ``migrate``.
        lines: the details, for a person.
    """

    name: str
    what: str
    request: Request | None
    lines: tuple[str, ...] = ()


def requests_for(prefix: str, features: Features) -> list[Request]:
    """Everything that an empty server with these features is sent, in order."""
    named = [*(change.request for change in _missing_all(prefix, features)), *_index_requests(prefix)]
    return [request for request in named if request is not None]


def is_set_up(client: PatientClient, prefix: str) -> bool:
    """Whether every kind has an index with all fields: asked of the indices alone, which any role of ours may.

    Errors: IndexUnavailableError when one was written by a newer straitwire.
    """
    for kind in Kind:
        held, wanted = held_indices(client, prefix, kind), mapping(kind)
        if not held or any(missing_fields(index["mappings"], wanted) for index in held.values()):
            return False
    return True


def set_up(client: PatientClient, prefix: str) -> list[str]:
    """Create what is missing, and bring up to date what can be without writing documents anew; the names.

    Errors: IndexUnavailableError when the server is out of reach, or holds what a newer straitwire made.
    """
    names = []
    for change in differences(client, prefix):
        if change.request is None:
            continue
        if change.what == "create" and change.request.path.startswith(f"/{prefix}-"):
            names += _create(client, change.request)
        else:
            client.ask(change.request.send)
            names.append(change.name)
    return names


def differences(client: PatientClient, prefix: str) -> Iterator[Change]:
    """What setup would change, one after the other: reads only, and reads the indices when templates are done.

    Errors: as ``set_up``.
    """
    # The core distribution answers 405 to "GET /", and ping() believes it to be down: its health is what is there.
    client.ask(lambda library: library.cluster.health())
    features = probe(client)
    held = _held_templates(client, prefix)
    for change in _missing_all(prefix, features):
        there = held.get((change.name, change.what))
        wanted = change.request.body if change.request else None
        if there is None:
            yield Change(change.name, "create", change.request)
        elif lines := changes(there, _comparable(wanted, change.what)):
            yield Change(change.name, "update", change.request, tuple(lines))
    for kind in Kind:
        yield from _index_changes(client, prefix, kind, features)


def _missing_all(prefix: str, features: Features) -> Iterator[Change]:
    """All but the indices, as if nothing was there; ``what`` is the sort of thing."""
    if features.synonyms:
        name = synonyms_name(prefix)
        yield Change(name, "synonyms", Request("PUT", f"/_synonyms/{name}", {"synonyms_set": synonym_rules()}))
    if features.lifecycle:
        name = lifecycle_name(prefix)
        yield Change(name, "lifecycle", Request("PUT", f"/_ilm/policy/{name}", lifecycle_policy()))
    for name, body in component_templates(prefix, features).items():
        yield Change(name, "component", Request("PUT", f"/_component_template/{name}", body))
    for name, body in index_templates(prefix, features).items():
        yield Change(name, "template", Request("PUT", f"/_index_template/{name}", body))


def _index_requests(prefix: str) -> list[Request]:
    return [_index_request(prefix, kind) for kind in Kind]


def _index_request(prefix: str, kind: Kind) -> Request:
    return Request("PUT", f"/{index_name(prefix, kind)}", {"aliases": {alias(prefix, kind): {}}})


def _held_templates(client: PatientClient, prefix: str) -> dict[tuple[str, str], Body]:
    held: dict[tuple[str, str], Body] = {}
    rows = _listed(client, lambda library: library.cluster.get_component_template(name=f"{prefix}-*"))
    for row in rows:
        held[row["name"], "component"] = _as_stated(row["component_template"])
    rows = _listed(client, lambda library: library.indices.get_index_template(name=f"{prefix}-*"))
    for row in rows:
        held[row["name"], "template"] = _as_stated(row["index_template"])
    name = synonyms_name(prefix)
    found = _found(client, lambda library: library.synonyms.get_synonym(id=name, size=10_000))
    if found is not None:
        held[name, "synonyms"] = _rules_by_id(found.get("synonyms_set", []))
    name = lifecycle_name(prefix)
    found = _found(client, lambda library: library.ilm.get_lifecycle(name=name))
    if found is not None:
        held[name, "lifecycle"] = {"policy": found[name]["policy"]}
    return held


def _as_stated(template: Body) -> Body:
    """Without the dates that a 9.x server adds to a template."""
    return {name: value for name, value in template.items() if not name.startswith(("created_date", "modified_date"))}


def _comparable(wanted: Any, what: str) -> Any:
    """A body as the server gives it back."""
    return _rules_by_id(wanted["synonyms_set"]) if what == "synonyms" else wanted


def _rules_by_id(rules: list[Body]) -> Body:
    return {rule["id"]: rule["synonyms"] for rule in rules}


def _listed(client: PatientClient, request: Callable[[Elasticsearch], Any]) -> list[Any]:
    """The templates listed; none at all is a 404 for components."""
    try:
        answer = client.call(request).body
    except ApiError as error:
        if error.status_code == 404:
            return []
        raise client.refused(error) from error
    return [row for rows in answer.values() for row in rows]


def _found(client: PatientClient, request: Callable[[Elasticsearch], Any]) -> Any:
    """The answer, or None where there is no such thing or no such part of the server."""
    try:
        return client.call(request).body
    except ApiError:
        return None


def held_indices(client: PatientClient, prefix: str, kind: Kind) -> dict[str, Body]:
    """The indices behind the alias of a kind, with aliases, mappings and settings.

    Errors: IndexUnavailableError when one was written by a newer straitwire.
    """
    held = _held_indices(client, prefix, kind)
    newest = max((_version(index) for index in held.values()), default=0)
    if newest > TEMPLATE_VERSION:
        raise IndexUnavailableError(
            f"the index {client.location} was written by a newer straitwire (format {newest}); install that version"
        )
    return held


def _held_indices(client: PatientClient, prefix: str, kind: Kind) -> dict[str, Body]:
    try:
        held: dict[str, Body] = client.call(
            lambda library: library.indices.get(index=alias(prefix, kind), ignore_unavailable=True)
        ).body
    except ApiError as error:
        if error.status_code == 404:
            return {}
        raise client.refused(error) from error
    return held


def _version(index: Body) -> int:
    return int(index["mappings"].get("_meta", {}).get("straitwire_version", 0))


def _index_changes(client: PatientClient, prefix: str, kind: Kind, features: Features) -> Iterator[Change]:
    held = held_indices(client, prefix, kind)
    if not held:
        yield Change(index_name(prefix, kind), "create", _index_request(prefix, kind))
        return
    wanted = wanted_index(prefix, kind, features)
    for name, index in held.items():
        fixed = fixed_changes(index, wanted)
        fields = missing_fields(index["mappings"], wanted["mappings"])
        if _version(index) < TEMPLATE_VERSION:
            fixed.insert(0, f"~ format of its documents: {_version(index)} -> {TEMPLATE_VERSION}")
        if fields:
            lines = tuple(f"+ field {field}" for field in sorted(fields))
            yield Change(name, "update", Request("PUT", f"/{name}/_mapping", {"properties": fields}), lines)
        if settings := changed_settings(index, wanted):
            lines = tuple(f"~ {setting}: {value}" for setting, value in sorted(settings.items()))
            yield Change(name, "update", Request("PUT", f"/{name}/_settings", settings), lines)
        if fixed:
            yield Change(name, "migrate", None, tuple(fixed))


def next_index_name(prefix: str, kind: Kind, held: str) -> str:
    """The name of the index that takes the place of this one: the next generation of the same partition."""
    number, _, month = held.removeprefix(f"{alias(prefix, kind)}-v").partition("-")
    generation = int(number) if number.isdigit() else 0
    return index_name(prefix, kind, max(INDEX_VERSION, generation + 1), month)


def _create(client: PatientClient, request: Request) -> list[str]:
    name = request.path.lstrip("/")
    try:
        client.call(request.send)
    except ApiError as error:
        # Another process was faster, or our own first try got through although its answer did not.
        if "resource_already_exists" not in str(error.body):
            raise client.refused(error) from error
        for its_alias in request.body["aliases"]:
            client.ask(Request("PUT", f"/{name}/_alias/{its_alias}").send)
        return []
    client.ask(lambda library: library.cluster.health(index=name, wait_for_status="yellow", timeout="30s"))
    return [name]
