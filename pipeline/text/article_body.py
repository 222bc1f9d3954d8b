"""The story's paragraphs out of a page: from its tree, its JSON-LD or its payload, whichever holds it."""

from __future__ import annotations

import trafilatura
from lxml.html import HtmlElement

from pipeline.text.page_blocks import page_blocks
from pipeline.text.story_blocks import story_blocks


def tree_body(tree: HtmlElement) -> str:
    """The story in the tree."""
    return "\n\n".join(block.text for block in story_blocks(page_blocks(tree)))


def trafilatura_body(tree: HtmlElement) -> str:
    """What trafilatura finds in the tree, comments off, without its slower second opinions."""
    document = trafilatura.bare_extraction(tree, fast=True, include_comments=False, with_metadata=False)
    text = getattr(document, "text", "") or ""
    return "\n\n".join(line.strip() for line in text.split("\n") if line.strip())
