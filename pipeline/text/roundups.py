"""Whether a headline announces a round-up: several stories on one page. Pure."""

from __future__ import annotations

import re
from functools import cache

from pipeline.text.lines import fold
from schemas.line_rules import load_roundup_rules


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{rule.pattern})" for rule in load_roundup_rules()), re.IGNORECASE)


def announces_several(title: str) -> bool:
    """Whether the headline is that of a bulletin, a newsletter or a list of stories.

    >>> announces_several("Morning briefing: a ferry, a flood"), announces_several("Ferry sinks in a flood")
    (True, False)
    """
    return _pattern().search(fold(title)) is not None
