"""What was forgotten on request and must not come in again: entries, articles, publishers.

A tombstone holds ids, which are hashes, and the name of a publisher; no address and no word of what was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import xxhash

from connectors.index import Document, Index, Kind
from schemas.documents import time_text
from schemas.feeds import FeedSource

ENTRY, ARTICLE, PUBLISHER = "entry", "article", "publisher"
_REASON = "forgotten"


def tombstone_id(scope: str, name: str) -> str:
    """The id of a tombstone; a publisher's name may be longer than an id.

    >>> tombstone_id("entry", "ab12")
    'entry:ab12'
    """
    return f"{scope}:{xxhash.xxh3_128_hexdigest(name.encode()) if scope == PUBLISHER else name}"


def request_id(target: str) -> str:
    """What ties the tombstones of one request together, without saying what was asked for."""
    return xxhash.xxh3_128_hexdigest(target.encode())


def write_tombstones(index: Index, target: str, named: Iterable[tuple[str, str]]) -> int:
    """A tombstone for each (scope, name); how many."""
    now = time_text(datetime.now(UTC))
    rows: list[Document] = [
        {
            "tombstone_id": tombstone_id(scope, name),
            "scope": scope,
            "request": request_id(target),
            "reason": _REASON,
            "updated_at": now,
        }
        for scope, name in sorted(set(named))
    ]
    index.write(Kind.TOMBSTONES, rows)
    return len(rows)


def names_of_request(index: Index, target: str, scope: str) -> set[str]:
    """The names of a scope that an earlier, perhaps unfinished, request for the same target covers."""
    found = index.find(Kind.TOMBSTONES, "request", [request_id(target)], ["tombstone_id", "scope"])
    return {row["tombstone_id"].partition(":")[2] for row in found if row["scope"] == scope}


def buried(index: Index, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (scope, name) pairs that have a tombstone."""
    ids = {tombstone_id(scope, name): (scope, name) for scope, name in named if name}
    found = index.get_many(Kind.TOMBSTONES, list(ids), ["tombstone_id"])
    return {ids[identity] for identity in found}


def without_forgotten(sources: Iterable[FeedSource], index: Index) -> list[FeedSource]:
    """The feeds but those of a publisher that was forgotten: they are not even asked."""
    sources = list(sources)
    forgotten = buried(index, [(PUBLISHER, source.publisher) for source in sources])
    return [source for source in sources if (PUBLISHER, source.publisher) not in forgotten]


def remove_tombstones(index: Index, target: str) -> int:
    """Let come in again what this request covers; how many tombstones there were."""
    found = index.find(Kind.TOMBSTONES, "request", [request_id(target)], ["tombstone_id"])
    return index.delete(Kind.TOMBSTONES, [row["tombstone_id"] for row in found])
