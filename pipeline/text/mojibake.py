"""Text that was read in the wrong character set before it reached us: mended where it can be, known where it cannot.

Most pages declare a wrong set for right bytes, which ``decoding`` sorts out. Here the damage is in the characters: a
system that took UTF-8 for Windows-1252 and sent the result as UTF-8, or one that replaced what it could not read.
Pure.
"""

from __future__ import annotations

import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HIGH = "".join(bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0))
"""What Windows-1252 has where Latin-1 has control characters."""
_BYTES = {**{chr(code): code for code in range(0x80, 0x100)}, **{mark: mark.encode("cp1252")[0] for mark in _HIGH}}
_RUN = re.compile(f"[\u0080-\u00ff{_HIGH}]{{2,}}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_FEWEST_MISREAD, _MISREAD_SHARE = 12, 0.9
"""So many characters, and this share of all that are not ASCII, have to form UTF-8; two of them do by chance once in
thirty times."""
_LOST_SHARE = 0.02
_QUESTION_MARKS = re.compile(r"\?{3,}")
_QUESTION_SHARE = 0.2


def mended(text: str) -> str:
    """The text, or what it was before UTF-8 was taken for Windows-1252.

    >>> mended("韓国と日本。 韓国。 韓国。 韓国".encode().decode("latin-1"))
    '韓国と日本。 韓国。 韓国。 韓国'
    >>> mended("Übung macht den Meister, façade")
    'Übung macht den Meister, façade'
    """
    others = len(_NOT_ASCII.findall(text))
    if not others:
        return text
    runs = [found[0] for found in _RUN.finditer(text)]
    readable = [run for run in runs if _as_utf_8(run)]
    misread = sum(map(len, readable))
    if misread < _FEWEST_MISREAD or misread < _MISREAD_SHARE * others:
        return text
    return _RUN.sub(lambda found: _as_utf_8(found[0]) or found[0], text)


def _as_utf_8(run: str) -> str:
    try:
        return bytes(_BYTES[character] for character in run).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def is_garbled(text: str) -> bool:
    """Whether too much of the text was lost to be read: replacement characters, or question marks in their place.

    >>> is_garbled("The envoys met on Monday."), is_garbled("?????? ?? ????? ???? ??????")
    (False, True)
    """
    length = len(text) or 1
    lost = text.count(_REPLACEMENT)
    questions = sum(len(run) for run in _QUESTION_MARKS.findall(text))
    return lost > _LOST_SHARE * length or questions > _QUESTION_SHARE * length
