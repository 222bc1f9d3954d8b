"""Articles, entries, feeds, dead letters, stories and runs as the JSON documents that the index stores.

Facets are flat keywords. What explains a decision but is never filtered by (cuts, evidence, spans) is kept
as stored objects. ``CLOCK_FIELDS`` are the fields that two runs over the same material may differ in.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.errors import Failed
from schemas.labels import labels_from_document, labels_to_document
from schemas.records import (
    Article,
    Contributor,
    Cut,
    EntityMention,
    Evidence,
    Kept,
    Paywall,
    Publication,
    Signature,
    SourceKind,
    Story,
    StoryRole,
    Topics,
    TopicTag,
    Wire,
    WireEvidence,
)

Document = dict[str, Any]

EARLIEST = datetime(1850, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY = timedelta(hours=26)
"""The widest gap between two time zones, for local times stated as UTC."""

CLOCK_FIELDS = frozenset({"fetched_at", "first_seen_at", "indexed_at", "updated_at", "seen_lag_seconds"})
"""Left out when two indices are compared (with ``@timestamp`` of undated documents, which follows from them)."""

MAXIMUM_REVISIONS = 64
"""Of an entry: more than there are feeds that list one address, a kilobyte."""


def time_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, or None; texts of two moments sort as the moments do.

    >>> time_text(datetime(2026, 10, 1, 4, 5, 6, tzinfo=UTC))
    '2026-10-01T04:05:06.000Z'
    >>> time_text(datetime(1, 1, 1, tzinfo=UTC))
    '0001-01-01T00:00:00.000Z'
    """
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def time_from_text(text: str | None) -> datetime | None:
    """The inverse of :func:`time_text`, to the millisecond."""
    return None if not text else datetime.fromisoformat(text.replace("Z", "+00:00"))


def timeline_moment(published_at: datetime | None, first_seen_at: datetime) -> datetime:
    """Where an article stands on a time line: its publication, or our first sight of it.

    A claim from before newspapers were digitised, or from the future, would stretch every histogram over centuries: it
    stays in ``published_at`` and counts as none here. Clocks and zones may differ by 26 hours.

    >>> timeline_moment(datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)).year
    2026
    """
    if published_at is None or not EARLIEST <= published_at <= first_seen_at + CLOCKS_DIFFER_BY:
        return first_seen_at
    return published_at


def _row(record: Any) -> Document:
    """The record as JSON gives it back: with lists where it has tuples, so that documents compare equal."""
    row: Document = asdict(record, dict_factory=_with_lists)
    return row


def _with_lists(items: list[tuple[str, Any]]) -> Document:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in items}


