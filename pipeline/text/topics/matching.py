"""One pass over the text with one automaton for all cues; what it finds, by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pipeline.text.topics.boundaries import Edges, Look, edges_of
from pipeline.text.topics.code_points import HANGUL, KANA, kinds_of
from pipeline.text.topics.folding import Folded, fold
from pipeline.text.topics.forms import expand
from pipeline.text.topics.names import Name, NamedForm
from pipeline.text.topics.scripts import script_of
from pipeline.text.topics.sentences import end_marks, sentence_spans
from schemas.topic_rules import LANGUAGES, Cue

Hit = tuple[int, int, int]
"""Start and end in the folded text, and the mask of the cues that the words there mean."""
Found = tuple[int, int, Name]
"""Start and end in the folded text, and a name that the words there may mean."""
_Match = tuple[int, int, int]
"""Pattern, start and end, as the automaton finds them."""


class Sentence(NamedTuple):
    """A sentence of the folded text with its hits and the mask of all its cues. ``in_title`` for the title.

    A named tuple, as there are dozens in every article and a frozen dataclass takes three times as long to make.
    """

    start: int
    end: int
    in_title: bool
    hits: tuple[Hit, ...]
    mask: int


@dataclass(frozen=True, slots=True)
class FoldedArticle:
    """The folded title, line break and body; ``title_length`` is the length of the folded title.

    Attributes:
        text: all of it.
        title: with the way back to the original.
        body: the same.
        title_length: characters.
        kinds: of each character of the text.
        has_kana: whether the text has any.
        has_hangul: the same for hangul.

    """

    text: str
    title: Folded
    body: Folded
    title_length: int
    kinds: bytes
    has_kana: bool
    has_hangul: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A folded article with its sentences and the names found in it."""

    article: FoldedArticle
    sentences: tuple[Sentence, ...]
    names: tuple[Found, ...]

    @property
    def text(self) -> str:
        """The folded title, line break and body."""
        return self.article.text

    @property
    def title(self) -> Folded:
        """The folded title."""
        return self.article.title

    @property
    def body(self) -> Folded:
        """The folded body."""
        return self.article.body

    @property
    def title_length(self) -> int:
        """Length of the folded title."""
        return self.article.title_length

    @property
    def script(self) -> str:
        """The language of the text by its script."""
        article = self.article
        if article.has_kana != article.has_hangul:
            return "ja" if article.has_kana else "ko"
        return script_of(article.text)

    def original_text(self, start: int, end: int) -> str:
        """The original words of a span of the folded text."""
        if end <= self.title_length:
            return self.title.source[self.title.original(start) : self.title.original(end)]
        shift = self.title_length + 1
        return self.body.source[self.body.original(start - shift) : self.body.original(end - shift)]

    def sentence_at(self, offset: int) -> int:
        """The place of the sentence that an offset of the folded text is in, or of the one before it."""
        return bisect_right(self.sentences, offset, key=lambda sentence: sentence.start) - 1


def folded_article(title: str, body: str) -> FoldedArticle:
    """Title and body folded."""
    title = title.replace("\n", " ")
    whole = fold(f"{title}\n{body}")
    if whole.starts:
        folded_title, folded_body = fold(title), fold(body)
        text = f"{folded_title.text}\n{folded_body.text}"
    else:
        text, length = whole.text, len(title)
        folded_title, folded_body = Folded(text[:length], title), Folded(text[length + 1 :], body)
    kinds = kinds_of(text)
    present = 0 if text.isascii() else int(np.bitwise_or.reduce(np.frombuffer(kinds, dtype=np.uint8)))
    length = len(folded_title.text)
    return FoldedArticle(text, folded_title, folded_body, length, kinds, bool(present & KANA), bool(present & HANGUL))


class _Pattern(NamedTuple):
    """A pattern with one meaning, spread out for the innermost loop, or with more than that in ``more``."""

    before: int
    after: int
    unless: Look | None
    mask: int
    more: _More | None


class _More(NamedTuple):
    """Several meanings of a pattern by what has to be around it, and the names that it may be."""

    meanings: tuple[tuple[Edges, int], ...]
    names: tuple[tuple[Edges, Name], ...]


