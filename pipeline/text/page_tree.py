"""A page's text as a tree: parsed once, whatever the markup."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from schemas.errors import FailReason, PermanentError

DEEPEST_COPYABLE = 400
"""Nesting up to which trees are copied and handed to trafilatura; libxml2 copies by recursion, and a page of
100,000 nested elements would overflow its stack. Real pages stay below 100."""

_UNPARSABLE_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def parse_page(text: str) -> HtmlElement:
    """The root element of a page; comments and processing instructions are left out.

    Errors: PermanentError(unparsable_page) when there is no element at all.
    """
    text = _UNPARSABLE_CHARACTERS.sub(" ", text)
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = document_fromstring(text.encode("utf-8"), parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise PermanentError(FailReason.UNPARSABLE_PAGE, f"no markup could be read: {type(error).__name__}") from error
    if root is None or not isinstance(root.tag, str):
        raise PermanentError(FailReason.UNPARSABLE_PAGE, "no element in the page")
    return root


def depth(root: HtmlElement, limit: int = DEEPEST_COPYABLE) -> int:
    """How deep elements nest, counted up to ``limit`` + 1; without recursion."""
    deepest = level = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        if level > deepest:
            deepest = level
            if deepest > limit:
                break
    return deepest
