"""Take articles out of the index so that the stories of the others stay right."""

from __future__ import annotations

from collections.abc import Iterable, Set

from connectors.index import Document, Index, Kind
from pipeline.index_articles import rewrite_stories
from pipeline.indexed_members import MEMBER_FIELDS, member_from_document
from pipeline.stage import batches
from pipeline.text.signature import VERSION
from pipeline.text.stories import link_members
from pipeline.write_dead_letters import write_dead_letters
from pipeline.write_stories import write_stories
from schemas.documents import story_from_document
from schemas.errors import Failed
from schemas.records import Story, StoryRole

_BATCH = 200


def remove_articles(index: Index, article_ids: Iterable[str]) -> int:
    """Delete the articles, and what the index keeps about each; how many articles there were.

    Guarantees: the stories that they were in are computed anew from the members that remain, as if the others had
        never been there: one may fall apart, and gets another id and origin. Killed anywhere and repeated with the
        same ids, it ends in the same documents: story documents are written last, and until then they list who was
        together.
    """
    removed = 0
    for some in batches(sorted(set(article_ids)), _BATCH):
        gone = frozenset(some)
        touched = _stories_of(index, gone)
        others = _other_members(index, touched, gone)
        removed += index.delete(Kind.ARTICLES, some)
        index.delete(Kind.VISITS, some)
        revisions = index.find(Kind.REVISIONS, "article_id", some, ["revision_id"])
        index.delete(Kind.REVISIONS, [row["revision_id"] for row in revisions])
        _compute_stories(index, others, touched)
    return removed


def _stories_of(index: Index, gone: Set[str]) -> set[str]:
    """The stories that these articles are in, by their own documents or by those of the stories."""
    articles = index.get_many(Kind.ARTICLES, sorted(gone), ["story_id"])
    listing = index.find(Kind.STORIES, "members", sorted(gone), ["story_id"])
    return {row["story_id"] for row in [*articles.values(), *listing]}


def _other_members(index: Index, story_ids: Set[str], gone: Set[str]) -> list[Document]:
    listed = index.get_many(Kind.STORIES, sorted(story_ids), ["members"])
    named = {identity for row in listed.values() for identity in row["members"]} - gone
    found = {row["article_id"]: row for row in index.find(Kind.ARTICLES, "story_id", sorted(story_ids), MEMBER_FIELDS)}
    found |= index.get_many(Kind.ARTICLES, sorted(named - found.keys()), MEMBER_FIELDS)
    return [found[identity] for identity in sorted(found) if identity not in gone]


def _compute_stories(index: Index, others: list[Document], touched: set[str]) -> None:
    stories = link_members([member_from_document(row) for row in others if row["signature_version"] == VERSION])
    for row in others:
        if row["article_id"] not in stories:  # of an older algorithm, which reprocessing will compare again
            stories[row["article_id"]] = Story(row["article_id"], StoryRole.ORIGIN, row["article_id"])
    changes = {
        row["article_id"]: stories[row["article_id"]]
        for row in others
        if stories[row["article_id"]] != story_from_document(row)
    }
    failed = [outcome for outcome in rewrite_stories(changes, index) if isinstance(outcome, Failed)] if changes else []
    story_ids = touched | {row["story_id"] for row in others} | {story.story_id for story in stories.values()}
    failed += [outcome for outcome in write_stories(sorted(story_ids), index) if isinstance(outcome, Failed)]
    if failed:
        write_dead_letters(failed, index, index.location)
