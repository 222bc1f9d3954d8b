"""LinkWireCopies: copies of one wire story find each other, among the new articles and in the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from connectors.index import Document, Index, Kind, Period
from pipeline.indexed_members import MEMBER_FIELDS, member_from_document
from pipeline.stage import IndexDoFn, StageCounts, at_its_time, batches, decided, sort_outputs, stage_on_the_way
from pipeline.text.keys import written_keys
from pipeline.text.link_rules import HORIZON_HOURS
from pipeline.text.linking import Member, member_of
from pipeline.text.signature import VERSION, sign, sign_all
from pipeline.text.stories import link_members, stories_linked
from schemas.documents import story_from_document
from schemas.errors import Failed
from schemas.records import Article, Story

STAGE = "link_wire_copies"
SIGN_STAGE = "sign_articles"
_ARTICLES_AT_ONCE = 64
"""Held until they are signed together: what is computed of more does not fit in a core's cache (``signature``)."""

_KEYS_A_LOOK_UP = 8_000
_IDS_A_LOOK_UP = 500
_A_MOMENT = timedelta(seconds=1)
"""Times are kept to the millisecond; a period ends before its end."""

CANDIDATE_FIELDS = ("article_id", "signature_version")


class LinkedArticles(NamedTuple):
    """What linking gives.

    Attributes:
        articles: every article that came in, with signature and story.
        changes: (article id, story) of articles indexed earlier whose story is another now.
        story_ids: stories that articles joined, left or changed in.
        failed: articles that could not be signed, which is a bug of ours.
    """

    articles: PCollection[Article]
    changes: PCollection[tuple[str, Story]]
    story_ids: PCollection[str]
    failed: PCollection[Failed]


class LinkWireCopies(beam.PTransform[PCollection[Article], LinkedArticles]):
    """Article -> Article with signature and story, or Failed(why): exactly one out per one in.

    State, time: none but the index. Articles are signed some at a time, at the latest when their bundle ends; those of
        a bounded collection are linked together, in one step.
    Guarantees: whether two articles are linked follows from the two alone; every story that a new article
        touches is computed again from the signatures of all its members. So the stories in the index follow
        from the set of articles, whatever the order, the batches and the restarts.
    """

    def __init__(self, index_location: str) -> None:
        super().__init__()
        self._index_location = index_location

    def expand(self, articles: PCollection[Article]) -> LinkedArticles:
        signed = sort_outputs(
            articles | "Sign" >> beam.ParDo(_SignDoFn()).with_outputs("rejected", "failed", main="passed")
        )
        linked = (
            signed.passed
            | "Together" >> beam.Map(lambda article: ("", article))
            | "GroupAll" >> beam.GroupByKey()
            | "Link"
            >> beam.ParDo(_LinkDoFn(STAGE, self._index_location)).with_outputs("changes", "story_ids", main="articles")
        )
        return LinkedArticles(linked.articles, linked.changes, linked.story_ids, signed.failed)


def sign_article(article: Article) -> Article:
    """The article with its signature."""
    return replace(article, signature=sign(article.body, article.language))


def sign_articles(articles: Sequence[Article]) -> list[Article | Failed]:
    """Each article with its signature, or its dead letter when it met a bug of ours; signed together they cost less."""
    try:
        signatures = sign_all([article.body for article in articles])
    except Exception:  # in one of them: signed alone it does not stop the others
        return [decided(SIGN_STAGE, article, sign_article) for article in articles]
    return [replace(article, signature=signature) for article, signature in zip(articles, signatures, strict=True)]


class _Waiting(NamedTuple):
    article: Article
    timestamp: Any
    window: Any


class _Linked(NamedTuple):
    articles: list[Article]
    changes: list[tuple[str, Story]]
    story_ids: list[str]


def link_articles(articles: Sequence[Article], index: Index) -> _Linked:
    """The stories of new articles and what they change in the index; reads the index, writes nothing."""
    new = {article.article_id: _member(article) for article in articles}
    earlier, recorded = _touched(new, index)
    former = {identity: document["story_id"] for identity, document in earlier.items()}
    members = [*new.values(), *(member_from_document(earlier[key]) for key in sorted(earlier.keys() - new.keys()))]
    stories = link_members(members)
    changes = [
        (identity, stories[identity])
        for identity in sorted(earlier.keys() - new.keys())
        if stories[identity] != story_from_document(earlier[identity])
    ]
    story_ids = {story.story_id for story in stories.values()} | set(former.values()) | recorded
    linked = [replace(article, story=stories[article.article_id]) for article in articles]
    return _Linked(linked, changes, sorted(story_ids))


def _member(article: Article) -> Member:
    if article.signature is None:
        raise ValueError("an article is linked before it is signed")
    return member_of(article, article.signature)


