"""Everything that an index holds, without clock fields: what two runs over the same material must agree on."""

from __future__ import annotations

from connectors.index import Document, Filters, Kind
from connectors.open_index import open_index
from schemas.documents import CLOCK_FIELDS

COMPARED = (Kind.ARTICLES, Kind.STORIES, Kind.ENTRIES, Kind.DEAD_LETTERS, Kind.TABLES)


def snapshot(location: str) -> dict[str, dict[str, Document]]:
    """Kind -> id -> document."""
    index = open_index(location)
    try:
        return {
            kind.value: {_identity(row): _without_clock(row) for row in index.scan(kind, Filters())}
            for kind in COMPARED
        }
    finally:
        index.close()


def _identity(row: Document) -> str:
    # An article names its story, and a story its origin: the first of these that is there is the id.
    for name in ("table_id", "dead_letter_id", "entry_key", "article_id", "story_id"):
        if name in row:
            return str(row[name])
    raise AssertionError(f"a document without an id: {sorted(row)}")


def _without_clock(row: Document) -> Document:
    left_out = set(CLOCK_FIELDS)
    if "@timestamp" in row and row["@timestamp"] != row.get("published_at", row.get("first_published_at")):
        left_out.add("@timestamp")  # of what is undated, which follows from the clock
    kept = {name: value for name, value in row.items() if name not in left_out}
    if "revisions" in kept:  # in the order in which they were decided
        kept["revisions"] = sorted(kept["revisions"])
    return kept
