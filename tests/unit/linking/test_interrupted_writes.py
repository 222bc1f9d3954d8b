"""A batch is killed after each of its writes in turn; run again, it ends in the documents of a run undisturbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.index import Document, Index, Kind
from connectors.open_index import open_index
from pipeline.link_wire_copies import link_articles, sign_article
from pipeline.write_stories import in_safe_order, story_document
from schemas.documents import article_to_document, story_fields
from schemas.records import Article, Publication, SourceKind
from tests.unit.linking.stories_by_hand import FIRST, WRITTEN

CLOCK = datetime(2026, 4, 1, tzinfo=UTC)
PARAGRAPHS = WRITTEN[0].text.split("\n\n")
OTHER = "The harbour office has moved to the old customs house, where it opens on Thursday at nine."

Stored = tuple[dict[str, Document], dict[str, Document]]


def article(identity: str, text: str, hours: int) -> Article:
    return Article(
        article_id=identity * 32,
        url=f"https://outlet.example/{identity}",
        aliases=(),
        entry_keys=(f"entry-{identity}",),
        revision="1",
        kind=SourceKind.FEED,
        source_id="feed",
        publication=Publication(f"Outlet {identity}"),
        title="",
        body=text,
        original_text=text,
        language=WRITTEN[0].language,
        fetched_at=CLOCK,
        published_at=FIRST + timedelta(hours=hours),
    )


def writes(index: Index, articles: Sequence[Article], changes_first: bool) -> Iterator[Callable[[], object]]:
    """What the flow writes for a batch, in its order, one document at a time."""
    linked = link_articles([sign_article(one) for one in articles], index)
    documents = [article_to_document(one, CLOCK, CLOCK) for one in linked.articles]
    earlier = index.get_many(Kind.ARTICLES, [identity for identity, _ in linked.changes])
    changes = [{**earlier[identity], **story_fields(story)} for identity, story in linked.changes]
    for document in changes + documents if changes_first else documents + changes:
        yield lambda document=document: index.write(Kind.ARTICLES, [document])
    growing, losing = in_safe_order(linked.story_ids, index)
    for story_id in growing + losing:
        yield lambda story_id=story_id: write_story(index, story_id)


def write_story(index: Index, story_id: str) -> None:
    members = list(index.find(Kind.ARTICLES, "story_id", [story_id]))
    if members:
        index.write(Kind.STORIES, [story_document(members, CLOCK)])
    else:
        index.delete(Kind.STORIES, [story_id])


def process(
    index: Index, articles: Sequence[Article], changes_first: bool = False, killed_after: int | None = None
) -> bool:
    """Write a batch; whether it was killed."""
    for number, write in enumerate(writes(index, articles, changes_first)):
        if number == killed_after:
            return True
        write()
    return False


def stored(index: Index) -> Stored:
    articles = {row["article_id"]: row for row in index.scan(Kind.ARTICLES)}
    return articles, {row["story_id"]: row for row in index.scan(Kind.STORIES)}


WHOLE, HEAD, TAIL = WRITTEN[0].text, "\n\n".join(PARAGRAPHS[:4]), "\n\n".join(PARAGRAPHS[5:])
SITUATIONS = {
    "a part joins a story of another part": (
        [article("b", WHOLE, 1), article("c", TAIL, 2), article("d", WHOLE, 3)],
        [article("a", HEAD, 0)],
    ),
    "a whole text joins the stories of its parts": (
        [article("b", HEAD, 1), article("c", TAIL, 2)],
        [article("a", WHOLE, 3)],
    ),
    "an article leaves its story": (
        [article("b", WHOLE, 1), article("c", WHOLE, 2), article("d", WHOLE, 3)],
        [replace(article("d", OTHER, 3), revision="2")],
    ),
    "the article that names the story leaves it": (
        [article("b", WHOLE, 1), article("c", WHOLE, 2), article("d", WHOLE, 3)],
        [replace(article("b", OTHER, 1), revision="2")],
    ),
    "the link between two parts leaves": (
        [article("a", WHOLE, 1), article("b", HEAD, 2), article("c", TAIL, 3)],
        [replace(article("a", OTHER, 1), revision="2")],
    ),
}


@pytest.mark.parametrize("changes_first", [False, True], ids=["articles first", "changes first"])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_killed_after_any_write_and_run_again_the_documents_are_those_of_one_run(
    tmp_path: Path, situation: str, changes_first: bool
) -> None:
    before, batch = SITUATIONS[situation]

    def opened(name: str) -> Index:
        index = open_index(str(tmp_path / name))
        index.setup()
        process(index, before)
        return index

    undisturbed = opened("undisturbed.db")
    process(undisturbed, batch)
    expected = stored(undisturbed)
    undisturbed.close()
    for killed_after in range(30):
        index = opened(f"{killed_after}.db")
        was_killed = process(index, batch, changes_first, killed_after)
        process(index, batch)
        assert stored(index) == expected, f"killed after {killed_after} writes"
        index.close()
        if not was_killed:
            break
    assert killed_after > len(batch) + 1
