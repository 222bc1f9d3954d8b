"""Pairs of texts that the retelling model is trained on, from the stories written for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from pipeline.text.alignment import align
from pipeline.text.outline import outline, unpack
from pipeline.text.retelling import retelling
from pipeline.text.retelling_model import FOLLOWUP, REPORT, measures
from pipeline.text.retelling_training import COPY, Pair

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "quality" / "training"
CUT = 0.6
"""Of the paragraphs of a copy: each stands in the training whole and cut."""
OWN_PARAGRAPHS = 2
"""Of a follow-up, when the rest is its origin's second half, word for word."""
HOURS = {COPY: (1.0, 6.0, 14.0, 24.0), REPORT: (0.3, 1.0, 4.0, 12.0), FOLLOWUP: (12.0, 18.0, 24.0, 30.0)}
"""Between the texts of a pair: each stands in the training once for every time at which its kind is published."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of ``wire-copies-*.txt``: ``=== story kind`` above it, stories of one event as event-something."""

    language: str
    story: str
    kind: str
    body: str

    @property
    def storyline(self) -> str:
        """The event, in one language."""
        return f"{self.language}:{self.story.partition('-')[0]}"

    @property
    def paragraphs(self) -> list[str]:
        """Of the body."""
        return self.body.split("\n\n")


def training_texts() -> list[Text]:
    """Every text, every copy once more, cut, and every follow-up once more with more background."""
    written = [text for path in sorted(FOLDER.glob("wire-copies-*.txt")) for text in _written(path)]
    return [*written, *_cut(written), *_with_background(written)]


def _written(path: Path) -> Iterator[Text]:
    for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, body = block.partition("\n")
        story, kind, *_ = head.split()
        yield Text(path.stem.rpartition("-")[2], story, kind, body.strip())


def _cut(texts: Sequence[Text]) -> Iterator[Text]:
    for text in texts:
        if text.kind not in ("independent", FOLLOWUP):
            paragraphs = text.paragraphs
            yield replace(text, body="\n\n".join(paragraphs[: max(3, round(CUT * len(paragraphs)))]))


def _with_background(texts: Sequence[Text]) -> Iterator[Text]:
    origins = {text.storyline: text.paragraphs for text in texts if text.kind == "origin"}
    for text in texts:
        if text.kind == FOLLOWUP:
            origin = origins[text.storyline]
            yield replace(text, body="\n\n".join([*text.paragraphs[:OWN_PARAGRAPHS], *origin[len(origin) // 2 :]]))


def training_pairs() -> list[Pair]:
    """The pairs of all storylines; two versions of one follow-up are none."""
    outlined = [(text, outline(text.body)) for text in training_texts()]
    return [
        pair
        for (one, first), (other, second) in combinations(outlined, 2)
        if one.storyline == other.storyline and not one.kind == other.kind == FOLLOWUP
        for pair in _pairs(one, first, other, second)
    ]


def _pairs(one: Text, first: bytes, other: Text, second: bytes) -> Iterator[Pair]:
    part, whole = (first, second) if unpack(first).weight <= unpack(second).weight else (second, first)
    told, aligned = retelling(unpack(part), unpack(whole)), align(part, whole)
    kind = COPY if one.story == other.story else FOLLOWUP if FOLLOWUP in (one.kind, other.kind) else REPORT
    for hours in HOURS[kind]:
        yield Pair(one.storyline, kind, measures(told, aligned.new, hours), aligned.share)
