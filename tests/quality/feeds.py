"""Every real feed document of the development material: entries or a typed rejection, dates wherever it gives one.

Beside ours, plain feedparser, as most programs call it, over the same documents; and courlan, the address cleaner
that trafilatura uses, over the same pairs of addresses.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
from courlan import clean_url

from connectors.feed_dates import parse_feed_date
from connectors.feed_decoding import decode_feed
from connectors.feed_parser import parse_feed
from schemas.canonical_url import url_identity
from schemas.errors import FailReason, PermanentError
from schemas.feeds import FeedSource, ParsedFeed
from tests.shared_material import shared_path
from tests.unit.feeds.url_pairs import ONE_ARTICLE, TWO_ARTICLES

FLOORS: dict[str, float] = {
    "entries_or_typed_rejection_share": 1.0,
    "dated_where_the_file_gives_a_date_share": 1.0,
    "entries_where_the_file_links_one_share": 1.0,
    "stated_dates_read_right_share": 1.0,
    "url_pairs_right_share": 1.0,
    "max:walls_taken_for_feeds": 0.0,
}

_URL = "https://feed.example/rss"
_SOURCE = FeedSource("quality", _URL)
_NO_FEEDS = frozenset({"LICENSE"})
_ENTRY = re.compile(r"<(?:\w+:)?(?:item|entry|url)\b(?:[^>]*[^/])?>.*?</(?:\w+:)?(?:item|entry|url)\s*>", re.S | re.I)
_DATE = re.compile(
    r"<(?:\w+:)?(?:pubDate|published|updated|issued|created|modified|date|lastmod|publication_?date)\b[^>]*>"
    r"\s*(?:<!\[CDATA\[)?\s*([^<\]]*\d[^<\]]*)<",
    re.I,
)
_DATE_ELEMENT = re.compile(
    r"<(?:\w+:)?(?:pubDate|published|updated|issued|created|modified|date|lastmod|publication_?date)\b[^>]*>([^<]*)",
    re.I,
)
_EXPECTED_DATE = re.compile(r"_parsed'?\]?\s*==\s*\(([\d, ]+)\)")
_EXPECTATION = re.compile(r"Expect:\s*(.*)")


def documents() -> Iterator[tuple[Path, bytes]]:
    """The feed documents; expected values that lie beside them are no feeds."""
    root = shared_path("eval", "feeds")
    for path in sorted(root.rglob("*")):
        is_expectation = path.suffix == ".json" and path.with_suffix(".xml").exists()
        if path.is_file() and path.name not in _NO_FEEDS and not is_expectation and "_expected" not in path.name:
            yield path, path.read_bytes()


def measure() -> dict[str, float]:
    """Shares and counts over all documents."""
    outcomes: Counter[str] = Counter()
    undated_because: Counter[str] = Counter()
    entries = undated = lost_dates = walls = 0
    documents_read = 0
    for _, content in documents():
        documents_read += 1
        outcome = _outcome(content)
        if isinstance(outcome, ParsedFeed):
            outcomes["entries" if outcome.listed else "empty_feed"] += 1
            entries += len(outcome.listed)
            undated += outcome.undated
            lost_dates += max(0, outcome.undated - _without_date(content, len(outcome.listed)))
            undated_because += _why_undated(content, outcome)
            walls += _is_wall(content)
        else:
            outcomes[outcome] += 1
    right, stated = _stated_dates()
    untyped = outcomes["crash"]
    return {
        "documents": float(documents_read),
        "entries_or_typed_rejection_share": (documents_read - untyped) / documents_read,
        "entries": float(entries),
        "entries_without_a_date_in_the_file": float(undated - lost_dates),
        **{f"undated_{why}": float(count) for why, count in sorted(undated_because.items())},
        "dated_where_the_file_gives_a_date_share": 1 - lost_dates / max(entries - undated + lost_dates, 1),
        "stated_dates_read_right_share": right / max(stated, 1),
        "walls_taken_for_feeds": float(walls),
        "url_pairs_right_share": _pairs_right(url_identity),
        "courlan_url_pairs_right_share": _pairs_right(lambda url: clean_url(url) or ""),
        **{f"documents_with_{name}": float(count) for name, count in sorted(outcomes.items())},
        **_baseline(),
    }


def _outcome(content: bytes) -> ParsedFeed | str:
    try:
        return parse_feed(content, "", _URL, _SOURCE)
    except PermanentError as error:
        known = (FailReason.EMPTY_BODY, FailReason.HTML_INSTEAD_OF_FEED, FailReason.UNPARSABLE_FEED)
        return error.reason.value if error.reason in known else "crash"
    except Exception:  # what is counted here fails the floor
        return "crash"


def _without_date(content: bytes, listed: int) -> int:
    """How many entries of the document state no date, found without the parser under test."""
    text = decode_feed(content)
    if text.lstrip()[:1] == "{":
        items = json.loads(text)["items"]
        return sum(not (item.get("date_published") or item.get("date_modified")) for item in items)
    blocks = _ENTRY.findall(text)
    return sum(not _DATE.search(block) for block in blocks) if blocks else listed


def _why_undated(content: bytes, parsed: ParsedFeed) -> Counter[str]:
    """The undated entries of a document by what its text says of dates, found without the parser under test."""
    if not parsed.undated:
        return Counter()
    text = decode_feed(content)
    if text.lstrip()[:1] == "{":
        return Counter({"json_item_without_a_date": parsed.undated})
    blocks = _ENTRY.findall(text)
    because = Counter(_why_block_is_undated(block) for block in blocks if not _DATE.search(block))
    unexplained = parsed.undated - because.total()
    # Repeated entries are listed once: the fewest dates lost are those that no block explains.
    if unexplained > 0:
        because["entry_of_broken_markup" if not blocks else "date_not_read"] += unexplained
    while because.total() > parsed.undated:
        because[because.most_common(1)[0][0]] -= 1
    return because


def _why_block_is_undated(block: str) -> str:
    stated = _DATE_ELEMENT.search(block)
    if stated is None:
        return "no_date_element"
    return "date_element_empty" if not stated[1].strip() else "date_element_without_digits"


def _is_wall(content: bytes) -> bool:
    return bool(re.match(rb"\s*(?:<!doctype\s+html|<html)", content, re.I))


def _stated_dates() -> tuple[int, int]:
    """Dates whose value feedparser's own test files state, in the text of an element: (read right, all)."""
    right = stated = 0
    for path in sorted(shared_path("eval", "feeds", "feedparser").rglob("*.xml")):
        text = path.read_bytes().decode("utf-8", "replace")
        expectation = _EXPECTATION.search(text)
        expected = _EXPECTED_DATE.search(expectation[1]) if expectation else None
        candidates = re.findall(r">\s*([^<>=]*\d[^<>=]*?)\s*<", text.partition("-->")[2])
        if not expected or not candidates:
            continue
        numbers = [int(number) for number in expected[1].split(",")[:6]]
        stated += 1
        right += datetime(*numbers, tzinfo=UTC) in [parse_feed_date(text) for text in candidates]  # type: ignore[misc,arg-type]  # six numbers
    return right, stated


