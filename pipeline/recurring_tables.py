"""What recurs on a host, learned from the articles in the index and frozen there as versioned tables.

A table follows from the set of articles alone, and only a command learns one: a run applies what was frozen when
it began, so that the same input at the same tables gives the same documents, whoever runs it and when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.index import Document, Filters, Index, Kind
from pipeline.stage import written_ids
from pipeline.text.lines import split_lines
from pipeline.text.recurring_lines import (
    ArticleLines,
    RecurringLines,
    RecurringTable,
    article_lines,
    host_of,
    learn_recurring_lines,
    line_hash,
    recurring_table,
)
from schemas.documents import time_text

KIND = "recurring_lines"
MOST_ARTICLES = 400
"""Articles of one host that are learned from: those with the smallest ids. Ids are hashes, so this is a fair sample
that does not depend on order; 400 tell a line on 40 % of the pages from one on 30 % (standard error 2.5 %), and 500
hosts need about 1 GB."""

_EXAMPLE_ARTICLES = 12
_MOST_EXAMPLES = 40


@dataclass(frozen=True, slots=True)
class LearnedHost:
    """What learning found on one host.

    Attributes:
        host: whose lines.
        version: of its lines; "" when it has none any more.
        articles: how many were learned from.
        lines: how many recur.
        applied: whether the articles indexed earlier were stripped again since the lines last changed.
        examples: such lines as articles write them, at most 40.
    """

    host: str
    version: str
    articles: int
    lines: int
    applied: bool
    examples: tuple[str, ...]


def load_recurring_table(index: Index) -> RecurringTable:
    """The tables as they are frozen in the index."""
    return recurring_table(_lines_of(row) for row in _frozen(index).values() if row["version"])


def mark_applied(index: Index, hosts: Sequence[str]) -> None:
    """Remember that the hosts' articles were all stripped with what is frozen now."""
    frozen = _frozen(index)
    _write(index, [{**frozen[host], "applied": True} for host in hosts])


def learn_recurring_tables(index: Index, now: datetime) -> list[LearnedHost]:
    """Learn from the original texts of all articles, freeze what is new, and say what was found, by host.

    In -> out: hosts with recurring lines, and those that have lost theirs. A host on which nothing has changed
        keeps its document as it is.
    Guarantees: the tables follow from the set of articles, not from their order or from earlier tables; stripping
        with them changes nothing of what they are learned from. Repeating it after a kill ends in the same tables.
    """
    articles = _articles_by_host(index)
    table = learn_recurring_lines(lines for some in articles.values() for lines in some)
    frozen = _frozen(index)
    learned: list[LearnedHost] = []
    documents: list[Document] = []
    for host in sorted(table.hosts.keys() | frozen.keys()):
        lines, known = table.of_host(host) or RecurringLines(host, ""), frozen.get(host)
        examples = _examples(index, lines, articles.get(host, ()))
        applied = known is not None and known["version"] == lines.version and known["applied"]
        document = _document(lines, len(articles.get(host, ())), examples, applied, now)
        if known is None or {**known, "updated_at": ""} != {**document, "updated_at": ""}:
            documents.append(document)
        count = len(lines.labels) + len(lines.edges) + len(lines.inner)
        learned.append(LearnedHost(host, lines.version, document["articles"], count, applied, examples))
    _write(index, documents)
    return learned


def _frozen(index: Index) -> dict[str, Document]:
    """The tables' documents by host; one without lines remembers that there were some."""
    return {row["host"]: row for row in index.find(Kind.TABLES, "kind", [KIND])}


def _write(index: Index, documents: Sequence[Document]) -> None:
    for _ in written_ids(index.write(Kind.TABLES, documents)):
        pass


def _articles_by_host(index: Index) -> dict[str, list[ArticleLines]]:
    """The lines of up to MOST_ARTICLES articles a host; the scan is sorted by id."""
    found: dict[str, list[ArticleLines]] = defaultdict(list)
    for row in index.scan(Kind.ARTICLES, Filters(), ["article_id", "url", "original_text"]):
        host = host_of(row["url"])
        if host and len(found[host]) < MOST_ARTICLES:
            found[host].append(article_lines(host, row["article_id"], row["original_text"]))
    return found


def _examples(index: Index, lines: RecurringLines, articles: Sequence[ArticleLines]) -> tuple[str, ...]:
    """The lines in words, from the first articles that hold them, in the order in which they stand there."""
    wanted = lines.labels | lines.edges | lines.inner
    ids = [one.article_id for one in articles if not wanted.isdisjoint(one.hashes)][:_EXAMPLE_ARTICLES]
    texts = index.get_many(Kind.ARTICLES, ids, ["article_id", "original_text"])
    written: dict[int, str] = {}
    for identity in ids:
        text = texts[identity]["original_text"]
        for line in split_lines(text):
            found = line_hash(line.folded)
            if found in wanted:
                written.setdefault(found, text[line.start : line.end])
    return tuple(written.values())[:_MOST_EXAMPLES]


def _document(lines: RecurringLines, articles: int, examples: Sequence[str], applied: bool, now: datetime) -> Document:
    """The table as the index stores it; hashes in hexadecimal, since JSON numbers lose bits."""
    return {
        "table_id": f"{KIND}:{lines.host}",
        "kind": KIND,
        "host": lines.host,
        "version": lines.version,
        "applied": applied,
        "articles": articles,
        "labels": _hexadecimal(lines.labels),
        "edges": _hexadecimal(lines.edges),
        "inner": _hexadecimal(lines.inner),
        "examples": list(examples),
        "updated_at": time_text(now),
    }


def _hexadecimal(hashes: frozenset[int]) -> list[str]:
    return sorted(f"{one:016x}" for one in hashes)


def _lines_of(row: Document) -> RecurringLines:
    labels, edges, inner = (frozenset(int(one, 16) for one in row[part]) for part in ("labels", "edges", "inner"))
    return RecurringLines(row["host"], row["version"], labels, edges, inner)
