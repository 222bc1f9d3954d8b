"""What the demo newsroom's ``expected.yaml`` says, held against an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from connectors.index import Document, Filters, Kind
from connectors.open_index import open_index

EXPECTED = Path(__file__).resolve().parents[2] / "deploy" / "local" / "newsroom" / "expected.yaml"


def expected() -> dict[str, Any]:
    """The truth as the newsroom's authors wrote it."""
    return dict(yaml.safe_load(EXPECTED.read_text(encoding="utf-8")))


def articles_by_path(location: str, base_url: str) -> dict[str, Document]:
    """Indexed articles by the path of their URL on the newsroom."""
    index = open_index(location)
    try:
        return {row["url"].removeprefix(base_url): row for row in index.scan(Kind.ARTICLES, Filters())}
    finally:
        index.close()


def differences(articles: dict[str, Document]) -> dict[str, list[str]]:
    """Field -> what is not as expected, one line each."""
    wrong: dict[str, list[str]] = defaultdict(list)
    pages = {page["path"]: page for page in expected()["pages"]}
    for path in sorted(pages.keys() ^ articles.keys()):
        wrong["indexed"].append(f"{path}: {'missing' if path in pages else 'not expected'}")
    for path in sorted(pages.keys() & articles.keys()):
        page, row = pages[path], articles[path]
        found_topics, optional = set(row["topics"]), set(page.get("optional", ()))
        checks = {
            "title": (page["title"], " ".join(row["title"].split())),
            "language": (page["language"], row["language"]),
            "published": (_utc(page["published"]), row["published_at"]),
            "publisher": (page["outlet"], row["publisher"]),
            "agency": (page["agency"], row["agency"]),
            "paywall": (page["paywall"], "free" if row["paywall"] == "unknown" else row["paywall"]),
            "relevant": (page["relevant"], row["relevant"]),
            "topics": (sorted(set(page["topics"]) - optional), sorted(found_topics - optional)),
        }
        for field, (wanted, got) in checks.items():
            if wanted != got:
                wrong[field].append(f"{path}: {wanted!r} expected, {got!r} found")
    wrong["stories"] += _story_differences(pages, articles)
    return {field: lines for field, lines in wrong.items() if lines}


def _story_differences(pages: dict[str, Any], articles: dict[str, Document]) -> Iterable[str]:
    for first, second in combinations(sorted(pages.keys() & articles.keys()), 2):
        wanted = pages[first]["story"] == pages[second]["story"]
        got = articles[first]["story_id"] == articles[second]["story_id"]
        if wanted != got:
            yield f"{first} and {second}: {'one story' if wanted else 'two stories'} expected ({pages[first]['story']})"


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
