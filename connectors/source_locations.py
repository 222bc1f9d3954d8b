"""How local sources are named: stable keys, ``file:`` locations, and failures that say where."""

from __future__ import annotations

from pathlib import Path

import xxhash

from schemas.errors import Failed, FailReason
from schemas.records import SourceKind

STAGE = "read_sources"


def entry_key(kind: SourceKind, locator: str) -> str:
    """The entry document's id: 32 hex digits over kind and place.

    >>> len(entry_key(SourceKind.FILE, "/news/a.txt"))
    32
    """
    return xxhash.xxh3_128_hexdigest(f"{kind.value}\n{locator}".encode("utf-8", "surrogateescape"))


def file_url(path: Path, fragment: str = "") -> str:
    """The ``file:`` location, with the place inside the file as the fragment."""
    url = path.resolve().as_uri()
    return f"{url}#{fragment}" if fragment else url


def failed_source(reason: FailReason, url: str, detail: str) -> Failed:
    """A record or file that became no entry: nothing remembers it, so a corrected file is read at the next run."""
    return Failed(STAGE, reason, url, detail, permanent=False)
