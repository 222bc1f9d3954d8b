"""A feed's bytes as text: XML declarations, servers and bytes that disagree about the character set."""

from __future__ import annotations

import codecs
import re
from functools import cache

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_STARTS = (
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"), (b"\x4c\x6f\xa7\x94", "cp037"),
)  # fmt: skip
# Labels name the older set, servers send the vendor's superset: Korean 쨰 and Japanese ① exist there only.
_SUPERSETS = {
    "euc_kr": "cp949", "ksc5601": "cp949", "ks_c_5601_1987": "cp949", "ksc_5601": "cp949",
    "shift_jis": "cp932", "x_sjis": "cp932", "sjis": "cp932", "windows_31j": "cp932",
    "x_euc_jp": "euc_jp", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs",
    "iso_8859_1": "cp1252", "latin_1": "cp1252", "us_ascii": "cp1252", "ascii": "cp1252", "tis_620": "cp874",
}  # fmt: skip
_EAST_ASIAN = ("cp949", "euc_jp", "cp932", "gb18030", "big5hkscs")
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{1,40})", re.I)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
# Every second syllable of Korean prose is one of these; of Japanese read as Korean, one in twenty.
_FREQUENT_HANGUL = frozenset(
    "이다의는에을를가고은한로하지기도사시리인들해정대일으자서어전과관부장국나스제주라구상수보동원공위그회경화여방"
    "성문있것안미만조발신연신게민오세소실당생업중통었았했외년월양교선체적개각북남총후담협력결명재계유"
)
_SAMPLE_BYTES = 200_000


def decode_feed(content: bytes, content_type: str = "", override: str = "") -> str:
    """The text of a feed document, without byte order mark.

    Order: the list's override; byte order mark; 16- and 32-bit patterns; strict UTF-8 (other sets hardly form it
    by chance); the declaration, then the server's charset (servers send a default for all files), each if the
    bytes really are that; then the East Asian set that gives the most Korean or Japanese letters.

    Guarantees: total; bytes that fit nothing become replacement characters.

    >>> decode_feed("<?xml version='1.0' encoding='euc-kr'?><a>쨰</a>".encode("cp949"))[-8:]
    '<a>쨰</a>'
    """
    if override and (codec := _codec(override)):
        return content.decode(codec, errors="replace").lstrip("\ufeff")
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, errors="replace")
    head = content.lstrip(b" \t\r\n")
    for start, name in _WIDE_STARTS:
        if head.startswith(start):
            return content.decode(name, errors="replace")
    declared = _declared(head, content_type)
    # Seven-bit sets (iso-2022-jp, hz) are valid UTF-8 too: only their declaration tells.
    seven_bit = [name for name in declared if name.startswith(("iso2022", "hz", "utf_7"))]
    for name in (*seven_bit, "utf-8", *declared):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return _best_guess(content, declared)


def _declared(head: bytes, content_type: str) -> list[str]:
    in_document, by_server = _DECLARATION.search(head[:2048]), _HTTP_CHARSET.search(content_type)
    labels = [in_document[1].decode("ascii") if in_document else "", by_server[1] if by_server else ""]
    return [codec for label in labels if (codec := _codec(label))]


def _codec(label: str) -> str:
    """The Python codec of a label as feeds write it, or ""."""
    name = re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")
    name = _SUPERSETS.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, UnicodeError):
        return ""
    # Codecs such as base64 and rot13 are no character sets.
    return _SUPERSETS.get(found.name.replace("-", "_"), found.name) if found._is_text_encoding else ""


def _best_guess(content: bytes, declared: list[str]) -> str:
    """The reading with the most letters of its language and the fewest misfits; the declared one on a tie."""
    sample = content[:_SAMPLE_BYTES]
    candidates = [*declared, *_EAST_ASIAN, "utf-8", "cp1252"]
    best = max(candidates, key=lambda name: _plausibility(sample.decode(name, errors="replace")))
    return content.decode(best, errors="replace")


@cache
def _common(letters: str) -> frozenset[str]:
    """Letters in common use, of which wrong readings hold few: the first levels of the national standards."""
    if letters == "hangul":  # KS X 1001: 2,350 syllables
        return _rows("euc_kr", 0xB0, 0xC8)
    # JIS X 0208 and GB 2312, level 1: 2,965 and 3,755 ideograms
    return _rows("euc_jp", 0xB0, 0xCF) | _rows("gb2312", 0xB0, 0xD7)


def _rows(codec: str, first: int, last: int) -> frozenset[str]:
    table = bytes(byte for row in range(first, last + 1) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return frozenset(table.decode(codec, errors="ignore"))


def _plausibility(text: str) -> float:
    hangul, ideograms = _common("hangul"), _common("ideograms")
    score = total = 0.0
    for character in text:
        if character < "\x80":
            continue
        total += 1
        if character in _FREQUENT_HANGUL:
            score += 2.5
        elif "\u3041" <= character <= "\u30ff":
            score += 2
        elif character in hangul:
            score += 1
        elif "\uac00" <= character <= "\ud7a3":
            score -= 1
        elif "\u4e00" <= character <= "\u9fa5":
            score += 1 if character in ideograms else -0.5
        elif character == "\ufffd" or "\uff61" <= character <= "\uff9f" or "\ue000" <= character <= "\uf8ff":
            score -= 3
    return score / total if total else 0.0