@dataclass(frozen=True, slots=True)
class FormTable:
    """All literals of the cues and names, with what they mean behind which boundaries.

    Attributes:
        cues: by place; the place is the bit.
        covering: the cues that hide shorter ones inside, as a mask.
        patterns: the literals.
        meanings: of each, boundaries with the masks of cues.
        names: by the place of the literal, boundaries with the names it may be.

    """

    cues: tuple[str, ...]
    covering: int
    patterns: Sequence[str]
    meanings: Sequence[tuple[tuple[int, int], ...]]
    names: dict[int, Sequence[tuple[int, Name]]]


def form_table(cues: dict[str, Cue], names: Iterable[NamedForm] = ()) -> FormTable:
    """The forms of cues and names, expanded."""
    bits = {name: 1 << place for place, name in enumerate(cues)}
    meanings: dict[str, dict[int, int]] = {}
    covering = 0
    for name, cue in cues.items():
        if cue.covers:
            covering |= bits[name]
        for language in LANGUAGES:
            for form in getattr(cue, language):
                for literal in expand(form, language):
                    by_boundary = meanings.setdefault(literal.text, {})
                    by_boundary[literal.boundary] = by_boundary.get(literal.boundary, 0) | bits[name]
    sides = {"ROK": bits.get("korea", 0), "JPN": bits.get("japan", 0)}
    named: dict[str, dict[tuple[int, Name], None]] = {}
    for form, language, meant in names:
        for literal in expand(form, language):
            named.setdefault(literal.text, {})[literal.boundary, meant] = None
            by_boundary = meanings.setdefault(literal.text, {})
            if meant.type == "person":
                by_boundary[literal.boundary] = by_boundary.get(literal.boundary, 0) | sides.get(meant.side, 0)
    patterns = list(meanings)
    return FormTable(
        tuple(cues),
        covering,
        patterns,
        [tuple(meanings[text].items()) for text in patterns],
        {place: tuple(named[text]) for place, text in enumerate(patterns) if text in named},
    )


