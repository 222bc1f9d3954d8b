"""What linking knows of an article in the index; apart from the transform, so that a question needs no Beam."""

from __future__ import annotations

from functools import lru_cache
from sys import intern

from connectors.index import Document
from pipeline.text.keys import pack_keys
from pipeline.text.linking import Member
from pipeline.text.members import without_texts
from pipeline.text.signature import pack_shingles
from schemas.documents import signature_from_document, time_from_text
from schemas.errors import ConfigError

MEMBER_FIELDS = (
    "article_id", "language", "published_at", "title", "publisher", "agency", "agencies", "dateline_place",
    "dateline_date", "contributor_names", "signature_version", "shingles", "bands", "numbers", "outline",
    "story_id", "story_role", "origin_id", "story_size", "story_similarity", "linked_to",
)  # fmt: skip


def member_from_document(document: Document) -> Member:
    """What linking knows of an indexed article; needs MEMBER_FIELDS.

    Errors: ConfigError when it has no signature.
    """
    signature = signature_from_document(document)
    if signature is None:
        raise ConfigError(
            f"article {document['article_id']} has no signature, so it cannot be compared: run straitwire reprocess"
        )
    return Member(
        document["article_id"],
        intern(document["language"]),
        time_from_text(document["published_at"]),
        document["title"],
        without_texts(signature),
        intern(document["agency"]),
        _one_of(tuple(document["agencies"])),
        intern(document["dateline_place"]),
        intern(document["dateline_date"]),
        intern(document["publisher"]),
        tuple(document["contributor_names"]),
        pack_keys(signature.bands),
        pack_shingles(signature),
    )


@lru_cache(maxsize=1024)
def _one_of(agencies: tuple[str, ...]) -> tuple[str, ...]:
    """The same agencies are held once."""
    return agencies
