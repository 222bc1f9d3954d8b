"""A changed article's earlier text is written as a revision before the article itself is overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.index import Index, Kind
from pipeline.stage import written_ids
from schemas.revisions import Revision, revision_to_document

MAXIMUM_REVISIONS = 100
"""Kept of one article; of a page that changes at every reading the oldest go."""


def record_revisions(index: Index, revisions: Sequence[Revision]) -> None:
    """Write the revisions; what an article has of them beyond MAXIMUM_REVISIONS goes, oldest first.

    Guarantees: idempotent. Whoever writes the articles after this loses no earlier text to a kill.
    """
    if not revisions:
        return
    list(written_ids(index.write(Kind.REVISIONS, [revision_to_document(one) for one in revisions])))
    of_articles: dict[str, list[tuple[str, str]]] = {one.article_id: [] for one in revisions}
    for row in index.find(Kind.REVISIONS, "article_id", list(of_articles), ["revision_id", "article_id", "found_at"]):
        of_articles[row["article_id"]].append((row["found_at"], row["revision_id"]))
    surplus = [
        identity
        for found in of_articles.values()
        for _, identity in sorted(found)[: max(0, len(found) - MAXIMUM_REVISIONS)]
    ]
    if surplus:
        index.delete(Kind.REVISIONS, surplus)
