"""A generated host: articles that share twelve lines of chrome which no rule knows, two columnists among them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

HOST = "halyard.example"
CHROME_ABOVE = ("The Halyard and Anchor", "Wind 12 knots", "Harbour edition")
CHROME_BELOW = (
    "The Halyard has read the water for its town since the first mole was built.",
    "Crew lists close on Wednesdays at the chandler's desk.",
    "Ask the pilot",
    "Berths, hulls and hands",
    "Seven knots every sailor forgets",
    "A tide clock hangs above every desk of this paper.",
    "Riddle of the sound 88",
    "Set and inked on Mole Street.",
    "Up to the crow's nest",
)
CHROME = CHROME_ABOVE + CHROME_BELOW
REFRAIN = "And the lamp on the mole went on turning, as lamps do."
_WORDS = ("ferry", "quay", "minister", "ballot", "treaty", "captain", "gale", "island", "court", "budget", "school")


def story_of(number: int) -> tuple[str, ...]:
    """The paragraphs of article ``number``; each eighth ends in a columnist's refrain."""
    source = random.Random(number)
    paragraphs = [
        f"The {' '.join(source.choice(_WORDS) for _ in range(9))} number {source.randrange(10**6)} was seen on "
        f"{source.choice(('Monday', 'Tuesday', 'Friday'))}, {source.choice(('officials', 'two pilots'))} said."
        for _ in range(6)
    ]
    return (*paragraphs, REFRAIN) if number % 8 == 0 else tuple(paragraphs)


def title_of(number: int) -> str:
    source = random.Random(number)
    first, second, third = source.sample(_WORDS, 3)
    return f"{first.title()} weighs {second} plan of {source.randrange(1000)} pages after {third} vote in the harbour"


def url_of(number: int) -> str:
    return f"https://{HOST}/log/{number}"


def page_of(number: int) -> str:
    """The page as the host serves it: nothing in its markup tells chrome from story."""
    lines = "".join(f"<p>{line}</p>" for line in (*CHROME_ABOVE, *story_of(number), *CHROME_BELOW))
    title = title_of(number)
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{lines}</article></body></html>"


def write_articles(path: Path, numbers: Iterable[int]) -> str:
    """The articles as JSON lines, in this order; the path."""
    rows = [
        {
            "url": url_of(number),
            "title": title_of(number),
            "html": page_of(number),
            "published": f"2026-03-{1 + number % 28:02d}T09:00:00+09:00",
            "publisher": "The Halyard",
            "language": "en",
        }
        for number in numbers
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)
