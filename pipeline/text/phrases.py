"""Phrases of boilerplate: whether they cover a line, or the end or start of one.

All phrases are one regular expression tried where a phrase may begin; a line is covered by laying phrase
after phrase. So "One app. One membership." and a whole masthead glued into one line fall to the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from schemas.boilerplate_rules import BoilerplateRule, expand

MAXIMUM_PHRASES = 16
MAXIMUM_LINE = 600
"""No chrome line of the development pages is longer, and the work per line stays bounded."""

_BETWEEN = re.compile(r"[\s.!?。,|/·・•*:;…>»›▶►→&+()\[\]【】「」<>◆■□▲▼△●○☞※\-]*(?:and|or|및)?[\s]*")
_EDGE = r"(?=$|[\s.,|/·・•*:;…!?>»›▶►→&+()\[\]【】「」<>\-。])"
_NEVER = "(?!)"
_SENTENCE_BREAK = re.compile(r"(?<=[.!?。])[\"')\]」』]*\s+|(?<=[。])|(?<=다\.)\s*")
_BULLET = re.compile(r"[\s\-*•·・▶►◆■□▲▼△●○☞※◇◎→>»›|(\[<【「〔/]+")
_REPORTS = re.compile(
    # Korean and Japanese chrome is polite (-니다, -ます) or verbless; a story's sentences are plain (-다, -た).
    r"(?<!니)다\.?[\"')\]」』]*$"
    r"|[ぁ-ん]。?[\"')\]」』]*(?<!です。)(?<!ます。)(?<!せん。)(?<!さい。)(?<!ました。)(?<!ましょう。)(?<!です)(?<=。)$"
    # English: somebody said it.
    r"|,[\"']? (?:[^,.]{2,50} )?(?:said|says|told|added|argued|warned|showed?|think|thinks|promised|joke|insisted|found)"
    r"\b[^.]{0,60}\.?[\"']*$",
)


class Phrases:
    """The phrases of a set of rules, compiled.

    Args:
        rules: whose phrases to lay, longest first so that a phrase is not mistaken for its beginning.

    """

    def __init__(self, rules: Iterable[BoilerplateRule]) -> None:
        pairs = [(expand(phrase), rule) for rule in rules for phrase in rule.phrases]
        pairs.sort(key=lambda pair: (-len(pair[0]), pair[0]))
        self._rules = [rule for _, rule in pairs]
        alternatives = "|".join(f"({phrase})" for phrase, _ in pairs)
        self._pattern = re.compile(f"(?:{alternatives or _NEVER}){_EDGE}", re.IGNORECASE)

    def cover(self, folded: str, start: int = 0) -> tuple[BoilerplateRule, ...]:
        """The rules whose phrases cover the line from ``start`` to its end, or () when they do not."""
        if len(folded) - start > MAXIMUM_LINE:
            return ()
        found = self._lay(folded, start)
        if not found and (bullet := _BULLET.match(folded, start)) is not None:
            found = self._lay(folded, bullet.end())
        if found and not any(rule.sentences for rule in found) and _REPORTS.search(folded, start):
            return ()
        return found

    def _lay(self, folded: str, position: int) -> tuple[BoilerplateRule, ...]:
        """Phrase after phrase from a position to the end of the line; () when something else is between."""
        whole = self._pattern.fullmatch(folded, position)
        if whole is not None:
            return (self._rules[(whole.lastindex or 1) - 1],)
        found: list[BoilerplateRule] = []
        while position < len(folded) and len(found) < MAXIMUM_PHRASES:
            match = self._pattern.match(folded, position)
            if match is None or match.end() == position:
                return ()
            found.append(self._rules[(match.lastindex or 1) - 1])
            between = _BETWEEN.match(folded, match.end())
            position = between.end() if between else match.end()
        return tuple(found) if position >= len(folded) else ()

    def glued_end(self, folded: str) -> tuple[int, tuple[BoilerplateRule, ...]] | None:
        """Where boilerplate begins that is glued to the end of a line of story, and its rules."""
        for match in _SENTENCE_BREAK.finditer(folded, max(0, len(folded) - MAXIMUM_LINE)):
            if match.end() >= len(folded):
                break
            rules = self.cover(folded, match.end())
            if rules and all(rule.glued for rule in rules):
                return match.end(), rules
        return None

    def glued_start(self, folded: str) -> tuple[int, tuple[BoilerplateRule, ...]] | None:
        """Where story begins after boilerplate glued to the start of its line, and the rules."""
        found: list[BoilerplateRule] = []
        position = 0
        while len(found) < MAXIMUM_PHRASES:
            match = self._pattern.match(folded, position)
            if match is None or match.end() == position:
                break
            rule = self._rules[(match.lastindex or 1) - 1]
            if not rule.glued:
                break
            between = _BETWEEN.match(folded, match.end())
            found.append(rule)
            position = between.end() if between else match.end()
        if len(found) < 2 or position >= len(folded):
            return None
        return position, tuple(found)
