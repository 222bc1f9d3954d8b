"""One action of a bulk request, from plain values to the bytes on the wire. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum, StrEnum
from json.encoder import encode_basestring as _quoted
from typing import Any
from uuid import UUID

LONGEST_ID_BYTES = 512
"""Elasticsearch refuses the whole request that holds a longer id (IndexRequest.validate)."""

CONFLICT_RETRIES = 3
"""Times that the server itself repeats an update which another writer overtook."""


class Operation(StrEnum):
    """What to do with a document."""

    INDEX = "index"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class BadActionError(ValueError):
    """These values make no action; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One action.

    Attributes:
        operation: index, create, update or delete.
        index: where to, or "" for the index that the request names.
        document_id: always known, so that any request can be sent again and any answer be matched.
        payload: one line or two, each with its line end.
    """

    operation: str
    index: str
    document_id: str
    payload: bytes

    @property
    def key(self) -> tuple[str, str]:
        """What two actions on one document have in common."""
        return (self.index, self.document_id)


def bulk_action(
    operation: str,
    document_id: str,
    document: object = None,
    *,
    index: str = "",
    routing: str = "",
    version: int | None = None,
    version_type: str = "external",
    pipeline: str = "",
    doc_as_upsert: bool = False,
    script: Mapping[str, Any] | None = None,
) -> BulkAction:
    r"""The action that these values describe.

    A document is a mapping, a dataclass, a named tuple, an object with ``model_dump`` (pydantic), or JSON as str or
    bytes. Of an update it is the part that changes; with ``script`` and ``doc_as_upsert`` what is put where nothing
    is yet; delete does not look at it. A version belongs to index and delete: one older than the server's changes
    nothing; ``version_type`` is external or external_gte.

    Errors: BadActionError.

    >>> bulk_action("index", "7", {"title": "말"}, index="news").payload.decode()
    '{"index":{"_id":"7","_index":"news"}}\n{"title":"말"}\n'
    >>> bulk_action("update", "7", {"n": 1}, doc_as_upsert=True).payload.splitlines()[1]
    b'{"doc":{"n":1},"doc_as_upsert":true}'
    """
    if operation == Operation.INDEX and not (routing or pipeline) and version is None:
        return index_action(index, document_id, document)
    checked_id(document_id)
    meta: dict[str, Any] = {"_id": document_id}
    if index:
        meta["_index"] = index
    if routing:
        meta["routing"] = routing
    if version is not None:
        if operation not in (Operation.INDEX, Operation.DELETE):
            raise BadActionError(f"{operation} takes no version; index and delete do")
        if version_type not in ("external", "external_gte"):
            raise BadActionError(f"the version type is '{version_type}'; it is external or external_gte")
        if isinstance(version, bool) or not isinstance(version, int) or not 0 <= version < 2**63:
            raise BadActionError(f"the version {version!r} is no whole number from 0 to 2^63-1")
        meta["version"], meta["version_type"] = version, version_type
    if pipeline:
        if operation not in (Operation.INDEX, Operation.CREATE):
            raise BadActionError(f"{operation} takes no ingest pipeline; index and create do")
        meta["pipeline"] = pipeline
    if operation == Operation.DELETE:
        return BulkAction(operation, index, document_id, _encode({operation: meta}) + b"\n")
    if operation == Operation.UPDATE:
        meta["retry_on_conflict"] = CONFLICT_RETRIES
        source = _update(document, doc_as_upsert, script)
    elif operation in (Operation.INDEX, Operation.CREATE):
        source = document_json(document)
    else:
        raise BadActionError(f"the operation is '{operation}'; it is index, create, update or delete")
    return BulkAction(operation, index, document_id, b"%s\n%s\n" % (_encode({operation: meta}), source))


def index_action(index: str, document_id: str, document: object) -> BulkAction:
    """The usual action, without the cost of the others' fields. Errors: BadActionError."""
    checked_id(document_id)
    place = f',"_index":{_quoted(index)}' if index else ""
    line = f'{{"index":{{"_id":{_quoted(document_id)}{place}}}}}\n'.encode()
    return BulkAction("index", index, document_id, b"%s%s\n" % (line, document_json(document)))


def checked_id(document_id: object) -> str:
    """The id, when it is one. Errors: BadActionError.

    >>> checked_id("é" * 257)
    Traceback (most recent call last):
    connectors.bulk_writes.bulk_action.BadActionError: the id has 514 bytes; 512 are allowed
    """
    if not isinstance(document_id, str):
        raise BadActionError(f"the id is {type(document_id).__name__}, not str")
    if not document_id:
        raise BadActionError("the id is empty")
    try:
        length = len(document_id) if document_id.isascii() else len(document_id.encode())
    except UnicodeEncodeError as error:
        raise BadActionError("the id holds half a surrogate pair") from error
    if length > LONGEST_ID_BYTES:
        raise BadActionError(f"the id has {length} bytes; {LONGEST_ID_BYTES} are allowed")
    return document_id


def document_json(document: object) -> bytes:
    """The document as one line of JSON. Errors: BadActionError.

    >>> document_json({"at": date(2025, 1, 2), "n": 1})
    b'{"at":"2025-01-02","n":1}'
    """
    if isinstance(document, str | bytes):
        return _one_line(document)
    if not isinstance(document, dict):
        document = as_mapping(document)
    return _encode(document)


def as_mapping(record: object) -> Mapping[str, Any]:
    """A record's fields by name. Errors: BadActionError for what has none."""
    if isinstance(record, Mapping):
        return dict(record)
    if is_dataclass(record) and not isinstance(record, type):
        return asdict(record)
    for method in ("_asdict", "model_dump"):
        convert: Callable[[], Mapping[str, Any]] | None = getattr(record, method, None)
        if convert is not None and not isinstance(record, type):
            return convert()
    raise BadActionError(f"a document cannot be made of {type(record).__name__}")


def _update(document: object, doc_as_upsert: bool, script: Mapping[str, Any] | None) -> bytes:
    if script is None:
        tail = b',"doc_as_upsert":true}' if doc_as_upsert else b"}"
        return b'{"doc":%s%s' % (document_json(document), tail)
    tail = b',"upsert":%s}' % document_json(document) if doc_as_upsert else b"}"
    return b'{"script":%s%s' % (_encode(script), tail)


def _one_line(text: str | bytes) -> bytes:
    """JSON as it is, unless it has line ends: those would end the action."""
    try:
        raw = text.encode() if isinstance(text, str) else text
        raw.decode()
        if not raw.strip().startswith(b"{"):
            raise BadActionError("the document is no JSON object")
        return _encode(json.loads(raw)) if b"\n" in raw or b"\r" in raw else raw
    except ValueError as error:
        raise BadActionError(f"the document is not valid JSON: {type(error).__name__}") from error


def _default(value: object) -> object:
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return as_mapping(value)


# One encoder for all: json.dumps makes a new one for every call with options.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_default)


def _encode(value: object) -> bytes:
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadActionError(f"the document is not valid JSON: {error}"[:200]) from error
