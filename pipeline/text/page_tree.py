"""A page's text as a tree: parsed once, whatever the markup."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from schemas.errors import FailReason, PermanentError

_OPENING_RUN = re.compile(r"(?:<[a-zA-Z][\w:-]*(?:\s[^<>]*)?>\s*){64,}")
_UNPARSABLE_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def parse_page(text: str) -> HtmlElement:
    """The root element of a page; comments and processing instructions are left out.

    libxml2 stops at 2,048 open elements. A page that nests deeper is read again with its long runs of opening
    tags taken out, so that its text is not lost with them.

    Errors: PermanentError(unparsable_page) when there is no element at all.
    """
    text = _UNPARSABLE_CHARACTERS.sub(" ", text)
    root, is_cut = _parsed(text)
    if is_cut:
        root, _ = _parsed(_OPENING_RUN.sub("", text))
    return root


def _parsed(text: str) -> tuple[HtmlElement, bool]:
    """The tree, and whether the parser gave up for depth."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = document_fromstring(text.encode("utf-8"), parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise PermanentError(FailReason.UNPARSABLE_PAGE, f"no markup could be read: {type(error).__name__}") from error
    if root is None or not isinstance(root.tag, str):
        raise PermanentError(FailReason.UNPARSABLE_PAGE, "no element in the page")
    return root, any("Excessive depth" in entry.message for entry in parser.error_log)
