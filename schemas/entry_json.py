"""Entries as JSON text: the payload reference of a dead letter, from which ``straitwire replay`` runs it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from schemas.errors import ConfigError
from schemas.records import Entry, Publication, SourceKind


def entry_to_json(entry: Entry) -> str:
    """The entry as one line of JSON, times in ISO 8601."""
    row = asdict(entry)
    for name in ("published_at", "updated_at"):
        moment: datetime | None = row[name]
        row[name] = moment.isoformat() if moment else None
    text = json.dumps(row, ensure_ascii=False, sort_keys=True)
    # The path of a file whose name is not UTF-8 holds lone surrogates, which only escaped text can carry.
    return text if _is_encodable(text) else json.dumps(row, sort_keys=True)


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def entry_from_json(text: str) -> Entry:
    """The inverse of :func:`entry_to_json`.

    Errors: ConfigError when the text is not an entry.
    """
    try:
        row = json.loads(text)
        for name in ("published_at", "updated_at"):
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
        row["publication"] = Publication(**row["publication"])
        row["kind"] = SourceKind(row["kind"])
        row["labels"] = tuple((name, value) for name, value in row.get("labels", ()))
        row["alternates"] = tuple((language, url) for language, url in row.get("alternates", ()))
        return Entry(**row)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"a dead letter holds no readable entry: {error}") from error
