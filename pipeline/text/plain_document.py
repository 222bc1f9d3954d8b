"""A plain text document: which line is its headline, and what is its text."""

from __future__ import annotations

import re

from pipeline.text.headline import name_key

_PROSE_CHARS = 140  # a paragraph; the longest headlines run to about 130 characters
_PROSE_CHARS_CJK = 60
_HEADING_MINIMUM_WORDS = 4
_HEADING_MINIMUM_CJK = 8
_SENTENCE_END = re.compile(r"[.!。！][\"'”’」』)]*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def split_document(text: str) -> tuple[str, str]:
    r"""(title, body) of a plain text document.

    The title is the last heading-like line before the first paragraph of prose: long enough for a headline,
    no sentence end, and not all capitals with few words, as credits (``ASSOCIATED PRESS``) are. A headline
    that stands there twice is the title wherever it stands, and leaves the body altogether. Other lines
    before it stay in the body.

    Guarantees: the body's lines are lines of the text, in order. A document of one paragraph has no title.

    >>> split_document("Read it all here.\n\nTown opens a bridge after years\n\n" + "The bridge opened. " * 9)[0]
    'Town opens a bridge after years'
    """
    lines = [line.strip() for line in text.split("\n")]
    filled = [number for number, line in enumerate(lines) if line]
    if not filled:
        return "", ""
    prose = next((number for number in filled if _is_prose(lines[number])), filled[-1] + 1)
    head = [number for number in filled if number < prose]
    title_at = _doubled(lines, head)
    if title_at is None:
        title_at = next((number for number in reversed(head) if _is_heading(lines[number])), None)
    if title_at is None and head and len(filled) > 1:
        title_at = head[0]
    if title_at is None:
        return "", _paragraphs(lines)
    title = lines[title_at]
    key = name_key(title)
    rest = ["" if number < prose and name_key(line) == key else line for number, line in enumerate(lines)]
    return title, _paragraphs(rest)


def without_title(text: str, title: str) -> str:
    r"""The body of a plain text document whose title is known: all of it but the title where it stands at the head.

    >>> without_title("Town opens a bridge\n\nThe bridge opened.", "Town opens a bridge")
    'The bridge opened.'
    """
    lines = [line.strip() for line in text.split("\n")]
    prose = next((number for number, line in enumerate(lines) if _is_prose(line)), len(lines))
    key = name_key(title)
    return _paragraphs(["" if number < prose and name_key(line) == key else line for number, line in enumerate(lines)])


def _is_prose(line: str) -> bool:
    long_enough = _PROSE_CHARS_CJK if _CJK.search(line) else _PROSE_CHARS
    return len(line) >= long_enough or (len(line) >= long_enough // 2 and bool(_SENTENCE_END.search(line)))


def _is_heading(line: str) -> bool:
    if _SENTENCE_END.search(line):
        return False
    if _CJK.search(line):
        return len(line) >= _HEADING_MINIMUM_CJK
    words = line.split()
    return len(words) >= _HEADING_MINIMUM_WORDS and not (line.isupper() and len(words) < 6)


def _doubled(lines: list[str], head: list[int]) -> int | None:
    """The first line of the head that stands there again, when it could be a headline."""
    seen: dict[str, int] = {}
    for number in head:
        key = name_key(lines[number])
        if key in seen and _is_heading(lines[number]):
            return seen[key]
        seen.setdefault(key, number)
    return None


def _paragraphs(lines: list[str]) -> str:
    return "\n\n".join(line for line in lines if line)
