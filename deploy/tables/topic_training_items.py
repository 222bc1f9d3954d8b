"""The labelled items that the topic model is trained on, as they were written for it."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.tables.retelling_pairs import training_texts
from pipeline.text.topics.tagging import rule_book
from pipeline.text.topics.training import LabelledItem

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "quality" / "training"


def training_items() -> list[LabelledItem]:
    """Every item of ``tests/quality/training``, by file and line; sets that are scored are never among them."""
    rows = [
        json.loads(line)
        for path in sorted(FOLDER.glob("topics-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    labelled = [
        LabelledItem(
            row["id"],
            row["title"],
            row["body"],
            frozenset(row["gold"]["topics"]),
            frozenset(row["gold"]["optional"]) - frozenset(row["gold"]["topics"]),
        )
        for row in rows
    ]
    return [*labelled, *other_news()]


def other_news() -> list[LabelledItem]:
    """What the news of a day is mostly about, neither of the two: written for it, and wire stories written for linking.

    Of the latter, those that name neither country.
    """
    rows = [
        json.loads(line)
        for path in sorted(FOLDER.glob("general-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    general = [LabelledItem(row["id"], row["title"], row["body"], frozenset()) for row in rows]
    sides = rule_book().sides["korea"] | rule_book().sides["japan"]
    texts = sorted({(text.language, text.body) for text in training_texts()})
    readings = [rule_book().matcher.read("", body) for _, body in texts]
    strangers = [
        body
        for (_, body), reading in zip(texts, readings, strict=True)
        if not any(sentence.mask & sides for sentence in reading.sentences)
    ]
    return [*general, *(LabelledItem(f"news-{at:03}", "", body, frozenset()) for at, body in enumerate(strangers))]
