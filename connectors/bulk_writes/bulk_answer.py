"""What the server's answer to a bulk request says of each action. Pure; believes nothing that does not add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from connectors.bulk_writes.bulk_action import BulkAction, Operation

RETRIED_STATUS = frozenset({429, 502, 503, 504})
RETRIED_TYPES = frozenset(
    {
        "es_rejected_execution_exception",
        "circuit_breaking_exception",
        "unavailable_shards_exception",
        "cluster_block_exception",  # read-only, as when the disk is nearly full: the block is lifted again
        "process_cluster_event_timeout_exception",
        "no_shard_available_action_exception",
        "node_closed_exception",
    }
)


class Reason(StrEnum):
    """Why an action was not done."""

    BAD_ELEMENT = "bad_element"
    """No action could be made of the element: a function raised, or gave what cannot be sent."""
    REFUSED = "refused"
    """The server refused this document: its mapping, its id, its index."""
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    """Another version is there, and conflicts are to be failures."""
    EXHAUSTED = "retries_exhausted"
    """Refused for now until attempts or time ran out; it may or may not be there."""


class Conflicts(StrEnum):
    """What a 409 means: the document is there already (create), or a newer version of it."""

    STALE = "stale"
    """Nothing is left to do: written, with the result ``stale``."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one action.

    Attributes:
        result: created, updated, deleted, not_found, noop or stale; "" when it was not done.
        status: the server's, or 0.
        reason: why it was not done.
        detail: one line, without the document's text.
        attempts: requests that held the action.
    """

    result: str
    status: int = 0
    reason: Reason | None = None
    detail: str = ""
    attempts: int = 1

    @property
    def written(self) -> bool:
        """Whether nothing is left to do."""
        return self.reason is None

    @property
    def error(self) -> str:
        """Why it was not done, for a person; "" when it was."""
        return "" if self.reason is None else self.detail or self.reason.value


@dataclass(frozen=True, slots=True)
class NotNow:
    """The action is to be sent again.

    Attributes:
        cause: ``unreachable``, ``broken_off`` (no or no sensible answer), ``overloaded`` or ``unavailable``.
        status: of the request, or of the item.
        detail: one line.
        of_item: whether the request itself was answered well.
    """

    cause: str
    status: int = 0
    detail: str = ""
    of_item: bool = False

    @property
    def may_be_done(self) -> bool:
        """Whether the server may have done it all the same."""
        return self.cause == "broken_off" or self.status in (502, 504)


class BulkStoppedError(Exception):
    """Nothing can be written this way: ``status`` 401, 403, 404 ..., ``detail`` the server's words."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(status, kind, detail)
        self.status = status
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        advice = {
            401: "it wants to know who asks; give credentials",
            403: "the account may not write there; use one that may",
            404: "there is no such index, and it is not created by writing; create it first",
        }.get(self.status, "check the address, the options and the server's version")
        return f"Elasticsearch does not take bulk writes ({self.detail or f'status {self.status}'}); {advice}"


_BROKEN_OFF = NotNow("broken_off", 200, "its answers do not match what was sent")
_DONE = {
    (status, result): Outcome(result, status)
    for status, result in (
        (200, "updated"), (201, "created"), (200, "deleted"), (404, "not_found"), (200, "noop"), (200, "created"),
    )
}  # fmt: skip


def read_answer(
    body: object,
    actions: Sequence[BulkAction],
    conflicts: Conflicts = Conflicts.STALE,
    maybe_done: frozenset[int] | set[int] = frozenset(),
) -> list[Outcome | NotNow]:
    """What a 200 says of each action, in order.

    ``maybe_done`` are positions of actions that an earlier request may have done already: a ``create`` of them that
    is told "exists" was our own.

    Errors: BulkStoppedError when an index is missing or the account may not write.

    >>> read_answer({"items": []}, [BulkAction("index", "", "1", b"")])
    [NotNow(cause='broken_off', status=200, detail='its answers do not match what was sent', of_item=False)]
    """
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or len(items) != len(actions):
        return [_BROKEN_OFF] * len(actions)
    verdicts: list[Outcome | NotNow] = []
    for position, (action, item) in enumerate(zip(actions, items, strict=True)):
        said = item.get(action.operation) if isinstance(item, dict) else None
        if not isinstance(said, dict) or said.get("_id") != action.document_id:
            # Out of order, or the answer to another request: nothing of it can be believed.
            return [_BROKEN_OFF] * len(actions)
        done = None if "error" in said else _DONE.get((said.get("status"), said.get("result")))  # type: ignore[arg-type]  # whatever was sent
        verdicts.append(done or _verdict(action, said, conflicts, position in maybe_done))
    return verdicts


def _verdict(action: BulkAction, said: dict[str, Any], conflicts: Conflicts, maybe_done: bool) -> Outcome | NotNow:
    status, error = said.get("status"), said.get("error")
    if not isinstance(status, int):
        return _BROKEN_OFF
    if error is None and (status in (200, 201) or (status == 404 and action.operation == Operation.DELETE)):
        return Outcome(str(said.get("result") or "done"), status)
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    detail = short_reason(error) if error else f"status {status}"
    if status in RETRIED_STATUS or status == 500 or kind in RETRIED_TYPES:
        return NotNow("overloaded" if status == 429 else "unavailable", status, detail, of_item=True)
    if status in (401, 403) or kind == "index_not_found_exception":
        raise BulkStoppedError(status, kind, detail)
    if status == 409:
        if action.operation == Operation.UPDATE:
            return NotNow("unavailable", status, detail, of_item=True)  # overtaken, not done: nothing is stale here
        if action.operation == Operation.CREATE and maybe_done:
            return Outcome("created", status)
        if conflicts is Conflicts.STALE:
            return Outcome("stale", status)
        return Outcome("", status, Reason.CONFLICT, detail)
    if status < 400:
        return _BROKEN_OFF
    return Outcome("", status, Reason.TOO_LARGE if status == 413 else Reason.REFUSED, detail)


def with_attempts(outcome: Outcome, attempts: int) -> Outcome:
    """The outcome after so many attempts."""
    return outcome if attempts <= 1 else replace(outcome, attempts=attempts)


def short_reason(body: object) -> str:
    """The type of the error that the server states, and its reason without quotations of the document."""
    cause = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(cause, dict):
        return str(cause)[:200]
    deepest = cause
    while isinstance(deepest.get("caused_by"), dict):
        deepest = deepest["caused_by"]
    reason = str(cause.get("reason", ""))
    # Parsing errors quote the value, which may be article text: "... Preview of field's value: '...'".
    reason = reason.split("Preview of field's value")[0].strip(" .")
    tail = f" ({deepest.get('type')})" if deepest is not cause else ""
    return f"{cause.get('type', 'error')}: {reason[:200]}{tail}"
