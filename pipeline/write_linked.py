"""From LinkWireCopies to WriteStories in one step, with the functions of the stages: for the one writer of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connectors.index import Index
from pipeline import index_articles, link_wire_copies, write_stories
from pipeline.settled import Settled, Sorted
from pipeline.stage import batches
from schemas.errors import Failed
from schemas.records import Article

_BATCH = 200


class Written(NamedTuple):
    """What became of articles.

    Attributes:
        articles: those that are in the index, with signature and story.
        failed: why others are not, and which stories could not be written.
    """

    articles: list[Article]
    failed: list[Failed]


def write_linked(articles: Sequence[Article], index: Index, settled: Settled) -> Written:
    """Link the articles, each of another id, and write them with all that follows from them.

    Guarantees: killed anywhere and done again, it ends in the same documents.
    """
    signed = settled.sort(link_wire_copies.SIGN_STAGE, len(articles), link_wire_copies.sign_articles(articles))
    linked = link_wire_copies.link_articles(sorted(signed.passed, key=lambda article: article.article_id), index)
    settled.sort(link_wire_copies.STAGE, len(linked.articles), linked.articles)
    indexed: Sorted[str] = Sorted()
    for some in batches(linked.articles, _BATCH):
        ways = settled.sort(index_articles.STAGE, len(some), index_articles.index_articles(some, index))
        indexed.passed += ways.passed
        indexed.failed += ways.failed
    rewritten = settled.sort(
        index_articles.REWRITE_STAGE,
        len(linked.changes),
        index_articles.rewrite_stories(dict(linked.changes), index) if linked.changes else (),
    )
    stories = settled.sort(
        write_stories.STAGE, len(linked.story_ids), write_stories.write_stories(linked.story_ids, index)
    )
    ids = set(indexed.passed)
    in_index = [article for article in linked.articles if article.article_id in ids]
    return Written(in_index, [*signed.failed, *indexed.failed, *rewritten.failed, *stories.failed])
