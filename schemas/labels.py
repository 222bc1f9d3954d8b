"""Users' own labels, which travel from a feed list or a JSONL record to the article: ``desk: asia``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Labels = tuple[tuple[str, str], ...]
"""(name, value) pairs, sorted, each once; one name may have several values."""

LABEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_VALUE_CHARS = 200
MOST_LABELS = 50


def labels_from(stated: object) -> Labels:
    """What a list or a record states as labels: a name with a text, a number, a truth value or a list of these.

    Errors: ValueError, for a person, when it is something else.

    >>> labels_from({"desk": ["asia", "europe"], "priority": 1})
    (('desk', 'asia'), ('desk', 'europe'), ('priority', '1'))
    """
    if not isinstance(stated, Mapping):
        raise ValueError("must be names with values, such as {desk: asia}")
    pairs = set()
    for name, values in stated.items():
        if not isinstance(name, str) or not LABEL_NAME.fullmatch(name):
            raise ValueError(f"must have names of letters, digits, '-' and '_' (up to 64), unlike {str(name)[:80]!r}")
        for value in values if isinstance(values, list | tuple) else (values,):
            pairs.add((name, _text(value)))
    if len(pairs) > MOST_LABELS:
        raise ValueError(f"must not be more than {MOST_LABELS}")
    return tuple(sorted(pairs))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    if not text or len(text) > LONGEST_VALUE_CHARS or not text.isprintable():
        raise ValueError(f"must have values of one line of up to {LONGEST_VALUE_CHARS} characters")
    return text


def labels_to_document(labels: Labels) -> dict[str, list[str]]:
    """As the index stores them: every name with the list of its values.

    >>> labels_to_document((("desk", "asia"), ("desk", "europe")))
    {'desk': ['asia', 'europe']}
    """
    document: dict[str, list[str]] = {}
    for name, value in labels:
        document.setdefault(name, []).append(value)
    return document


def labels_from_document(document: Mapping[str, Iterable[str]] | None) -> Labels:
    """The inverse of :func:`labels_to_document`; None, of an article that an older version wrote, is none."""
    return tuple(sorted((name, value) for name, values in (document or {}).items() for value in values))


def union(*several: Labels) -> Labels:
    """The labels of all, for an article that several sources lead to."""
    return tuple(sorted({pair for labels in several for pair in labels}))
