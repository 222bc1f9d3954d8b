"""The language of a text: by script first, then by a statistical detector, then as the page declares it."""

from __future__ import annotations

import unicodedata

import py3langid

_SAMPLE_CHARS = 4000
_MINIMUM_LETTERS = 12
_SHORT_TEXT_CHARS = 120

_SCRIPT_LANGUAGES = {
    "THAI": "th", "HEBREW": "he", "GREEK": "el", "GEORGIAN": "ka", "ARMENIAN": "hy", "KHMER": "km", "LAO": "lo",
    "MYANMAR": "my", "TAMIL": "ta", "TELUGU": "te", "BENGALI": "bn", "GUJARATI": "gu", "GURMUKHI": "pa",
    "MALAYALAM": "ml", "KANNADA": "kn", "SINHALA": "si",
}  # fmt: skip


def detect_language(text: str, declared: str = "") -> str:
    """ISO 639-1 code, or "" when there is too little to judge and nothing is declared.

    Korean needs Hangul and Japanese kana: an institution's name in Chinese characters alone (同志社大学) is
    neither. Characters count by share, so that a quotation in another script does not decide.

    Args:
        text: plain text; its first 4,000 characters are judged.
        declared: the page's own statement (``ko-KR``), used where text and detector do not decide.

    >>> detect_language("한일 정상이 東京에서 만나 관계 개선을 논의했다.")
    'ko'

    """
    sample = text[:_SAMPLE_CHARS]
    counts = _script_counts(sample)
    letters = sum(counts.values())
    stated = declared.strip().replace("_", "-").split("-")[0].lower()
    stated = stated if len(stated) == 2 and stated.isascii() and stated.isalpha() else ""
    if letters < _MINIMUM_LETTERS:
        return _east_asian(counts, letters) or stated
    return _east_asian(counts, letters) or _by_script(counts, letters) or _by_detector(sample, stated)


def _east_asian(counts: dict[str, int], letters: int) -> str:
    hangul, kana, ideographs = counts.get("HANGUL", 0), counts.get("KANA", 0), counts.get("CJK", 0)
    total = hangul + kana + ideographs
    # Ten percent: Korean tech news is half Latin names; an English story quotes a word or two.
    if not letters or total < 0.1 * letters:
        return ""
    if hangul >= kana and hangul > 0.2 * total:
        return "ko"
    if kana > 0.05 * total:
        return "ja"
    return "zh" if letters >= _MINIMUM_LETTERS and ideographs > 0.5 * letters else ""


def _by_script(counts: dict[str, int], letters: int) -> str:
    for script, language in _SCRIPT_LANGUAGES.items():
        if counts.get(script, 0) > 0.5 * letters:
            return language
    return ""


def _by_detector(sample: str, stated: str) -> str:
    """The detector's word; in a text of a few words the page's own statement is worth more."""
    if stated and len(sample) < _SHORT_TEXT_CHARS:
        return stated
    return str(py3langid.classify(sample)[0])


def _script_counts(sample: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for character in sample:
        if not character.isalpha():
            continue
        script = _script(character)
        counts[script] = counts.get(script, 0) + 1
    return counts


def _script(character: str) -> str:
    code = ord(character)
    if code < 0x250:
        return "LATIN"
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return "HANGUL"
    if 0x3040 <= code <= 0x30FF or 0xFF66 <= code <= 0xFF9F:
        return "KANA"
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3134F:
        return "CJK"
    return unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]
