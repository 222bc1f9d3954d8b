"""One pass over the text with one automaton for all cues; what it finds, by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pipeline.text.topics.folding import Folded, fold
from pipeline.text.topics.forms import Boundary, Check, check_for, expand
from pipeline.text.topics.names import Name, NamedForm
from pipeline.text.topics.sentences import sentence_spans
from schemas.topic_rules import LANGUAGES, Cue

Hit = tuple[int, int, int]
"""Start and end in the folded text, and the mask of the cues that the words there mean."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the folded text with its hits and the mask of all its cues. ``in_title`` for the title."""

    start: int
    end: int
    in_title: bool
    hits: tuple[Hit, ...]
    mask: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The folded title, line break and body; ``title_length`` is the length of the folded title."""

    text: str
    title: Folded
    body: Folded
    title_length: int
    sentences: tuple[Sentence, ...]
    names: tuple[tuple[int, int, Name], ...]

    def original_text(self, start: int, end: int) -> str:
        """The original words of a span of the folded text."""
        if end <= self.title_length:
            return self.title.source[self.title.original(start) : self.title.original(end)]
        shift = self.title_length + 1
        return self.body.source[self.body.original(start - shift) : self.body.original(end - shift)]

    def sentence_at(self, offset: int) -> int:
        """The place of the sentence that an offset of the folded text is in, or of the one before it."""
        return bisect_right(self.sentences, offset, key=lambda sentence: sentence.start) - 1


class CueMatcher:
    """Finds the forms of many cues at once.

    Args:
        cues: by id; a cue's bit is its place in this order.
        names: forms of the gazetteer; a name of a country's side also counts as the cue ``korea`` or ``japan``.
    """

    def __init__(self, cues: dict[str, Cue], names: Iterable[NamedForm] = ()) -> None:
        self.bits: dict[str, int] = {name: 1 << place for place, name in enumerate(cues)}
        self.names: tuple[str, ...] = tuple(cues)
        meanings: dict[str, dict[Boundary, int]] = {}
        self._covering = 0
        for name, cue in cues.items():
            if cue.covers:
                self._covering |= self.bits[name]
            for language in LANGUAGES:
                for form in getattr(cue, language):
                    for literal in expand(form, language):
                        by_boundary = meanings.setdefault(literal.text, {})
                        by_boundary[literal.boundary] = by_boundary.get(literal.boundary, 0) | self.bits[name]
        sides = {"ROK": self.bits.get("korea", 0), "JPN": self.bits.get("japan", 0)}
        named: dict[str, dict[tuple[Boundary, Name], None]] = {}
        for form, language, meant in names:
            for literal in expand(form, language):
                named.setdefault(literal.text, {})[literal.boundary, meant] = None
                by_boundary = meanings.setdefault(literal.text, {})
                if meant.type == "person":
                    by_boundary[literal.boundary] = by_boundary.get(literal.boundary, 0) | sides.get(meant.side, 0)
        self.patterns = list(meanings)
        choices = [tuple((_check(key), mask) for key, mask in meanings[text].items()) for text in self.patterns]
        self._choices: list[tuple[tuple[Check | None, int], ...]] = choices
        # Most patterns have one meaning: a flat look-up keeps the innermost loop short.
        self._only: list[tuple[Check | None, int] | None] = [each[0] if len(each) == 1 else None for each in choices]
        self._names = {
            place: tuple((_check(key), name) for key, name in named[text])
            for place, text in enumerate(self.patterns)
            if text in named
        }
        # What a pattern can mean at most, for a first look at a text before any boundary is checked.
        self._most = [reduce(or_, (mask for _, mask in each), 0) for each in choices]
        self.automaton = AhoCorasick(
            self.patterns, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def cues_of(self, mask: int) -> list[str]:
        """The names of the cues in a mask."""
        return [name for name, bit in self.bits.items() if mask & bit]

    def read(self, title: str, body: str) -> Reading:
        """Title and body, folded and matched."""
        folded_title, folded_body, text = self._folded(title, body)
        return self._read(folded_title, folded_body, text, self._matches(text))

    def read_if(self, title: str, body: str, is_worth: Callable[[int, str], bool]) -> Reading | None:
        """The same, or None, and the costly part spared, when the text is not worth it.

        Args:
            title: of the article, or "".
            body: the story.
            is_worth: gets the mask of all cues that may be in the text at most, and the folded text.
        """
        folded_title, folded_body, text = self._folded(title, body)
        matches = self._matches(text)
        if not is_worth(self._at_most(matches), text):
            return None
        return self._read(folded_title, folded_body, text, matches)

    @staticmethod
    def _folded(title: str, body: str) -> tuple[Folded, Folded, str]:
        folded_title, folded_body = fold(title.replace("\n", " ")), fold(body)
        return folded_title, folded_body, f"{folded_title.text}\n{folded_body.text}"

    def _matches(self, text: str) -> list[tuple[int, int, int]]:
        matches: list[tuple[int, int, int]] = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return matches

    def _read(self, title: Folded, body: Folded, text: str, matches: list[tuple[int, int, int]]) -> Reading:
        hits, names = self._hits(text, matches)
        length = len(title.text)
        spans = [(span, True) for span in _whole(title.text)]
        spans += [(span, False) for span in sentence_spans(text, length + 1, len(text))]
        return Reading(text, title, body, length, _by_sentence(spans, hits), names)

    def _at_most(self, matches: list[tuple[int, int, int]]) -> int:
        mask = 0
        most = self._most
        for pattern in {pattern for pattern, _, _ in matches}:
            mask |= most[pattern]
        return mask

    def _hits(
        self, text: str, matches: list[tuple[int, int, int]]
    ) -> tuple[list[Hit], tuple[tuple[int, int, Name], ...]]:
        hits: list[Hit] = []
        found: list[tuple[int, int, Name]] = []
        covering: list[tuple[int, int]] = []
        only, names, covers = self._only, self._names, self._covering
        for pattern, start, end in matches:
            one = only[pattern]
            if one is not None:
                check, mask = one
                if check is not None and not check(text, start, end):
                    mask = 0
            else:
                mask = self._meaning(pattern, text, start, end)
            if pattern in names:
                for check, name in names[pattern]:
                    if check is None or check(text, start, end):
                        found.append((start, end, name))
            if mask:
                hits.append((start, end, mask))
                if mask & covers:
                    covering.append((start, end))
        hits.sort()
        return (_uncovered(hits, covering) if covering else hits), tuple(found)

    def _meaning(self, pattern: int, text: str, start: int, end: int) -> int:
        mask = 0
        for check, meaning in self._choices[pattern]:
            if check is None or check(text, start, end):
                mask |= meaning
        return mask


@cache
def _check(boundary: Boundary) -> Check | None:
    return check_for(boundary)


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
    at = 0
    for (start, end), in_title in spans:
        while at < len(hits) and hits[at][0] < start:
            at += 1
        inside: list[Hit] = []
        mask = 0
        while at < len(hits) and hits[at][0] < end:
            if hits[at][1] <= end:
                inside.append(hits[at])
                mask |= hits[at][2]
            at += 1
        sentences.append(Sentence(start, end, in_title, tuple(inside), mask))
    return tuple(sentences)
