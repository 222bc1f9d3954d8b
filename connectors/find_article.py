"""The article that a person means: by its id, its URL or any other address that leads to it."""

from __future__ import annotations

import re

from connectors.index import Document, Index, Kind
from schemas.canonical_url import normalise_url
from schemas.errors import ConfigError

_IDENTITY = re.compile(r"[0-9a-f]{32}\Z")


def find_article(index: Index, wanted: str) -> Document:
    """The whole document.

    Errors: ConfigError when there is none.
    """
    if _IDENTITY.match(wanted):
        found = index.get_many(Kind.ARTICLES, [wanted])
        if found:
            return found[wanted]
    addresses = [wanted]
    if "://" in wanted and not wanted.startswith(("file:", "urn:")):
        addresses.append(normalise_url(wanted))
    for field in ("url", "aliases", "fetched_url"):
        for document in index.find(Kind.ARTICLES, field, addresses):
            return document
    raise ConfigError(f"no article {wanted} in {index.location}: give an article id or a URL that was read")
