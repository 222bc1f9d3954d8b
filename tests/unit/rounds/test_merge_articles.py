"""Two addresses that lead to one article end in one document, whatever their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from pipeline.merge_articles import merge, merge_with_indexed
from schemas.records import Article, Publication, SourceKind

NOW = datetime(2026, 5, 1, tzinfo=UTC)
URL = "https://outlet.example/a"


def article(key: str, fetched_url: str = URL, **fields) -> Article:
    made = Article(
        "a" * 32, URL, (), (key,), f"revision of {key}", SourceKind.JSONL, "list", Publication("Outlet"), "Title",
        f"text of {key}", f"text of {key}", "en", NOW, fetched_url,
    )  # fmt: skip
    return replace(made, **fields)


def test_the_copy_from_the_canonical_address_gives_the_text():
    amp = article("amp", "https://outlet.example/a/amp")
    best, others = merge([amp, article("own")])
    assert (best.body, others) == ("text of own", [amp])
    assert best.entry_keys == ("amp", "own")


def test_which_copy_wins_depends_neither_on_order_nor_on_our_clock():
    copies = [
        article(name, fetched_at=NOW + timedelta(hours=hour), published_at=NOW - timedelta(days=day))
        for name, hour, day in (("one", 3, 1), ("two", 1, 5), ("three", 2, 5))
    ]
    merged = {merge(list(order))[0] for order in permutations(copies)}
    assert len(merged) == 1
    assert merged.pop().body == "text of one"
    one_by_one = {
        merge_with_indexed(third, merge_with_indexed(second, first, decided_before=False), decided_before=False)
        for first, second, third in permutations(copies)
    }
    assert one_by_one == {merge(copies)[0]}


def test_an_entry_read_again_replaces_its_older_reading():
    old = article("one", published_at=NOW)
    new = replace(article("one"), revision="later", body="changed")
    assert merge_with_indexed(new, old, decided_before=True).body == "changed"
    assert merge_with_indexed(new, old, decided_before=False).body == "text of one"
