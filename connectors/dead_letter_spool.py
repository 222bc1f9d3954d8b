"""The dead letters that the index could not take: a local file of JSON lines, synced to disk."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import xxhash

from connectors.index import Document, Index, Kind

_LOG = logging.getLogger(__name__)


def beside_index(index_location: str, suffix: str) -> Path:
    """A file of ours beside a SQLite file, or in the temporary folder for a server; without credentials in its name."""
    if "://" not in index_location:
        return Path(f"{index_location}.{suffix}")
    digest = xxhash.xxh3_64_hexdigest(index_location.encode())
    return Path(tempfile.gettempdir()) / f"straitwire-{digest}.{suffix}"


def spool_path(index_location: str) -> Path:
    """Where the dead letters of this index wait."""
    return beside_index(index_location, "dead-letters.jsonl")


def spool_dead_letters(index_location: str, documents: Sequence[Document]) -> None:
    """Append the documents; on return they are on disk."""
    if documents:
        _write_lines(spool_path(index_location), "a", documents)


def drain_spool(index_location: str, index: Index) -> int:
    """Write what was spooled to the index; how many. What is refused again stays in the file.

    Guarantees: killed anywhere, no dead letter is lost. A line that is cut short is left out: its entry was not
        decided, and is worked on again.
    """
    path = spool_path(index_location)
    if not path.exists():
        return 0
    documents = _read_lines(path)
    outcomes = index.write(Kind.DEAD_LETTERS, documents)
    refused = [document for document, outcome in zip(documents, outcomes, strict=True) if outcome.error]
    if refused:
        rewritten = path.with_name(f"{path.name}.new")
        _write_lines(rewritten, "w", refused)
        rewritten.replace(path)
    else:
        path.unlink()
    return len(documents) - len(refused)


def _write_lines(path: Path, mode: str, documents: Sequence[Document]) -> None:
    # The line break comes first: it ends a line that an earlier process was killed in. Only ASCII, because feeds hold
    # line separators (U+2028) and halves of surrogate pairs, which are no lines of a file.
    with path.open(mode, encoding="ascii") as file:
        for document in documents:
            file.write("\n" + json.dumps(document, sort_keys=True))
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _read_lines(path: Path) -> list[Document]:
    documents = []
    for line in path.read_text(encoding="ascii").splitlines():
        try:
            if line:
                documents.append(json.loads(line))
        except json.JSONDecodeError:
            _LOG.warning("a line of %s is cut short and is left out", path)
    return documents
