"""The article that a person means: by its id, its URL or any other address that leads to it."""

from __future__ import annotations

import re

from connectors.index import Document, Index, Kind
from schemas.canonical_url import normalise_url
from schemas.errors import ConfigError

_IDENTITY = re.compile(r"[0-9a-f]{32}\Z")


def find_article(index: Index, wanted: str) -> Document:
    """The whole document; for the id of a story, one of its members.

    Errors: ConfigError when there is none, with what became of the entry at that address.
    """
    if _IDENTITY.match(wanted):
        found = index.get_many(Kind.ARTICLES, [wanted])
        if found:
            return found[wanted]
    addresses = [wanted]
    if "://" in wanted and not wanted.startswith(("file:", "urn:")):
        addresses.append(normalise_url(wanted))
    for field in ("url", "aliases", "fetched_url", "story_id"):
        for document in index.find(Kind.ARTICLES, field, addresses):
            return document
    raise ConfigError(f"no article {wanted} in {index.location}: {_what_is_known(index, wanted, addresses)}")


def _what_is_known(index: Index, wanted: str, addresses: list[str]) -> str:
    """Why there is no such article, as far as the entries tell."""
    for entry in index.find(Kind.ENTRIES, "url", addresses, ["url", "outcome", "reason"]):
        if entry["outcome"] == "pending":
            return "its entry waits to be read by the next run"
        return f"its entry was {entry['outcome']} ({entry['reason']})"
    if "://" in wanted or _IDENTITY.match(wanted):
        return "no run has read it; straitwire search lists ids and addresses"
    return "give an id of 32 hexadecimal digits or a URL, as straitwire search prints them"
