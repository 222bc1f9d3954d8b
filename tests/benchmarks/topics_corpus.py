"""The articles of ``topics_speed``: a news desk's day, made of our own labelled texts.

Relevant articles and traps are labelled items, the rest is the news of the wire copies that names one of the two
countries at most. Every article is filled up with news that names neither, or only the one it is written in, to a
length as the press has it: 3,000 characters in English, 1,300 in Korean, 750 in Japanese in the middle (medians of
pages measured), spread by a log-normal of .6. Joined stories mislead the gate more often than real ones: an irrelevant
article that it takes for relevant is drawn again, so that the shares are what they are called.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

from pipeline.text.topics.tagging import rule_book, tag_topics

QUALITY = Path(__file__).parents[1] / "quality"
TYPICAL_CHARS = {"en": 3000, "ko": 1300, "ja": 750}
TRAPS = 0.1
"""Of the irrelevant articles: other country pairs, mentions in passing, ambiguous words."""

Text = tuple[str, list[str]]
"""A title and its paragraphs."""


def corpus(size: int, share_relevant: float, length: float = 1.0) -> list[tuple[str, str]]:
    """Titles and bodies, the same for the same arguments; ``length`` is a factor on the typical one."""
    generator = random.Random(2026)
    articles: list[tuple[str, str]] = []
    while len(articles) < size:
        language = generator.choice(tuple(TYPICAL_CHARS))
        relevant, traps, ordinary, filling = _texts()[language]
        is_relevant = generator.random() < share_relevant
        kind = relevant if is_relevant else traps if generator.random() < TRAPS else ordinary
        title, paragraphs = generator.choice(kind)
        chosen = list(paragraphs)
        target = generator.lognormvariate(0, 0.6) * TYPICAL_CHARS[language] * length
        while sum(map(len, chosen)) < target:
            chosen += generator.choice(filling)[1]
        body = "\n\n".join(chosen)
        if is_relevant or not tag_topics(title, body, "", None).relevant:
            articles.append((title, body))
    return articles


@cache
def _texts() -> dict[str, tuple[list[Text], ...]]:
    """By language: relevant items, traps, ordinary news, and those of it that fill up an article."""
    texts: dict[str, tuple[list[Text], ...]] = {name: ([], [], [], []) for name in TYPICAL_CHARS}
    for path in sorted(QUALITY.glob("*/topics-*.jsonl")):
        for item in map(json.loads, path.read_text("utf-8").splitlines()):
            texts[item["lang"]][0 if item["gold"]["relevant"] else 1].append((item["title"], item["body"].splitlines()))
    for path in sorted(QUALITY.glob("labelled/wire-copies-*.jsonl")):
        for item in map(json.loads, path.read_text("utf-8").splitlines()):
            text = item["title"], [line for line in item["text"].splitlines() if line]
            sides = _sides(item["title"], item["text"])
            if len(sides) < 2 and not tag_topics(item["title"], item["text"], "", None).relevant:
                texts[item["lang"]][2].append(text)
                if sides <= _HOME[item["lang"]]:
                    texts[item["lang"]][3].append(text)
    return texts


_HOME = {"en": set[str](), "ko": {"korea"}, "ja": {"japan"}}


def _sides(title: str, text: str) -> set[str]:
    """The countries that a text names or is written in."""
    book = rule_book()
    reading = book.matcher.read(title, text)
    mask = book.home(reading.article)
    for sentence in reading.sentences:
        mask |= sentence.mask
    return {"korea", "japan"} if mask & book.sides["pair"] else {s for s in ("korea", "japan") if mask & book.sides[s]}
