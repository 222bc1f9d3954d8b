"""The words of articles in SQLite: what FTS5 is given, and what it is asked."""

# ruff: noqa: S608 - what is put into SQL text are names of our own columns; values are bound

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from connectors.index import Document
from connectors.index_fields import SEARCHED
from connectors.search_terms import Term, pairs, segment


def match_expression(terms: Sequence[Term]) -> str:
    """The terms for FTS5: phrases, all of which must be there. Quotes cannot occur in a folded term."""
    parts = []
    for term in terms:
        if not term.is_cjk:
            parts.append(f'"{term.text}"')
        elif len(term.text) == 1:
            parts.append(f'"{term.text}" *')
        else:
            parts.append(f'"{" ".join(pairs(term.text)[:-1])}"')
    return " AND ".join(parts)


def index_words(connection: sqlite3.Connection, number: int, document: Document, earlier: Document) -> None:
    """Make the article under this row number found by its words instead of its earlier ones; {} where there is none."""
    old, new = (tuple(each.get(field) or "" for field in SEARCHED) for each in (earlier, document))
    if old == new:
        return
    columns = ", ".join(SEARCHED)
    if earlier:
        connection.execute(
            f"INSERT INTO article_words (article_words, rowid, {columns}) VALUES ('delete', ?, ?, ?, ?, ?)",
            [number, *map(segment, old)],
        )
    if document:
        connection.execute(
            f"INSERT INTO article_words (rowid, {columns}) VALUES (?, ?, ?, ?, ?)",
            [number, *map(segment, new)],
        )
