"""The lines of a text, judged: which rules cover each, which are prose, and where the story begins and ends."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from pipeline.text.lines import Line, is_prose, is_short, weight
from pipeline.text.phrases import MAXIMUM_LINE, Phrases
from pipeline.text.pitches import is_pitch
from schemas.boilerplate_rules import BoilerplateRule, Zone, load_boilerplate_rules

REMEMBERED_LINES = 8192
"""Lines of at most MAXIMUM_LINE characters whose judgement is kept: about 20 MB at the very most."""

HEAD_LINES = 4
TAIL_LINES = 6
TAIL_SHARE = 0.85
"""Lines at either end, and the share of the text, that count as head and tail whatever they look like."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A line by itself: the rules that cover it, whether it is protected, whether prose, whether a pitch."""

    rules: tuple[BoilerplateRule, ...]
    protected: bool
    prose: bool
    pitch: bool


@functools.cache
def all_phrases() -> Phrases:
    """The phrases of every rule, those that cut and those that protect."""
    return Phrases(load_boilerplate_rules())


def judge(folded: str) -> Verdict:
    """What a line is, its neighbours aside."""
    if len(folded) > MAXIMUM_LINE:
        return Verdict((), False, is_prose(folded), False)
    return _judged(folded)


@functools.lru_cache(maxsize=REMEMBERED_LINES)
def _judged(folded: str) -> Verdict:
    """Remembered: chrome repeats on every page of a host, and every pass asks again."""
    protected = bool(all_phrases().cover(folded, keeping=True))
    rules = () if protected else all_phrases().cover(folded, keeping=False)
    pitch = not protected and not rules and is_pitch(folded)
    return Verdict(rules, protected, not rules and not pitch and is_prose(folded), pitch)


Glued = tuple[int, int, tuple[BoilerplateRule, ...], tuple[BoilerplateRule, ...]]


def glued(folded: str) -> Glued:
    """Start and end of the story in a line, and the rules that cover what stands before and after it."""
    return _glued(folded) if len(folded) <= MAXIMUM_LINE else _find_glued(folded)


@functools.lru_cache(maxsize=REMEMBERED_LINES)
def _glued(folded: str) -> Glued:
    return _find_glued(folded)


def _find_glued(folded: str) -> Glued:
    end = all_phrases().glued_end(folded)
    stop, after = end if end is not None else (len(folded), ())
    start = all_phrases().glued_start(folded[:stop])
    begin, before = start if start is not None else (0, ())
    return begin, stop, before, after


class JudgedLines:
    """The lines of one pass with what each of them is, and the cuts decided so far."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        judged = [judge(line.folded) for line in lines]
        self.rules = [verdict.rules for verdict in judged]
        self.protected = [verdict.protected for verdict in judged]
        self.prose = [verdict.prose for verdict in judged]
        self.pitch = [verdict.pitch for verdict in judged]
        story = [index for index, prose in enumerate(self.prose) if prose]
        self.first_story = story[0] if story else len(lines)
        self.last_story = story[-1] if story else -1
        self.tail_start = _tail_start(lines)
        self.reason: dict[int, str] = {}

    def cut(self, index: int, rule: str) -> None:
        """Mark a line as no story, unless it is protected; the first reason stands."""
        if not self.protected[index]:
            self.reason.setdefault(index, rule)

    def in_zone(self, index: int, zone: Zone) -> bool:
        """Whether the line stands where the zone says."""
        head = index < self.first_story or index < HEAD_LINES
        tail = index > self.last_story or index >= self.tail_start
        return zone is Zone.ANY or (zone is not Zone.TAIL and head) or (zone is not Zone.HEAD and tail)

    def linklike(self, index: int) -> bool:
        """Whether a neighbour may take the line along: chrome itself, or short and no sentence."""
        if self.protected[index] or self.prose[index]:
            return False
        return bool(self.rules[index]) or is_short(self.lines[index].folded)

    def story_lies_before(self, index: int, share: float = 2) -> bool:
        """Whether most prose stands above the line: what follows a form there is comments, not story."""
        before = sum(weight(line.folded) for line, prose in zip(self.lines[:index], self.prose, strict=False) if prose)
        after = sum(
            weight(line.folded)
            for line, prose in zip(self.lines[index + 1 :], self.prose[index + 1 :], strict=True)
            if prose
        )
        return before > 0 and before >= share * after


def _tail_start(lines: list[Line]) -> int:
    """The first line of the tail: the last lines, and whatever stands behind most of the text."""
    before = 0
    total = sum(len(line.folded) for line in lines)
    for index, line in enumerate(lines):
        if index >= len(lines) - TAIL_LINES or before >= TAIL_SHARE * total:
            return index
        before += len(line.folded)
    return len(lines)
