"""Correction notices in an article: the lines in which its outlet sets it right. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pipeline.text.lines import fold
from schemas.line_rules import load_correction_rules

_LONGEST_LINE = 600
"""A notice is short; a longer line is a paragraph of the story."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that corrects the article, verbatim, and the rule that knew it."""

    rule: str
    text: str


@cache
def _patterns(place: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (rule.id, re.compile(rule.pattern, re.IGNORECASE)) for rule in load_correction_rules() if rule.place == place
    )


def correction_notices(title: str, text: str) -> tuple[Notice, ...]:
    r"""The notices of an article, title first, each line once; ``text`` before stripping, for they stand at its edges.

    >>> correction_notices("Envoys meet", "They met.\n\nCorrection: they met on Tuesday.")[0].rule
    'en.label'
    """
    found = [_notice("title", title), *(_notice("line", line) for line in text.splitlines())]
    return tuple(dict.fromkeys(notice for notice in found if notice))


def _notice(place: str, line: str) -> Notice | None:
    line = line.strip()
    if not line or len(line) > _LONGEST_LINE:
        return None
    folded = fold(line)
    for rule, pattern in _patterns(place):
        if pattern.search(folded):
            return Notice(rule, line)
    return None
