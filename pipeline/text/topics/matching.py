"""One pass over the text with one automaton for all cues; what it finds, by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pipeline.text.topics.folding import Folded, fold
from pipeline.text.topics.forms import Boundary, expand, fits
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
        self._names = [tuple((int(key), name) for key, name in named.get(text, ())) for text in self.patterns]
        # Plain ints: an enum's "&" costs twenty times an int's, and this is the innermost loop.
        self._meanings = [tuple((int(key), mask) for key, mask in meanings[text].items()) for text in self.patterns]
        self.automaton = AhoCorasick(
            self.patterns, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def cues_of(self, mask: int) -> list[str]:
        """The names of the cues in a mask."""
        return [name for name, bit in self.bits.items() if mask & bit]

    def read(self, title: str, body: str) -> Reading:
        """Title and body, folded and matched."""
        folded_title, folded_body = fold(title.replace("\n", " ")), fold(body)
        text = f"{folded_title.text}\n{folded_body.text}"
        hits, names = self._hits(text)
        spans = [(span, True) for span in _whole(folded_title.text)]
        first = len(folded_title.text) + 1
        spans += [(span, False) for span in sentence_spans(text, first, len(text))]
        return Reading(text, folded_title, folded_body, len(folded_title.text), _by_sentence(spans, hits), names)

    def _hits(self, text: str) -> tuple[list[Hit], tuple[tuple[int, int, Name], ...]]:
        hits: list[Hit] = []
        found: list[tuple[int, int, Name]] = []
        covering: list[tuple[int, int]] = []
        meanings, names = self._meanings, self._names
        for pattern, start, end in self.automaton.find_matches_as_indexes(text, overlapping=True):
            mask = 0
            for boundary, name in names[pattern]:
                if not boundary or fits(boundary, text, start, end):
                    found.append((start, end, name))
            for boundary, meaning in meanings[pattern]:
                if not boundary or fits(boundary, text, start, end):
                    mask |= meaning
            if mask:
                hits.append((start, end, mask))
                if mask & self._covering:
                    covering.append((start, end))
        hits.sort()
        return (_uncovered(hits, covering) if covering else hits), tuple(found)


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
