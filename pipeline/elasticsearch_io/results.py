"""What comes out of the sink: every element exactly once, as written or as failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from apache_beam.pvalue import PCollection

from connectors.bulk_writes.bulk_answer import Reason


@dataclass(frozen=True, slots=True)
class Written:
    """An element that is in the index as it should be.

    Attributes:
        element: what came in.
        index: where it was sent.
        document_id: under which id.
        result: created, updated, deleted, not_found (nothing to delete), noop, or stale (the same or a newer
            version was there before).
    """

    element: Any
    index: str
    document_id: str
    result: str


@dataclass(frozen=True, slots=True)
class FailedWrite:
    """An element that is not.

    Attributes:
        element: what came in, so that it can be mended and written again.
        index, document_id: where it was to go, as far as that is known.
        reason: why. After ``retries_exhausted`` it may be there all the same.
        status: the server's answer, or 0.
        detail: one line for a person, without the document's text.
        attempts: requests that held it.
    """

    element: Any
    index: str
    document_id: str
    reason: Reason
    status: int
    detail: str
    attempts: int


class WriteResult(NamedTuple):
    """The two outputs. Every input is in exactly one of them, with its window and its timestamp."""

    written: PCollection[Written]
    failed: PCollection[FailedWrite]
