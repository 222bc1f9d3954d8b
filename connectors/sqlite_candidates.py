"""Candidates for linking in the SQLite file: articles that share a band and are near in time."""

from __future__ import annotations

from connectors.index import Document, Kind
from connectors.index_fields import keywords, moment

UNDATED_BANDS = "bands of undated"
"""Bands of articles that state no date, or one that the time line does not believe, are kept under this name too."""

# Numbers are given in the order of writing, which is nearly that of publication: between the lowest and the highest
# number of the period lies little else, and the key of ``keywords`` ends in the number. CROSS JOIN keeps SQLite to this
# order: the bands, then of each one's holders the slice that can be near.
CANDIDATES = """
WITH asked AS MATERIALIZED (SELECT value FROM json_each(:bands)),
slice AS MATERIALIZED (
    SELECT min(number) AS first, max(number) AS last FROM articles WHERE moment >= :since AND moment < :until
)
SELECT id FROM slice CROSS JOIN asked
    CROSS JOIN keywords ON field = :field AND keywords.value = asked.value AND holder BETWEEN first AND last
    CROSS JOIN articles ON number = holder
WHERE moment >= :since AND moment < :until AND json_extract(document, '$.published_at') = moment
UNION
SELECT id FROM asked
    CROSS JOIN keywords ON field = :undated_field AND keywords.value = asked.value
    CROSS JOIN articles ON number = holder
WHERE json_extract(document, '$.published_at') IS NULL
    OR (json_extract(document, '$.published_at') >= :since AND json_extract(document, '$.published_at') < :until)
ORDER BY id
"""


def found_by(kind: Kind, document: Document) -> dict[str, list[str]]:
    """The values, by field, under which a document is kept."""
    found = keywords(kind, document)
    if "bands" in found and document.get("published_at") != moment(kind, document):
        found[UNDATED_BANDS] = found["bands"]
    return found
