"""What each code point is, as whole arrays: what it folds to, and which kinds of character it belongs to.

A look-up in a table costs a nanosecond or two a character, a regular expression or ``str.translate`` ten times that.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

PLANE = 0x10000
"""Code points of the first plane; those beyond share the entry of the last one, which is no character."""
CARE = PLANE - 1
"""Stands in the table of foldings for whatever cannot be folded alone and in place."""
SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u02bc\u02b9\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u30fb\u318d\u2027\u2219\u2022\u119e\u22c5", "\u00b7"),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    }
)
COMBINING = "\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u119d\u119f-\u11ff"
"""What may compose with the character before: combining marks, half-width voicing marks, conjoining jamo."""

LATIN, DIGIT, HANGUL, KATAKANA, KANJI, KANA, LETTER, END = (1 << place for place in range(8))
"""Kinds of character. ``LATIN`` is a-z and 0-9, ``KANA`` all kana, ``LETTER`` what words are made of, and ``END`` what
may close a sentence."""

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

_FOLDED_ALONE = ((0x0000, 0x0530), (0x2000, 0x3400), (0xFF00, 0xFFF0))
"""Latin, Greek, Cyrillic, punctuation, kana, full and half width: the rest but Hangul and Han is rare in news."""
_FOLDS_TO_ITSELF = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4))
_MARKS = ((0x0300, 0x0370), (0x3099, 0x309B), (0xFF9E, 0xFFA0))


def codes_of(text: str) -> Codes:
    """The code points of a text, unpaired surrogates among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@cache
def foldings() -> NDArray[np.uint16]:
    """What a character folds to where that is one character whatever follows, unless a mark does; else ``CARE``."""
    table = np.full(PLANE, CARE, dtype=np.uint16)
    for first, end in _FOLDS_TO_ITSELF:
        table[first:end] = np.arange(first, end)
    for first, end in _FOLDED_ALONE:
        for code in range(first, end):
            folded = folded_cluster(chr(code))
            if len(folded) == 1:
                table[code] = ord(folded)
    # The automaton works on UTF-8, which has no unpaired surrogates.
    table[0xD800:0xE000] = 0xFFFD
    for first, end in _MARKS:
        table[first:end] = CARE
    table[0x119E] = ord("\u00b7")
    return table


def folded_cluster(cluster: str) -> str:
    """A character with its marks, folded: NFKC, one spelling for each mark, case folding.

    >>> folded_cluster("Ｇ"), folded_cluster("½")
    ('g', '1⁄2')
    """
    piece = unicodedata.normalize("NFKC", cluster.translate(SAME_LENGTH)).translate(SAME_LENGTH).casefold()
    return unicodedata.normalize("NFKC", piece)


@cache
def kinds() -> Kinds:
    """The kinds of each character, as bits."""
    table = np.zeros(PLANE, dtype=np.uint8)
    table[ord("a") : ord("z") + 1] |= LATIN
    table[ord("0") : ord("9") + 1] |= LATIN
    table[0xAC00:0xD7A4] |= HANGUL
    table[0x30A1:0x30FD] |= KATAKANA
    table[0x3041:0x30FB] |= KANA
    table[0x4E00:0xA000] |= KANJI
    table[ord("々")] |= KANJI
    table[[ord(mark) for mark in "\n.。！？!?"]] |= END
    for first, end in _FOLDS_TO_ITSELF:
        table[first:end] |= LETTER
    others = np.flatnonzero((table & LETTER) == 0).astype(np.uint32)
    plane = others.tobytes().decode("utf-32-le", "surrogatepass")
    table[others[[character.isdigit() for character in plane]]] |= DIGIT
    table[others[[character.isalnum() for character in plane]]] |= LETTER
    return table


@cache
def _ascii_kinds() -> bytes:
    return kinds()[:256].tobytes()


def kinds_of(text: str) -> bytes:
    """The kinds of each character of a folded text.

    >>> [kind & LATIN for kind in kinds_of("a-")]
    [1, 0]
    """
    if text.isascii():
        return text.encode().translate(_ascii_kinds())
    return np.take(kinds(), codes_of(text), mode="clip").tobytes()