def article_to_document(article: Article, first_seen_at: datetime, indexed_at: datetime) -> Document:
    """The article as it is stored; ``first_seen_at`` is that of the earlier document when there is one."""
    wire, topics, story, signature = article.wire, article.topics, article.story, article.signature
    return {
        "article_id": article.article_id,
        "url": article.url,
        "fetched_url": article.fetched_url,
        "aliases": list(article.aliases),
        "entry_keys": list(article.entry_keys),
        "revision": article.revision,
        "kind": article.kind.value,
        "source_id": article.source_id,
        "publisher": article.publication.publisher,
        "country": article.publication.country,
        "declared_language": article.publication.language,
        "timezone": article.publication.timezone,
        "title": article.title,
        "kicker": article.kicker,
        "summary": article.summary,
        "body": article.body,
        "original_text": article.original_text,
        "language": article.language,
        "authors": list(article.authors),
        "section": article.section,
        "published_at": time_text(article.published_at),
        "published_from": article.published_from,
        "publisher_updated_at": time_text(article.updated_at),
        "@timestamp": time_text(timeline_moment(article.published_at, first_seen_at)),
        "paywall": article.paywall.value,
        "truncated": article.truncated,
        "page_paywall": article.page_paywall.value,
        "page_truncated": article.page_truncated,
        "credit_hints": list(article.credit_hints),
        "alternates": [{"language": language, "url": url} for language, url in article.alternates],
        "cuts": [_row(cut) for cut in article.cuts],
        "cut_rules": sorted({cut.rule for cut in article.cuts}),
        "kept": [_row(kept) for kept in article.kept],
        "agency": wire.agency,
        "agencies": list(wire.agencies),
        "agency_confidence": wire.confidence,
        "is_wire": wire.is_wire,
        "dateline": wire.dateline,
        "dateline_place": wire.dateline_place,
        "dateline_city": wire.dateline_city,
        "dateline_date": wire.dateline_date,
        "contributors": [_row(person) for person in wire.contributors],
        "contributor_names": [person.name for person in wire.contributors],
        "byline": list(wire.byline),
        "chain": list(wire.chain),
        "wire_evidence": [_row(evidence) for evidence in wire.evidence],
        "relevant": topics.relevant,
        "relevance_score": topics.score,
        "topics": [tag.topic for tag in topics.tags],
        "primary_topic": topics.primary,
        "topic_tags": [_row(tag) for tag in topics.tags],
        "gate_evidence": [_row(evidence) for evidence in topics.gate_evidence],
        "entities": sorted({mention.entity for mention in topics.entities}),
        "entity_mentions": [_row(mention) for mention in topics.entities],
        "contested_names": list(topics.contested_names),
        "events": list(topics.events),
        **story_fields(story or Story(article.article_id, StoryRole.ORIGIN, article.article_id)),
        "labels": labels_to_document(article.labels),
        "signature_version": signature.version if signature else 0,
        "shingles": base64.b64encode(signature.shingles).decode("ascii") if signature else "",
        "bands": list(signature.bands) if signature else [],
        "numbers": list(signature.numbers) if signature else [],
        "outline": base64.b64encode(signature.outline).decode("ascii") if signature else "",
        "fetched_at": time_text(article.fetched_at),
        "first_seen_at": time_text(first_seen_at),
        "seen_lag_seconds": _seconds_between(article.published_at, first_seen_at),
        "indexed_at": time_text(indexed_at),
        "updated_at": time_text(indexed_at),
    }


def _seconds_between(published_at: datetime | None, first_seen_at: datetime) -> float | None:
    """How late we were, to the millisecond; None for an undated article, or one dated after we saw it."""
    if published_at is None or published_at > first_seen_at:
        return None
    return round((first_seen_at - published_at).total_seconds(), 3)


def _required_time(document: Document, field: str) -> datetime:
    moment = time_from_text(document[field])
    if moment is None:
        raise ValueError(f"document without {field}")
    return moment


def _evidence(rows: Iterable[Document]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**{**row, "cues": tuple(row["cues"])}) for row in rows)


def wire_from_document(document: Document) -> Wire:
    """The attribution part of an article document."""
    return Wire(
        agency=document["agency"],
        agencies=tuple(document["agencies"]),
        confidence=document["agency_confidence"],
        dateline=document["dateline"],
        dateline_place=document["dateline_place"],
        dateline_city=document["dateline_city"],
        dateline_date=document["dateline_date"],
        contributors=tuple(Contributor(**row) for row in document["contributors"]),
        byline=tuple(document["byline"]),
        chain=tuple(document["chain"]),
        evidence=tuple(WireEvidence(**row) for row in document["wire_evidence"]),
    )


def topics_from_document(document: Document) -> Topics:
    """The topics part of an article document."""
    return Topics(
        relevant=document["relevant"],
        score=document["relevance_score"],
        primary=document["primary_topic"],
        tags=tuple(TopicTag(row["topic"], row["score"], _evidence(row["evidence"])) for row in document["topic_tags"]),
        gate_evidence=_evidence(document["gate_evidence"]),
        entities=tuple(EntityMention(**row) for row in document["entity_mentions"]),
        contested_names=tuple(document["contested_names"]),
        events=tuple(document["events"]),
    )


def signature_from_document(document: Document) -> Signature | None:
    """The signature of an article document, or None when it has none."""
    if not document.get("signature_version"):
        return None
    return Signature(
        version=document["signature_version"],
        shingles=base64.b64decode(document["shingles"]),
        bands=tuple(document["bands"]),
        numbers=tuple(document["numbers"]),
        outline=base64.b64decode(document["outline"]),
    )


