"""Boilerplate that survives and story that is lost, judged against the gold bodies and not by our own patterns.

A line of the output is boilerplate when less than half of its words stand in the page's gold body. A sentence is
lost when the gold body and the extracted text have it and the stripped body has not; where the gold itself holds
a copyright or credit line, cutting that counts as lost too. A second count takes the gold sentences that trafilatura
finds and our final body has not, whichever of our steps lost them. ``python -m tests.quality.boilerplate``.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import trafilatura

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.extraction import extract
from schemas.errors import PermanentError
from tests.shared_material import shared_path

FLOORS = {
    "max:aeb surviving lines %": 1.2,
    "max:publishers surviving lines %": 2.7,
    "max:aeb sentences lost": 10,
    "max:publishers sentences lost": 0,
    "max:aeb sentences lost of trafilatura's": 12,
    "max:publishers sentences lost of trafilatura's": 1,
    "max:aeb sentences that trafilatura finds and we do not": 34,
    "max:publishers sentences that trafilatura finds and we do not": 7,
}
SHORTEST_SENTENCE = 20

_WORDS = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SENTENCES = re.compile(r"(?<=[.!?。])\s+|(?<=。)|\n")


@dataclass(frozen=True, slots=True)
class Judged:
    """A page: the gold body, and text and title as one extractor found them."""

    gold: str
    text: str
    title: str
    language: str


def words_of(text: str) -> list[str]:
    """Words, case folded; pairs of characters in scripts without spaces."""
    words = []
    for word in _WORDS.findall(text.casefold()):
        if _UNSPACED.search(word):
            words.extend(word[index : index + 2] for index in range(max(1, len(word) - 1)))
        else:
            words.append(word)
    return words


def pages(folder: str) -> Iterator[tuple[str, bytes, str]]:
    """Gold body, bytes and URL of every page of a folder."""
    root = shared_path("eval", "extraction", folder)
    for key, gold in json.loads((root / "ground-truth.json").read_text(encoding="utf-8")).items():
        path = root / (gold.get("html") or f"html/{key}.html.gz")
        yield gold.get("articleBody") or "", gzip.decompress(path.read_bytes()), gold.get("url") or ""


def ours(gold: str, content: bytes, url: str) -> Judged:
    try:
        page = extract(content, "text/html", "", url)
    except PermanentError:
        return Judged(gold, "", "", "")
    return Judged(gold, page.text, page.title, page.language)


def theirs(gold: str, content: bytes, url: str) -> Judged:
    document = trafilatura.bare_extraction(content, url=url, include_comments=False, with_metadata=True)
    return Judged(gold, (document.text if document else "") or "", (document.title if document else "") or "", "")


def stripped(page: Judged) -> str:
    return strip_boilerplate(page.text, page.title, page.language).body


def surviving(bodies: list[tuple[str, str]]) -> float:
    """Percent of output lines that share less than half of their words with the gold body."""
    lines = foreign = 0
    for gold, body in bodies:
        known = set(words_of(gold))
        for line in body.split("\n"):
            words = words_of(line)
            if words:
                lines += 1
                foreign += sum(word in known for word in words) < len(words) / 2
    return 100 * foreign / max(1, lines)


def letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def lost(page: Judged) -> list[str]:
    """Gold sentences that the extracted text has and the stripped body has not."""
    before, after = letters(page.text), letters(stripped(page))
    sentences = (sentence for sentence in _SENTENCES.split(page.gold) if len(letters(sentence)) >= SHORTEST_SENTENCE)
    return [sentence for sentence in sentences if letters(sentence) in before and letters(sentence) not in after]


def missed(our: Judged, their: Judged) -> list[str]:
    """Gold sentences that the other extractor has and our final body has not."""
    known, found = letters(their.text), letters(stripped(our))
    sentences = (sentence for sentence in _SENTENCES.split(our.gold) if len(letters(sentence)) >= SHORTEST_SENTENCE)
    return [sentence for sentence in sentences if letters(sentence) in known and letters(sentence) not in found]


def measure() -> dict[str, float]:
    """Surviving lines before and after stripping, ours and trafilatura's, and sentences lost."""
    scores: dict[str, float] = {}
    for folder in ("aeb", "publishers"):
        read = list(pages(folder))
        found = {"": [ours(*page) for page in read], " of trafilatura's": [theirs(*page) for page in read]}
        scores[f"{folder} sentences that trafilatura finds and we do not"] = sum(
            len(missed(our, their)) for our, their in zip(*found.values(), strict=True)
        )
        for label, judged in found.items():
            scores[f"{folder} surviving lines %{label}"] = surviving([(page.gold, stripped(page)) for page in judged])
            scores[f"{folder} surviving unstripped %{label}"] = surviving([(page.gold, page.text) for page in judged])
            scores[f"{folder} sentences lost{label}"] = sum(len(lost(page)) for page in judged)
    return scores


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<52} {value:8.2f}")
    if "--lost" in sys.argv:
        for folder in ("aeb", "publishers"):
            for page in pages(folder):
                our = ours(*page)
                for sentence in lost(our):
                    print(folder, "lost:", sentence)
                for sentence in missed(our, theirs(*page)):
                    print(folder, "missed:", sentence)
