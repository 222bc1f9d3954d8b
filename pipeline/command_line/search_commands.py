"""``straitwire search`` and ``straitwire story``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from connectors.find_article import find_article
from connectors.index import Document, Hit, Index, Kind
from connectors.open_index import open_index
from connectors.search_terms import query_terms
from pipeline.command_line import options
from pipeline.command_line.console import console, highlighted, plain_snippet, print_json, table
from pipeline.command_line.filter_values import known_filters
from schemas.documents import time_from_text
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.text.story_changes import SentenceChanges

STORY_FIELDS = (
    "article_id", "url", "fetched_url", "title", "publisher", "language", "agency", "chain", "dateline_place",
    "published_at", "first_seen_at", "story_id", "story_role", "story_similarity", "linked_to", "paywall", "topics",
    "body",
)  # fmt: skip
_SENTENCES_SHOWN = 3
"""Added and cut, of each copy; ``--json`` has all."""


def search(
    text: Annotated[str, typer.Argument(help='Words that must all occur, in any of the languages; "" lists all.')] = "",
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    topic: options.TopicOption = None,
    publisher: options.PublisherOption = None,
    agency: options.AgencyOption = None,
    lang: options.LanguageOption = None,
    entity: options.EntityOption = None,
    label: options.LabelOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    story: options.StoryOption = "",
    originals_only: options.OriginalsOption = False,
    relevant: options.RelevantOption = None,
    size: Annotated[int, typer.Option("--size", min=1, max=1000, help="Results to show.")] = 10,
    offset: Annotated[int, typer.Option("--offset", min=0, max=9000, help="Results to skip.")] = 0,
    as_json: options.JsonOption = False,
) -> None:
    """Find articles by text and facets, best match first.

    Examples: straitwire search "forced labor" --since 2026-01-01 --originals-only;
    straitwire search 정상회담 --agency Yonhap; straitwire search --topic territory.dokdo_takeshima --lang ja
    """
    filters = options.filters_from(
        topic, publisher, agency, lang, entity, label, since, until, story, originals_only, relevant
    )
    if text.strip() and not query_terms(text):
        raise ConfigError(f"there is no word to search for in {text!r}: give words, or filters alone")
    opened = open_index(index)
    try:
        filters = known_filters(opened, filters)
        found = opened.search(text, filters, size, offset)
    finally:
        opened.close()
    if as_json:
        print_json({"total": found.total, "hits": [_hit_json(hit) for hit in found.hits]})
        return
    screen = console()
    screen.print(f"{found.total} article{'' if found.total == 1 else 's'}")
    for number, hit in enumerate(found.hits, offset + 1):
        _print_hit(screen, number, hit)


def _hit_json(hit: Hit) -> Document:
    return {**hit.document, "score": hit.score, "snippets": [plain_snippet(snippet) for snippet in hit.snippets]}


def _print_hit(screen: Any, number: int, hit: Hit) -> None:
    document = hit.document
    screen.print(Text.assemble(f"\n{number:>3}. ", (document["title"] or document["url"], "bold")))
    screen.print(Text("     " + " · ".join(_facts(document)), style="dim"))
    for snippet in hit.snippets[:2]:
        line = (
            highlighted(" ".join(snippet.split())) if screen.is_terminal else plain_snippet(" ".join(snippet.split()))
        )
        screen.print(Text.assemble("     ", line), soft_wrap=not screen.is_terminal)
    screen.print(Text(f"     {address(document)}  {document['article_id']}", style="cyan"), soft_wrap=True)


def _facts(document: Document) -> list[str]:
    facts = [day_and_time(document["published_at"]), document["publisher"], document["language"]]
    if document["agency"]:
        facts.append(f"wire: {document['agency']}")
    if document["story_size"] > 1:
        facts.append(f"{document['story_role']} of a story told {document['story_size']} times")
    if document["topics"]:
        facts.append(", ".join(document["topics"]))
    return [fact for fact in facts if fact]


def address(document: Document) -> str:
    """Where a person finds the article: its URL, or the file that it was read from."""
    url = str(document["url"])
    return str(document["fetched_url"]) if url.startswith("urn:") else url


def day_and_time(text: str | None) -> str:
    """A stored time as people read it, in UTC; "undated" without one."""
    moment = time_from_text(text)
    return f"{moment:%Y-%m-%d %H:%M}Z" if moment else "undated"


def story(
    wanted: Annotated[str, typer.Argument(metavar="ID_OR_URL", help="A story, or any member's id or URL.")],
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    as_json: options.JsonOption = False,
) -> None:
    """Show a story: its origin, who copied it when, and what each copy added (+) and cut (-).

    Example: straitwire story https://news.example/a/1 (any member will do)
    """
    opened = open_index(index)
    try:
        story_id = find_article(opened, wanted)["story_id"]
        members = story_members(opened, story_id)
        stored = opened.get_many(Kind.STORIES, [story_id]).get(story_id, {})
    finally:
        opened.close()
    changes = changes_of_copies(members)
    if as_json:
        articles = [
            {**{field: value for field, value in member.items() if field != "body"}, **asdict(change)}
            for member, change in zip(members, changes, strict=True)
        ]
        print_json({**stored, "story_id": story_id, "articles": articles})
        return
    _print_story(story_id, members)
    for member, change in zip(members, changes, strict=True):
        _print_changes(member, change)


def changes_of_copies(members: Sequence[Document]) -> list[SentenceChanges]:
    """What each member added to the first and cut from it."""
    from pipeline.text.story_changes import sentence_changes

    return [sentence_changes(members[0]["body"], member["body"]) for member in members]


def _print_changes(member: Document, changes: SentenceChanges) -> None:
    if not changes.added and not changes.cut:
        return
    screen = console()
    who = member["publisher"] or member["url"]
    screen.print(Text(f"{who}: {len(changes.added)} sentences added, {len(changes.cut)} cut", style="bold"))
    for sign, sentences in (("+", changes.added), ("-", changes.cut)):
        for sentence in sentences[:_SENTENCES_SHOWN]:
            screen.print(Text(f"  {sign} {sentence}"))
        if len(sentences) > _SENTENCES_SHOWN:
            screen.print(Text(f"  {sign} and {len(sentences) - _SENTENCES_SHOWN} more"))


def story_members(index: Index, story_id: str) -> list[Document]:
    """The members, origin first, then as they were published; undated ones last, then by id."""
    members = index.find(Kind.ARTICLES, "story_id", [story_id], STORY_FIELDS)
    return sorted(
        members,
        key=lambda row: (
            row["story_role"] != "origin",
            row["published_at"] is None,
            row["published_at"] or "",
            row["article_id"],
        ),
    )


def _print_story(story_id: str, members: list[Document]) -> None:
    screen = console()
    origin = members[0]
    publishers = {member["publisher"] for member in members if member["publisher"]}
    source = origin["agency"] or next((member["agency"] for member in members if member["agency"]), "")
    screen.print(Text(origin["title"] or origin["url"], style="bold"))
    told = "told once" if len(members) == 1 else f"told {len(members)} times by {len(publishers)} publishers"
    screen.print(f"story {story_id}: {told}" + (f", one voice: {source}" if source else ""))
    began = time_from_text(origin["published_at"])
    screen.print(
        table(
            "",
            ["role", "published", "after", "publisher", "wire", "alike", "title"],
            [
                (
                    member["story_role"],
                    day_and_time(member["published_at"]),
                    _delay(began, time_from_text(member["published_at"])),
                    " <- ".join(member["chain"]) or member["publisher"],
                    member["agency"],
                    f"{member['story_similarity']:.2f}",
                    f"{member['title']}\n{address(member)}",
                )
                for member in members
            ],
            right=["after", "alike"],
        )
    )


def _delay(began: datetime | None, published: datetime | None) -> str:
    if began is None or published is None:
        return ""
    minutes = round((published - began).total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes >= 0 else f"-{-minutes // 60}:{-minutes % 60:02d} h"
