"""Character sets as servers name them and as they really are, for pages and feeds alike. Pure."""

from __future__ import annotations

import codecs
import re

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The web's labels name the smaller, older set; what servers send is the vendor's superset
# (WHATWG Encoding Standard, section 4.2). Korean syllables such as 쨰 exist in cp949 only.
_SUPERSETS = {
    "euc_kr": "cp949", "euckr": "cp949", "ks_c_5601_1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "ksc_5601": "cp949", "windows_949": "cp949", "uhc": "cp949", "ms949": "cp949", "x_windows_949": "cp949",
    "shift_jis": "cp932", "shift_jisx0213": "cp932", "sjis": "cp932", "x_sjis": "cp932", "ms_kanji": "cp932",
    "windows_31j": "cp932", "ms932": "cp932", "shiftjis": "cp932",
    "euc_jp": "euc_jp", "x_euc_jp": "euc_jp", "eucjp": "euc_jp", "ujis": "euc_jp",
    "iso_2022_jp": "iso2022_jp_ext", "jis": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext",
    "gb2312": "gb18030", "gbk": "gb18030", "x_gbk": "gb18030", "gb_2312_80": "gb18030", "big5": "big5hkscs",
    "iso_8859_1": "cp1252", "iso8859_1": "cp1252", "latin1": "cp1252", "latin_1": "cp1252", "ascii": "cp1252",
    "us_ascii": "cp1252", "iso_8859_9": "cp1254", "iso_8859_11": "cp874", "tis_620": "cp874",
    "unicode": "utf-8", "utf8": "utf-8", "utf8mb4": "utf-8", "utf_8": "utf-8",
}  # fmt: skip

EAST_ASIAN = ("cp949", "cp932", "euc_jp", "gb18030", "big5hkscs")
# Every second syllable of Korean prose is one of these; of Japanese read as Korean, one in twenty.
_FREQUENT_HANGUL = frozenset(
    "이다의는에을를가고은한로하지기도사시리인들해정대일으자서어전과관부장국나스제주라구상수보동원공위그회경화여방"
    "성문있것안미만조발신연신게민오세소실당생업중통었았했외년월양교선체적개각북남총후담협력결명재계유"
)
_SAMPLE_CHARS = 20_000


def codec_name(label: str) -> str:
    """The Python codec for a label as sites write it, or "" when there is none."""
    key = re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")
    if not key:
        return ""
    if key in _SUPERSETS:
        return _SUPERSETS[key]
    try:
        name = codecs.lookup(key).name
    except (LookupError, ValueError):
        return ""
    if not _is_text_codec(name):
        return ""
    return _SUPERSETS.get(name.replace("-", "_"), name)


def _is_text_codec(name: str) -> bool:
    """Whether the codec turns any bytes into text; ``rot13``, ``zip``, ``idna`` and ``undefined`` do not."""
    try:
        return isinstance(b"a\x80\xff".decode(name, errors="replace"), str)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return False


def plausibility(text: str) -> float:
    """How much the non-ASCII characters look like a language and not like mojibake: about -8 to 2.

    Weights are by kind of character: frequent Hangul and kana speak for a reading; replacement characters,
    C1 controls, private use and half-width katakana, which wrong readings produce, against it.

    >>> plausibility("한국과 일본") > 0.9 > plausibility("ÇÑ±¹°ú ÀÏº»")
    True
    """
    total = score = 0.0
    previous = " "
    for character in text:
        if character < "\x80":
            previous = character
            continue
        score += _character_score(character, previous)
        total += 1
        previous = character
        if total >= _SAMPLE_CHARS:
            break
    return score / total if total else 1.0


def _character_score(character: str, previous: str) -> float:
    code = ord(character)
    if code == 0xFFFD:
        return -8.0
    if code < 0xA0 or 0xE000 <= code <= 0xF8FF:
        return -4.0
    if 0xFF61 <= code <= 0xFF9F:  # half-width katakana: rare in prose, everywhere in misread EUC
        return -1.0
    if 0x3040 <= code <= 0x30FF:
        return 1.6
    if 0xAC00 <= code <= 0xD7A3:
        if character in _FREQUENT_HANGUL:
            return 2.0
        return 0.4 if _fits(character, "euc_kr") else -1.0
    if 0x3400 <= code <= 0x9FFF:
        return _ideograph_score(character)
    if 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFF5E or 0x2010 <= code <= 0x2040:
        return 0.5
    if code < 0x250:
        return _latin_score(character, previous)
    return 0.7 if character.isalpha() else 0.2


def _ideograph_score(character: str) -> float:
    """Level 1 of JIS X 0208 holds the common ones; wrong readings land anywhere."""
    try:
        lead = character.encode("cp932")[0]
    except UnicodeEncodeError:
        return 0.1 if _fits(character, "gb2312") else -0.6
    return 0.6 if lead < 0x98 else 0.0


def _latin_score(character: str, previous: str) -> float:
    """A letter beside letters is a word; symbols beside symbols are mojibake."""
    if character.isalpha():
        if previous.isalpha() and previous < "\x80":
            return 0.9
        return -0.4 if previous >= "\x80" else 0.5
    return -0.5 if previous >= "\x80" or previous.isalpha() else 0.3


def _fits(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
