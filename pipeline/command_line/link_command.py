"""``straitwire link``: whether two articles are one story, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from connectors.find_article import find_article
from connectors.open_index import open_index
from pipeline.command_line import options
from pipeline.command_line.console import console, print_json, table


def link(
    first: Annotated[str, typer.Argument(metavar="A", help="An article's id or any of its addresses.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another article's.")],
    index: options.IndexOption = options.DEFAULT_INDEX_LOCATION,
    as_json: options.JsonOption = False,
) -> None:
    """Explain why two articles are, or are not, linked as copies of one story.

    The comparison is made anew from the two documents. Two articles that are not linked directly can still be
    in one story: through a third one that both are linked to.
    """
    from pipeline.indexed_members import member_from_document
    from pipeline.text.linking import explain

    opened = open_index(index)
    try:
        documents = [find_article(opened, wanted) for wanted in (first, second)]
    finally:
        opened.close()
    explanation = explain(*[member_from_document(document) for document in documents])
    together = documents[0]["story_id"] == documents[1]["story_id"]
    if as_json:
        print_json({**asdict(explanation), "same_story": together})
        return
    screen = console()
    for document in documents:
        screen.print(f"{document['publisher'] or document['url']}: {document['title']}", markup=False)
    verdict = "linked" if explanation.link else "not linked"
    rows = [("verdict", f"{verdict}: {explanation.reason}")]
    if explanation.link:
        rows.append(("similarity", f"{explanation.link.similarity:.3f}"))
    rows += [("fact", fact) for fact in explanation.evidence]
    rows.append(("story", "the same" if together else "two"))
    screen.print(table("", ["measure", "value"], rows))