def _pairs_right(identity: Callable[[str], str]) -> float:
    """Share of the pairs of addresses that are told, or kept, apart as they should be."""
    right = sum(identity(first) == identity(second) for first, second in ONE_ARTICLE)
    right += sum(identity(first) != identity(second) for first, second in TWO_ARTICLES)
    return right / (len(ONE_ARTICLE) + len(TWO_ARTICLES))


def _baseline() -> dict[str, float]:
    """The same documents through ``feedparser.parse`` alone."""
    successes_without_entries = entries = undated = linked = linked_read = 0
    for _, content in documents():
        parsed = feedparser.parse(io.BytesIO(content))
        if any(str(dict.get(one, "link")).startswith("http") for one in parsed.entries):
            outcome = _outcome(content)
            linked += 1
            linked_read += isinstance(outcome, ParsedFeed) and bool(outcome.listed)
        successes_without_entries += not parsed.entries
        entries += len(parsed.entries)
        undated += sum(not (one.get("published_parsed") or dict.get(one, "updated_parsed")) for one in parsed.entries)
    return {
        "documents_with_a_linked_entry": float(linked),
        "entries_where_the_file_links_one_share": linked_read / max(linked, 1),
        "feedparser_alone_entries": float(entries),
        "feedparser_alone_undated": float(undated),
        "feedparser_alone_answers_without_entries_or_error": float(successes_without_entries),
    }


def main() -> None:
    """Print the table."""
    for name, value in measure().items():
        print(f"{name:<58} {value:>10.3f}")


if __name__ == "__main__":
    main()
