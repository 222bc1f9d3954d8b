"""JSON as the web writes it: escapes that name half a character."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.S
)
_HALF_LENGTH = len(r"\ud83d")


def with_whole_characters(text: str) -> str:
    r"""JSON text in which every half of a surrogate pair is U+FFFD; whole pairs and all else stay.

    Sites cut titles after so many UTF-16 units, which leaves half an emoji; no encoding, and so no index, can
    store it.

    >>> with_whole_characters(r'["cut \ud83d", "whole \ud83d\ude00", "text \\ud83d"]')
    '["cut \\ufffd", "whole \\ud83d\\ude00", "text \\\\ud83d"]'

    Source: RFC 8259, section 8.2.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(_whole, text)


def _whole(escape: re.Match[str]) -> str:
    is_half = len(escape[0]) == _HALF_LENGTH
    return "\\ufffd" if is_half else escape[0]
