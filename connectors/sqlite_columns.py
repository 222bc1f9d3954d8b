"""A document as three columns of JSON: what most reads want, the signature, and the long texts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from connectors.index import Document
from connectors.index_fields import NOT_IN_HITS, SIGNATURE, TEXTS


def split(document: Document) -> tuple[str, str, str]:
    """The document as three JSON texts.

    Errors: TypeError, ValueError or UnicodeEncodeError for what is no JSON.
    """
    signature = {name: document[name] for name in SIGNATURE if name in document}
    texts = {name: document[name] for name in TEXTS if name in document}
    rest = {name: value for name, value in document.items() if name not in NOT_IN_HITS}
    return _json(rest), _json(signature), _json(texts)


def _json(value: Document) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()  # lone surrogates are no text
    return text


def joined(parts: Sequence[str]) -> Document:
    """The document of any of its parts."""
    document: Document = {}
    for part in parts:
        document.update(json.loads(part))
    return document


def columns_of(wanted: set[str] | None) -> list[str]:
    """The columns that hold the wanted fields, so that long texts are read only when asked for."""
    if wanted is None:
        return ["document", "signature", "texts"]
    columns = {"signature" if name in SIGNATURE else "texts" if name in TEXTS else "document" for name in wanted}
    return sorted(columns) or ["document"]
