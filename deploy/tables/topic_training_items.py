"""The labelled items that the topic model is trained on, as they were written for it."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.text.topics.training import LabelledItem

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "quality" / "training"


def training_items() -> list[LabelledItem]:
    """Every item of ``tests/quality/training``, by file and line; sets that are scored are never among them."""
    rows = [
        json.loads(line)
        for path in sorted(FOLDER.glob("topics-*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [
        LabelledItem(
            row["id"],
            row["title"],
            row["body"],
            frozenset(row["gold"]["topics"]),
            frozenset(row["gold"]["optional"]) - frozenset(row["gold"]["topics"]),
        )
        for row in rows
    ]
