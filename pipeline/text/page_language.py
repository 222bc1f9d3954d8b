"""The language of a text: by script first, then by a statistical detector, then as the page declares it."""

from __future__ import annotations

import re
import unicodedata

import py3langid

_SAMPLE_CHARS = 2000
_MINIMUM_LETTERS = 12
_SHORT_TEXT_CHARS = 120

_SCRIPT_PATTERNS = {
    "LATIN": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "HANGUL": re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]"),
    "KANA": re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]"),
    "CJK": re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
}
_OTHER_LETTERS = re.compile(r"(?![\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])[^\W\d_\x00-\u024f]")
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
        text: plain text; its first 2,000 characters are judged.
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
    """Letters by script; the East Asian and Latin ones by pattern, which is fast, the rest one by one."""
    counts = {script: len(pattern.findall(sample)) for script, pattern in _SCRIPT_PATTERNS.items()}
    for character in _OTHER_LETTERS.findall(sample):
        script = unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]
        counts[script] = counts.get(script, 0) + 1
    return {script: count for script, count in counts.items() if count}
