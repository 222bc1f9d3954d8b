"""The notation of surface forms in rule files, and the word boundaries that a match must respect.

In all languages ``(x|y)`` is either and ``(x)`` is optional. Latin forms match whole words with their regular
endings (``protest`` also matches ``protested``); a trailing ``*`` lets any ending follow, ``!`` none; ``-`` is a
hyphen or a space. In Korean a space is optional, as is the dot in ``한·일``; forms of one or two syllables need a
boundary before them unless they begin with ``~``; a trailing ``!`` lets only particles follow. A single hanja
(``日``) counts only beside hangul, as Korean headlines print it. In Japanese, katakana forms do not match inside
longer katakana words; ``^`` and ``!`` ask for a change of script before and after a kanji form, and forms of one
kanji ask for both.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from pipeline.text.topics.boundaries import Boundary
from pipeline.text.topics.folding import fold


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal to look for, folded, and the boundaries it needs."""

    text: str
    boundary: int


_GROUP = re.compile(r"\(([^()]*)\)")
_SPELLED_VARIOUSLY = re.compile(r"[-(|)]|  ")
_HANGUL = re.compile("[가-힣]")
_LATIN = re.compile("[a-z]")
_KATAKANA_ONLY = re.compile("[ァ-ヺー]+")
_HAN = re.compile("[一-鿿々]")


def expand(form: str, language: str) -> list[Literal]:
    """The literals of one form of a rule file.

    >>> [literal.text for literal in expand("labo(u)r camp", "en")]
    ['labor camp', 'labour camp']
    """
    open_before, open_after, closed = form.startswith("~"), form.endswith("*"), form.endswith("!")
    han_before = form.startswith("^")
    core = form.strip("~*!^")
    literals = []
    if core.isascii() and core.islower() and not _SPELLED_VARIOUSLY.search(core):
        # Most English forms: nothing to choose and nothing to fold.
        return [Literal(core, _boundary(core, language, open_before, open_after, closed, han_before))]
    for text in dict.fromkeys(fold(choice).text for choice in _choices(core)):
        for variant in _spelled(text, language):
            literals.append(Literal(variant, _boundary(variant, language, open_before, open_after, closed, han_before)))
    return literals


def _choices(form: str) -> list[str]:
    if "(" not in form:
        return [form]
    parts = _GROUP.split(form)
    options = [
        [part] if at % 2 == 0 else (part.split("|") if "|" in part else ["", part]) for at, part in enumerate(parts)
    ]
    return [re.sub(" +", " ", "".join(pick)).strip() for pick in itertools.product(*options)]


def _spelled(text: str, language: str) -> list[str]:
    if language == "en":
        return _swapped(text, "-", ("-", " "))
    return [
        variant for dotted in _swapped(text, "·", ("", "·", "-", "/")) for variant in _swapped(dotted, " ", ("", " "))
    ]


def _swapped(text: str, mark: str, choices: tuple[str, ...]) -> list[str]:
    if mark not in text:
        return [text]
    parts = text.split(mark)
    if len(parts) > 4:
        return [choice.join(parts) for choice in choices]
    joins = itertools.product(choices, repeat=len(parts) - 1)
    return ["".join(itertools.chain.from_iterable(itertools.zip_longest(parts, join, fillvalue=""))) for join in joins]


def _boundary(text: str, language: str, open_before: bool, open_after: bool, closed: bool, han_before: bool) -> int:
    boundary = Boundary.NONE
    first, last = text[0], text[-1]
    if _LATIN.match(first) and not open_before:
        boundary |= Boundary.WORD_BEFORE
    if first.isdigit() and not open_before:
        boundary |= Boundary.DIGIT_BEFORE
    if last.isdigit() and not open_after:
        boundary |= Boundary.DIGIT_AFTER
    if _LATIN.match(last) and not open_after:
        boundary |= Boundary.WORD_AFTER if closed or len(text) <= 2 else Boundary.ENDING_AFTER
    if _HANGUL.match(first) and not open_before and len(text) <= 2:
        boundary |= Boundary.HANGUL_BEFORE
    if _HANGUL.match(last) and closed:
        boundary |= Boundary.PARTICLE_AFTER
    if _KATAKANA_ONLY.fullmatch(text):
        if not open_before:
            boundary |= Boundary.KATAKANA_BEFORE
        if not open_after:
            boundary |= Boundary.KATAKANA_AFTER
    single = len(text) == 1 and bool(_HAN.match(text))
    if han_before or (single and not open_before):
        boundary |= Boundary.HAN_BEFORE
    if (closed and _HAN.match(last)) or (single and not open_after):
        boundary |= Boundary.HAN_AFTER
    if single and language == "ko":
        boundary |= Boundary.KOREAN_HEADLINE
    return boundary
