"""Literals that a regular expression cannot match without: what lets most lines pass untouched.

One automaton pass over a line finds which literals stand in it; only the expressions that need one of those are
tried. Source: the literal extraction of RE2's prefilter (Cox, "Regular Expression Matching with a Trigram
Index", 2012), reduced to "at least one of these strings".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from re import _constants as constants  # type: ignore[attr-defined]  # no public parser of expressions exists
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from ahocorasick_rs import AhoCorasick

MOST_LITERALS = 64
"""More alternatives than this make a poor filter; another part of the expression is taken instead."""


def required_literals(pattern: str) -> frozenset[str]:
    """Lower-case strings of which every match holds at least one; empty when there is no such set.

    >>> sorted(required_literals("(?:leave|post) +a +(?:reply|comment)"))
    ['comment', 'reply']
    """
    return _best(_sequence(parser.parse(pattern)))


def _sequence(items: Iterable[tuple[Any, Any]]) -> list[frozenset[str]]:
    """The sets that a sequence offers: each of its parts, runs of characters joined."""
    offers: list[frozenset[str]] = []
    run = ""
    for operator, value in items:
        if operator is constants.LITERAL:
            run += chr(value).lower()
            continue
        if run:
            offers.append(frozenset({run}))
            run = ""
        offers.extend(_part(operator, value))
    if run:
        offers.append(frozenset({run}))
    return offers


def _part(operator: Any, value: Any) -> list[frozenset[str]]:
    if operator is constants.SUBPATTERN:
        return _sequence(value[3])
    if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
        return _sequence(value[2]) if value[0] > 0 else []
    if operator is constants.ATOMIC_GROUP:
        return _sequence(value)
    if operator is constants.BRANCH:
        branches = [_best(_sequence(branch)) for branch in value[1]]
        if all(branches):
            return [frozenset().union(*branches)]
    if operator is constants.IN and all(kind is constants.LITERAL for kind, _ in value):
        return [frozenset(chr(code).lower() for _, code in value)]
    return []


def _best(offers: list[frozenset[str]]) -> frozenset[str]:
    """The offer that fewest lines will meet: the longest shortest string, then the fewest strings."""
    usable = [offer for offer in offers if offer and len(offer) <= MOST_LITERALS and " " not in offer]
    return max(usable, key=lambda offer: (min(map(len, offer)), -len(offer), sorted(offer)), default=frozenset())


class LiteralFilter:
    """Which of many expressions can match in a text at all, found in one pass over it.

    Args:
        patterns: the expressions; results name them by index.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        needing: dict[str, list[int]] = {}
        self._always: list[int] = []
        for index, pattern in enumerate(patterns):
            literals = required_literals(pattern)
            for literal in literals:
                needing.setdefault(literal, []).append(index)
            if not literals:
                self._always.append(index)
        self._needing = list(needing.values())
        self._automaton = AhoCorasick(list(needing)) if needing else None

    def candidates(self, text: str) -> list[int]:
        """Indexes of the expressions whose literals stand in the text, ascending.

        >>> LiteralFilter(["leave +a +reply", "related +stories"]).candidates("Leave a Reply")
        [0]
        """
        found = set(self._always)
        if self._automaton is not None:
            for literal, _, _ in self._automaton.find_matches_as_indexes(text.lower(), overlapping=True):
                found.update(self._needing[literal])
        return sorted(found)
