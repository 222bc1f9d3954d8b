"""Article documents for the contract tests, written by us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.index import Document
from schemas.documents import article_to_document
from schemas.records import (
    Article,
    Cut,
    Evidence,
    Kept,
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

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_VIA_AP = WireEvidence("via", "AP", "AP", "rule")


def article(identity: str, body: str = "Envoys met in Busan.", **changes: Any) -> Article:
    """An article with every part filled in."""
    evidence = Evidence("body", 0, 6, body[:6], ("cue",))
    values: dict[str, Any] = {
        "article_id": identity,
        "url": f"https://news.example/{identity}",
        "aliases": (f"https://m.news.example/{identity}",),
        "entry_keys": (f"key-{identity}",),
        "revision": "1",
        "kind": SourceKind.FEED,
        "source_id": "feed",
        "publication": Publication("The Example", "KR", "en", "Asia/Seoul"),
        "title": f"Report {identity}",
        "body": body,
        "original_text": f"{body}\n\nShare this",
        "language": "en",
        "fetched_at": NOON,
        "fetched_url": f"https://news.example/{identity}",
        "published_at": NOON,
        "cuts": (Cut("Share this", "share-bar", len(body) + 2, len(body) + 12),),
        "kept": (Kept(0, 0, len(body)),),
        "wire": Wire("AP", ("AP", "Yonhap"), 0.9, chain=("The Example", "AP"), evidence=(_VIA_AP,)),
        "topics": Topics(True, 0.7, "diplomacy", (TopicTag("diplomacy", 0.7, (evidence,)),)),
        "signature": Signature(1, b"\x01\x02" * 8, (f"band-{identity}", "band-common"), ("7",), b"\x07"),
        "story": Story(identity, StoryRole.ORIGIN, identity),
    }
    return Article(**{**values, **changes})


def document(identity: str, body: str = "Envoys met in Busan.", **changes: Any) -> Document:
    """The article's document, indexed a minute after noon."""
    seen = NOON + timedelta(minutes=1)
    return article_to_document(article(identity, body, **changes), seen, seen)
