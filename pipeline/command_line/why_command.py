"""``straitwire why``: the rule, span, score and threshold behind each decision about one article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from connectors.find_article import find_article
from connectors.index import Document, Kind
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table
from pipeline.command_line.search_commands import address

_LONGEST_QUOTE = 300


def why(
    wanted: Annotated[str, typer.Argument(metavar="ID_OR_URL", help="An article's id or any of its addresses.")],
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    as_json: options.JsonOption = False,
) -> None:
    """Explain what was decided about an article: cut lines, agency, story link, topics.

    Example: straitwire why https://news.example/a/1
    """
    opened = open_index(index)
    try:
        document = find_article(opened, wanted)
        linked_to = document["linked_to"]
        other = opened.get_many(Kind.ARTICLES, [linked_to]).get(linked_to) if linked_to else None
    finally:
        opened.close()
    link = _link(document, other)
    if as_json:
        print_json(_explanation(document, link))
        return
    _print_why(document, link)


def _link(document: Document, other: Document | None) -> Document | None:
    """The comparison with the member it is linked to, done again from both documents."""
    if other is None:
        return None
    from pipeline.indexed_members import member_from_document
    from pipeline.text.linking import explain

    return asdict(explain(member_from_document(document), member_from_document(other)))


def _explanation(document: Document, link: Document | None) -> Document:
    names = (
        "article_id", "url", "title", "kicker", "publisher", "published_at", "published_from", "paywall", "truncated",
        "cuts", "agency", "agencies", "agency_confidence", "chain", "dateline", "dateline_place", "dateline_city",
        "dateline_date", "contributors", "byline", "wire_evidence", "story_id", "story_role", "origin_id", "linked_to",
        "story_similarity", "story_size", "relevant", "relevance_score", "primary_topic", "topic_tags", "gate_evidence",
        "entity_mentions",
    )  # fmt: skip
    return {**{name: document[name] for name in names}, "link": link}


def _print_why(document: Document, link: Document | None) -> None:
    screen = console()
    screen.print(Text(document["title"] or document["url"], style="bold"))
    screen.print(Text(f"{address(document)}  {document['article_id']}", style="cyan"))
    dated = f"published {document['published_at']} as {document['published_from']} states"
    screen.print(dated if document["published_at"] else "published: nothing states when")
    screen.print(f"paywall: {document['paywall']}{', the text is cut short' if document['truncated'] else ''}")
    if document["cuts"]:
        rows = [(cut["rule"], f"{cut['start']}-{cut['end']}", _quote(cut["text"])) for cut in document["cuts"]]
        screen.print(table("Cut from the text", ["rule", "span", "text"], rows))
    _print_wire(screen, document)
    _print_story_link(screen, document, link)
    _print_topics(screen, document)


def _print_wire(screen: Console, document: Document) -> None:
    heading = (
        f"Wire: {document['agency']} ({document['agency_confidence']:.2f}), {' <- '.join(document['chain'])}"
        if document["is_wire"]
        else "Wire: none; the outlet's own"
    )
    rows = [(row["kind"], row["agency"], row["rule"], _quote(row["text"])) for row in document["wire_evidence"]]
    if document["dateline"]:
        places = dict.fromkeys((document["dateline_place"], document["dateline_city"]))
        rows.append(("dateline", "", " = ".join(filter(None, places)), document["dateline"]))
    rows += [("contributor", "", person["place"], person["name"]) for person in document["contributors"]]
    screen.print(table(heading, ["evidence", "agency", "rule or place", "words"], rows) if rows else heading)


def _print_story_link(screen: Console, document: Document, link: Document | None) -> None:
    place = f"Story {document['story_id']}: {document['story_role']}, one of {document['story_size']}"
    if link is None:
        screen.print(place)
        return
    rows = [(name, _quote(str(value))) for name, value in link.items()]
    screen.print(table(f"{place}; linked to {document['linked_to']}", ["measure", "value"], rows))


def _print_topics(screen: Console, document: Document) -> None:
    verdict = "about Korea-Japan relations" if document["relevant"] else "not about Korea-Japan relations"
    rows = list(_evidence_rows("gate", document["relevance_score"], document["gate_evidence"]))
    for tag in document["topic_tags"]:
        mark = " (primary)" if tag["topic"] == document["primary_topic"] else ""
        rows += _evidence_rows(tag["topic"] + mark, tag["score"], tag["evidence"])
    heading = f"Topics: {verdict} ({document['relevance_score']:.2f})"
    screen.print(table(heading, ["topic", "score", "cues", "where", "words"], rows) if rows else heading)
    if document["entity_mentions"]:
        named = [(row["type"], row["entity"], row["text"]) for row in document["entity_mentions"]]
        screen.print(table("Named", ["type", "entity", "as"], named))


def _evidence_rows(name: str, score: float, evidence: Iterable[Document]) -> Iterable[tuple[str, str, str, str, str]]:
    for row in evidence:
        where = f"{row['field']} {row['start']}-{row['end']}"
        yield name, f"{score:.2f}", ", ".join(row["cues"]), where, _quote(row["text"])


def _quote(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _LONGEST_QUOTE else joined[: _LONGEST_QUOTE - 1] + "…"
