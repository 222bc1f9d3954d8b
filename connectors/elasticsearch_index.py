"""The index in an Elasticsearch, 8.19 or 9.x: one index a kind, behind an alias."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from connectors.bulk_writes.bulk_action import BadActionError, BulkAction, bulk_action
from connectors.elasticsearch_bulk import run_bulk
from connectors.elasticsearch_client import PatientClient, connect, not_set_up, parse_address
from connectors.elasticsearch_homes import Homes, partition
from connectors.elasticsearch_migration import migrate
from connectors.elasticsearch_queries import (
    candidate_query,
    facet_counts,
    facet_query,
    filter_query,
    page_order,
    search_query,
)
from connectors.elasticsearch_setup import differences, is_set_up, set_up
from connectors.elasticsearch_templates import SEARCH_FIELDS, alias, with_search_fields
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
from connectors.index_fields import NOT_IN_HITS, field_type, refusal
from connectors.search_hits import hit
from connectors.search_terms import query_terms

_PAGE = 500
_IDS_A_REQUEST = 500
_VIEW_KEPT = "10m"
_NO_FILTERS = Filters()
_HIDDEN_FROM_HITS = [*sorted(NOT_IN_HITS - {"body"}), *SEARCH_FIELDS]


class ElasticsearchIndex:
    """An Elasticsearch as an index (see ``connectors.index.Index`` for the contract).

    Credentials come from the environment: STRAITWIRE_ES_USER and STRAITWIRE_ES_PASSWORD, or
    STRAITWIRE_ES_API_KEY; STRAITWIRE_ES_CA or STRAITWIRE_ES_FINGERPRINT say which certificate to trust.

    Guarantees: a document is put whole under its id, so any write may be repeated; writes are visible to
        searches on return. A server that was reached before is waited for (``PATIENCE_SECONDS``).
    """

    def __init__(self, location: str) -> None:
        self._address = parse_address(location)
        self.location = self._address.location
        self._client: PatientClient = connect(self._address)
        self._homes = Homes(self._client, self._address.prefix)

    def setup(self, thorough: bool = False) -> list[str]:
        if not thorough and is_set_up(self._client, self._address.prefix):
            return []
        names = set_up(self._client, self._address.prefix)
        return names + (self.partition() if self._homes.are_for(Kind.ARTICLES) else [])

    def partition(self) -> list[str]:
        """Give every article a monthly home from now on, while nothing writes; the names of new indices."""
        names = partition(self._client, self._address.prefix)
        self._homes = Homes(self._client, self._address.prefix)
        return names

    def differences(self) -> list[str]:
        lines = []
        for change in differences(self._client, self._address.prefix):
            lines += [f"{change.what} {change.name}", *(f"    {line}" for line in change.lines)]
        return lines

    def migrate(self, on_progress: OnProgress = no_progress) -> list[str]:
        return migrate(self._client, self._address.prefix, on_progress)

    def write(self, kind: Kind, documents: Sequence[Document]) -> list[WriteOutcome]:
        errors: list[str] = []
        actions: dict[str, BulkAction] = {}
        taken = {document[ID_FIELD[kind]]: document for document in documents if not refusal(kind, document)}
        homes = self._homes.claim(taken) if taken and self._homes.are_for(kind) else {}
        for document in documents:
            error = refusal(kind, document)
            if not error:
                try:
                    identity = document[ID_FIELD[kind]]
                    whole = with_search_fields(kind, document)
                    action = bulk_action("index", identity, whole, index=homes.get(identity, ""))
                    actions[action.document_id] = action  # the last of two with one id holds
                except BadActionError as problem:
                    error = str(problem)
            errors.append(error)
        outcomes = run_bulk(self._client, self._alias(kind), list(actions.values()))
        refused = {identity: outcome.error for identity, outcome in zip(actions, outcomes, strict=True)}
        results = []
        for document, error in zip(documents, errors, strict=True):
            identity = document.get(ID_FIELD[kind])
            identity = identity if isinstance(identity, str) else ""
            results.append(WriteOutcome(identity, error or refused.get(identity, "")))
        return results

    def get_many(self, kind: Kind, ids: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Document]:
        found: dict[str, Document] = {}
        wanted = list(dict.fromkeys(ids))
        homes: dict[str, str] = {}
        if wanted and self._homes.are_for(kind):
            homes = self._homes.find(wanted)
            wanted = list(homes)
        for start in range(0, len(wanted), _IDS_A_REQUEST):
            named = [
                {"_index": homes.get(identity, self._alias(kind)), "_id": identity}
                for identity in wanted[start : start + _IDS_A_REQUEST]
            ]
            request: dict[str, Any] = {"docs": named}
            rows = self._client.ask(_mget({**request, **_source(fields)}))["docs"]
            for row in rows:
                if row.get("error", {}).get("type") == "index_not_found_exception":
                    raise not_set_up(self.location)
                if row.get("found"):
                    found[row["_id"]] = row["_source"]
        return {identity: found[identity] for identity in dict.fromkeys(ids) if identity in found}

    def find(
        self, kind: Kind, field: str, values: Sequence[str], fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        if field == ID_FIELD[kind]:
            found = self.get_many(kind, values, fields)
            return iter([found[identity] for identity in sorted(found)])
        field_type(kind, field)
        query = filter_query(kind, Filters(), [(field, list(values))])
        return self._in_order(kind, query, fields, lambda request: self._search(request, index=self._alias(kind)))

    def find_candidates(
        self, bands: Sequence[str], published: Period, fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        kind = Kind.ARTICLES
        query = candidate_query(bands, published)
        return self._in_order(kind, query, fields, lambda request: self._search(request, index=self._alias(kind)))

    def scan(
        self, kind: Kind, filters: Filters = _NO_FILTERS, fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        return self._scan(kind, filter_query(kind, filters), fields)

    def count(self, kind: Kind, filters: Filters = _NO_FILTERS) -> int:
        query = filter_query(kind, filters)
        answer = self._client.ask(lambda library: library.count(index=self._alias(kind), query=query))
        return int(answer["count"])

    def facet(self, kind: Kind, field: str, filters: Filters = _NO_FILTERS, size: int = 50) -> list[tuple[str, int]]:
        if field != ID_FIELD[kind]:
            field_type(kind, field)
        request = facet_query(field, filter_query(kind, filters), size)
        return facet_counts(self._search(request, index=self._alias(kind)))

    def search(self, text: str, filters: Filters = _NO_FILTERS, size: int = 20, offset: int = 0) -> SearchPage:
        terms = query_terms(text)
        if text.strip() and not terms:
            return SearchPage(0, ())
        request = {
            "query": search_query(terms, filter_query(Kind.ARTICLES, filters)),
            "sort": page_order(scored=bool(terms)),
            "track_scores": bool(terms),
            "track_total_hits": True,
            "size": size,
            "from_": offset,
            "source_excludes": _HIDDEN_FROM_HITS,
        }
        if self._homes.are_for(Kind.ARTICLES):
            # Scores of two indices can be compared only when both count words over all of them.
            request["search_type"] = "dfs_query_then_fetch"
        found = self._search(request, index=self._alias(Kind.ARTICLES))["hits"]
        hits = tuple(hit(row["_source"], float(row["_score"] or 0.0), terms) for row in found["hits"])
        return SearchPage(int(found["total"]["value"]), hits)

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        wanted = [identity for identity in dict.fromkeys(ids) if identity]
        homes: dict[str, str] = {}
        if wanted and self._homes.are_for(kind):
            homes = self._homes.find(wanted)  # the claims stay: who writes it again finds it where it was
            wanted = list(homes)
        actions = [bulk_action("delete", identity, index=homes.get(identity, "")) for identity in wanted]
        outcomes = run_bulk(self._client, self._alias(kind), actions)
        return sum(outcome.result == "deleted" for outcome in outcomes)

    def close(self) -> None:
        self._client.client.close()

    def _alias(self, kind: Kind) -> str:
        return alias(self._address.prefix, kind)

    def _search(self, request: dict[str, Any], **target: Any) -> Any:
        return self._client.ask(lambda library: library.search(**request, **target)).body

    def _scan(self, kind: Kind, query: dict[str, Any], fields: Sequence[str] | None) -> Iterator[Document]:
        """In a point-in-time view. One that the server has lost (restarted, or idle too long) is opened anew."""
        view = _View(self._client, self._alias(kind))
        try:
            yield from self._in_order(kind, query, fields, view.search)
        finally:
            view.close()

    def _in_order(
        self,
        kind: Kind,
        query: dict[str, Any],
        fields: Sequence[str] | None,
        search: Callable[[dict[str, Any]], Any],
    ) -> Iterator[Document]:
        """All matches, a page at a time, sorted by id."""
        request: dict[str, Any] = {
            "query": query,
            "sort": [{ID_FIELD[kind]: "asc"}],
            "size": _PAGE,
            "track_total_hits": False,
            **_source(fields),
        }
        while True:
            rows = search(request)["hits"]["hits"]
            for row in rows:
                yield row["_source"]
            if len(rows) < _PAGE:
                return
            request["search_after"] = rows[-1]["sort"]


class _View:
    """A point in time of one index."""

    def __init__(self, client: PatientClient, index: str) -> None:
        self._client = client
        self._index = index
        self._id = ""

    def search(self, request: dict[str, Any]) -> Any:
        for _ in range(3):
            if not self._id:
                opened = self._client.ask(
                    lambda library: library.open_point_in_time(index=self._index, keep_alive=_VIEW_KEPT)
                )
                self._id = opened["id"]
            try:
                answer = self._client.call(self._request(request)).body
            except ApiError as error:
                if error.status_code != 404:
                    raise
                self._id = ""
                continue
            self._id = answer.get("pit_id") or self._id
            return answer
        return self._client.ask(self._request(request)).body

    def _request(self, request: dict[str, Any]) -> Callable[[Elasticsearch], Any]:
        view = {"id": self._id, "keep_alive": _VIEW_KEPT}
        return lambda library: library.search(**request, pit=view)

    def close(self) -> None:
        if self._id:
            identity, self._id = self._id, ""
            # It ends by itself after a while: closing it early is a courtesy, not worth an error.
            with suppress(ApiError, TransportError):
                self._client.client.options(request_timeout=5).close_point_in_time(id=identity)


def _mget(request: dict[str, Any]) -> Callable[[Elasticsearch], Any]:
    return lambda library: library.mget(**request)


def _source(fields: Sequence[str] | None) -> dict[str, Any]:
    """Which fields to read; an empty list of them would mean all to the server."""
    wanted: dict[str, Any] = {"source_excludes": list(SEARCH_FIELDS)}
    if fields is not None:
        wanted["source_includes"] = list(fields) or ["-"]
    return wanted
