"""The story's paragraphs out of a page: from its tree, its JSON-LD or its payload, whichever holds it."""

from __future__ import annotations

from dataclasses import dataclass

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from pipeline.text.headline import name_key
from pipeline.text.page_blocks import Block, PageBlocks, Verdict, page_blocks
from pipeline.text.payload_body import PayloadStory, payload_story
from pipeline.text.story_blocks import Story, prose_chars, story_blocks

_ENOUGH_CHARS = 300  # below this a second opinion is asked for; a news brief has about this much
_GRAM = 8
_MISSED_SHARE = 0.5
_MOSTLY_SHARE = 0.75
_HELD_SHARE = 0.9
_WHOLE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Body:
    """A page's story and what was learned on the way.

    Attributes:
        headline, around_headline: as in :class:`pipeline.text.story_blocks.Story`.
        payload: when the story came out of script data, what that data says besides.
    """

    text: str
    headline: str = ""
    around_headline: tuple[str, ...] = ()
    payload: PayloadStory | None = None


def article_body(tree: HtmlElement, declared: str, titles: frozenset[str], summary: str) -> Body:
    """The story, from the most trusted source that holds it.

    The tree is asked first. JSON-LD's ``articleBody`` replaces what the tree gives when it is much longer or
    when the two have little in common; script data and trafilatura are asked only when there is still too
    little.

    Args:
        tree: the page.
        declared: ``articleBody`` of the page's JSON-LD, may hold HTML, or "".
        titles: the headlines that the page states, as ``name_key`` gives them.
        summary: the description that the page states.
    """
    story = story_blocks(page_blocks(tree), titles, summary)
    text, payload = _best_text(tree, story, declared, titles)
    return Body(text, story.headline, story.around_headline, payload)


def _best_text(
    tree: HtmlElement, story: Story, declared: str, titles: frozenset[str]
) -> tuple[str, PayloadStory | None]:
    text = _joined(story.blocks)
    stated = html_to_text(declared) if declared else ""
    if prose_chars(stated) > _ENOUGH_CHARS:
        text = _reconciled(story.blocks, text, stated)
    if prose_chars(text) >= _ENOUGH_CHARS:
        return text, None
    payload = payload_story(tree, titles)
    if payload is not None:
        found = html_to_text(payload.html)
        if prose_chars(found) > 1.5 * prose_chars(text):
            lead = html_to_text(payload.subtitle) if payload.subtitle else ""
            return "\n\n".join(part for part in (lead, found) if part), payload
    if prose_chars(text) < _ENOUGH_CHARS / 2:
        second = trafilatura_body(tree)
        if prose_chars(second) > 1.3 * prose_chars(text):
            text = second
    return text or stated, None


def html_to_text(markup: str) -> str:
    r"""Paragraphs of a piece of HTML or plain text, separated by blank lines.

    >>> html_to_text("<p>One.</p><p>Two &amp; three.</p>")
    'One.\n\nTwo & three.'
    """
    if "<" not in markup and "&" not in markup:
        return "\n\n".join(" ".join(line.split()) for line in markup.split("\n") if line.strip())
    if "<p" not in markup and "<br" not in markup:
        markup = markup.replace("\n", "<br>")
    try:
        fragment = fragment_fromstring(markup, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return ""
    page = page_blocks(fragment)
    return _joined([block for block in page.blocks if not _in_chrome(page, block.node)])


def trafilatura_body(tree: HtmlElement) -> str:
    """What trafilatura finds in the tree, comments off, without lines that are links and its slower opinions."""
    document = trafilatura.bare_extraction(tree, fast=True, include_comments=False, with_metadata=False)
    text = getattr(document, "text", "") or ""
    links = {name_key(link.text_content()) for link in tree.iter("a")}
    lines = (line.strip() for line in text.split("\n"))
    return "\n\n".join(line for line in lines if line and name_key(line) not in links)


def _in_chrome(page: PageBlocks, node: int) -> bool:
    while node > 0:
        if page.verdicts[node] is not Verdict.NONE:
            return True
        node = page.parents[node]
    return False


def _joined(blocks: list[Block]) -> str:
    return "\n\n".join(block.text for block in blocks)


def _reconciled(blocks: list[Block], found: str, stated: str) -> str:
    """The body by the tree's blocks and by JSON-LD's word.

    Where the tree holds what is stated, the tree is kept (it has the paragraphs) and what follows the last
    stated paragraph goes: link lists, pitches, the next article. Where the tree misses much of it, the
    statement is the body. A statement much shorter than the tree's text is cut short, and proves nothing.
    """
    grams = _grams(found)
    held = _share(stated, grams)
    if held < _MISSED_SHARE:
        return stated
    stated_grams = _grams(stated)
    if held < _MOSTLY_SHARE and _share(found, stated_grams) > _HELD_SHARE:
        return stated
    if held < _HELD_SHARE:
        return found
    if len(stated) < _WHOLE_SHARE * len(found):
        return found
    told = [number for number, block in enumerate(blocks) if _share(block.text, stated_grams) > 0.5]
    return _joined(blocks[: told[-1] + 1]) if told else found


def _grams(text: str) -> frozenset[str]:
    letters = name_key(text)
    return frozenset(letters[start : start + _GRAM] for start in range(max(1, len(letters) - _GRAM + 1)))


def _share(text: str, grams: frozenset[str]) -> float:
    """Share of the text's letter 8-grams, every third of them, that are among ``grams``."""
    letters = name_key(text)
    sample = [letters[start : start + _GRAM] for start in range(0, max(1, len(letters) - _GRAM + 1), 3)]
    return sum(gram in grams for gram in sample) / len(sample)
