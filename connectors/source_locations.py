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


def shown(path: Path | str) -> str:
    r"""The path as text that can be stored and printed: what is not UTF-8 in a file's name becomes U+FFFD.

    >>> shown("/news/\udcff.txt")
    '/news/�.txt'
    """
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def file_url(path: Path) -> str:
    """The ``file:`` location of a path."""
    return path.resolve().as_uri()


class SourceFile:
    """A file of many records, resolved once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = shown(path)
        self.resolved = str(path.resolve())
        self._url = file_url(path)

    def url(self, fragment: str = "") -> str:
        """The file's location, or that of a place in it."""
        return f"{self._url}#{fragment}" if fragment else self._url

    def key(self, kind: SourceKind, offset: int) -> str:
        """Key of the entry at a byte offset."""
        return entry_key(kind, f"{self.resolved}\n{offset}")


def failed_source(reason: FailReason, url: str, detail: str) -> Failed:
    """A record or file that became no entry: nothing remembers it, so a corrected file is read at the next run."""
    return Failed(STAGE, reason, url, shown(detail), permanent=False)
