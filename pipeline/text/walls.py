"""Pages that stand where an article was asked for: consent, errors, checks for robots, sign-in forms.

A story about cookies says things about consent; a consent page says nothing else. So a page is a wall only when
what is left of it after stripping consists of such sentences, and the rules for them may be wide.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from pipeline.text.lines import is_short, weight
from pipeline.text.phrases import Phrases
from schemas.boilerplate_rules import load_wall_rules

LONGEST_WALL = 8000
"""Weight of the longest page looked at: the consent texts that list every purpose stay below it."""

MOST_OTHER = 0.15
"""Share of the weight that sentences of no rule may have: the one sentence of a wall that nobody foresaw."""

_SENTENCES = re.compile(r"[^.!?。！？]+(?:[.!?。！？]+(?=[\s\"')\]」』]|$|(?<=[。！？]))[\"')\]」』]*|[.!?]|$)")
_LONGEST_SENTENCE = 600
_REPORTS = re.compile(
    r"\"|\b(?:said|says|told|according to|ruled|fined|sued|announced|ministry|minister|court|lawmakers?|regulators?"
    r"|police|government)\b",
    re.IGNORECASE,
)
"""A wall speaks to its reader and of nobody else. Korean and Japanese rules see that by the polite endings."""


@functools.cache
def _phrases() -> Phrases:
    return Phrases(load_wall_rules())


def wall_rule(lines: Iterable[str]) -> str:
    """The id of the rule that covers most of a page, when the page is a wall; "" for everything else.

    In -> out: the folded lines that stripping left; headings and buttons among them count for nothing.

    >>> wall_rule(["Access denied", "You don't have permission to access this page."])
    'en.wall.error'
    >>> wall_rule(["Cookies need consent, the court ruled on Monday.", "We use cookies to store your choices."])
    ''
    """
    covered: dict[str, int] = {}
    other = 0
    lines = list(lines)
    total = sum(weight(line) for line in lines)
    if total > LONGEST_WALL:
        return ""
    labels = 0
    for line in lines:
        for sentence in sentences(line):
            rule = _rule_of(sentence)
            if rule:
                covered[rule] = covered.get(rule, 0) + weight(sentence)
            elif sentence == line and is_short(line):
                labels += weight(sentence)
            else:
                other += weight(sentence)
                if other > MOST_OTHER * total:
                    return ""
    if not covered or labels > sum(covered.values()):
        return ""
    return max(sorted(covered), key=lambda rule: covered[rule])


def sentences(line: str) -> list[str]:
    """The sentences of a folded line.

    >>> sentences("Access denied. Try again later!")
    ['Access denied.', 'Try again later!']
    """
    return [found for match in _SENTENCES.finditer(line) if (found := match[0].strip())]


def _rule_of(sentence: str) -> str:
    if len(sentence) > _LONGEST_SENTENCE or _REPORTS.search(sentence):
        return ""
    found = _phrases().cover(sentence)
    return found[0].id if found else ""
