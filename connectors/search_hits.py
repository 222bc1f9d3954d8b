"""Search results: the document without its long parts, and the passages around what was searched for.

Passages are computed here, from the original text, so that both backends show the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.index import MATCH_END, MATCH_START, Document, Hit
from connectors.index_fields import NOT_IN_HITS
from connectors.search_terms import Term, fold, term_pattern

SNIPPET_CHARACTERS = 160
SNIPPETS = 3

# What NFKC joins to the character before it: combining marks, half-width voicing marks, vowels and finals of
# decomposed Hangul. A joined group is folded as one, so that every folded character knows where it came from.
_CLUSTER = re.compile("[\\s\\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff]*")
_MARKS = re.compile(f"[{MATCH_START}{MATCH_END}]")


def hit(document: Document, score: float, terms: Sequence[Term]) -> Hit:
    """A search result out of a document that still has its body."""
    body, summary, title = (document.get(field) or "" for field in ("body", "summary", "title"))
    found = snippets([body], terms) or snippets([summary, title], terms)
    return Hit({name: value for name, value in document.items() if name not in NOT_IN_HITS}, score, found)


def snippets(texts: Sequence[str], terms: Sequence[Term]) -> tuple[str, ...]:
    r"""The best passages of the texts (at most three), matches between MATCH_START and MATCH_END.

    A passage is better when it holds more different terms, then when it comes earlier. Passages do not overlap,
    and break at spaces where there are any.

    >>> snippets(["Leaders met in Seoul."], [Term("seoul", False)])
    ('Leaders met in \x02Seoul\x03.',)
    """
    if not terms:
        return ()
    pattern = term_pattern(terms)
    found: list[tuple[int, int, str]] = []
    for order, text in enumerate(texts):
        matches = _matches(text, pattern)
        for passage, score in _passages(text, matches):
            found.append((-score, order, passage))
    found.sort(key=lambda row: row[:2])
    return tuple(passage for _, _, passage in found[:SNIPPETS])


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """Folded text, and for each of its characters, and its end, the offset in the original.

    >>> fold_with_offsets("ｶﾞA")
    ('ガa', [0, 2, 3])
    """
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    parts: list[str] = []
    offsets: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        folded = fold(cluster[0])
        parts.append(folded)
        offsets.extend([cluster.start()] * len(folded))
    offsets.append(len(text))
    return "".join(parts), offsets


def _matches(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int, str]]:
    """(start, end, term) in the original text."""
    folded, offsets = fold_with_offsets(text)
    spans = []
    for match in pattern.finditer(folded):
        start, end = offsets[match.start()], offsets[match.end()]
        if end > start:
            spans.append((start, end, match.lastgroup or ""))
    return spans


def _passages(text: str, matches: Sequence[tuple[int, int, str]]) -> list[tuple[str, int]]:
    """Non-overlapping windows over the matches, each with how many different terms it holds."""
    found = []
    position = 0
    while position < len(matches):
        first = matches[position]
        last = position
        while last + 1 < len(matches) and matches[last + 1][1] - first[0] <= SNIPPET_CHARACTERS:
            last += 1
        inside = matches[position : last + 1]
        found.append((_marked(text, inside), len({term for _, _, term in inside})))
        position = last + 1
    return found


def _marked(text: str, matches: Sequence[tuple[int, int, str]]) -> str:
    spare = max(0, SNIPPET_CHARACTERS - (matches[-1][1] - matches[0][0]))
    start = _at_space(text, max(0, matches[0][0] - spare // 2), matches[0][0])
    end = min(len(text), max(start + SNIPPET_CHARACTERS, matches[-1][1]))
    space = text.rfind(" ", matches[-1][1], end)
    if end < len(text) and space > 0:
        end = space
    parts = []
    position = start
    for match_start, match_end, _ in matches:
        if match_start < position:
            continue
        parts += [_clean(text[position:match_start]), MATCH_START, _clean(text[match_start:match_end]), MATCH_END]
        position = match_end
    parts.append(_clean(text[position:end]))
    return ("…" if start > 0 else "") + "".join(parts).strip() + ("…" if end < len(text) else "")


def _at_space(text: str, start: int, limit: int) -> int:
    if start == 0:
        return 0
    space = text.find(" ", start, limit)
    return start if space < 0 else space + 1


def _clean(text: str) -> str:
    """On one line, and without characters that would look like a mark."""
    return _MARKS.sub(" ", text).replace("\n", " ").replace("\r", " ")
