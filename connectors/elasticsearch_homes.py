"""Monthly partitions of the articles: each article has one home, decided once and for ever.

An article's date may change, and a document that moved with it would be in two indices under one id. So the home, the
month of the article's place on the time line when it is first written, is claimed in an index of its own under the
article's id: the server creates a claim once, whoever else tries. Every later write, read and delete goes to the home
that is claimed, by an alias of that month; searches go through the alias over all of them. A migration moves month by
month, because the claim names the month and not the index.

Articles from before partitioning stay where they are, in the home ``all``. So does what is first seen in a month whose
index is not there and may not be created by whoever writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import ApiError

from connectors.bulk_writes.bulk_action import bulk_action
from connectors.elasticsearch_bulk import run_bulk
from connectors.elasticsearch_client import PatientClient
from connectors.elasticsearch_requests import Request
from connectors.elasticsearch_templates import alias, index_name
from connectors.index import Document, Kind
from schemas.errors import IndexUnavailableError

ALL = "all"
RECENT_MONTHS = 24
"""An article older than that when it is first seen lives with its year: an archive of decades is no thousand shards."""

_IDS_A_REQUEST = 500
_PAGE = 5_000
_NEXT_MONTH = timedelta(days=31)


def home_of(article: Document) -> str:
    """The home of an article that has none yet: a pure function of the document.

    >>> home_of({"@timestamp": "2026-03-01T12:00:00.000Z", "first_seen_at": "2026-03-02T00:00:00.000Z"})
    '2026-03'
    >>> home_of({"@timestamp": "1999-03-01T12:00:00.000Z", "first_seen_at": "2026-03-02T00:00:00.000Z"})
    '1999'
    """
    moment, seen = (datetime.fromisoformat(article[name]) for name in ("@timestamp", "first_seen_at"))
    months = (seen.year - moment.year) * 12 + seen.month - moment.month
    return f"{moment:%Y-%m}" if months < RECENT_MONTHS else f"{moment:%Y}"


def homes_alias(prefix: str) -> str:
    """The index of claims; it is there when articles are partitioned."""
    return f"{prefix}-article-homes"


def home_alias(prefix: str, home: str) -> str:
    """The alias of one home."""
    return f"{alias(prefix, Kind.ARTICLES)}-in-{home}"


class Homes:
    """Where each article of one index lives."""

    def __init__(self, client: PatientClient, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._partitioned: bool | None = None
        self._there: set[str] = set()

    def are_for(self, kind: Kind) -> bool:
        """Whether documents of this kind are partitioned. Asked once."""
        if kind is not Kind.ARTICLES:
            return False
        if self._partitioned is None:
            name = homes_alias(self._prefix)
            self._partitioned = bool(self._client.ask(lambda library: library.indices.exists_alias(name=name)))
        return self._partitioned

    def claim(self, articles: Mapping[str, Document]) -> dict[str, str]:
        """The alias to write each article through, by id; those without a home get one."""
        found = self.find(list(articles))
        wanted = {identity: home_of(article) for identity, article in articles.items() if identity not in found}
        if wanted:
            homes = {home: self._built(home) for home in sorted(set(wanted.values()))}
            actions = [bulk_action("create", identity, {"home": homes[home]}) for identity, home in wanted.items()]
            for outcome in run_bulk(self._client, homes_alias(self._prefix), actions):
                if outcome.error:
                    raise IndexUnavailableError(
                        f"an article's home cannot be claimed in {self._client.location} ({outcome.error})"
                    )
            found |= self.find(list(wanted))  # another writer may have been faster
        return found

    def find(self, ids: Sequence[str]) -> dict[str, str]:
        """The alias to read each article through, of those that have a home."""
        homes: dict[str, str] = {}
        for start in range(0, len(ids), _IDS_A_REQUEST):
            body = {"ids": list(ids[start : start + _IDS_A_REQUEST])}
            answer = self._client.ask(Request("POST", f"/{homes_alias(self._prefix)}/_mget", body).send)
            homes.update({row["_id"]: row["_source"]["home"] for row in answer["docs"] if row.get("found")})
        for home in set(homes.values()):
            self._built(home)  # claimed by a writer that was killed before it was built
        return {identity: home_alias(self._prefix, home) for identity, home in homes.items()}

    def _built(self, home: str) -> str:
        """The home once its index is there; ``all`` where it is not and may not be created."""
        if home in self._there:
            return home
        name = home_alias(self._prefix, home)
        if not self._client.ask(lambda library: library.indices.exists_alias(name=name)):
            try:
                build_home(self._client, self._prefix, home)
            except IndexUnavailableError as error:
                if isinstance(error.__cause__, ApiError) and error.__cause__.status_code == 403:
                    return ALL
                raise
        self._there.add(home)
        return home


def build_home(client: PatientClient, prefix: str, home: str) -> str:
    """Create the index of a home, if it is not there; its name."""
    name = index_name(prefix, Kind.ARTICLES, month=home)
    aliases: dict[str, Any] = {alias(prefix, Kind.ARTICLES): {}, home_alias(prefix, home): {}}
    try:
        client.call(Request("PUT", f"/{name}", {"aliases": aliases}).send)
    except ApiError as error:
        if "resource_already_exists" not in str(error.body):
            raise client.refused(error) from error
    client.ask(lambda library: library.cluster.health(index=name, wait_for_status="yellow", timeout="30s"))
    return name


def partition(client: PatientClient, prefix: str) -> list[str]:
    """Give every article a home from now on; the names of what was created. Idempotent.

    To be called while nothing writes: articles that are there are told that they live in ``all``.
    """
    created = []
    whole = _unpartitioned(client, prefix)
    for name in whole:
        body = {"actions": [{"add": {"index": name, "alias": home_alias(prefix, ALL)}}]}
        client.ask(Request("POST", "/_aliases", body).send)
    claims = f"{homes_alias(prefix)}-v1"
    if not client.ask(lambda library: library.indices.exists(index=claims)):
        mappings = {"dynamic": "strict", "properties": {"home": {"type": "keyword"}}}
        settings = {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}}
        client.ask(Request("PUT", f"/{claims}", {"mappings": mappings, "settings": settings}).send)
        created.append(claims)
    # The alias of the claims comes last: with it, everybody believes that articles have homes.
    passage = f"{claims}-copy"
    client.ask(Request("PUT", f"/{claims}/_alias/{passage}").send)
    for name in whole:
        _claim_all(client, name, passage)
    now = datetime.now(UTC)
    created += [build_home(client, prefix, f"{moment:%Y-%m}") for moment in (now, now + _NEXT_MONTH)]
    actions = [
        {"add": {"index": claims, "alias": homes_alias(prefix)}},
        {"remove": {"index": claims, "alias": passage}},
    ]
    client.ask(Request("POST", "/_aliases", {"actions": actions}).send)
    return created


def _unpartitioned(client: PatientClient, prefix: str) -> list[str]:
    """The index that held all articles, and holds those from before."""
    held = client.ask(Request("GET", f"/{alias(prefix, Kind.ARTICLES)}/_alias").send)
    month = f"{alias(prefix, Kind.ARTICLES)}-in-"
    homes = {name: [each for each in index["aliases"] if each.startswith(month)] for name, index in held.items()}
    return sorted(name for name, named in homes.items() if not named or named == [home_alias(prefix, ALL)])


def _claim_all(client: PatientClient, index: str, passage: str) -> None:
    for ids in _ids(client, index):
        run_bulk(client, passage, [bulk_action("create", identity, {"home": ALL}) for identity in ids])


def _ids(client: PatientClient, index: str) -> Iterable[list[str]]:
    body: dict[str, Any] = {"sort": [{"article_id": "asc"}], "size": _PAGE, "_source": False, "track_total_hits": False}
    while hits := client.ask(Request("POST", f"/{index}/_search", body).send)["hits"]["hits"]:
        yield [hit["_id"] for hit in hits]
        body["search_after"] = hits[-1]["sort"]
