"""Feed text without markup, and the language it is written in."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

_HIDDEN = re.compile(r"<(script|style|noscript|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_BLOCK = re.compile(r"</?(?:p|div|br|li|ul|ol|tr|td|th|table|h[1-6]|blockquote|section|figure|hr)\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<![^<>]*>|<\?[^<>]*>")
_WHITE_SPACE = re.compile(r"[\s\u200b\ufeff\x00-\x1f\x7f]+")
_NOT_WORD = re.compile(r"[\W_]+")
_LATIN_LANGUAGES = ("en", "fr", "de", "es", "pt", "it", "nl", "id", "vi", "tr", "pl", "sv", "ru", "ar", "hi", "th")
_SAMPLE_CHARS = 8_000


def plain_text(markup: str) -> str:
    """One line of text without tags, scripts and entities.

    >>> plain_text("<p>Talks &amp; tea</p><p>in <b>Seoul</b></p>")
    'Talks & tea in Seoul'
    """
    text = markup
    if "<" in text:
        text = _TAG.sub("", _BLOCK.sub(" ", _HIDDEN.sub(" ", text)))
    if "&" in text:
        text = html.unescape(text)
    return _WHITE_SPACE.sub(" ", text).strip()


def folded_title(title: str) -> str:
    """A title reduced to its letters and digits, for comparison.

    >>> folded_title("[속보] Talks ＲＥＳＵＭＥ!")
    '속보 talks resume'
    """
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", title).casefold()).strip()


def measure_language(texts: Iterable[str]) -> str:
    """The language that most of the letters are in: by script for Korean, Japanese and Chinese, else by statistics.

    "" when there are too few letters (20) to tell.

    >>> measure_language(["日本と韓国の外相が会談した", "共同声明を発表"])
    'ja'
    """
    sample = " ".join(texts)[:_SAMPLE_CHARS]
    hangul = kana = han = latin = other = 0
    for character in sample:
        if "\uac00" <= character <= "\ud7a3":
            hangul += 1
        elif "\u3041" <= character <= "\u30ff":
            kana += 1
        elif "\u4e00" <= character <= "\u9fff":
            han += 1
        elif character.isalpha():
            if character < "\u0250":
                latin += 1
            else:
                other += 1
    if hangul + kana + han + latin + other < 20:
        return ""
    # A syllable or an ideogram says about as much as three Latin letters.
    if (hangul + kana + han) * 3 > latin + other:
        if hangul > kana and hangul * 2 > han:
            return "ko"
        return "ja" if kana * 10 > han else "zh"
    return str(_identifier().classify(sample)[0])


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_LATIN_LANGUAGES))
    return identifier
