"""Metadata held against the publishers' gold: ``python -m tests.quality.metadata``."""

from __future__ import annotations

import re
import unicodedata
import warnings
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.quality.extraction_corpus import Example, examples, extracted

FLOORS: dict[str, float] = {
    "title exact": 0.925,
    "date to the minute": 0.98,
    "authors as a set": 0.88,
}

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_QUOTES = str.maketrans("‘’‚“”„", "'''\"\"\"")


def measure() -> dict[str, float]:
    """Shares of the publisher pages on which our claim equals the gold."""
    pages = extracted("publishers")
    gold = examples("publishers")
    titles = dates = authors = 0
    for example in gold:
        page = pages.get(example.key)
        if page is None:
            continue
        stated = normalised(example.gold["title"])
        titles += stated in (normalised(page.title), normalised(f"[{page.kicker}] {page.title}"))
        dates += same_minute(page.published_at, example)
        authors += same_people(page.authors, example.gold["authors"])
    return {
        "title exact": titles / len(gold),
        "date to the minute": dates / len(gold),
        "authors as a set": authors / len(gold),
    }


def baselines() -> dict[str, float]:
    """The same for trafilatura, whose dates have no time of day: right to the day is counted for it."""
    import trafilatura

    gold = examples("publishers")
    titles = days = authors = 0
    for example in gold:
        page: Any = trafilatura.bare_extraction(example.html, url=example.gold["url"], with_metadata=True)
        if page is None:
            continue
        titles += normalised(page.title or "") == normalised(example.gold["title"])
        days += (page.date or "") == example.gold["publishing_date"][:10]
        authors += same_people(tuple((page.author or "").split("; ")), example.gold["authors"])
    return {
        "title exact": titles / len(gold),
        "date to the day (not the minute)": days / len(gold),
        "authors as a set": authors / len(gold),
    }


def normalised(text: str) -> str:
    """A title for comparison: NFKC, no invisible characters, straight quotes, single spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES).split())


def same_minute(published_at: datetime | None, example: Example) -> bool:
    """Whether a date equals the gold to the minute; gold without zone is the outlet's wall clock."""
    if published_at is None:
        return False
    gold = datetime.fromisoformat(example.gold["publishing_date"])
    if gold.tzinfo is None:
        gold = gold.replace(tzinfo=ZoneInfo(example.timezone) if example.timezone else UTC)
    return published_at.replace(second=0, microsecond=0) == gold.astimezone(UTC).replace(second=0, microsecond=0)


def same_people(names: tuple[str, ...], gold: list[str] | None) -> bool:
    """Whether two lists name the same people, whatever order and case."""
    return {normalised(name).casefold() for name in names if name} == {
        normalised(name).casefold() for name in gold or []
    }


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in measure().items():
            print(f"{name:<44} {value:8.3f} {FLOORS[name]:8.3f}")
        for name, value in baselines().items():
            print(f"{'trafilatura: ' + name:<44} {value:8.3f}")
