"""Open the index that a location names: a path is an SQLite file, an http(s) URL an Elasticsearch."""

from __future__ import annotations

from connectors.index import Index
from schemas.errors import ConfigError


def open_index(location: str) -> Index:
    """The index at ``location``, not yet set up.

    Args:
        location: a file path, or ``http(s)://host:port[/prefix]``; the prefix of the index names is
            ``straitwire`` unless the path names another.
    Errors: IndexUnavailableError, one plain sentence, when it cannot be opened or reached; ConfigError for a
        location that is neither.
    """
    if not location:
        raise ConfigError("the index has an empty name: give --index a file, or the URL of an Elasticsearch")
    if location.startswith(("http://", "https://")):
        # The client takes a third of a second to import, which a SQLite user need not wait for.
        from connectors.elasticsearch_index import ElasticsearchIndex

        return ElasticsearchIndex(location)
    if "://" in location:
        scheme = location.partition("://")[0]
        raise ConfigError(f"an index is a file or an http(s) URL, not {scheme}://: write it as http://host:9200")
    from connectors.sqlite_index import SQLiteIndex

    return SQLiteIndex(location)