def _touched(new: dict[str, Member], index: Index) -> tuple[dict[str, Document], set[str]]:
    """Documents, by article id, of every story that a new article has been in or is linked to now; and story ids.

    The ids are those of the story documents that list any of these articles. They are written after the articles: a
    batch that was killed half-way left some members with the old story and some with the new, or a story document
    without members, and the story documents still say who was together.
    """
    former = index.get_many(Kind.ARTICLES, sorted(new), ("article_id", "story_id"))
    stories = stories_linked(list(new.values()), _candidates(new, index)) | {
        document["story_id"] for document in former.values()
    }
    articles = set(new)
    asked_stories: set[str] = set()
    asked_articles: set[str] = set()
    recorded: set[str] = set()
    touched: dict[str, Document] = {}
    while stories or articles:
        found = list(_find(index, Kind.ARTICLES, "story_id", stories, MEMBER_FIELDS))
        found += _find(index, Kind.ARTICLES, "article_id", articles - touched.keys() - new.keys(), MEMBER_FIELDS)
        touched.update({document["article_id"]: document for document in found})
        asked_stories |= stories
        articles |= {document["article_id"] for document in found}
        listing = list(_find(index, Kind.STORIES, "members", articles - asked_articles, ("story_id", "members")))
        asked_articles |= articles
        recorded |= {story["story_id"] for story in listing}
        stories = (recorded | {document["story_id"] for document in found}) - asked_stories
        articles = {member for story in listing for member in story["members"]} - asked_articles
    return {identity: document for identity, document in touched.items() if _is_comparable(document)}, recorded


def _find(index: Index, kind: Kind, field: str, values: set[str], fields: Sequence[str]) -> Iterator[Document]:
    for wanted in batches(sorted(values), _IDS_A_LOOK_UP):
        yield from index.find(kind, field, wanted, fields)


def _candidates(new: dict[str, Member], index: Index) -> list[tuple[Member, str]]:
    """Indexed articles, with their stories, that share a key with a new one, are no new ones and may be near in time.

    An archive of years shares phrases with every new article: what is far in time is left before it is read whole.
    """
    keys = sorted({key for member in new.values() for key in written_keys(member.packed_keys)})
    period = _horizon(list(new.values()))
    near: set[str] = set()
    for wanted in batches(keys, _KEYS_A_LOOK_UP):
        found_near = (
            index.find(Kind.ARTICLES, "bands", wanted, CANDIDATE_FIELDS)
            if period is None
            else index.find_candidates(wanted, period, CANDIDATE_FIELDS)
        )
        near.update(document["article_id"] for document in found_near if _is_comparable(document))
    return [
        (member_from_document(document), document["story_id"])
        for wanted in batches(sorted(near - new.keys()), _IDS_A_LOOK_UP)
        for document in index.get_many(Kind.ARTICLES, wanted, MEMBER_FIELDS).values()
    ]


def _horizon(new: Sequence[Member]) -> Period | None:
    """When a copy of any new article can have been published; None, which is at any time, when one is undated."""
    dates = [member.published_at for member in new if member.published_at]
    if not dates or len(dates) < len(new) or not all(1000 < date.year < 9999 for date in dates):
        return None  # an absurd date is as good as none
    around = timedelta(hours=HORIZON_HOURS)
    return min(dates) - around, max(dates) + around + _A_MOMENT


def _is_comparable(document: Document) -> bool:
    return bool(document["signature_version"] == VERSION)


class _SignDoFn(beam.DoFn):
    """Holds articles until they are worth signing together, or their bundle ends; each keeps its place in time."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def start_bundle(self) -> None:
        self._waiting = []

    def process(
        self,
        article: Article,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        StageCounts(stage_on_the_way(SIGN_STAGE, article.entry_keys[0])).count("received")
        self._waiting.append(_Waiting(article, timestamp, window))
        if len(self._waiting) == _ARTICLES_AT_ONCE:
            yield from self._signed()

    def finish_bundle(self) -> Iterator[Any]:
        yield from self._signed()

    def _signed(self) -> Iterator[Any]:
        waiting = self._waiting
        self.start_bundle()
        for (article, timestamp, window), signed in zip(
            waiting, sign_articles([article for article, _, _ in waiting]), strict=True
        ):
            outcome = StageCounts(stage_on_the_way(SIGN_STAGE, article.entry_keys[0])).sort(signed)
            yield at_its_time(outcome, timestamp, window)


class _LinkDoFn(IndexDoFn):
    def process(self, element: tuple[str, Iterable[Article]]) -> Iterator[Any]:
        articles = sorted(element[1], key=lambda article: article.article_id)
        linked = link_articles(articles, self.index)
        counts = StageCounts(self.stage)
        counts.count("received", len(articles))
        yield from linked.articles
        counts.count("emitted", len(articles))
        for change in linked.changes:
            yield TaggedOutput("changes", change)
        for story_id in linked.story_ids:
            yield TaggedOutput("story_ids", story_id)
