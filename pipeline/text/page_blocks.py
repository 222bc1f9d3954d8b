"""A page as a row of text blocks, each with its place in the tree: one walk, no recursion."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from enum import IntEnum

from lxml import etree
from lxml.html import HtmlElement


class Verdict(IntEnum):
    """What an element's tag, class and id say of what it holds."""

    NONE = 0
    SMALL = 1  # a line about the article: date, byline, caption; believed when the element is small
    WEAK = 2  # chrome: believed unless the element holds much of the page's prose
    STRONG = 3  # readers' comments, hidden text: believed unless it holds nearly all of it


@dataclass(slots=True)
class Block:
    """A run of text without a block-level element in it.

    Attributes:
        text: one paragraph, white space single.
        link_chars: characters of it inside links.
        tag: of the nearest block-level element (``p``, ``li``, ``h2``, ``div``, ``tr``).
        node: index of that element in :class:`PageBlocks`.
    """

    text: str
    link_chars: int
    tag: str
    node: int

    @property
    def link_share(self) -> float:
        """Share of the text inside links, 0..1."""
        return self.link_chars / len(self.text) if self.text else 0.0


@dataclass(slots=True)
class PageBlocks:
    """Blocks in document order, and the elements that hold them.

    Attributes:
        parents: for each node the index of the one around it; always smaller than its own, -1 for the root.
        tags, verdicts, words: of each node; the word is the mark that the verdict rests on.
        is_body: whether the node declares itself the article's text (``itemprop="articleBody"``).
        is_named_body: whether its class or id names it so (``article-body``, ``entry-content``).
        marks: its class attribute.
    """

    blocks: list[Block] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    is_body: list[bool] = field(default_factory=list)
    is_named_body: list[bool] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)


