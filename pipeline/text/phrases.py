"""Phrases of boilerplate: whether they cover a line, or the end or start of one.

A line is covered by laying phrase after phrase from its start to its end. So "One app. One membership." and a
whole masthead glued into one line fall to the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.text.required_literals import LiteralFilter
from schemas.boilerplate_rules import BoilerplateRule, Says, expand

MAXIMUM_PHRASES = 16
MAXIMUM_LINE = 600
"""No chrome line of the development pages is longer, and the work per line stays bounded."""

_BETWEEN = re.compile(r"[\s.!?。,|/·・•*:;…>»›▶►→&+()\[\]【】「」<>◆■□▲▼△●○☞※\-]*(?:(?:and|or|및)(?=\s))?[\s]*")
_BEFORE_STORY = re.compile(r"[\s.!?。,|·・•:;…>»›▶►→]*")
_EDGE = r"(?=$|[\s.,|/·・•*:;…!?>»›▶►→&+()\[\]【】「」<>\-。])"
_SENTENCE_BREAK = re.compile(r"(?<=[.!?。])[\"')\]」』]*\s+|(?<=[。])|(?<=다\.)\s*")
_BULLET = re.compile(r"[^\w\"'@#$£€¥₩¿¡]+")
_REPORTS = re.compile(
    # Korean and Japanese chrome is polite (-니다, -ます) or verbless; a story's sentences are plain (-다, -た).
    r"(?<!니)다\.?[\"')\]」』]*$"
    r"|[ぁ-ん]。[\"')\]」』]*(?<!です。)(?<!ます。)(?<!せん。)(?<!さい。)(?<!ました。)(?<!ませんでした。)(?<!ましょう。)(?<=。)$"
    # English: somebody said it.
    r"|,[\"']? (?:[^,.]{2,50} )?"
    r"(?:said|says|told|added|argued|warned|showed?|think|thinks|promised|joke|insisted|found)\b[^.]{0,60}\.?[\"']*$",
)


class Phrases:
    """The phrases of a set of rules, compiled.

    Args:
        rules: whose phrases to lay, longest first so that a phrase is not mistaken for its beginning; those that
            deny a wall before all others, because a pitch for members matches "not only for members" too.
    """

    def __init__(self, rules: Iterable[BoilerplateRule]) -> None:
        pairs = [(expand(phrase), rule) for rule in rules for phrase in rule.phrases]
        pairs.sort(key=lambda pair: (pair[1].says is not Says.FREE, -len(pair[0]), pair[0]))
        self._phrases = [(re.compile(phrase + _EDGE, re.IGNORECASE), rule) for phrase, rule in pairs]
        self._keeps = [rule.keep for _, rule in pairs]
        self._glues = [rule.glued for _, rule in pairs]
        self._filter = LiteralFilter([phrase for phrase, _ in pairs])
        self._latest: tuple[str, list[int]] = ("", [])

    def candidates(self, folded: str) -> list[int]:
        """The phrases that may occur in a line, in order of trial. A line is asked about several times in a row."""
        latest = self._latest
        if latest[0] != folded:
            latest = self._latest = (folded, self._filter.candidates(folded))
        return latest[1]

    def cover(self, folded: str, keeping: bool | None = None) -> tuple[BoilerplateRule, ...]:
        """The rules whose phrases cover the line, or () when they do not.

        Args:
            folded: the line.
            keeping: only rules that keep a line (True) or that cut it (False); None for any.
        """
        if len(folded) > MAXIMUM_LINE:
            return ()
        keeps = self._keeps
        candidates = self.candidates(folded)
        if keeping is not None:
            candidates = [index for index in candidates if keeps[index] is keeping]
        return self._cover(folded, 0, candidates) if candidates else ()

    def _cover(self, folded: str, start: int, candidates: list[int]) -> tuple[BoilerplateRule, ...]:
        found = self._lay(folded, start, candidates)
        if not found and (bullet := _BULLET.match(folded, start)) is not None:
            found = self._lay(folded, bullet.end(), candidates)
        if found and not any(rule.sentences for rule in found) and _REPORTS.search(folded, start):
            return ()
        return found

    def _lay(self, folded: str, position: int, candidates: list[int]) -> tuple[BoilerplateRule, ...]:
        """Phrase after phrase from a position to the end of the line; () when something else is between."""
        for index in candidates:
            pattern, rule = self._phrases[index]
            if pattern.fullmatch(folded, position):
                return (rule,)
        found: list[BoilerplateRule] = []
        while position < len(folded) and len(found) < MAXIMUM_PHRASES:
            step = self._next(folded, position, candidates)
            if step is None:
                return ()
            end, rule = step
            found.append(rule)
            between = _BETWEEN.match(folded, end)
            position = between.end() if between else end
        return tuple(found) if position >= len(folded) else ()

    def _next(self, folded: str, position: int, candidates: list[int]) -> tuple[int, BoilerplateRule] | None:
        """Where the first phrase that matches here ends, and its rule."""
        for index in candidates:
            pattern, rule = self._phrases[index]
            if rule.alone:
                continue
            match = pattern.match(folded, position)
            if match is not None and match.end() > position:
                return match.end(), rule
        return None

    def glued_end(self, folded: str) -> tuple[int, tuple[BoilerplateRule, ...]] | None:
        """Where boilerplate begins that is glued to the end of a line of story, and its rules."""
        candidates = self._glued(folded)
        if not candidates:
            return None
        for match in _SENTENCE_BREAK.finditer(folded, max(0, len(folded) - MAXIMUM_LINE)):
            if match.end() >= len(folded):
                break
            rules = self._cover(folded, match.end(), candidates)
            if rules:
                return match.end(), rules
        return None

    def glued_start(self, folded: str) -> tuple[int, tuple[BoilerplateRule, ...]] | None:
        """Where story begins after two or more phrases glued to the start of its line, and the rules."""
        candidates = self._glued(folded)
        if not candidates:
            return None
        found: list[BoilerplateRule] = []
        position = 0
        while position < len(folded) and len(found) < MAXIMUM_PHRASES:
            step = self._next(folded, position, candidates)
            if step is None:
                break
            end, rule = step
            found.append(rule)
            between = _BEFORE_STORY.match(folded, end)
            position = between.end() if between else end
        return (position, tuple(found)) if len(found) >= 2 and position < len(folded) else None

    def _glued(self, folded: str) -> list[int]:
        glues = self._glues
        return [index for index in self.candidates(folded) if glues[index]]
