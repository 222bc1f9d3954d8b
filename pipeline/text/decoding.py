"""A page's bytes as text: which character set is true when header, markup and bytes disagree."""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding

from schemas.errors import FailReason, PermanentError

_BYTE_ORDER_MARKS = (
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

_EAST_ASIAN = ("cp949", "cp932", "euc_jp", "gb18030", "big5hkscs")
_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b\$[@B]|\x1b\([JI]")
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META_WINDOW_BYTES = 8192  # the standard asks for 1024; pages with long preloads state it later
_BINARY_HEADS = (
    b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"RIFF", b"\x00\x00\x01\x00",
    b"\x7fELF", b"OggS", b"ID3", b"\x00asm", b"wOFF", b"wOF2", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!",
)  # fmt: skip
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\x0c\x1b\x0b"))
_BINARY_CONTROL_SHARE = 0.05  # text has next to none; the sparsest binaries tried (fonts, icons) have over 0.1
_SAMPLE_CHARS = 20_000
_GOOD_ENOUGH = 0.65  # right readings of Korean and Japanese prose score 0.75 and more, wrong ones up to 0.6


def decode(content: bytes, charset_hint: str = "", content_type: str = "") -> str:
    """The text of ``content``.

    Order: byte order mark; strict UTF-8 (other sets almost never form it by chance); the character sets
    declared by HTTP and by the markup, the one that reads better when they disagree; detection when what was
    declared reads badly.

    Args:
        content: the bytes as received, decompressed.
        charset_hint: from HTTP or the source, or "".
        content_type: media type, or "".

    Guarantees: pure; no byte order mark in the result.
    Errors: PermanentError(undecodable) for empty and for binary content.
    Source: WHATWG Encoding Standard, sections 4.2 and 6.1.

    >>> decode("펲시맨, 쨰".encode("cp949"), "euc-kr")
    '펲시맨, 쨰'

    """
    if not content:
        raise PermanentError(FailReason.UNDECODABLE, "the content is empty")
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, errors="replace")
    wide = _wide_without_mark(content)
    if wide:
        return content.decode(wide, errors="replace")
    _refuse_binary(content, content_type)
    if _ISO_2022_JP_ESCAPE.search(content):
        try:
            return content.decode("iso2022_jp_ext")
        except UnicodeDecodeError:
            pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _best_reading(content, charset_hint, error)


def declared_charsets(content: bytes, charset_hint: str = "") -> list[str]:
    """Python codec names that header, XML declaration and meta element state, in that order, without repeats.

    >>> declared_charsets(b'<meta charset="euc-kr">', "ISO-8859-1")
    ['cp1252', 'cp949']
    """
    head = content[:_META_WINDOW_BYTES]
    stated = [charset_hint]
    stated += [match.decode("ascii") for match in _XML_DECLARATION.findall(head)]
    stated += [match.decode("ascii") for match in _META_CHARSET.findall(head)]
    names = [_codec_name(label) for label in stated]
    return list(dict.fromkeys(name for name in names if name))


def plausibility(text: str) -> float:
    """How much the non-ASCII characters look like a language and not like mojibake: about -8 to 1.

    Weights are by kind of character: common Hangul and kana speak for a reading; replacement characters,
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


def _best_reading(content: bytes, charset_hint: str, error: UnicodeDecodeError) -> str:
    """The most plausible of the declared readings, or of the detected ones when those read badly."""
    declared = declared_charsets(content, charset_hint)
    readings = {name: content.decode(name, errors="replace") for name in declared}
    scores = {name: plausibility(text) for name, text in readings.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    if best and scores[best] > _GOOD_ENOUGH and best != "cp1252":
        return readings[best]
    for name in dict.fromkeys((_detected(content), "utf-8", *_EAST_ASIAN, "cp1252")):
        if name and name not in readings:
            readings[name] = content.decode(name, errors="replace")
            scores[name] = plausibility(readings[name])
    # A small bonus keeps the declaration where readings are close.
    best = max(scores, key=lambda name: scores[name] + (0.1 if name in declared else 0.0))
    return readings[best]


def _detected(content: bytes) -> str:
    return _codec_name(detect_encoding(content[:200_000]) or "")


def _codec_name(label: str) -> str:
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


def _wide_without_mark(content: bytes) -> str:
    """UTF-16 without a mark: most of every second byte is NUL."""
    head = content[:2000]
    pairs = len(head) // 2
    if pairs < 8:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.1 * pairs:
        return "utf-16-be"
    return ""


def _refuse_binary(content: bytes, content_type: str) -> None:
    head = content[:20_000]
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    if content.startswith(_BINARY_HEADS) or controls > _BINARY_CONTROL_SHARE * len(head):
        raise PermanentError(FailReason.UNDECODABLE, f"not text ({content_type or 'no content type'})")


def _character_score(character: str, previous: str) -> float:
    code = ord(character)
    if code == 0xFFFD:
        return -8.0
    if code < 0xA0 or 0xE000 <= code <= 0xF8FF:
        return -4.0
    if 0xFF61 <= code <= 0xFF9F:  # half-width katakana: rare in prose, everywhere in misread EUC
        return -1.0
    if 0x3040 <= code <= 0x30FF:
        return 1.2
    if 0xAC00 <= code <= 0xD7A3:
        return 1.2 if _fits(character, "euc_kr") else -1.0
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
