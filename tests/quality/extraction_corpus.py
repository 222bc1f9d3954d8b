"""The development pages, what we make of them, and the scorer that came with them."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.extraction import Extracted, extract
from schemas.errors import PermanentError
from tests.shared_material import shared_path

CHARACTER_SCORED = ("jp/", "kr/")
_ZONES = {
    "de": "Europe/Berlin",
    "at": "Europe/Vienna",
    "dk": "Europe/Copenhagen",
    "kr": "Asia/Seoul",
    "jp": "Asia/Tokyo",
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Example:
    """A page, its gold, and the time zone its outlet is listed with."""

    key: str
    gold: dict[str, Any]
    html: bytes

    @property
    def timezone(self) -> str:
        return _ZONES.get(self.key.split("/")[0], "") if "/" in self.key else ""


@functools.cache
def examples(corpus: str) -> tuple[Example, ...]:
    """The pages of ``aeb`` or ``publishers``."""
    folder = shared_path("eval", "extraction", corpus)
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    return tuple(
        Example(key, item, gzip.decompress((folder / (item.get("html") or f"html/{key}.html.gz")).read_bytes()))
        for key, item in gold.items()
    )


@functools.cache
def extracted(corpus: str) -> dict[str, Extracted]:
    """What we extract, for each page that yields anything."""
    found = {}
    for example in examples(corpus):
        try:
            found[example.key] = extract(example.html, "text/html", "", example.gold["url"], example.timezone)
        except PermanentError:
            continue
    return found


@functools.cache
def bodies(corpus: str) -> dict[str, str]:
    """The final bodies: extracted, then stripped of boilerplate."""
    found = extracted(corpus)
    stripped = {key: strip_boilerplate(page.text, page.title, page.language).body for key, page in found.items()}
    return {example.key: stripped.get(example.key, "") for example in examples(corpus)}


def f1(corpus: str, texts: dict[str, str], by_character: bool = False) -> float:
    """Shingle F1 of the scorer; ``by_character`` takes the Japanese and Korean pages, else all others."""
    scorer = _scorer()
    rows = [
        scorer.page(example.gold["articleBody"], texts[example.key], by_character)
        for example in examples(corpus)
        if example.key.startswith(CHARACTER_SCORED) is by_character
    ]
    return float(scorer.agg(rows)[0])


def share_of_foreign_lines(corpus: str, texts: dict[str, str]) -> float:
    """Share of output lines that share less than half their words (CJK: character trigrams) with the gold body."""
    lines = foreign = 0
    for example in examples(corpus):
        gold = _units(example.gold["articleBody"], example.key)
        for line in texts[example.key].split("\n"):
            units = _units(line, example.key)
            if units:
                lines += 1
                foreign += sum(unit in gold for unit in units) < 0.5 * len(units)
    return foreign / lines if lines else 0.0


def _units(text: str, key: str) -> frozenset[str]:
    words = _WORD.findall(text.lower())
    if not key.startswith("jp/"):
        return frozenset(words)
    letters = "".join(words)
    return frozenset(letters[start : start + 3] for start in range(max(1, len(letters) - 2)) if letters)


@functools.cache
def _scorer() -> ModuleType:
    path = shared_path("eval", "extraction", "score_extraction.py")
    spec = importlib.util.spec_from_file_location("score_extraction", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"the scorer cannot be loaded from {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