def story_fields(story: Story) -> Document:
    """The part of an article document that a story decides."""
    return {
        "story_id": story.story_id,
        "story_role": story.role.value,
        "origin_id": story.origin_id,
        "story_size": story.size,
        "story_similarity": story.similarity,
        "linked_to": story.linked_to,
    }


def story_from_document(document: Document) -> Story:
    """The inverse of :func:`story_fields`."""
    return Story(
        story_id=document["story_id"],
        role=StoryRole(document["story_role"]),
        origin_id=document["origin_id"],
        similarity=document["story_similarity"],
        linked_to=document["linked_to"],
        size=document["story_size"],
    )


def article_from_document(document: Document) -> Article:
    """The inverse of :func:`article_to_document`, times to the millisecond."""
    return Article(
        article_id=document["article_id"],
        url=document["url"],
        aliases=tuple(document["aliases"]),
        entry_keys=tuple(document["entry_keys"]),
        revision=document["revision"],
        kind=SourceKind(document["kind"]),
        source_id=document["source_id"],
        publication=Publication(
            document["publisher"], document["country"], document["declared_language"], document["timezone"]
        ),
        title=document["title"],
        body=document["body"],
        original_text=document["original_text"],
        language=document["language"],
        fetched_at=_required_time(document, "fetched_at"),
        fetched_url=document["fetched_url"],
        kicker=document["kicker"],
        authors=tuple(document["authors"]),
        section=document["section"],
        summary=document["summary"],
        published_at=time_from_text(document["published_at"]),
        published_from=document["published_from"],
        updated_at=time_from_text(document["publisher_updated_at"]),
        paywall=Paywall(document["paywall"]),
        truncated=document["truncated"],
        page_paywall=Paywall(document["page_paywall"]),
        page_truncated=document["page_truncated"],
        credit_hints=tuple(document["credit_hints"]),
        alternates=tuple((row["language"], row["url"]) for row in document["alternates"]),
        cuts=tuple(Cut(**row) for row in document["cuts"]),
        kept=tuple(Kept(**row) for row in document["kept"]),
        wire=wire_from_document(document),
        topics=topics_from_document(document),
        signature=signature_from_document(document),
        story=story_from_document(document),
        labels=labels_from_document(document.get("labels")),
    )


def dead_letter_document(failed: Failed, dead_letter_id: str, now: datetime) -> Document:
    """A failed element as it is stored; one document for one entry at one stage, however often it fails."""
    return {
        "dead_letter_id": dead_letter_id,
        "stage": failed.stage,
        "reason": failed.reason.value,
        "url": failed.url,
        "detail": failed.detail,
        "entry_json": failed.entry_json,
        "permanent": failed.permanent,
        "entry_key": failed.entry_key,
        "updated_at": time_text(now),
    }


def entry_document(
    entry_key: str,
    url: str,
    revisions: Iterable[str],
    outcome: str,
    article_id: str,
    reason: str,
    now: datetime,
    entry_json: str = "",
    attempts: int = 0,
    next_attempt_at: datetime | None = None,
) -> Document:
    """What was decided about an entry: ``outcome`` is pending, indexed, rejected or failed.

    ``revisions`` are those the entry was decided at, earliest first: two feeds may describe one URL differently for
    ever. The last MAXIMUM_REVISIONS are kept: some feeds change every entry at every poll.
    ``entry_json`` is set while the entry is pending: listed by a feed but not yet read, or read in vain
    ``attempts`` times and due again at ``next_attempt_at``.
    """
    return {
        "entry_key": entry_key,
        "url": url,
        "revisions": list(dict.fromkeys(revisions))[-MAXIMUM_REVISIONS:],
        "outcome": outcome,
        "article_id": article_id,
        "reason": reason,
        "entry_json": entry_json,
        "attempts": attempts,
        "next_attempt_at": time_text(next_attempt_at),
        "updated_at": time_text(now),
    }
