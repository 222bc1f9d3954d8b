"""Open the index that a location names: a path is an SQLite file, an http(s) URL an Elasticsearch."""

from __future__ import annotations

from connectors.index import Index


def open_index(location: str) -> Index:
    """The index at ``location``, not yet set up.

    Args:
        location: a file path, or ``http(s)://host:port[/prefix]``; the prefix of the index names is
            ``straitwire`` unless the path names another.
    Errors: IndexUnavailableError, one plain sentence, when it cannot be opened or reached.
    """
    if location.startswith(("http://", "https://")):
        # The client takes a third of a second to import, which a SQLite user need not wait for.
        from connectors.elasticsearch_index import ElasticsearchIndex

        return ElasticsearchIndex(location)
    from connectors.sqlite_index import SQLiteIndex

    return SQLiteIndex(location)
