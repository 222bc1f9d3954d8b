"""How text becomes searchable terms, the same for what is indexed and what is asked.

Latin and other spaced scripts are words. Korean and Japanese are overlapping pairs of characters, so that
대통령 ("president") is found in 대통령이 ("the president", with a particle) and 首脳 ("leaders") in 首脳会談
("summit"); a pair may span a space, as Korean spacing varies (한일관계, 한일 관계), never punctuation. Width, case and
accents make no difference (NFKC).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

# Hangul, kana without the middle dot, ideographs with their repetition marks, all as they are after NFKC.
_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_CJK_RUN = re.compile(f"[{_CJK}]+(?:\\s+[{_CJK}]+)*")
_PIECE = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<word>[^\\W{_CJK}]+(?:['’.,&/+_-][^\\W{_CJK}]+)*)")
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|(\S+)')
_LATIN_ACCENTS = re.compile("([a-z])[\u0300-\u036f]+")
_WORD = re.compile(r"\w+")
_BEYOND_BASIC_PLANE = re.compile("[\U00010000-\U0010ffff]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a document must hold: words in a row, or characters in a row.

    Attributes:
        text: folded; words are separated by one space.
        is_cjk: whether it is a run of Korean or Japanese characters.

    """

    text: str
    is_cjk: bool


def fold(text: str) -> str:
    """Without differences of width, case and Latin accents.

    >>> fold("Ｇ７ Shinzō ﾆｭｰｽ")
    'g7 shinzo ニュース'
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).lower()
    # Only Latin letters lose their accents: taken apart, が and 각 would lose what they mean.
    if any("\u00e0" <= character <= "\u024f" or "\u1e00" <= character <= "\u1eff" for character in set(folded)):
        folded = "".join(_without_accents(character) for character in folded)
    return _LATIN_ACCENTS.sub(r"\1", folded)


def _without_accents(character: str) -> str:
    if not ("\u00e0" <= character <= "\u024f" or "\u1e00" <= character <= "\u1eff"):
        return character
    return unicodedata.normalize("NFD", character)[0]


def pairs(run: str) -> list[str]:
    """The overlapping pairs of a run of characters, and its last character alone, so that one character can be found.

    >>> pairs("首脳会談")
    ['首脳', '脳会', '会談', '談']
    """
    return [*map(add, run, run[1:]), run[-1:]]


def segment(text: str) -> str:
    """The text as space-separated terms, for an index that splits at anything but letters and digits.

    >>> segment("AP통신: F-35")
    'ap 통신 신 : f-35'
    """
    folded = fold(text).replace("\x00", " ")
    return folded if folded.isascii() else _CJK_RUN.sub(_spaced_pairs, folded).strip()


def _spaced_pairs(match: re.Match[str]) -> str:
    return f" {' '.join(pairs(''.join(match[0].split())))} "


def cjk_runs(text: str) -> str:
    """The Korean and Japanese of a text for an analyzer that pairs whatever stands side by side.

    An "x" keeps the end of one run from pairing with the start of the next, and stands for characters beyond
    U+FFFF, at which Elasticsearch's tokenizer gives up the rest of the text when it is told to split at every
    character.

    >>> cjk_runs("日韓、首脳会談 (Seoul)")
    '日韓x首脳会談x'
    """
    runs = [_BEYOND_BASIC_PLANE.sub("x", _SPACES.sub("", run)) for run in _CJK_RUN.findall(fold(text))]
    return "".join(f"{run}x" for run in runs)


def hidden_words(text: str) -> str:
    r"""The lines whose words a standard tokenizer would not find, with these words plainly apart; often "".

    >>> hidden_words("Plain words.\nAP통신 reports")
    'ap reports'
    """
    if text.isascii():
        return ""
    found = []
    for line in text.splitlines():
        if line.isascii():
            continue
        words = _WORD.findall(_CJK_RUN.sub(" ", fold(line)))
        if not set(words) <= set(_WORD.findall(line.lower())):
            found.append(" ".join(words))
    return "\n".join(found)


def query_terms(text: str) -> list[Term]:
    """What a person's query asks for: every word, every run of Korean or Japanese, and "quoted words" in a row.

    >>> query_terms('AP통신 "sign up"')
    [Term(text='ap', is_cjk=False), Term(text='통신', is_cjk=True), Term(text='sign up', is_cjk=False)]
    """
    terms: list[Term] = []
    for match in _QUOTED.finditer(fold(text)):
        chunk = match[1] or match[2] or match[3] or ""
        words: list[str] = []
        for piece in _PIECE.finditer(chunk):
            if piece["word"]:
                words.append(piece["word"])
                continue
            _add_words(terms, words)
            terms.append(Term(piece["cjk"], True))
        _add_words(terms, words)
    return list(dict.fromkeys(terms))


def _add_words(terms: list[Term], words: list[str]) -> None:
    if words:
        terms.append(Term(" ".join(words), False))
        words.clear()


def term_pattern(terms: Sequence[Term]) -> re.Pattern[str]:
    """Finds any of the terms in folded text; the group's name tells which: ``t0``, ``t1``, ..."""
    parts = []
    for number, term in enumerate(terms):
        if term.is_cjk:
            body = r"\s*".join(re.escape(character) for character in term.text)
        else:
            words = re.split(r"[^\w]+", term.text)
            body = r"[^\w]+".join(re.escape(word) for word in words if word)
            body = rf"(?<![^\W{_CJK}]){body}(?![^\W{_CJK}])"
        parts.append(f"(?P<t{number}>{body})")
    return re.compile("|".join(parts))
