"""A feed's bytes as text: XML declarations, servers and bytes that disagree about the character set."""

from __future__ import annotations

import re

from schemas.character_sets import BYTE_ORDER_MARKS, EAST_ASIAN, codec_name, plausibility

_WIDE_STARTS = (
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"), (b"\x4c\x6f\xa7\x94", "cp037"),
)  # fmt: skip
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]{1,40})", re.I)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_SAMPLE_BYTES = 200_000


def decode_feed(content: bytes, content_type: str = "", override: str = "") -> str:
    """The text of a feed document, without byte order mark.

    Order: byte order mark; the list's override, unless the bytes are UTF-8 with letters beyond ASCII; 16- and 32-bit
    patterns; strict UTF-8 (other sets hardly form it by chance); the declaration, then the server's charset (servers
    send a default for all files), each if the bytes really are that; then the East Asian set that gives the most
    Korean or Japanese letters.

    Guarantees: total; bytes that fit nothing become replacement characters.

    >>> decode_feed("<?xml version='1.0' encoding='euc-kr'?><a>쨰</a>".encode("cp949"))[-8:]
    '<a>쨰</a>'
    """
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, errors="replace")
    codec = codec_name(override) if override else ""
    if codec and not _says_utf_8(content):
        return content.decode(codec, errors="replace").lstrip("\ufeff")
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


def _says_utf_8(content: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond ASCII, which other sets hardly form by chance: a site has moved to it."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not content.isascii()


def _declared(head: bytes, content_type: str) -> list[str]:
    in_document, by_server = _DECLARATION.search(head[:2048]), _HTTP_CHARSET.search(content_type)
    labels = [in_document[1].decode("ascii") if in_document else "", by_server[1] if by_server else ""]
    return [codec for label in labels if (codec := codec_name(label))]


def _best_guess(content: bytes, declared: list[str]) -> str:
    """The reading with the most letters of its language and the fewest misfits; the declared one on a tie."""
    sample = content[:_SAMPLE_BYTES]
    candidates = [*declared, *EAST_ASIAN, "utf-8", "cp1252"]
    best = max(candidates, key=lambda name: plausibility(sample.decode(name, errors="replace")))
    return content.decode(best, errors="replace")
