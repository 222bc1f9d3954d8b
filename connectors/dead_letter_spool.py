"""The dead letters that the index could not take: a local file of JSON lines, synced to disk."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import xxhash

from connectors.index import Document, Index, Kind


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
    if not documents:
        return
    with spool_path(index_location).open("a", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def drain_spool(index_location: str, index: Index) -> int:
    """Write what was spooled to the index; how many. What is refused again stays in the file."""
    path = spool_path(index_location)
    if not path.exists():
        return 0
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    outcomes = index.write(Kind.DEAD_LETTERS, documents)
    refused = {outcome.document_id for outcome in outcomes if outcome.error}
    path.unlink()
    spool_dead_letters(index_location, [row for row in documents if row["dead_letter_id"] in refused])
    return len(documents) - len(refused)
