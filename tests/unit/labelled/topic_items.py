"""What the checks of both topic sets share: the taxonomy's leaves, the tags, and words of development items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tests.shared_material import shared_path

LANGUAGES = ("en", "ko", "ja")
TRAPS = {
    "neg:ambig",
    "neg:listing",
    "neg:mention",
    "neg:nk-separate",
    "neg:onecountry",
    "neg:otherbilat",
}
OTHER_TAGS = {"paraphrase", "multi", "negation_or_passing"}
LEAVES = {
    "history": (
        "forced_labor",
        "comfort_women",
        "textbooks",
        "yasukuni",
        "apology_statements",
        "unesco_heritage",
        "treaty_1965",
        "colonial_legacy",
    ),
    "territory": ("dokdo_takeshima", "east_sea_naming", "continental_shelf", "fisheries_eez"),
    "diplomacy": ("summit", "ministerial", "envoy_parliament"),
    "economy": ("export_controls", "boycott", "currency_swap", "supply_chain", "trade_pacts", "line_yahoo"),
    "security": ("gsomia", "trilateral", "north_korea", "abductions", "defense_radar", "rising_sun_flag"),
    "environment": ("fukushima_water", "seafood_ban"),
    "society": ("zainichi_hate", "exchange_tourism", "culture", "sports", "public_opinion"),
}
TOPICS = frozenset(f"{parent}.{leaf}" for parent, leaves in LEAVES.items() for leaf in leaves)


def read_items(folder: Path, language: str) -> list[dict]:
    lines = (folder / f"topics-{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def repeated_words(items: Iterable[dict], language: str, length: int) -> dict[str, set[str]]:
    """Item id -> runs of ``length`` letters that a development item of the language holds too."""
    lines = shared_path("eval", "topics", "dev.jsonl").read_text(encoding="utf-8").splitlines()
    known = set().union(
        *(shingles(item["title"] + item["body"], length) for item in map(json.loads, lines) if item["lang"] == language)
    )
    return {item["id"]: common for item in items if (common := shingles(item["title"] + item["body"], length) & known)}


def shingles(text: str, length: int) -> set[str]:
    flat = re.sub(r"\W+", "", text).lower()
    return {flat[start : start + length] for start in range(len(flat) - length + 1)}
