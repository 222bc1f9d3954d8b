"""The index contract: what SQLite and Elasticsearch both promise, and nothing more.

The index is the only durable state (ARCHITECTURE.md, decision 1). It holds ten kinds of documents, all
plain JSON objects made by ``schemas.documents``. A write puts the whole document under its own id, so the
same write twice leaves one document: replays, reorderings and restarts converge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Document = dict[str, Any]
OnProgress = Callable[[str, int, int], None]
"""Is told a name, how many are done, and of how many."""

MATCH_START = "\x02"
MATCH_END = "\x03"
"""Characters around a matched word in ``Hit.snippets``: no article text holds them."""


class Kind(StrEnum):
    """The kinds of documents, each an index (Elasticsearch) or a table (SQLite)."""

    ARTICLES = "articles"
    STORIES = "stories"
    ENTRIES = "entries"
    FEEDS = "feeds"
    DEAD_LETTERS = "dead_letters"
    RUNS = "runs"
    TABLES = "tables"
    """What was learned from the articles, frozen: a run reads it and never changes it."""
    TOMBSTONES = "tombstones"
    """What was forgotten on request, and must not come in again."""
    VISITS = "visits"
    """When each article is looked at again, where a run was told to."""
    REVISIONS = "revisions"
    """What an article said before and after each change."""


ID_FIELD: Mapping[Kind, str] = {
    Kind.ARTICLES: "article_id",
    Kind.STORIES: "story_id",
    Kind.ENTRIES: "entry_key",
    Kind.FEEDS: "feed_id",
    Kind.DEAD_LETTERS: "dead_letter_id",
    Kind.RUNS: "run_id",
    Kind.TABLES: "table_id",
    Kind.TOMBSTONES: "tombstone_id",
    Kind.VISITS: "article_id",
    Kind.REVISIONS: "revision_id",
}


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of one document of a ``write``: ``error`` is "" when it was written."""

    document_id: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that are combined with AND; an empty one is no condition. Values of one are OR.

    Attributes:
        topics, publishers, agencies, languages: facet values.
        since, until: ``published_at`` (``first_seen_at`` when null), half-open [since, until).
        story_id: members of this story only.
        originals_only: origins of their stories only.
        relevant: only (True) or without (False) articles about Korea-Japan relations; None is both.
        equals: any further keyword field of the kind, by exact value.
    """

    topics: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    story_id: str = ""
    originals_only: bool = False
    relevant: bool | None = None
    equals: tuple[tuple[str, str], ...] = ()


Period = tuple[datetime, datetime]
"""From the first moment until before the second, both aware of their zone."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result.

    Attributes:
        document: the article, without ``body``, ``original_text`` and signature.
        score: higher is better; 0 when there was no text to match.
        snippets: passages with matches between MATCH_START and MATCH_END, best first.
    """

    document: Document
    score: float
    snippets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits in order of score then newest then id, and how many there are in all."""

    total: int
    hits: tuple[Hit, ...]


def no_progress(name: str, done: int, total: int) -> None:
    """For those who do not watch."""


class Index(Protocol):
    """An open index. One object serves one thread; opening is cheap.

    Errors: every method raises IndexUnavailableError when the backend is out of reach, after bounded
    retries; a single document that cannot be stored is an outcome of ``write``, never an exception.
    """

    location: str
    """Where it is, without secrets."""

    def setup(self, thorough: bool = False) -> list[str]:
        """Create what is missing (tables, templates, indices); the names of what was created or changed. Idempotent.

        Unless ``thorough``, an index that is there in today's format is left alone.
        """
        ...

    def differences(self) -> list[str]:
        """What a thorough setup, and then ``migrate``, would change, a line each; changes nothing."""
        ...

    def migrate(self, on_progress: OnProgress = ...) -> list[str]:
        """Write documents of an older format anew while others read and write; the names of what is new.

        Killed anywhere and repeated, it ends in the same documents.
        """
        ...

    def write(self, kind: Kind, documents: Sequence[Document]) -> list[WriteOutcome]:
        """Put whole documents under their ids; one outcome per document, in order. Visible to reads on return."""
        ...

    def get_many(self, kind: Kind, ids: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Document]:
        """The documents with these ids, those that exist; ``fields`` limits what is read."""
        ...

    def find(
        self, kind: Kind, field: str, values: Sequence[str], fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        """Documents whose keyword field (single or list) holds any of the values, each once, sorted by id."""
        ...

    def find_candidates(
        self, bands: Sequence[str], published: Period, fields: Sequence[str] | None = None
    ) -> Iterator[Document]:
        """Articles with any of the bands, published in the period or undated, each once, sorted by id.

        What lies outside of the period costs next to nothing, however much it is.
        """
        ...

    def scan(self, kind: Kind, filters: Filters = ..., fields: Sequence[str] | None = None) -> Iterator[Document]:
        """Every document that passes the filters, sorted by id; a consistent view as far as the backend has one."""
        ...

    def count(self, kind: Kind, filters: Filters = ...) -> int:
        """How many documents pass the filters."""
        ...

    def facet(self, kind: Kind, field: str, filters: Filters = ..., size: int = 50) -> list[tuple[str, int]]:
        """Values of a keyword field with their document counts, most frequent first, then by value."""
        ...

    def search(self, text: str, filters: Filters = ..., size: int = 20, offset: int = 0) -> SearchPage:
        """Articles matching all words of ``text`` (EN words; KO and JA by character bigrams) and the filters."""
        ...

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Remove documents; how many there were."""
        ...

    def close(self) -> None:
        """Release connections. Idempotent."""
        ...
