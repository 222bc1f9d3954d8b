"""The language of a text by its script, between the three that the rules know."""

from __future__ import annotations

import re

KANA, HANGUL, HAN = re.compile("[\u3041-\u30fa]"), re.compile("[\uac00-\ud7a3]"), re.compile("[\u4e00-\u9fff]")


def script_of(text: str) -> str:
    """``ja`` for kana, ``ko`` for hangul, ``ja`` for kanji alone, else ``en``; the commoner where both occur.

    >>> script_of("竹島"), script_of("독도 竹島"), script_of("Dokdo")
    ('ja', 'ko', 'en')
    """
    if text.isascii():
        return "en"
    hangul, kana = HANGUL.search(text), KANA.search(text)
    if hangul and kana:
        return "ko" if len(HANGUL.findall(text)) >= len(KANA.findall(text)) else "ja"
    if hangul:
        return "ko"
    return "ja" if kana or HAN.search(text) else "en"
