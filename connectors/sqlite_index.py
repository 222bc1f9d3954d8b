"""The index in one SQLite file: nothing to install, several processes may use it at once."""

# ruff: noqa: S608 - what is put into SQL text are names of our own: kinds, columns, clauses; values are bound

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter

from connectors.document_upgrades import upgraded
from connectors.index import (
    ID_FIELD,
    Document,
    Filters,
    Kind,
    OnProgress,
    Period,
    SearchPage,
    WriteOutcome,
    no_progress,
)
from connectors.index_fields import conditions, field_type, moment, refusal
from connectors.search_hits import hit
from connectors.search_terms import query_terms
from connectors.sqlite_candidates import CANDIDATES, UNDATED_BANDS, found_by
from connectors.sqlite_columns import columns_of, joined, split
from connectors.sqlite_schema import connect, create, create_tables, missing_tables, plain_errors
from connectors.sqlite_words import index_words, match_expression
from schemas.documents import time_text
from schemas.errors import IndexUnavailableError

_PAGE = 500
_NO_FILTERS = Filters()
# A match in the title says more than one in the text: the weights of title, kicker, summary and body.
_RANK = "bm25(article_words, 4.0, 1.0, 2.0, 1.0)"

Row = tuple[int, str, str, str, str]


class SQLiteIndex:
    """One SQLite file as an index (see ``connectors.index.Index`` for the contract).

    Guarantees: a ``write`` is one transaction: all of it is in the file on return, or, when the process is
        killed before, nothing. Writers of several processes take turns.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self._connection = connect(location)
        self._fields: dict[tuple[str, str], int] = {}

    def setup(self, thorough: bool = False) -> list[str]:
        if self._connection is None:
            self._connection = create(self.location)
        with plain_errors(self.location):
            return create_tables(self._connection)

    def differences(self) -> list[str]:
        if self._connection is None and connect(self.location) is None:
            return [f"create {self.location}"]
        with plain_errors(self.location):
            lines = [f"create {name}" for name in missing_tables(self._open())]
        if not lines:
            for kind in Kind:
                older = sum(1 for _ in self._older(kind))
                lines += [f"migrate {older} {kind.value} of an older format"] if older else []
        return lines

    def migrate(self, on_progress: OnProgress = no_progress) -> list[str]:
        names = []
        for kind in Kind:
            older = list(self._older(kind))
            for start in range(0, len(older), _PAGE):
                on_progress(kind.value, start, len(older))
                with self._transaction() as connection:
                    rows = self._read(connection, kind, older[start : start + _PAGE], None)
                    whole = {identity: upgraded(kind, document) for identity, document in rows}
                    self._put(connection, kind, {key: (document, split(document)) for key, document in whole.items()})
            names += [kind.value] if older else []
        return names

    def _older(self, kind: Kind) -> Iterator[str]:
        """Ids of the documents that are not in today's format."""
        return (row[ID_FIELD[kind]] for row in self.scan(kind) if upgraded(kind, row) is not row)

    def write(self, kind: Kind, documents: Sequence[Document]) -> list[WriteOutcome]:
        outcomes = []
        accepted: dict[str, tuple[Document, tuple[str, str, str]]] = {}
        for document in documents:
            identity = document.get(ID_FIELD[kind])
            error = refusal(kind, document)
            if not error:
                try:
                    accepted[document[ID_FIELD[kind]]] = (document, split(document))
                except (TypeError, ValueError, UnicodeEncodeError) as problem:
                    error = f"the document is not valid JSON: {problem}"
            outcomes.append(WriteOutcome(identity if isinstance(identity, str) else "", error))
        with self._transaction() as connection:
            self._put(connection, kind, accepted)
        return outcomes

    def get_many(self, kind: Kind, ids: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Document]:
        with plain_errors(self.location):
            found = dict(self._read(self._open(), kind, list(ids), fields))
        return {identity: found[identity] for identity in ids if identity in found}

    def find(
        self, kind: Kind, field: str, values: Sequence[str], fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        if field == ID_FIELD[kind]:
            ids = sorted(set(values))
        else:
            field_type(kind, field)
            ids = self._ids(
                self._open(),
                kind,
                f"SELECT DISTINCT id FROM {kind.value} JOIN keywords ON holder = number "
                "WHERE field = ? AND value IN (SELECT value FROM json_each(?)) ORDER BY id",
                [self._field_number(kind, field), json.dumps(list(values))],
            )
        return self._pages(self._open(), kind, ids, fields)

    def find_candidates(
        self, bands: Sequence[str], published: Period, fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        kind, connection = Kind.ARTICLES, self._open()
        parameters = {
            "bands": json.dumps(list(bands)),
            "field": self._field_number(kind, "bands"),
            "undated_field": self._field_number(kind, UNDATED_BANDS),
            "since": time_text(published[0]),
            "until": time_text(published[1]),
        }
        return self._pages(connection, kind, self._ids(connection, kind, CANDIDATES, parameters), fields)

    def scan(
        self, kind: Kind, filters: Filters = _NO_FILTERS, fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        where, parameters = self._where(kind, filters)
        return self._scan(kind, where, parameters, fields)

    def count(self, kind: Kind, filters: Filters = _NO_FILTERS) -> int:
        where, parameters = self._where(kind, filters)
        with plain_errors(self.location):
            row = self._open().execute(f"SELECT count(*) FROM {kind.value} WHERE {where}", parameters).fetchone()
        return int(row[0])

    def facet(self, kind: Kind, field: str, filters: Filters = _NO_FILTERS, size: int = 50) -> list[tuple[str, int]]:
        if field != ID_FIELD[kind]:
            field_type(kind, field)
        where, parameters = self._where(kind, filters)
        inside = "" if where == "1" else f"AND holder IN (SELECT number FROM {kind.value} WHERE {where})"
        sql = (
            f"SELECT value, count(*) AS documents FROM keywords WHERE field = ? {inside} "
            "GROUP BY value ORDER BY documents DESC, value LIMIT ?"
        )
        with plain_errors(self.location):
            rows = self._open().execute(sql, [self._field_number(kind, field), *parameters, size]).fetchall()
        return [(str(value), int(documents)) for value, documents in rows]

    def search(self, text: str, filters: Filters = _NO_FILTERS, size: int = 20, offset: int = 0) -> SearchPage:
        terms = query_terms(text)
        where, parameters = self._where(Kind.ARTICLES, filters)
        if text.strip() and not terms:
            return SearchPage(0, ())
        if terms:
            source = "article_words JOIN articles ON articles.number = article_words.rowid"
            where = f"article_words MATCH ? AND {where}"
            parameters = [match_expression(terms), *parameters]
            score = f"-{_RANK}"
        else:
            source, score = "articles", "0.0"
        with plain_errors(self.location):
            connection = self._open()
            total = connection.execute(f"SELECT count(*) FROM {source} WHERE {where}", parameters).fetchone()[0]
            rows = connection.execute(
                f"SELECT id, {score} AS score FROM {source} WHERE {where} "
                "ORDER BY score DESC, moment DESC, id LIMIT ? OFFSET ?",
                [*parameters, size, offset],
            ).fetchall()
        documents = self.get_many(Kind.ARTICLES, [identity for identity, _ in rows])
        hits = tuple(hit(documents[identity], score, terms) for identity, score in rows if identity in documents)
        return SearchPage(int(total), hits)

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        with self._transaction() as connection:
            known = self._rows(connection, kind, list(ids))
            for row in known.values():
                self._forget(connection, kind, row)
        return len(known)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self.location)
        if self._connection is None:
            raise IndexUnavailableError(
                f"there is no index at {self.location}; run 'straitwire setup' or 'straitwire run' with it first"
            )
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with plain_errors(self.location):
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self._fields.clear()  # the numbers given in a transaction that never was
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _field_number(self, kind: Kind, field: str) -> int:
        """The number of a keyword field in this file; 0, which no document has, when none has it yet."""
        key = (kind.value, field)
        if key not in self._fields:
            with plain_errors(self.location):
                rows = self._open().execute("SELECT kind, name, number FROM keyword_fields").fetchall()
            self._fields.update({(row_kind, name): number for row_kind, name, number in rows})
        return self._fields.get(key, 0)

    def _numbered(self, kind: Kind, field: str) -> int:
        """The number of a keyword field, given to it now when it has none."""
        number = self._field_number(kind, field)
        if not number:
            sql = "INSERT INTO keyword_fields (kind, name) VALUES (?, ?)"
            number = self._open().execute(sql, [kind.value, field]).lastrowid or 0
            self._fields[(kind.value, field)] = number
        return number

    def _keyword_changes(
        self, kind: Kind, holder: int, document: Document, earlier: Document
    ) -> tuple[list[tuple[int, str, int]], list[tuple[int, str, int]]]:
        """The rows to add and to remove so that the document is found by its values instead of its earlier ones."""
        new, old = found_by(kind, document), found_by(kind, earlier)
        added: list[tuple[int, str, int]] = []
        removed: list[tuple[int, str, int]] = []
        for field in new.keys() | old.keys():
            after, before = new.get(field, []), old.get(field, [])
            if after != before:
                number = self._numbered(kind, field)
                added += [(number, value, holder) for value in set(after) - set(before)]
                removed += [(number, value, holder) for value in set(before) - set(after)]
        return added, removed

    def _put(
        self, connection: sqlite3.Connection, kind: Kind, accepted: dict[str, tuple[Document, tuple[str, str, str]]]
    ) -> None:
        known = self._rows(connection, kind, list(accepted))
        added: list[tuple[int, str, int]] = []
        removed: list[tuple[int, str, int]] = []
        for identity, (document, parts) in accepted.items():
            row = known.get(identity)
            if row and row[2:] == parts:
                continue
            earlier = joined(row[2:]) if row else {}
            number = self._store(connection, kind, identity, document, parts, row)
            more, fewer = self._keyword_changes(kind, number, document, earlier)
            added += more
            removed += fewer
            if kind is Kind.ARTICLES:
                index_words(connection, number, document, earlier)
        for rows in (removed, added):  # in the order of the table, which touches each of its pages once
            rows.sort(key=itemgetter(1))
            rows.sort(key=itemgetter(0))
        connection.executemany("DELETE FROM keywords WHERE field = ? AND value = ? AND holder = ?", removed)
        connection.executemany("INSERT OR IGNORE INTO keywords VALUES (?, ?, ?)", added)

    def _store(
        self,
        connection: sqlite3.Connection,
        kind: Kind,
        identity: str,
        document: Document,
        parts: tuple[str, str, str],
        row: Row | None,
    ) -> int:
        values = [moment(kind, document), *parts]
        if row is None:
            cursor = connection.execute(
                f"INSERT INTO {kind.value} (id, moment, document, signature, texts) VALUES (?, ?, ?, ?, ?)",
                [identity, *values],
            )
            return cursor.lastrowid or 0
        connection.execute(
            f"UPDATE {kind.value} SET moment = ?, document = ?, signature = ?, texts = ? WHERE number = ?",
            [*values, row[0]],
        )
        return row[0]

    def _forget(self, connection: sqlite3.Connection, kind: Kind, row: Row) -> None:
        document = joined(row[2:])
        _, removed = self._keyword_changes(kind, row[0], {}, document)
        connection.executemany("DELETE FROM keywords WHERE field = ? AND value = ? AND holder = ?", removed)
        if kind is Kind.ARTICLES:
            index_words(connection, row[0], {}, document)
        connection.execute(f"DELETE FROM {kind.value} WHERE number = ?", [row[0]])

    def _rows(self, connection: sqlite3.Connection, kind: Kind, ids: list[str]) -> dict[str, Row]:
        rows = connection.execute(
            f"SELECT number, id, document, signature, texts FROM {kind.value} "
            "WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(ids)],
        )
        return {row[1]: row for row in rows}

    def _ids(
        self,
        connection: sqlite3.Connection,
        kind: Kind,
        sql: str,
        parameters: Sequence[object] | Mapping[str, object],
    ) -> list[str]:
        with plain_errors(self.location):
            return [identity for (identity,) in connection.execute(sql, parameters)]

    def _read(
        self, connection: sqlite3.Connection, kind: Kind, ids: list[str], fields: Sequence[str] | None
    ) -> Iterator[tuple[str, Document]]:
        """(id, document), sorted by id, of one page of ids."""
        wanted = None if fields is None else set(fields)
        columns = columns_of(wanted)
        rows = connection.execute(
            f"SELECT id, {', '.join(columns)} FROM {kind.value} "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            [json.dumps(ids)],
        )
        for identity, *parts in rows:
            document = joined(parts)
            if wanted is not None:
                document = {name: value for name, value in document.items() if name in wanted}
            yield identity, document

    def _pages(
        self, connection: sqlite3.Connection, kind: Kind, ids: list[str], fields: Sequence[str] | None
    ) -> Iterator[Document]:
        for start in range(0, len(ids), _PAGE):
            with plain_errors(self.location):
                page = list(self._read(connection, kind, ids[start : start + _PAGE], fields))
            for _, document in page:
                yield document

    def _scan(
        self, kind: Kind, where: str, parameters: list[object], fields: Sequence[str] | None
    ) -> Iterator[Document]:
        """In a connection of its own, whose transaction keeps the view as it is now."""
        self._open()
        connection = connect(self.location)
        if connection is None:
            return
        try:
            with plain_errors(self.location):
                connection.execute("BEGIN")
            sql = f"SELECT id FROM {kind.value} WHERE {where} ORDER BY id"
            yield from self._pages(connection, kind, self._ids(connection, kind, sql, parameters), fields)
        finally:
            connection.close()

    def _where(self, kind: Kind, filters: Filters) -> tuple[str, list[object]]:
        """The filters as SQL over the kind's table."""
        clauses: list[str] = []
        parameters: list[object] = []
        for condition in conditions(kind, filters):
            if condition.field == ID_FIELD[kind]:
                clauses.append("id IN (SELECT value FROM json_each(?))")
            else:
                clauses.append(
                    "number IN (SELECT holder FROM keywords WHERE field = ? "
                    "AND value IN (SELECT value FROM json_each(?)))"
                )
                parameters.append(self._field_number(kind, condition.field))
            parameters.append(json.dumps(condition.values))
        if filters.since is not None:
            clauses.append("moment >= ?")
            parameters.append(time_text(filters.since))
        if filters.until is not None:
            clauses.append("moment < ? AND moment != ''")
            parameters.append(time_text(filters.until))
        return " AND ".join(clauses) or "1", parameters