class CueMatcher:
    """Finds the forms of many cues at once.

    Args:
        cues: by id; a cue's bit is its place in this order.
        names: forms of the gazetteer; a name of a country's side also counts as the cue ``korea`` or ``japan``.
    """

    def __init__(self, cues: dict[str, Cue], names: Iterable[NamedForm] = ()) -> None:
        self._take(form_table(cues, names))

    @classmethod
    def of(cls, table: FormTable) -> CueMatcher:
        """The matcher of forms that were expanded before."""
        matcher = cls.__new__(cls)
        matcher._take(table)
        return matcher

    def _take(self, table: FormTable) -> None:
        self.names = table.cues
        self.bits: dict[str, int] = {name: 1 << place for place, name in enumerate(table.cues)}
        self._covering = table.covering
        self.patterns = list(table.patterns)
        without_names = cache(_pattern)
        self._patterns = [
            _pattern(meanings, table.names[place]) if place in table.names else without_names(meanings)
            for place, meanings in enumerate(table.meanings)
        ]
        # What a pattern can mean at most, for a first look at a text before any boundary is checked.
        self._most = [
            meanings[0][1] if len(meanings) == 1 else reduce(or_, (mask for _, mask in meanings), 0)
            for meanings in table.meanings
        ]
        self.automaton = AhoCorasick(
            self.patterns, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def cues_of(self, mask: int) -> list[str]:
        """The names of the cues in a mask."""
        return [name for name, bit in self.bits.items() if mask & bit]

    def read(self, title: str, body: str) -> Reading:
        """Title and body, folded and matched."""
        article = folded_article(title, body)
        hits, names, _ = self._hits(article, self._matches(article.text))
        return _reading(article, hits, names)

    def read_if(self, title: str, body: str, is_worth: Callable[[int, FoldedArticle], bool]) -> Reading | None:
        """The same, or None, and the costly part spared, when the text is not worth it.

        Args:
            title: of the article, or "".
            body: the story.
            is_worth: gets the mask of all cues that may be in the text at most, and the folded text. More cues never
                make a text worth less.
        """
        article = folded_article(title, body)
        matches = self._matches(article.text)
        hits, names, mask = self._hits(article, matches)
        if not is_worth(mask, article) and not is_worth(self._at_most(matches), article):
            return None
        return _reading(article, hits, names)

    def _matches(self, text: str) -> list[_Match]:
        matches: list[_Match] = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return matches

    def _at_most(self, matches: list[_Match]) -> int:
        mask = 0
        most = self._most
        for pattern in {pattern for pattern, _, _ in matches}:
            mask |= most[pattern]
        return mask

    def _hits(self, article: FoldedArticle, matches: list[_Match]) -> tuple[list[Hit], tuple[Found, ...], int]:
        """What the matches mean, with the mask of all of it."""
        hits: list[Hit] = []
        found: list[Found] = []
        everything = 0
        patterns, text = self._patterns, article.text
        # One more place at either end, so that a match at the edge of the text needs no thought.
        kinds = b"".join((b"\0", article.kinds, b"\0"))
        for pattern, start, end in matches:
            before, after, unless, mask, more = patterns[pattern]
            if more is not None:
                mask = 0
                for edges, meaning in more.meanings:
                    if edges.hold(kinds, text, start, end):
                        mask |= meaning
                found += [(start, end, name) for edges, name in more.names if edges.hold(kinds, text, start, end)]
            elif kinds[start] & before or (kinds[end + 1] & after and (unless is None or not unless(text, start, end))):
                continue
            if mask:
                hits.append((start, end, mask))
                everything |= mask
        hits.sort()
        if everything & self._covering:
            hits = _uncovered(hits, [(start, end) for start, end, mask in hits if mask & self._covering])
        return hits, tuple(found), everything


def _pattern(meanings: tuple[tuple[int, int], ...], names: Sequence[tuple[int, Name]] = ()) -> _Pattern:
    if not names and len(meanings) == 1:
        boundary, mask = meanings[0]
        before, after, unless, also = edges_of(boundary)
        if also is None:
            return _Pattern(before, after, unless, mask, None)
    several = tuple((edges_of(boundary), mask) for boundary, mask in meanings)
    return _Pattern(0, 0, None, 0, _More(several, tuple((edges_of(boundary), name) for boundary, name in names)))


def _reading(article: FoldedArticle, hits: list[Hit], names: tuple[Found, ...]) -> Reading:
    text, length = article.text, article.title_length
    spans = [(span, True) for span in _whole(text[:length])]
    marks = end_marks(article.kinds)
    spans += [(span, False) for span in sentence_spans(text, length + 1, len(text), marks)]
    return Reading(article, _by_sentence(spans, hits), names)


def _uncovered(hits: list[Hit], covering: list[tuple[int, int]]) -> list[Hit]:
    # Widest first where two covers start together, so that one look at the running cover is enough.
    covering.sort(key=lambda span: (span[0], -span[1]))
    kept: list[Hit] = []
    at = 0
    cover_start, cover_end = -1, -1
    for hit in hits:
        start, end, _ = hit
        while at < len(covering) and covering[at][0] <= start:
            if covering[at][1] > cover_end:
                cover_start, cover_end = covering[at]
            at += 1
        if end <= cover_end and (start, end) != (cover_start, cover_end):
            continue
        kept.append(hit)
    return kept


def _whole(title: str) -> list[tuple[int, int]]:
    start, end = len(title) - len(title.lstrip()), len(title.rstrip())
    return [(start, end)] if start < end else []


def _by_sentence(spans: list[tuple[tuple[int, int], bool]], hits: list[Hit]) -> tuple[Sentence, ...]:
    sentences: list[Sentence] = []
    at, count = 0, len(hits)
    for (start, end), in_title in spans:
        inside: list[Hit] = []
        mask = 0
        while at < count:
            hit = hits[at]
            hit_start, hit_end, meaning = hit
            if hit_start >= end:
                break
            at += 1
            if hit_start >= start and hit_end <= end:
                inside.append(hit)
                mask |= meaning
        sentences.append(Sentence(start, end, in_title, tuple(inside), mask))
    return tuple(sentences)
