"""WriteStories: one document a story, computed from the members that the index holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Document, Index, Kind
from pipeline.stage import BatchSortingDoFn, IndexDoFn, StageOutput, batches, sort_outputs
from schemas.documents import time_from_text, time_text, timeline_moment
from schemas.errors import Failed, FailReason

STAGE = "write_stories"
MEMBER_FIELDS = (
    "article_id", "url", "title", "publisher", "country", "language", "agency", "agencies", "chain", "topics",
    "relevant", "story_id", "story_role", "published_at", "first_seen_at",
)  # fmt: skip
_COPYING_ROLES = ("copy", "brief")
_SEOUL, _TOKYO = "KR", "JP"
_BATCH = 100


class WriteStories(beam.PTransform[PCollection[str], StageOutput]):
    """Story id -> story id, once its document agrees with its members.

    In -> out: ids of the stories that articles joined or left; each once. A story that has lost all its
        members to another loses its document too.

    Args:
        after: written article ids; nothing is read before all of them are in the index.

    Guarantees: idempotent; the document follows from the members alone. Documents that lose a member are written
        last: until then they say which stories a batch that was killed before had in hand.
    """

    def __init__(self, index_location: str, after: Sequence[PCollection[Any]]) -> None:
        super().__init__()
        self._index_location = index_location
        self._after = after

    def expand(self, story_ids: PCollection[str]) -> StageOutput:
        return sort_outputs(
            story_ids
            | "Together" >> beam.Map(lambda story_id: ("", story_id))
            | "GroupAll" >> beam.GroupByKey()
            | "Each once" >> beam.Map(lambda group: sorted(set(group[1])))
            | "Write"
            >> beam.ParDo(
                _WriteStoriesDoFn(STAGE, self._index_location),
                *[beam.pvalue.AsIter(earlier) for earlier in self._after],
            ).with_outputs("rejected", "failed", main="passed")
        )


def story_document(members: Sequence[Document], now: datetime) -> Document:
    """The story that these article documents form (at least one)."""
    ordered = sorted(members, key=lambda member: (member["published_at"] or "9999", member["article_id"]))
    origin = next((member for member in ordered if member["story_role"] == "origin"), ordered[0])
    dates = [member["published_at"] for member in ordered if member["published_at"]]
    publishers = sorted({member["publisher"] for member in members if member["publisher"]})
    first_seen_at = min(member["first_seen_at"] for member in members)
    return {
        "story_id": origin["story_id"],
        "origin_id": origin["article_id"],
        "origin_url": origin["url"],
        "origin_publisher": origin["publisher"],
        "title": origin["title"],
        "agency": origin["agency"] or next((member["agency"] for member in ordered if member["agency"]), ""),
        "members": sorted(member["article_id"] for member in members),
        "publishers": publishers,
        "carriers": [publisher for publisher in publishers if publisher != origin["publisher"]],
        "countries": sorted({member["country"] for member in members if member["country"]}),
        "languages": sorted({member["language"] for member in members if member["language"]}),
        "topics": sorted({topic for member in members for topic in member["topics"]}),
        "relevant": any(member["relevant"] for member in members),
        "size": len(members),
        "publisher_count": len(publishers),
        "independent_count": len({editing_outlet(member) for member in members} - {""}),
        "copy_count": sum(member["story_role"] in _COPYING_ROLES for member in members),
        "first_published_at": dates[0] if dates else None,
        "last_published_at": dates[-1] if dates else None,
        "seoul_lag_seconds": _lag_seconds(ordered, _SEOUL),
        "tokyo_lag_seconds": _lag_seconds(ordered, _TOKYO),
        "first_seen_at": first_seen_at,
        "@timestamp": _timeline(dates[0] if dates else None, first_seen_at),
        "updated_at": time_text(now),
    }


def _timeline(published_at: str | None, first_seen_at: str) -> str | None:
    return time_text(timeline_moment(time_from_text(published_at), datetime.fromisoformat(first_seen_at)))


def editing_outlet(member: Document) -> str:
    """The outlet that decided to carry the story: of a relayed page, the one that is relayed; "" when none is known.

    >>> editing_outlet({"publisher": "inkl", "chain": ["inkl", "The Independent", "AP"], "agencies": ["AP"]})
    'The Independent'
    >>> editing_outlet({"publisher": "Yonhap News", "chain": ["Yonhap"], "agencies": ["Yonhap"]})
    'Yonhap News'
    """
    named = [link for link in member["chain"] if not set(link.split(" & ")) <= set(member["agencies"])]
    return str(named[-1] if named else member["publisher"])


def _lag_seconds(ordered: Sequence[Document], country: str) -> float | None:
    """From the first publication anywhere to the first by an outlet of the country; None when that is not known."""
    dated = [(member["country"], time_from_text(member["published_at"])) for member in ordered]
    everywhere = [moment for _, moment in dated if moment]
    there = [moment for where, moment in dated if moment and where == country]
    return (there[0] - everywhere[0]).total_seconds() if there else None


def in_safe_order(story_ids: Iterable[str], index: Index) -> tuple[list[str], list[str]]:
    """The stories that keep or gain members, and those that lose some, by what their documents list now."""
    growing: list[str] = []
    losing: list[str] = []
    for wanted in batches(story_ids, _BATCH):
        listing = index.get_many(Kind.STORIES, wanted, ("members",))
        members = _members(wanted, index, ("article_id", "story_id"))
        for story_id in wanted:
            listed = set(listing.get(story_id, {}).get("members", ()))
            loses = not listed <= {member["article_id"] for member in members[story_id]} or not members[story_id]
            (losing if loses else growing).append(story_id)
    return growing, losing


def _members(story_ids: Sequence[str], index: Index, fields: Sequence[str]) -> dict[str, list[Document]]:
    members: dict[str, list[Document]] = {story_id: [] for story_id in story_ids}
    for member in index.find(Kind.ARTICLES, "story_id", story_ids, fields):
        members[member["story_id"]].append(member)
    return members


def write_stories(story_ids: Iterable[str], index: Index) -> Iterator[str | Failed]:
    """One outcome per story id (each given once), once its document agrees with its members."""
    for some in in_safe_order(story_ids, index):
        for wanted in batches(some, _BATCH):
            yield from _write(wanted, index)


def _write(story_ids: Sequence[str], index: Index) -> Iterator[str | Failed]:
    now = datetime.now(UTC)
    members = _members(story_ids, index, MEMBER_FIELDS)
    documents = [story_document(members[story_id], now) for story_id in story_ids if members[story_id]]
    outcomes = index.write(Kind.STORIES, documents)
    empty = [story_id for story_id in story_ids if not members[story_id]]
    index.delete(Kind.STORIES, empty)
    yield from empty
    for outcome in outcomes:
        if outcome.error:
            yield Failed(STAGE, FailReason.INDEX_REJECTED, outcome.document_id, outcome.error)
        else:
            yield outcome.document_id


class _WriteStoriesDoFn(BatchSortingDoFn, IndexDoFn):
    def process(self, element: Sequence[str], *after: Any) -> Iterator[Any]:
        yield from super().process(element)

    def decide(self, element: Sequence[str]) -> Iterator[str | Failed]:
        return write_stories(element, self.index)
