"""A page's bytes as text: which character set is true when header, markup and bytes disagree."""

from __future__ import annotations

import re

from resiliparse.parse.encoding import detect_encoding

from schemas.character_sets import BYTE_ORDER_MARKS, EAST_ASIAN, codec_name, plausibility
from schemas.errors import FailReason, PermanentError

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
_GOOD_ENOUGH = 0.65  # 19 of 20 right readings of 60 characters score 0.8 and more, wrong ones up to 0.75


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
    for mark, name in BYTE_ORDER_MARKS:
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
    names = [codec_name(label) for label in stated]
    return list(dict.fromkeys(name for name in names if name))


def _best_reading(content: bytes, charset_hint: str, error: UnicodeDecodeError) -> str:
    """The most plausible of the declared readings, or of the detected ones when those read badly."""
    declared = declared_charsets(content, charset_hint)
    readings = {name: content.decode(name, errors="replace") for name in declared}
    scores = {name: plausibility(text) for name, text in readings.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    if best and scores[best] > _GOOD_ENOUGH and best != "cp1252":
        return readings[best]
    for name in dict.fromkeys((_detected(content), "utf-8", *EAST_ASIAN, "cp1252")):
        if name and name not in readings:
            readings[name] = content.decode(name, errors="replace")
            scores[name] = plausibility(readings[name])
    # A small bonus keeps the declaration where readings are close.
    best = max(scores, key=lambda name: scores[name] + (0.1 if name in declared else 0.0))
    return readings[best]


def _detected(content: bytes) -> str:
    return codec_name(detect_encoding(content[:200_000]) or "")


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
