"""What an article said before and after a change, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.documents import time_from_text, time_text

Document = dict[str, Any]

_VISIT = "visit "


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an article, both texts whole.

    Attributes:
        revision_id: follows from the earlier reading and the two texts, so that a change found twice is one.
        seen_at: when the earlier text was read; found_at: when the later one was.
        changed: ``headline``, ``body`` or both.
        notices: (rule, line) of the correction notices that the earlier text did not have.
    """

    revision_id: str
    article_id: str
    url: str
    seen_at: datetime
    found_at: datetime
    changed: tuple[str, ...]
    title_before: str
    title_after: str
    body_before: str
    body_after: str
    notices: tuple[tuple[str, str], ...] = ()

    @property
    def is_correction(self) -> bool:
        """Whether the outlet says that it corrects itself."""
        return bool(self.notices)


@dataclass(frozen=True, slots=True)
class Visit:
    """The schedule of one article.

    Attributes:
        url: where its text was read.
        visits: how often it was looked at again; changes: how often it had changed.
        step: how far its interval has grown.
        gone: visits in a row at which there was no page.
        outcome: of the last visit: ``changed``, ``not_modified`` or why it could not be compared; "" before the first.
        next_visit_at: None when it is left alone from now on.
    """

    article_id: str
    url: str
    next_visit_at: datetime | None
    visits: int = 0
    changes: int = 0
    step: int = 0
    gone: int = 0
    outcome: str = ""
    visited_at: datetime | None = None
    changed_at: datetime | None = None


def visit_key(article_id: str) -> str:
    """The entry key under which a page of this article travels when it is read again; no real entry has one like it.

    >>> visited_article(visit_key("a1")), visited_article("a1")
    ('a1', '')
    """
    return _VISIT + article_id


def visited_article(entry_key: str) -> str:
    """The id of the article that is read again under this key; "" for an entry of its own."""
    return entry_key.removeprefix(_VISIT) if entry_key.startswith(_VISIT) else ""


def revision_to_document(revision: Revision) -> Document:
    """The revision as the index stores it."""
    return {
        "revision_id": revision.revision_id,
        "article_id": revision.article_id,
        "url": revision.url,
        "seen_at": time_text(revision.seen_at),
        "found_at": time_text(revision.found_at),
        "changed": list(revision.changed),
        "title_before": revision.title_before,
        "title_after": revision.title_after,
        "body_before": revision.body_before,
        "body_after": revision.body_after,
        "correction": revision.is_correction,
        "correction_rules": sorted({rule for rule, _ in revision.notices}),
        "notices": [{"rule": rule, "text": text} for rule, text in revision.notices],
        "updated_at": time_text(revision.found_at),
    }


def revision_from_document(document: Document) -> Revision:
    """The inverse of :func:`revision_to_document`, times to the millisecond."""
    return Revision(
        revision_id=document["revision_id"],
        article_id=document["article_id"],
        url=document["url"],
        seen_at=_required(document["seen_at"]),
        found_at=_required(document["found_at"]),
        changed=tuple(document["changed"]),
        title_before=document["title_before"],
        title_after=document["title_after"],
        body_before=document["body_before"],
        body_after=document["body_after"],
        notices=tuple((row["rule"], row["text"]) for row in document["notices"]),
    )


def visit_to_document(visit: Visit, now: datetime) -> Document:
    """The schedule as the index stores it."""
    return {
        "article_id": visit.article_id,
        "url": visit.url,
        "next_visit_at": time_text(visit.next_visit_at),
        "visits": visit.visits,
        "changes": visit.changes,
        "step": visit.step,
        "gone": visit.gone,
        "outcome": visit.outcome,
        "visited_at": time_text(visit.visited_at),
        "changed_at": time_text(visit.changed_at),
        "updated_at": time_text(now),
    }


def visit_from_document(document: Document) -> Visit:
    """The inverse of :func:`visit_to_document`."""
    return Visit(
        article_id=document["article_id"],
        url=document["url"],
        next_visit_at=time_from_text(document["next_visit_at"]),
        visits=document["visits"],
        changes=document["changes"],
        step=document["step"],
        gone=document["gone"],
        outcome=document["outcome"],
        visited_at=time_from_text(document["visited_at"]),
        changed_at=time_from_text(document["changed_at"]),
    )


def _required(text: str) -> datetime:
    moment = time_from_text(text)
    if moment is None:
        raise ValueError("a revision without its times")
    return moment
