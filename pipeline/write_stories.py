"""WriteStories: one document a story, computed from the members that the index holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Kind
from pipeline.stage import IndexDoFn, StageOutput, sort_outputs
from schemas.documents import time_text
from schemas.errors import Failed, FailReason

STAGE = "write_stories"
MEMBER_FIELDS = (
    "article_id", "url", "title", "publisher", "language", "agency", "topics", "relevant",
    "story_id", "story_role", "published_at", "first_seen_at",
)  # fmt: skip


class WriteStories(beam.PTransform[PCollection[str], StageOutput]):
    """Story id -> story id, once its document agrees with its members.

    In -> out: ids of the stories that articles joined or left; each once. A story that has lost all its
        members to another loses its document too.

    Args:
        after: written article ids; nothing is read before all of them are in the index.
    Guarantees: idempotent; the document follows from the members alone.
    """

    def __init__(self, index_location: str, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._after = after

    def expand(self, story_ids: PCollection[str]) -> StageOutput:
        return sort_outputs(
            story_ids
            | "Each once" >> beam.Distinct()
            | "Write"
            >> beam.ParDo(
                _WriteStoryDoFn(STAGE, self._index_location), *[beam.pvalue.AsIter(earlier) for earlier in self._after]
            ).with_outputs("rejected", "failed", main="passed")
        )


def story_document(members: Sequence[Document], now: datetime) -> Document:
    """The story that these article documents form (at least one)."""
    ordered = sorted(members, key=lambda member: (member["published_at"] or "9999", member["article_id"]))
    origin = next((member for member in ordered if member["story_role"] == "origin"), ordered[0])
    dates = [member["published_at"] for member in ordered if member["published_at"]]
    publishers = sorted({member["publisher"] for member in members if member["publisher"]})
    return {
        "story_id": origin["story_id"],
        "origin_id": origin["article_id"],
        "title": origin["title"],
        "agency": origin["agency"] or next((member["agency"] for member in ordered if member["agency"]), ""),
        "members": sorted(member["article_id"] for member in members),
        "publishers": publishers,
        "languages": sorted({member["language"] for member in members if member["language"]}),
        "topics": sorted({topic for member in members for topic in member["topics"]}),
        "relevant": any(member["relevant"] for member in members),
        "size": len(members),
        "publisher_count": len(publishers),
        "first_published_at": dates[0] if dates else None,
        "last_published_at": dates[-1] if dates else None,
        "first_seen_at": min(member["first_seen_at"] for member in members),
        "updated_at": time_text(now),
    }


class _WriteStoryDoFn(IndexDoFn):
    def process(self, element: str, *after: Any) -> Iterator[Any]:
        yield from super().process(element)

    def decide(self, element: str) -> Iterator[str | Failed]:
        members = list(self.index.find(Kind.ARTICLES, "story_id", [element], MEMBER_FIELDS))
        if not members:
            self.index.delete(Kind.STORIES, [element])
            yield element
            return
        (outcome,) = self.index.write(Kind.STORIES, [story_document(members, datetime.now(UTC))])
        if outcome.error:
            yield Failed(STAGE, FailReason.INDEX_REJECTED, element, outcome.error)
        else:
            yield element
