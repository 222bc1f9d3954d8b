"""straitwire's bulk writes: ``connectors.bulk_writes`` with our patience, and with what it stops for in our words."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.bulk_writes.bulk_action import BulkAction, bulk_action
from connectors.bulk_writes.bulk_answer import BulkStoppedError, NotNow, Outcome
from connectors.bulk_writes.bulk_limits import AdaptiveLimits, Limits
from connectors.bulk_writes.bulk_retries import RetryPolicy
from connectors.bulk_writes.bulk_sender import BulkSender
from connectors.bulk_writes.bulk_transport import ClientTransport
from connectors.elasticsearch_client import PatientClient
from schemas.errors import IndexUnavailableError

__all__ = ["BulkAction", "Outcome", "bulk_action", "run_bulk"]

MAXIMUM_ACTIONS = 500
MAXIMUM_BYTES = 8 * 1024 * 1024
"""Well under http.max_content_length (100 MB), and what the server's own guides call a good bulk (5-15 MB)."""

_WRITE_PARAMETERS = {"require_alias": "true", "refresh": "true"}
# Only time ends our patience: a server that is overloaded for minutes is waited for.
_ATTEMPTS = 1_000_000


def run_bulk(client: PatientClient, index: str, actions: Sequence[BulkAction]) -> list[Outcome]:
    """The outcome of each action, in order; on return the changes are visible to searches.

    Errors: IndexUnavailableError when the server stays out of reach or keeps refusing items for now. What it
        took before remains written; sending all again changes nothing else.
    """
    limits = AdaptiveLimits(Limits(MAXIMUM_ACTIONS, MAXIMUM_BYTES))
    outcomes: list[Outcome] = []
    for start in range(0, len(actions), MAXIMUM_ACTIONS):
        sender = BulkSender(
            ClientTransport(client.client, index, _WRITE_PARAMETERS),
            limits,
            RetryPolicy(
                attempts=_ATTEMPTS,
                seconds=client.patience_seconds(),
                longest_pause_seconds=client.longest_pause_seconds(),
                request_timeout_seconds=client.request_timeout_seconds(),
            ),
            clock=client.clock,
            sleep=client.sleep,
            draw=client.draw,
        )
        try:
            sent = sender.send(actions[start : start + MAXIMUM_ACTIONS])
        except BulkStoppedError as error:
            raise client.turned_away(error.status, error.kind, error.detail) from error
        if sent.last_refusal is not None:
            raise _given_up(client, sent.last_refusal)
        client.remember_reached()
        outcomes += sent.outcomes
    return outcomes


def _given_up(client: PatientClient, refusal: NotNow) -> IndexUnavailableError:
    if refusal.of_item or refusal.status == 200:
        return IndexUnavailableError(
            f"the Elasticsearch at {client.location} keeps refusing writes ({refusal.detail}); "
            "free disk space or lighten its load, then run again"
        )
    if refusal.status == 500:
        return client.turned_away(refusal.status, "", refusal.detail)
    return client.away(refusal.status)
