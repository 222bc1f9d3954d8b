"""Pairs of texts that the retelling model is trained on, from the stories written for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pipeline.text.alignment import align
from pipeline.text.characters import characters
from pipeline.text.outline import Outline, outline, unpack
from pipeline.text.retelling import retelling
from pipeline.text.retelling_model import measures
from pipeline.text.retelling_training import Pair

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "quality" / "training"
CUT = 0.6
"""Of the paragraphs of a copy: each stands in the training whole and cut."""
HOURS = {"copy": (1.0, 6.0, 14.0, 24.0), "independent": (0.3, 1.0, 4.0, 12.0), "followup": (12.0, 18.0, 24.0, 30.0)}
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


def training_texts() -> Iterator[Text]:
    """Every text, and every copy once more, cut."""
    for path in sorted(FOLDER.glob("wire-copies-*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            head, _, body = block.partition("\n")
            story, kind, *_ = head.split()
            text = Text(path.stem.rpartition("-")[2], story, kind, body.strip())
            yield text
            if kind not in ("independent", "followup"):
                paragraphs = text.body.split("\n\n")
                yield Text(text.language, story, kind, "\n\n".join(paragraphs[: max(3, round(CUT * len(paragraphs)))]))


def training_pairs() -> list[Pair]:
    """The pairs of all storylines."""
    outlined = [(text, unpack(outline(characters(text.body)))) for text in training_texts()]
    return [
        pair
        for (one, first), (other, second) in combinations(outlined, 2)
        if one.storyline == other.storyline
        for pair in _pairs(one, first, other, second)
    ]


def _pairs(one: Text, first: Outline, other: Text, second: Outline) -> Iterator[Pair]:
    part, whole = (first, second) if first.weight <= second.weight else (second, first)
    told, new = retelling(part, whole), align(part, whole).new
    kinds = {one.kind, other.kind}
    apart = "copy" if one.story == other.story else "followup" if "followup" in kinds else "independent"
    for hours in HOURS[apart]:
        yield Pair(one.storyline, apart == "copy", measures(told, new, hours))
