"""A text as an array of code points with what kind of character each is: what signatures are computed from.

Everything here works on whole arrays, so a text costs microseconds a kilobyte. Many short texts are taken apart as one
long one: what an array operation costs at all is paid once for all of them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]

OTHER, LETTER, DIGIT, HANGUL, HAN, KATAKANA, HIRAGANA = range(7)
"""Kinds of characters. LETTER is every script that separates its words; OTHER is punctuation, space, emoji."""

_PLANE = 0x10000
_LONG_MARK = 0x30FC
_ITERATION_MARK = 0x3005
_SCALES = np.zeros(_PLANE, dtype=bool)
_SCALES[[ord(scale) for scale in "백천만억조百千万億兆"]] = True
"""Hundred to trillion: 4천200억 and 3千万 are one number each."""
_LONGEST_SCALE = 2
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")  # the comma first: the search for a fixed character is native


def _kinds() -> Kinds:
    kinds = np.zeros(_PLANE, dtype=np.uint8)
    for code in range(_PLANE):
        category = unicodedata.category(chr(code))
        if category == "Nd":
            kinds[code] = DIGIT
        elif category[0] == "L" or category in ("Mn", "Mc"):
            kinds[code] = LETTER
    scripts = (
        (HANGUL, 0x1100, 0x11FF), (HANGUL, 0x3131, 0x318E), (HANGUL, 0xAC00, 0xD7A3), (HIRAGANA, 0x3041, 0x309F),
        (KATAKANA, 0x30A1, 0x30FF), (HAN, 0x3400, 0x4DBF), (HAN, 0x4E00, 0x9FFF), (HAN, 0xF900, 0xFAFF),
    )  # fmt: skip
    for kind, first, last in scripts:
        kinds[first : last + 1] = np.where(kinds[first : last + 1] == LETTER, kind, kinds[first : last + 1])
    kinds[_LONG_MARK], kinds[_ITERATION_MARK] = KATAKANA, HAN
    return kinds


def _lower_case() -> Codes:
    lower = np.arange(_PLANE, dtype=np.uint32)
    for code in range(_PLANE):
        small = chr(code).lower()
        if len(small) == 1:
            lower[code] = ord(small)
    return lower


_KIND, _LOWER = _kinds(), _lower_case()
IS_DIGIT = _KIND == DIGIT
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Characters:
    """A normalised text, character by character.

    Attributes:
        text: without entities, width, ligatures and thousands separators folded away.
        codes: its code points.
        lower: the same in lower case.
        kinds: LETTER, DIGIT, ...; a decimal point between digits is a DIGIT, a scale after one too (4천200억).
        dense: whether the text is written without (reliable) word spaces: Chinese script, kana, Hangul.

    """

    text: str
    codes: Codes
    lower: Codes
    kinds: Kinds
    dense: bool


@dataclass(frozen=True, slots=True)
class JoinedTexts:
    """Several normalised texts, one after the other with a new line between: what holds of each holds of it here.

    Attributes:
        texts: each of them.
        codes, lower, kinds: as in ``Characters``, of all.
        begins: where each begins, and at last where a next one would.
        dense: for each, whether it is written without word spaces.

    """

    texts: tuple[str, ...]
    codes: Codes
    lower: Codes
    kinds: Kinds
    begins: npt.NDArray[np.int64]
    dense: npt.NDArray[np.bool_]

    def owners(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which text each of these places, ascending, belongs to."""
        amounts = np.diff(np.searchsorted(places, self.begins))
        return np.repeat(np.arange(len(self.texts)), amounts)


def normalise(text: str) -> str:
    """Entities decoded, compatibility forms folded (NFKC), thousands separators dropped; case stays.

    >>> normalise("ＡＰ&nbsp;1,374.3")
    'AP 1374.3'
    """
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _THOUSANDS.sub("", text) if "," in text else text


def characters(text: str) -> Characters:
    """The text taken apart."""
    joined = join_texts((text,))
    return Characters(joined.texts[0], joined.codes, joined.lower, joined.kinds, bool(joined.dense[0]))


def join_texts(texts: Sequence[str]) -> JoinedTexts:
    """The texts, at least one, taken apart together."""
    normal = tuple([normalise(text) for text in texts])
    begins = np.zeros(len(normal) + 1, dtype=np.int64)
    np.cumsum([len(text) + 1 for text in normal], out=begins[1:])
    codes = np.frombuffer("\n".join(normal).encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint32, copy=False)
    basic = codes
    if len(codes) and int(codes.max()) >= _PLANE:
        basic = np.where(codes < _PLANE, codes, 0)
        lower = np.where(codes < _PLANE, _LOWER[basic], codes)
    else:
        lower = _LOWER[codes]
    kinds = _KIND[basic]
    points = np.flatnonzero(codes == ord("."))
    if len(points):
        inner = points[(points > 0) & (points < len(codes) - 1)]
        kinds[inner[(kinds[inner - 1] == DIGIT) & (kinds[inner + 1] == DIGIT)]] = DIGIT
    written, thick = _counts(kinds > 0, begins), _counts(kinds >= HANGUL, begins)
    joined = JoinedTexts(normal, codes, lower, kinds, begins, (written > 0) & (thick * 10 >= written * 3))
    if joined.dense.any():
        _read_scales(joined, basic)
    return joined


def _counts(wanted: npt.NDArray[np.bool_], begins: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many are wanted in each text."""
    return np.diff(np.searchsorted(np.flatnonzero(wanted), begins))


def _read_scales(joined: JoinedTexts, basic: Codes) -> None:
    """In dense texts a scale that follows a digit is one: 2천만 has two in a row."""
    scales = np.flatnonzero(_SCALES[basic])
    scales = scales[joined.dense[joined.owners(scales)] & (scales > 0)]
    for _ in range(_LONGEST_SCALE if len(scales) else 0):
        joined.kinds[scales[joined.kinds[scales - 1] == DIGIT]] = DIGIT


def mix(hashes: Hashes) -> Hashes:
    """SplitMix64's finaliser: every bit of the result depends on every bit of the input.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _FIRST
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _SECOND
    return hashes ^ (hashes >> np.uint64(31))


def sorted_distinct(hashes: Hashes) -> Hashes:
    """The distinct hashes in ascending order: what ``np.unique`` gives, at half its cost for a thousand.

    >>> sorted_distinct(np.array([3, 1, 3], dtype=np.uint64)).tolist()
    [1, 3]
    """
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def runs(inside: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Begins and lengths of the runs of True.

    >>> [part.tolist() for part in runs(np.array([True, True, False, True]))]
    [[0, 3], [2, 1]]
    """
    padded = np.zeros(len(inside) + 2, dtype=np.int8)
    padded[1:-1] = inside
    edges = np.diff(padded)
    begins = np.flatnonzero(edges == 1)
    return begins, np.flatnonzero(edges == -1) - begins