_LEFT_OUT = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "head", "title",
    "select", "option", "button", "textarea", "input", "datalist", "audio", "video", "map", "dialog", "menu", "source",
    "track", "link", "meta", "base", "frameset", "applet", "progress", "meter", "rp", "rt",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "nobr", "q", "ruby", "rb", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr", "picture", "amp-img", "o:p", "st1:place", "output", "slot",
})  # fmt: skip
_TAG_VERDICTS = {
    "nav": Verdict.STRONG,
    "aside": Verdict.WEAK,
    "footer": Verdict.STRONG,
    "figure": Verdict.WEAK,
    "figcaption": Verdict.WEAK,
    "form": Verdict.WEAK,
    "fieldset": Verdict.WEAK,
    "address": Verdict.SMALL,
    "time": Verdict.SMALL,
    "caption": Verdict.SMALL,
    "details": Verdict.NONE,
}
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TABLE_TAGS = frozenset({"tr", "td", "th", "tbody", "thead"})
_CHROME_ROLES = frozenset(
    {"navigation", "complementary", "dialog", "contentinfo", "alertdialog", "search", "menu", "banner"}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STRONG_WORDS = re.compile(
    r"(?:^|[-_ ])(?:(?:user|reader|article|post|fb)?[-_ ]?comments?(?:list|box|area|form|section)?|disqus|respond|"
    r"akismet|livefyre|viafoura|coral|(?:sr|screen[-_ ]?reader|visually|visuallyhidden)[-_ ]?(?:only|text|hidden)?|"
    r"infinite[-_ ]?scroll|cookies?|consent|gdpr|cli[-_ ](?:modal|tab|privacy)\w*|onetrust|didomi|"
    r"modals?|pop[-_ ]?ups?|overlay|lightbox)(?:$|[-_ ])"
)
_WEAK_WORDS = re.compile(
    r"(?:^|[-_ ])(?:related\w*|recommend\w*|recirc\w*|more[-_ ](?:stories|news|from|on|articles|posts|like|in|links)|"
    r"read[-_ ]?(?:more|next|also|on)|also[-_ ]?(?:read|like|on)|see[-_ ]?also|"
    r"most[-_ ]?(?:read|popular|viewed|shared)|"
    r"popular|trending|up[-_ ]?next|next[-_ ]?(?:article|post|story|up)|prev(?:ious)?[-_ ]?(?:article|post|story)|"
    r"teasers?|promos?|promo\w+|promoted|newsletters?\w*|nl[-_ ]?signup|subscri\w+|sign[-_ ]?up|"
    r"shar(?:e|es|er|ing|ebar|ethis)|social\w*|addthis\w*|follow(?:[-_ ]?us)?|toolbar|toolbox|tools?|utilit(?:y|ies)|"
    r"bio|biography|about[-_ ]?(?:the[-_ ]?)?author|author[-_ ]?(?:bio|box|info|card|details|profile|block)s?|"
    r"tags?|tag[-_ ]?(?:list|cloud|s)|taglist|keywords?|hashtags?|breadcrumbs?|crumbs?|nav|navi|navbar|navigation|"
    r"subnav|menu\w*|footer|foot|sidebars?|side[-_ ]?(?:bar|col|column)|rail|right[-_ ]?(?:col|rail|column)|"
    r"widgets?|ads?|adv|advert\w*|adslot|adbox|adsense|dfp|sponsor\w*|banner\w*|outbrain|taboola|nativo|criteo|"
    r"affiliate\w*|tooltip\w*|"
    r"captions?\w*|wp[-_ ]caption\w*|(?:image|img|photo|pic)[-_ ]?(?:credit|caption|info|desc|org)s?|figure|"
    r"galler(?:y|ies)|slideshow|slider|carousel|swiper|video[-_ ]?(?:player|title|info|description|meta|list|caption)?|"
    r"player|podcast\w*|copyright\w*|reprints?|print\w*|poll|survey|quiz|login|log[-_ ]?in|signin|sign[-_ ]?in|"
    r"regist(?:er|ration)|feedback|donat\w+|support[-_ ]?us|pull[-_ ]?quotes?|pullquote\w*|skip[-_ ]?links?|"
    r"jump[-_ ]?links?|toc|table[-_ ]?of[-_ ]?contents|app[-_ ]?(?:download|promo|banner)|notification|"
    r"whats[-_ ]?app|rating|vote|reactions?|ticker|marquee|widget\w+|link[-_ ]?(?:list|box)|linklist|"
    r"post[-_ ]?(?:nav|navigation|footer)|entry[-_ ]?(?:footer|utility)|hide|hidden|invisible|noprint)(?:$|[-_ ])"
)
_SMALL_WORDS = re.compile(
    r"(?:^|[-_ ])(?:by-?lines?|authors?|reporter|writer|journalist|contributors?|dates?|datetime|date[-_ ]?line|"
    r"time|timestamp|time[-_ ]?stamp|pub(?:lish(?:ed)?)?[-_ ]?(?:date|time)?|posted|updated?|modified|meta|metadata|"
    r"post[-_ ]?(?:info|meta)|entry[-_ ]?meta|article[-_ ]?(?:info|meta)|infos?|credits?|source|category|categories|"
    r"section[-_ ]?(?:name|label|title)|kicker|eyebrow|overline|rubric|label|badge|reading[-_ ]?time|read[-_ ]?time|"
    r"views?|view[-_ ]?count|counts?|disclaimer|legal|e-?mail|btns?|buttons?|cta|icon|location|agency)(?:$|[-_ ])"
)
_NAMED_BODY = re.compile(
    r"(?:^|[-_ ])(?:(?:article|story|entry|post|news|page|blog|main|single|detail)[-_ ]*"
    r"(?:body|content|contents|text|copy|story|post|main|view|detail)s?|body[-_ ]?(?:text|content|copy)|"
    r"content[-_ ]?body|rich[-_ ]?text|paywall(?:ed)?[-_ ]?content)(?:$|[-_ ])"
)
# State and layout flags of themes and of WordPress' post_class(): they describe the article around, not a part.
_FLAGS = re.compile(
    r"(?:^|(?<=[ _-]))(?:has|with|no|without|type|status|format|category|tag|postid|post-type|single|player)-[\w-]+"
)
_SLUG = re.compile(r"(?<![^ ])[^ -]+(?:-[^ -]+){4,}(?![^ ])")  # an id made from a heading's words
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BREAK = "\x1e"  # stands for <br> while a block is collected
_CONTROLS = re.compile(r"[\x00-\x1d\x1f\x7f-\x9f]+")
# Blank lines of the source after a finished sentence part paragraphs (sites that style with pre-wrap rely on
# it); all other line ends of the source are spaces.
_BLANK_LINE = re.compile(r"(?<=[.!?。！？」”])[ \t\r]*\n[ \t\r\u3000]*\n\s*(?=\S)")
_CELL_CHARS = 80
_UNFINISHED_CHARS = 25  # a shorter run before an inline element may be its label ("Posted on")
_DATELINED_CHARS = 60  # of text that follows in the same paragraph: what stands before it is its dateline
_SENTENCE_MARKS = ".!?。！？…:：|)"
_SPARED_IN_SENTENCE = frozenset({Verdict.NONE, Verdict.SMALL, Verdict.WEAK})


def page_blocks(tree: HtmlElement) -> PageBlocks:
    """The text blocks of a page.

    Line breaks (``<br>``) part blocks, except where the sentence plainly runs on.
    """
    return _Walk().over(tree)


class _Walk:
    """State of one walk over a tree."""

    def __init__(self) -> None:
        self._page = PageBlocks()
        self._pieces: list[str] = []
        self._has_text = False
        self._link_chars = 0
        self._links_open = 0
        self._own_links = 0
        self._open: list[int] = []
        self._entered: list[bool] = []
        self._row_starts: list[int] = []

    def over(self, tree: HtmlElement) -> PageBlocks:
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            tag = element.tag
            if event == "start":
                if tag in _LEFT_OUT or not isinstance(tag, str):
                    walker.skip_subtree()
                    continue
                self._start(element, tag)
                self._add(element.text)
            else:
                if tag not in _LEFT_OUT and isinstance(tag, str):
                    self._end(tag)
                self._add(element.tail)
        self._flush()
        return self._page

    def _start(self, element: HtmlElement, tag: str) -> None:
        if tag in _INLINE or "-" in tag:
            is_own_link = tag == "a" and self._is_own_link(element)
            self._links_open += tag == "a"
            self._own_links += is_own_link
            judged = _judge(element, tag) if element.attrib and not is_own_link else _UNMARKED
            parts = judged[0] > Verdict.NONE if tag in _INLINE else not self._has_text
            entered = parts and not (judged[0] in _SPARED_IN_SENTENCE and self._in_sentence(element))
        else:
            judged = _judge(element, tag)
            entered = tag != "br"
        self._entered.append(entered)
        if entered:
            self._flush()
            self._enter(element, tag, judged)
        elif tag == "br":
            self._pieces.append(_BREAK)

    def _is_own_link(self, element: HtmlElement) -> bool:
        """Whether a link is a heading's permalink: it leads nowhere else. In a list it is a table of contents."""
        leads_away = not (element.get("href") or "#").startswith("#")
        return not leads_away and any(self._page.tags[node] in HEADING_TAGS for node in self._open[-2:])

    def _in_sentence(self, element: HtmlElement) -> bool:
        """Whether an inline element stands within a sentence, as the text before it or after it shows.

        Sites mark the links of a running text with classes that elsewhere mark chrome (``icon``, ``tooltip``).
        """
        tail = element.tail or ""
        if tail[:1].isalpha() or tail.lstrip()[:1].islower() or len(tail.strip()) >= _DATELINED_CHARS:
            return True
        before = "".join(self._pieces).rpartition(_BREAK)[2].rstrip()
        return len(before) >= _UNFINISHED_CHARS and before[-1] not in _SENTENCE_MARKS

    def _end(self, tag: str) -> None:
        if tag == "a":
            self._links_open -= 1
            self._own_links = min(self._own_links, self._links_open)
        if self._entered.pop():
            self._flush()
            self._open.pop()
            if tag == "tr":
                self._join_row(self._row_starts.pop())

    def _enter(self, element: HtmlElement, tag: str, judged: _Judgement) -> None:
        page = self._page
        page.parents.append(self._open[-1] if self._open else -1)
        page.tags.append(tag)
        page.verdicts.append(judged[0])
        page.words.append(judged[1])
        page.is_named_body.append(judged[2])
        page.marks.append(element.get("class") or "")
        page.is_body.append("Body" in (element.get("itemprop") or ""))
        self._open.append(len(page.parents) - 1)
        if tag == "tr":
            self._row_starts.append(len(page.blocks))

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if text.isspace():
            self._pieces.append(" ")
            return
        self._pieces.append(_BLANK_LINE.sub(_BREAK, text) if "\n" in text else text)
        self._has_text = True
        if self._links_open > self._own_links:
            self._link_chars += len(text.strip())

    def _flush(self) -> None:
        if not self._has_text:
            self._pieces.clear()
            return
        text = "".join(self._pieces)
        links = self._link_chars
        self._pieces, self._link_chars, self._has_text = [], 0, False
        if not self._open:
            return
        node = self._open[-1]
        lines = _lines(text)
        total = sum(map(len, lines)) or 1
        for line in lines:
            share = min(len(line), round(links * len(line) / total))
            self._page.blocks.append(Block(line, share, self._page.tags[node], node))

    def _join_row(self, start: int) -> None:
        """Short cells of a table row as one block, so that a row of figures stays a row."""
        cells = self._page.blocks[start:]
        if len(cells) > 1 and all(cell.tag in ("td", "th") and len(cell.text) <= _CELL_CHARS for cell in cells):
            text = " ".join(cell.text for cell in cells)
            links = sum(cell.link_chars for cell in cells)
            self._page.blocks[start:] = [Block(text, links, "tr", self._page.parents[cells[0].node])]


_Judgement = tuple[Verdict, str, bool]
"""Verdict, the word it rests on, whether the element is named as the article's body."""

_UNMARKED: _Judgement = (Verdict.NONE, "", False)


def _judge(element: HtmlElement, tag: str) -> _Judgement:
    if not element.attrib or tag in _TABLE_TAGS:
        return _TAG_VERDICTS.get(tag, Verdict.NONE), tag, False
    style = element.get("style")
    if element.get("hidden") is not None or (style and _HIDING_STYLE.search(style)):
        return Verdict.WEAK, "hidden", False
    if element.get("role") in _CHROME_ROLES:
        return Verdict.WEAK, "role", False
    identity = "" if tag in HEADING_TAGS else element.get("id") or ""  # a heading's is made from its own words
    judged = _judge_marks(f"{element.get('class') or ''} {identity}")
    tag_verdict = _TAG_VERDICTS.get(tag, Verdict.NONE)
    return (tag_verdict, tag, judged[2]) if tag_verdict > judged[0] else judged


@functools.lru_cache(maxsize=16_384)
def _judge_marks(marks: str) -> _Judgement:
    """What an element's class and id say. Cached: a site's marks are few, and are the same on all its pages."""
    words = _SLUG.sub("", _FLAGS.sub("", _CAMEL.sub("-", marks).lower().strip()))
    named = bool(_NAMED_BODY.search(words))
    for verdict, pattern in (
        (Verdict.STRONG, _STRONG_WORDS),
        (Verdict.WEAK, _WEAK_WORDS),
        (Verdict.SMALL, _SMALL_WORDS),
    ):
        match = pattern.search(words)
        if match:
            return verdict, match.group(0).strip(" -_"), named
    return Verdict.NONE, "", named


def _lines(text: str) -> list[str]:
    """The paragraphs of a run of text with line breaks; a line that plainly runs on is joined with the next."""
    text = _CONTROLS.sub(" ", text)
    if _BREAK not in text:
        line = " ".join(text.split())
        return [line] if line else []
    joined: list[str] = []
    for part in text.split(_BREAK):
        line = " ".join(part.split())
        if not line:
            joined.append("")
        elif joined and joined[-1] and line[0].islower() and joined[-1][-1] not in ".!?:;。！？":
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return [line for line in joined if line]
