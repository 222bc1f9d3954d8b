"""The word boundaries that a match must respect, tested by the kinds of the characters around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from pipeline.text.topics.code_points import DIGIT, HANGUL, KANJI, KATAKANA, LATIN


class Boundary:
    """What has to be true around a match, as bits of a whole number: an enumeration is slow in the thousands."""

    NONE = 0
    WORD_BEFORE = 1
    WORD_AFTER = 2
    ENDING_AFTER = 4
    HANGUL_BEFORE = 8
    PARTICLE_AFTER = 16
    KATAKANA_BEFORE = 32
    KATAKANA_AFTER = 64
    HAN_BEFORE = 128
    HAN_AFTER = 256
    DIGIT_BEFORE = 512
    DIGIT_AFTER = 1024
    KOREAN_HEADLINE = 2048


Look = Callable[[str, int, int], bool]
"""A closer look at folded text around the match from start to end."""


class Edges(NamedTuple):
    """What a match needs around it.

    Attributes:
        before: kinds of character that must not stand before.
        after: kinds that must not stand after.
        unless: excuses what stands after, an ending or a particle; None where nothing does.
        also: has to hold besides; None where nothing has to.

    """

    before: int
    after: int
    unless: Look | None = None
    also: Look | None = None

    def hold(self, kinds: bytes, text: str, start: int, end: int) -> bool:
        """Whether a match has them; ``kinds`` are those of the text with one more place at either end."""
        if kinds[start] & self.before:
            return False
        if kinds[end + 1] & self.after and (self.unless is None or not self.unless(text, start, end)):
            return False
        return self.also is None or self.also(text, start, end)


@cache
def edges_of(boundary: int) -> Edges:
    """The edges that a boundary asks for.

    >>> edges_of(Boundary.WORD_BEFORE).hold(bytes([0, 1, 1, 0]), "ab", 1, 2)
    False
    """
    before = after = 0
    for flag, kind in _BEFORE:
        if boundary & flag:
            before |= kind
    for flag, kind in _AFTER:
        if boundary & flag:
            after |= kind
    # A form ends in a character of one kind, so at most one of the two can be asked for.
    unless = next((look for flag, look in _UNLESS if boundary & flag), None)
    return Edges(before, after, unless, _in_korean_headline if boundary & Boundary.KOREAN_HEADLINE else None)


_BEFORE = (
    (Boundary.WORD_BEFORE, LATIN),
    (Boundary.HANGUL_BEFORE, HANGUL),
    (Boundary.KATAKANA_BEFORE, KATAKANA),
    (Boundary.HAN_BEFORE, KANJI),
    (Boundary.DIGIT_BEFORE | Boundary.KOREAN_HEADLINE, DIGIT),
)
_AFTER = (
    (Boundary.WORD_AFTER | Boundary.ENDING_AFTER, LATIN),
    (Boundary.PARTICLE_AFTER, HANGUL),
    (Boundary.KATAKANA_AFTER, KATAKANA),
    (Boundary.HAN_AFTER, KANJI),
    (Boundary.DIGIT_AFTER, DIGIT),
)
_PARTICLES = (
    r"(?:[은는이가을를의에도만과와로인]|으로|에서|에게|에는|에도|에만|에선|로서|으로서|까지|부터|보다|이나|나|이라|라|이란|란|이며|며|들|들이|들은|들을"
    r"|들의|처럼|마저|조차|밖에|이다|다|였다|이었다|께서|측|측은|측이|한테|이고|고)?(?![가-힣])"
)
_PARTICLE_AFTER = re.compile(_PARTICLES)
_WORD_END = re.compile(r"[a-z0-9]*")
_HANGUL = re.compile("[가-힣]")


def _particle_after(text: str, start: int, end: int) -> bool:
    return _PARTICLE_AFTER.match(text, end) is not None


def _in_korean_headline(text: str, start: int, end: int) -> bool:
    return _HANGUL.search(text, max(0, start - 6), end + 8) is not None


_SIBILANT = ("s", "x", "z", "ch", "sh", "o")


def ending_fits(text: str, start: int, end: int) -> bool:
    """Whether what follows a Latin form inside the same word is one of its regular endings."""
    word_end = _WORD_END.match(text, end, end + 8)
    ending = word_end.group() if word_end else ""
    if not ending:
        return True
    if len(ending) > 4:
        return False
    last = text[end - 1]
    if ending == "s":
        return True
    if ending == "es":
        return text[max(start, end - 2) : end].endswith(_SIBILANT)
    if ending == "d":
        return last == "e"
    return ending in ("ed", "ing", "ings") and last != "e"


_UNLESS: tuple[tuple[int, Look], ...] = (
    (Boundary.ENDING_AFTER, ending_fits),
    (Boundary.PARTICLE_AFTER, _particle_after),
)
