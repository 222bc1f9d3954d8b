"""Forget an article or a publisher: everything that the index holds of it goes, and a tombstone keeps it out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.dead_letter_spool import drain_spool
from connectors.index import Document, Index, Kind
from connectors.source_locations import entry_key
from connectors.tombstones import ARTICLE, ENTRY, PUBLISHER, names_of_request, write_tombstones
from pipeline.remove_articles import remove_articles
from pipeline.stage import batches
from schemas.canonical_url import article_id, normalise_url
from schemas.entry_json import entry_from_json
from schemas.errors import ConfigError
from schemas.records import SourceKind

_IDENTITY = re.compile(r"[0-9a-f]{32}\Z")
_BATCH = 500
_ADDRESS_FIELDS = ("url", "aliases", "fetched_url")
_FOUND_FIELDS = ("article_id", "url", "fetched_url", "aliases", "entry_keys", "publisher", "title")


@dataclass(slots=True)
class Meant:
    """Everything in the index that a request covers.

    Attributes:
        target: as it was asked for: an address, an article's id or a publisher's name.
        publisher: the name, or "" when it is about articles.
        articles, entries, dead_letters, feeds: ids.
        shown: title and publisher of some articles, for a person to recognise.
    """

    target: str
    publisher: str = ""
    articles: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    dead_letters: set[str] = field(default_factory=set)
    feeds: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        names = ("articles", "entries", "dead_letters", "feeds")
        return {name: len(getattr(self, name)) for name in names}


def what_is_meant(index: Index, target: str) -> Meant:
    """What the index holds of an address, an article's id or a publisher; reads only.

    An address that the index does not know is forgotten all the same: it will not be read.

    Errors: ConfigError for a name that no article, feed or waiting entry has as its publisher.
    """
    meant = Meant(target)
    if "://" in target or _IDENTITY.match(target):
        _find_by_address(index, meant)
    else:
        _find_by_publisher(index, meant)
    meant.articles |= names_of_request(index, target, ARTICLE)
    meant.entries |= names_of_request(index, target, ENTRY)
    for some in batches(sorted(meant.articles), _BATCH):
        meant.entries |= {row["entry_key"] for row in index.find(Kind.ENTRIES, "article_id", some, ["entry_key"])}
    for some in batches(sorted(meant.entries), _BATCH):
        found = index.find(Kind.DEAD_LETTERS, "entry_key", some, ["dead_letter_id"])
        meant.dead_letters |= {row["dead_letter_id"] for row in found}
    return meant


def _find_by_address(index: Index, meant: Meant) -> None:
    target = meant.target
    addresses = {target, normalise_url(target)} if target.startswith(("http://", "https://")) else {target}
    found = dict(index.get_many(Kind.ARTICLES, [target], _FOUND_FIELDS))
    for name in _ADDRESS_FIELDS:
        rows = index.find(Kind.ARTICLES, name, sorted(addresses), _FOUND_FIELDS)
        found |= {row["article_id"]: row for row in rows}
    _add_articles(meant, found.values())
    for row in found.values():
        addresses |= {row["url"], row["fetched_url"], *row["aliases"]}
    # Also what is not known yet: the keys that a feed and a list of addresses would give it.
    web = sorted(address for address in addresses if address.startswith(("http://", "https://")))
    meant.articles |= {article_id(normalise_url(address)) for address in web}
    for address in web:
        meant.entries |= {article_id(address), entry_key(SourceKind.URL, address)}
    for kind, identity, ids in (
        (Kind.ENTRIES, "entry_key", meant.entries),
        (Kind.DEAD_LETTERS, "dead_letter_id", meant.dead_letters),
    ):
        ids |= {row[identity] for row in index.find(kind, "url", sorted(addresses), [identity])}


def _add_articles(meant: Meant, rows: Iterable[Document]) -> None:
    for row in rows:
        meant.articles.add(row["article_id"])
        meant.entries.update(row["entry_keys"])
        meant.shown.append(f"{row['publisher'] or row['url']}: {row['title']}")


def _find_by_publisher(index: Index, meant: Meant) -> None:
    """By the name as it is written in documents. What was rejected keeps no publisher; only its address is known."""
    meant.publisher = meant.target
    _add_articles(meant, index.find(Kind.ARTICLES, "publisher", [meant.target], _FOUND_FIELDS))
    meant.feeds = {row["feed_id"] for row in index.find(Kind.FEEDS, "publisher", [meant.target], ["feed_id"])}
    for kind, identity, ids in (
        (Kind.ENTRIES, "entry_key", meant.entries),
        (Kind.DEAD_LETTERS, "dead_letter_id", meant.dead_letters),
    ):
        for row in index.scan(kind, fields=[identity, "entry_json"]):
            entry = entry_from_json(row["entry_json"]) if row["entry_json"] else None
            if entry is not None and entry.publication.publisher == meant.target:
                ids.add(row[identity])
    known = meant.articles or meant.feeds or meant.entries or names_of_request(index, meant.target, PUBLISHER)
    if not known:
        named = [name for name, _ in index.facet(Kind.ARTICLES, "publisher", size=10)]
        raise ConfigError(
            f"no publisher {meant.target!r} in {index.location}: give its name as search prints it, such as "
            f"{', '.join(named) or 'none yet'}, or an article's URL or id"
        )


def forget(index: Index, meant: Meant) -> None:
    """Remove all of it, and keep it out.

    Guarantees: tombstones first, so that nothing comes in again; killed anywhere and repeated, it ends in the same
        documents, because the tombstones of a request name everything that it covers.
    """
    drain_spool(index.location, index)
    named = {(ARTICLE, identity) for identity in meant.articles} | {(ENTRY, key) for key in meant.entries}
    named |= {(PUBLISHER, meant.publisher)} if meant.publisher else set()
    write_tombstones(index, meant.target, named)
    remove_articles(index, meant.articles)
    for kind, ids in (
        (Kind.DEAD_LETTERS, meant.dead_letters),
        (Kind.FEEDS, meant.feeds),
        (Kind.ENTRIES, meant.entries),
    ):
        index.delete(kind, sorted(ids))
