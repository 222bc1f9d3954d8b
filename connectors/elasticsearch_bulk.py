"""Bulk writes with an outcome for every item: none is lost, and one bad item spoils no other.

Every action is "index" or "delete" under an id that we choose, so any request may be sent again: after a reset, a
timeout or an unreadable answer the whole request is, after an answer that refuses some items for now, only those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError

from connectors.elasticsearch_client import RETRIED_STATUS, PatientClient, not_set_up, short_reason
from schemas.errors import IndexUnavailableError

MAXIMUM_ACTIONS = 500
MAXIMUM_BYTES = 8 * 1024 * 1024
"""Well under http.max_content_length (100 MB), and what the server's own guides call a good bulk (5-15 MB)."""

_RETRIED_TYPES = frozenset(
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


@dataclass(frozen=True, slots=True)
class Action:
    """One item of a bulk: the id, and its one or two lines as they are sent."""

    document_id: str
    lines: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return sum(len(line) + 1 for line in self.lines)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``result`` is created, updated, deleted, not_found, or "" when ``error`` says why not."""

    result: str
    error: str = ""


class _BadAnswerError(Exception):
    """An answer that does not speak of every item that was sent."""


def run_bulk(client: PatientClient, index: str, actions: Sequence[Action]) -> list[Outcome]:
    """The outcome of each action, in order; on return the changes are visible to searches.

    Errors: IndexUnavailableError when the server stays out of reach or keeps refusing items for now. What it
        took before remains written; sending all again changes nothing else.
    """
    outcomes: list[Outcome] = []
    for chunk in chunks(actions):
        outcomes += _run_chunk(client, index, chunk, client.deadline())
    return outcomes


def chunks(actions: Sequence[Action]) -> Iterator[list[Action]]:
    """Runs of actions, each within both limits before it is sent; a longer action goes alone."""
    chunk: list[Action] = []
    size = 0
    for action in actions:
        if chunk and (len(chunk) == MAXIMUM_ACTIONS or size + action.size > MAXIMUM_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += action.size
    if chunk:
        yield chunk


def _run_chunk(client: PatientClient, index: str, chunk: Sequence[Action], deadline: float) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    waiting = list(range(len(chunk)))
    attempt = 0
    while waiting:
        last_error = ""
        try:
            answers = _send(client, index, [chunk[position] for position in waiting], deadline)
        except ApiError as error:
            if error.status_code not in (400, 413):
                raise client.refused(error) from error
            answers = _bisect(client, index, [chunk[position] for position in waiting], deadline, error)
        except _BadAnswerError as error:
            answers, last_error = [None] * len(waiting), str(error)
        for position, answer in zip(waiting, answers, strict=True):
            if answer is not None:
                outcomes[position] = answer
        waiting = [position for position in waiting if position not in outcomes]
        if waiting and not client.pause(attempt, deadline):
            raise IndexUnavailableError(
                f"the Elasticsearch at {client.location} keeps refusing writes "
                f"({last_error or 'overloaded or read-only'}); free disk space or lighten its load, then run again"
            )
        attempt += 1
    return [outcomes[position] for position in range(len(chunk))]


def _bisect(
    client: PatientClient, index: str, actions: list[Action], deadline: float, error: ApiError
) -> list[Outcome | None]:
    """The request as a whole was refused: halve it until the refused item stands alone."""
    if len(actions) == 1:
        if error.status_code == 413:
            return [Outcome("", f"the document is too large for the server ({actions[0].size} bytes)")]
        return [Outcome("", short_reason(error.body))]
    middle = len(actions) // 2
    return [
        outcome
        for half in (actions[:middle], actions[middle:])
        for outcome in _run_chunk(client, index, half, deadline)
    ]


def _send(client: PatientClient, index: str, actions: Sequence[Action], deadline: float) -> list[Outcome | None]:
    """One request; None for the items that are to be sent again."""
    # Lines that are bytes go as they are; the library's types know only objects that it would encode itself.
    lines: Any = [line for action in actions for line in action.lines]
    answer = client.call(
        lambda library: library.bulk(index=index, operations=lines, require_alias=True, refresh=True), deadline
    )
    body = answer.body
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or len(items) != len(actions):
        raise _BadAnswerError("its answers do not match what was sent")
    return [_outcome(client, action, item) for action, item in zip(actions, items, strict=True)]


def _outcome(client: PatientClient, action: Action, item: object) -> Outcome | None:
    result = next(iter(item.values())) if isinstance(item, dict) and item else None
    if not isinstance(result, dict) or result.get("_id") != action.document_id:
        raise _BadAnswerError("its answers do not match what was sent")
    status = result.get("status")
    error = result.get("error")
    if status in (200, 201) or (status == 404 and error is None):
        return Outcome(str(result.get("result", "")))
    kind = error.get("type") if isinstance(error, dict) else ""
    if status in RETRIED_STATUS or kind in _RETRIED_TYPES:
        return None
    if kind == "index_not_found_exception":
        raise not_set_up(client.location)
    return Outcome("", short_reason(error) if error else f"status {status}")
