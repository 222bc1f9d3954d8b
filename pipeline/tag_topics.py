"""TagTopics: the relevance gate, the topics, and the sentence that proves each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from pipeline.text.topics.tagging import tag_topics
from schemas.documents import timeline_moment
from schemas.errors import Rejected, RejectReason
from schemas.records import Article, Evidence, Kept, Topics

STAGE = "tag_topics"


class TagTopics(beam.PTransform[PCollection[Article], StageOutput]):
    """Article -> Article with ``topics`` filled in, or Rejected(off_topic | expired).

    In -> out: exactly one outcome per article: off topic under ``keep: relevant``, expired when it was published
        before the days that articles are kept. Evidence in the body is mapped back to the original text.
    """

    def __init__(self, keep: str, keep_days: int = 0) -> None:
        super().__init__()
        self._keep = keep
        self._keep_days = keep_days

    def expand(self, articles: PCollection[Article]) -> StageOutput:
        return sort_outputs(articles | "Tag" >> each(STAGE, tag_article, self._keep, self._keep_days))


def tag_article(article: Article, keep: str, keep_days: int = 0) -> Article | Rejected:
    """The article with its topics."""
    now = datetime.now(UTC)
    if keep_days and timeline_moment(article.published_at, now) < now - timedelta(days=keep_days):
        return Rejected(STAGE, RejectReason.EXPIRED, article.url, article.entry_keys[0], article.revision)
    published_on = article.published_at.date() if article.published_at else None
    topics = tag_topics(article.title, article.body, article.language, published_on)
    if keep == "relevant" and not topics.relevant:
        return Rejected(STAGE, RejectReason.OFF_TOPIC, article.url, article.entry_keys[0], article.revision)
    return replace(article, topics=_in_original(topics, article.kept, article.original_text))


def _in_original(topics: Topics, kept: Sequence[Kept], original_text: str) -> Topics:
    def moved(evidence: Evidence) -> Evidence:
        return to_original(evidence, kept, original_text)

    tags = tuple(replace(tag, evidence=tuple(map(moved, tag.evidence))) for tag in topics.tags)
    return replace(topics, tags=tags, gate_evidence=tuple(map(moved, topics.gate_evidence)))


def to_original(evidence: Evidence, kept: Sequence[Kept], original_text: str) -> Evidence:
    r"""The same evidence with offsets into the original text; evidence in the title stays as it is.

    A span never crosses a cut: sentences end where paragraphs do, and a run of ``kept`` holds whole lines.

    >>> to_original(Evidence("body", 0, 3, "abc"), [Kept(0, 7, 3)], "Share\\n\\nabc").start
    7
    """
    if evidence.field != "body":
        return evidence
    for run in kept:
        if run.body_start <= evidence.start and evidence.end <= run.body_start + run.length:
            start = evidence.start - run.body_start + run.original_start
            end = start + evidence.end - evidence.start
            return replace(evidence, start=start, end=end, text=original_text[start:end])
    raise ValueError(f"evidence at {evidence.start}-{evidence.end} is not inside a kept run of the body")
