"""What the index holds, and whether it adds up: the account of a run, computed from the documents alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

from connectors.index import Document, Filters, Index, Kind


@dataclass(slots=True)
class IndexAccount:
    """Totals and what contradicts them.

    Attributes:
        entries: outcome -> entries.
        turned_away: "stage: reason" -> entries rejected or failed for good.
        articles, stories, stories_with_copies, copies: documents.
        dead_letters: (stage, reason) -> how many.
        examples: (stage, reason) -> address and detail of the first of them.
        faults: sentences, each a contradiction; empty when everything adds up.
    """

    entries: Counter[str] = field(default_factory=Counter)
    turned_away: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    stories: int = 0
    stories_with_copies: int = 0
    copies: int = 0
    dead_letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def account_of(index: Index) -> IndexAccount:
    """Read every entry, article and story once (ids and a few fields) and hold them against each other."""
    account = IndexAccount()
    fields = ["article_id", "story_id", "origin_id"]
    articles = {row["article_id"]: row for row in index.scan(Kind.ARTICLES, Filters(), fields)}
    told = Counter(row["story_id"] for row in articles.values())
    account.articles = len(articles)
    account.stories_with_copies = sum(1 for size in told.values() if size > 1)
    account.copies = len(articles) - len(told)
    _count_entries(index, account, articles.keys())
    _count_stories(index, account, told)
    for row in index.scan(Kind.DEAD_LETTERS, Filters(), ["dead_letter_id", "stage", "reason", "url", "detail"]):
        account.dead_letters[row["stage"], row["reason"]] += 1
        account.examples.setdefault((row["stage"], row["reason"]), _said(row))
    strays = [row["article_id"] for row in articles.values() if row["origin_id"] not in articles]
    if strays:
        account.faults.append(f"{len(strays)} articles name an origin that is not in the index, first {strays[0]}")
    return account


def _said(letter: Document) -> str:
    """What a dead letter says; details of local sources name the file themselves."""
    url, detail = str(letter["url"]), str(letter["detail"])
    return detail if url.startswith("file:") and detail else f"{url}: {detail}"


def _count_entries(index: Index, account: IndexAccount, known: Set[str]) -> None:
    reached: set[str] = set()
    for row in index.scan(Kind.ENTRIES, Filters(), ["entry_key", "outcome", "article_id", "reason"]):
        account.entries[row["outcome"]] += 1
        if row["outcome"] == "indexed":
            reached.add(row["article_id"])
        elif row["outcome"] in ("rejected", "failed"):
            account.turned_away[row["reason"]] += 1
    missing = len(reached - known)
    if missing:
        account.faults.append(f"{missing} entries are remembered as indexed, but their article is not in the index")
    if account.entries["pending"] == 0 and known - reached:
        account.faults.append(f"{len(known - reached)} articles are in the index without an entry that led to them")


def _count_stories(index: Index, account: IndexAccount, told: Counter[str]) -> None:
    sizes = {row["story_id"]: row["size"] for row in index.scan(Kind.STORIES, Filters(), ["story_id", "size"])}
    account.stories = len(sizes)
    wrong = [story for story in told.keys() | sizes.keys() if told.get(story) != sizes.get(story)]
    if wrong:
        account.faults.append(f"{len(wrong)} stories do not agree with their members, first {min(wrong)}")
