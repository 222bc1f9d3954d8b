"""From an index of an older format to a new one behind the same alias, while others read and write.

The documents are copied in the order of their sequence numbers (``_seq_no``): every write since, also one to a
document that is copied already, has a higher number and comes up later. Pass after pass the rest gets shorter. Then
the old index is closed for writes, which the server confirms once no write is in flight; the last few changes are
copied, what was deleted meanwhile is deleted, the two are counted, and every alias moves in one step. A writer that
meets the closed index tries again and finds the new one; a reader finds the old or the new one, both whole.

The copy goes through this process and not through ``_reindex``: documents get today's format on the way, and the
core distribution has no reindex.

Source: Elasticsearch reference 8.19, "Index blocks" (add index block API: on return, all in-flight writes to the
index have been completed) and "Aliases" (actions are applied atomically).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.bulk_writes.bulk_action import BulkAction, bulk_action
from connectors.document_upgrades import upgraded
from connectors.elasticsearch_bulk import run_bulk
from connectors.elasticsearch_client import PatientClient
from connectors.elasticsearch_requests import Request
from connectors.elasticsearch_setup import differences, next_index_name, set_up
from connectors.elasticsearch_templates import SEARCH_FIELDS, TEMPLATE_VERSION, alias, with_search_fields
from connectors.index import ID_FIELD, Document, Kind, OnProgress
from schemas.errors import IndexUnavailableError

_PAGE = 500
_PAGES_BETWEEN_MARKS = 10
_SHORT_PASS = 1_000
"""What is copied within a second or so: then writers may be kept waiting for the rest."""

_MOST_PASSES = 20
READERS_LEAVE_SECONDS = 2.0
"""A search that found the old index behind the alias is through with it before it is deleted."""


def migrate(client: PatientClient, prefix: str, on_progress: OnProgress) -> list[str]:
    """Write every index of an older format anew; the names of the new ones.

    Guarantees: no document is lost or doubled, whoever writes meanwhile through the alias; killed anywhere and
        repeated, it goes on where it was.
    Errors: IndexUnavailableError when the server is out of reach, or the new mapping refuses a document: then
        everything goes on with the old index.
    """
    set_up(client, prefix)
    _finish_earlier(client, prefix)
    old = [change.name for change in differences(client, prefix) if change.what == "migrate"]
    return [_Move(client, prefix, _kind_of(prefix, name), name).run(on_progress) for name in old]


def _kind_of(prefix: str, index: str) -> Kind:
    return next(kind for kind in Kind if index.startswith(f"{alias(prefix, kind)}-v"))


def _finish_earlier(client: PatientClient, prefix: str) -> None:
    """Take away old indices that an earlier migration, killed after the aliases had moved, left behind."""
    for kind in Kind:
        held = client.ask(Request("GET", f"/{alias(prefix, kind)}").send)
        for name, index in held.items():
            old = index["mappings"].get("_meta", {}).get("copied_from")
            if old:
                _leave(client, old, name)


def _leave(client: PatientClient, old: str, new: str) -> None:
    """Delete the old index and the marks of the copy."""
    client.ask(lambda library: library.indices.delete(index=old, ignore_unavailable=True))
    body = {"_meta": {"straitwire_version": TEMPLATE_VERSION}}
    client.ask(Request("PUT", f"/{new}/_mapping", body).send)


@dataclass(slots=True)
class _Move:
    """One index on its way."""

    client: PatientClient
    prefix: str
    kind: Kind
    old: str

    @property
    def new(self) -> str:
        return next_index_name(self.prefix, self.kind, self.old)

    @property
    def passage(self) -> str:
        """The alias through which the copy is written."""
        return f"{self.new}-copy"

    def run(self, on_progress: OnProgress) -> str:
        copied = self._begin()
        self._close(False)  # an earlier migration may have been killed while writers waited
        for _ in range(_MOST_PASSES):
            if self._copy(copied, on_progress) <= _SHORT_PASS:
                break
        self._close(True)
        try:
            self._copy(copied, on_progress)
            self._delete_what_was_deleted()
            self._swap()
        except BaseException:
            self._close(False)
            raise
        time.sleep(READERS_LEAVE_SECONDS)
        _leave(self.client, self.old, self.new)
        return self.new

    def _begin(self) -> dict[str, int]:
        """Create the new index, or go on with the one that is there; how far each shard is copied."""
        meta = {"straitwire_version": TEMPLATE_VERSION, "copied_from": self.old, "copied": {}}
        body = {"mappings": {"_meta": meta}, "aliases": {self.passage: {}}}
        if not self.client.ask(lambda library: library.indices.exists(index=self.new)):
            self.client.ask(Request("PUT", f"/{self.new}", body).send)
            return {}
        held = self.client.ask(lambda library: library.indices.get_mapping(index=self.new)).body
        meta = held[self.new]["mappings"].get("_meta", {})
        if meta.get("copied_from") != self.old:
            raise IndexUnavailableError(
                f"there is an index {self.new} already that is no copy of {self.old}; delete it, then migrate again"
            )
        return {shard: int(number) for shard, number in meta["copied"].items()}

    def _close(self, closed: bool) -> None:
        """Close the old index for writes, or open it again."""
        request = Request("PUT", f"/{self.old}/_block/write")
        if not closed:
            request = Request("PUT", f"/{self.old}/_settings", {"index.blocks.write": None})
        self.client.ask(request.send)

    def _copy(self, copied: dict[str, int], on_progress: OnProgress) -> int:
        """Copy what was written since; how many documents. All up to the checkpoints is visible to the searches."""
        checkpoints = self._checkpoints()
        self.client.ask(lambda library: library.indices.refresh(index=self.old))
        total = self._count(self.old)
        done = 0
        for shard, last in checkpoints.items():
            for number, page in enumerate(self._pages(shard, copied.get(shard, -1), last)):
                self._write(page)
                copied[shard] = page[-1]["sort"][0]
                done += len(page)
                on_progress(self.new, min(done, total), total)
                if number % _PAGES_BETWEEN_MARKS == _PAGES_BETWEEN_MARKS - 1:
                    self._mark(copied)
            copied[shard] = max(last, copied.get(shard, -1))
        self._mark(copied)
        return done

    def _checkpoints(self) -> dict[str, int]:
        """By shard, the number up to which every copy of the shard has every write."""
        stats = self.client.ask(lambda library: library.indices.stats(index=self.old, metric="docs", level="shards"))
        shards = stats.body["indices"][self.old]["shards"]
        primaries = {
            shard: next(copy for copy in copies if copy["routing"]["primary"]) for shard, copies in shards.items()
        }
        return {shard: int(copy["seq_no"]["global_checkpoint"]) for shard, copy in sorted(primaries.items())}

    def _pages(self, shard: str, after: int, last: int) -> Iterator[list[Any]]:
        while after < last:
            body = {
                "query": {"range": {"_seq_no": {"gt": after, "lte": last}}},
                "sort": [{"_seq_no": "asc"}],
                "size": _PAGE,
                "track_total_hits": False,
            }
            request = Request("POST", f"/{self.old}/_search?preference=_shards:{shard}", body)
            hits = self.client.ask(request.send)["hits"]["hits"]
            if not hits:
                return
            yield hits
            after = hits[-1]["sort"][0]

    def _write(self, hits: Sequence[Any]) -> None:
        actions = [self._action(hit["_source"]) for hit in hits]
        for action, outcome in zip(actions, run_bulk(self.client, self.passage, actions), strict=True):
            if outcome.error:
                raise IndexUnavailableError(
                    f"the document {action.document_id} of {self.old} cannot be taken over ({outcome.error}); "
                    f"nothing has changed: delete or mend it, then migrate again"
                )

    def _action(self, source: Document) -> BulkAction:
        document = {name: value for name, value in source.items() if name not in SEARCH_FIELDS}
        document = with_search_fields(self.kind, upgraded(self.kind, document))
        identity: str = document[ID_FIELD[self.kind]]
        return bulk_action("index", identity, document)

    def _mark(self, copied: dict[str, int]) -> None:
        """Remember how far the copy is, in the new index itself."""
        meta = {"straitwire_version": TEMPLATE_VERSION, "copied_from": self.old, "copied": copied}
        self.client.ask(Request("PUT", f"/{self.new}/_mapping", {"_meta": meta}).send)

    def _count(self, index: str) -> int:
        return int(self.client.ask(lambda library: library.count(index=index))["count"])

    def _delete_what_was_deleted(self) -> None:
        """The copy holds all of the old index: when it holds more, that was deleted since it was copied."""
        self.client.ask(lambda library: library.indices.refresh(index=self.new))
        if self._count(self.old) != self._count(self.new):
            kept = set(self._ids(self.old))
            gone = [identity for identity in self._ids(self.new) if identity not in kept]
            actions = [bulk_action("delete", identity) for identity in gone]
            run_bulk(self.client, self.passage, actions)
            self.client.ask(lambda library: library.indices.refresh(index=self.new))
        before, after = self._count(self.old), self._count(self.new)
        if before != after:
            raise IndexUnavailableError(
                f"{self.new} holds {after} documents where {self.old} holds {before}; nothing has changed: "
                f"delete {self.new}, then migrate again"
            )

    def _ids(self, index: str) -> Iterator[str]:
        field = ID_FIELD[self.kind]
        request: dict[str, Any] = {
            "query": {"match_all": {}}, "sort": [{field: "asc"}], "size": 10_000, "source": False,
            "track_total_hits": False,
        }  # fmt: skip
        while True:
            hits = self.client.ask(lambda library: library.search(index=index, **request)).body["hits"]["hits"]
            yield from (hit["_id"] for hit in hits)
            if not hits:
                return
            request["search_after"] = hits[-1]["sort"]

    def _swap(self) -> None:
        held = self.client.ask(lambda library: library.indices.get_alias(index=self.old)).body
        actions: list[Any] = [{"remove": {"index": self.new, "alias": self.passage}}]
        for name, properties in held[self.old]["aliases"].items():
            actions += [
                {"remove": {"index": self.old, "alias": name, "must_exist": True}},
                {"add": {"index": self.new, "alias": name, **properties}},
            ]
        self.client.ask(Request("POST", "/_aliases", {"actions": actions}).send)
