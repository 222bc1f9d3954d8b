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
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag

from pipeline.text.topics.folding import fold


class Boundary(IntFlag):
    """What has to be true around a match."""

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


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal to look for, folded, and the boundaries it needs."""

    text: str
    boundary: Boundary


_GROUP = re.compile(r"\(([^()]*)\)")
_SPELLED_VARIOUSLY = re.compile(r"[-(|)]|  ")
_HANGUL = re.compile("[가-힣]")
_LATIN = re.compile("[a-z]")
_KATAKANA_ONLY = re.compile("[ァ-ヺー]+")
_PARTICLES = (
    r"(?:[은는이가을를의에도만과와로인]|으로|에서|에게|에는|에도|에만|에선|로서|으로서|까지|부터|보다|이나|나|이라|라|이란|란|이며|며|들|들이|들은|들을"
    r"|들의|처럼|마저|조차|밖에|이다|다|였다|이었다|께서|측|측은|측이|한테|이고|고)?(?![가-힣])"
)
_PARTICLE_AFTER = re.compile(_PARTICLES)
_WORD_END = re.compile(r"[a-z0-9]*")
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


def _boundary(
    text: str, language: str, open_before: bool, open_after: bool, closed: bool, han_before: bool
) -> Boundary:
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


Check = Callable[[str, int, int], bool]
"""Whether the match from start to end of folded text has the boundaries it needs."""


def check_for(boundary: Boundary) -> Check | None:
    """The check of a boundary, None when any match will do. One function a combination: this is the innermost loop."""
    if not boundary:
        return None
    parts = [check for flag, check in _CHECKS if boundary & flag == flag]
    if len(parts) == 1:
        return parts[0]
    if boundary == Boundary.WORD_BEFORE | Boundary.ENDING_AFTER:
        return _whole_word
    return lambda text, start, end: all(check(text, start, end) for check in parts)


def _whole_word(text: str, start: int, end: int) -> bool:
    if start and _latin_or_digit(text[start - 1]):
        return False
    return end == len(text) or not _latin_or_digit(text[end]) or ending_fits(text, start, end)


def _latin_or_digit(character: str) -> bool:
    return "a" <= character <= "z" or "0" <= character <= "9"


def _word_before(text: str, start: int, end: int) -> bool:
    return not (start and _latin_or_digit(text[start - 1]))


def _word_after(text: str, start: int, end: int) -> bool:
    return end == len(text) or not _latin_or_digit(text[end])


def _hangul_before(text: str, start: int, end: int) -> bool:
    return not (start and "가" <= text[start - 1] <= "힣")


def _particle_after(text: str, start: int, end: int) -> bool:
    return _PARTICLE_AFTER.match(text, end) is not None


def _katakana_before(text: str, start: int, end: int) -> bool:
    return not (start and "ァ" <= text[start - 1] <= "ー")


def _katakana_after(text: str, start: int, end: int) -> bool:
    return not (end < len(text) and "ァ" <= text[end] <= "ー")


def _han_before(text: str, start: int, end: int) -> bool:
    return not (start and _HAN.match(text[start - 1]))


def _han_after(text: str, start: int, end: int) -> bool:
    return not (end < len(text) and _HAN.match(text[end]))


def _digit_before(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isdigit())


def _digit_after(text: str, start: int, end: int) -> bool:
    return not (end < len(text) and text[end].isdigit())


def _in_korean_headline(text: str, start: int, end: int) -> bool:
    if start and text[start - 1].isdigit():
        return False
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


_CHECKS: tuple[tuple[Boundary, Check], ...] = (
    (Boundary.WORD_BEFORE, _word_before),
    (Boundary.WORD_AFTER, _word_after),
    (Boundary.ENDING_AFTER, ending_fits),
    (Boundary.HANGUL_BEFORE, _hangul_before),
    (Boundary.PARTICLE_AFTER, _particle_after),
    (Boundary.KATAKANA_BEFORE, _katakana_before),
    (Boundary.KATAKANA_AFTER, _katakana_after),
    (Boundary.HAN_BEFORE, _han_before),
    (Boundary.HAN_AFTER, _han_after),
    (Boundary.DIGIT_BEFORE, _digit_before),
    (Boundary.DIGIT_AFTER, _digit_after),
    (Boundary.KOREAN_HEADLINE, _in_korean_headline),
)
