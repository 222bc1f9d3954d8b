"""``straitwire diff``: what an outlet changed in an article, word by word."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from connectors.find_article import find_article
from connectors.index import Document, Index, Kind
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, counted, print_json, table
from pipeline.command_line.search_commands import address, day_and_time
from pipeline.text.corrections import correction_notices
from pipeline.text.word_diff import Op, Passage, word_diff
from schemas.revisions import Revision, revision_from_document

_LISTED = 30
_MARKS = {Op.SAME: ("", "", ""), Op.DELETED: ("[-", "-]", "red strike"), Op.INSERTED: ("{+", "+}", "bold green")}


def diff(
    wanted: Annotated[
        str, typer.Argument(metavar="[ID_OR_URL]", help="An article's id or any of its addresses; without it, a list.")
    ] = "",
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    as_json: options.JsonOption = False,
) -> None:
    """Show how an article changed: each revision with its headline and body, words that went and words that came.

    Deleted words stand in [-brackets-], inserted ones in {+braces+}. A change is found when the article's feed
    announces it, and, with straitwire run --revisit, when the page is looked at again. A revision that carries a new
    correction notice is marked as a correction. Without an article, the latest changes of all are listed.

    Example: straitwire diff https://news.example/a/1
    """
    opened = open_index(index)
    try:
        if not wanted:
            _list_latest(opened, as_json)
            return
        document = find_article(opened, wanted)
        revisions = _revisions(opened, document["article_id"])
        visit = opened.get_many(Kind.VISITS, [document["article_id"]]).get(document["article_id"])
    finally:
        opened.close()
    notices = [(one.rule, one.text) for one in correction_notices(document["title"], document["original_text"])]
    if as_json:
        print_json(_as_json(document, revisions, notices, visit))
    else:
        _print(document, revisions, notices, visit)


def _list_latest(index: Index, as_json: bool) -> None:
    """The newest revisions of all articles, newest first."""
    names = ["revision_id", "article_id", "url", "found_at", "changed", "correction", "title_after"]
    found = sorted(index.scan(Kind.REVISIONS, fields=names), key=lambda row: (row["found_at"], row["revision_id"]))
    latest = found[: -_LISTED - 1 : -1]
    if as_json:
        print_json(latest)
        return
    rows = [
        (
            day_and_time(row["found_at"]),
            " and ".join(row["changed"]) or "notice",
            "CORRECTION" if row["correction"] else "",
            row["title_after"],
            row["url"],
        )
        for row in latest
    ]
    title = f"{len(latest)} of {counted(len(found), 'revision')}, newest first"
    console().print(table(title, ["found", "changed", "", "headline", "address"], rows) if rows else "no revision yet")


def _revisions(index: Index, article_id: str) -> list[Revision]:
    """All of the article's, oldest first."""
    found = [revision_from_document(row) for row in index.find(Kind.REVISIONS, "article_id", [article_id])]
    return sorted(found, key=lambda one: (one.found_at, one.revision_id))


def _as_json(
    document: Document, revisions: list[Revision], notices: list[tuple[str, str]], visit: Document | None
) -> Document:
    return {
        **{name: document[name] for name in ("article_id", "url", "title", "publisher", "published_at", "fetched_at")},
        "correction_notices": [{"rule": rule, "text": text} for rule, text in notices],
        "visit": visit,
        "revisions": [
            {
                "revision_id": one.revision_id,
                "seen_at": one.seen_at.isoformat(),
                "found_at": one.found_at.isoformat(),
                "changed": one.changed,
                "correction": one.is_correction,
                "notices": [{"rule": rule, "text": text} for rule, text in one.notices],
                "headline": _passages(one.title_before, one.title_after),
                "body": _passages(one.body_before, one.body_after),
            }
            for one in revisions
        ],
    }


def _passages(before: str, after: str) -> list[Document]:
    return [{"op": one.op.value, "text": one.text} for one in word_diff(before, after)]


def _print(
    document: Document, revisions: list[Revision], notices: list[tuple[str, str]], visit: Document | None
) -> None:
    screen = console()
    screen.print(Text(document["title"] or document["url"], style="bold"))
    screen.print(Text(f"{address(document)}  {document['article_id']}", style="cyan"))
    seen = counted(len(revisions), "revision") if revisions else "no change was seen"
    screen.print(f"{seen}; {_looked_at(document, visit)}", markup=False)
    for number, one in enumerate(revisions, start=1):
        screen.print()
        times = f"found {_time(one.found_at)}, the text before read {_time(one.seen_at)}"
        mark = "  CORRECTION" if one.is_correction else ""
        screen.print(Text(f"Revision {number} of {len(revisions)}: {times}{mark}", style="bold"))
        for _, text in one.notices:
            screen.print(Text(f"Notice: {text}", style="yellow"))
        _print_change("Headline", one.title_before, one.title_after)
        _print_change("Body", one.body_before, one.body_after)
    came_later = {text for one in revisions for _, text in one.notices}
    for text in (text for _, text in notices if text not in came_later):
        screen.print(Text(f"Correction notice, there when it was first read: {text}", style="yellow"))


def _looked_at(document: Document, visit: Document | None) -> str:
    if visit is None:
        return f"last read {day_and_time(document['fetched_at'])}; not looked at again (straitwire run --revisit)"
    visits = f"looked at again {counted(visit['visits'], 'time')}"
    last = f", last {day_and_time(visit['visited_at'])} ({visit['outcome']})" if visit["visited_at"] else ""
    following = f"next {day_and_time(visit['next_visit_at'])}" if visit["next_visit_at"] else "no further visit"
    return f"{visits}{last}; {following}"


def _time(moment: object) -> str:
    return day_and_time(str(moment))


def _print_change(name: str, before: str, after: str) -> None:
    """The lines that hold a change; how many were left out between them."""
    passages = word_diff(before, after)
    if all(one.op is Op.SAME for one in passages):
        return
    screen = console()
    screen.print(Text(f"{name}:"))
    unchanged = 0
    for line, is_changed in _lines(passages):
        if not is_changed:
            unchanged += bool(line.plain.strip())
            continue
        _print_left_out(unchanged)
        unchanged = 0
        screen.print(Text("  ") + line, soft_wrap=not screen.is_terminal)
    _print_left_out(unchanged)


def _print_left_out(paragraphs: int) -> None:
    if paragraphs:
        console().print(Text(f"  ... {counted(paragraphs, 'unchanged paragraph')}", style="dim"))


def _lines(passages: tuple[Passage, ...]) -> list[tuple[Text, bool]]:
    """The text line by line, changes marked, and whether a line holds one; empty lines are left out."""
    lines: list[tuple[Text, bool]] = [(Text(), False)]
    for one in passages:
        opening, closing, style = _MARKS[one.op]
        for position, piece in enumerate(one.text.split("\n")):
            if position:
                lines.append((Text(), False))
            words = piece.strip() if one.op is not Op.SAME else piece
            if not words:
                continue
            line, is_changed = lines[-1]
            before, after = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
            if one.op is Op.SAME:
                line.append(piece)
            else:
                line.append(before).append(f"{opening}{words}{closing}", style=style).append(after)
            lines[-1] = (line, is_changed or one.op is not Op.SAME)
    return [(line, is_changed) for line, is_changed in lines if line.plain.strip()]
