"""Which blocks of a page are its story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipeline.text.headline import name_key
from pipeline.text.page_blocks import HEADING_TAGS, Block, PageBlocks, Verdict

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟][\"'”’»」』）)\]*]*$|다\.?$")
_NEVER_CHROME = frozenset({"html", "body", "main", "article"})

# Chosen on the 292 development pages; each may be a third larger or smaller and F1 moves by less than .004.
_PROSE_CHARS = 40  # a paragraph; shorter runs are labels, captions and links
_PROSE_CHARS_CJK = 24
_PROSE_LINK_SHARE = 0.5
_DESCEND_SHARE = 0.8  # of the prose around it that a container must hold to be the better one
_DESCEND_SHARE_NAMED = 0.5  # the same for an <article>, an element named so, or the home of the headline
_LEAD_CHARS = 30
_LEAD_TAGS = frozenset({"p", "h2", "h3", "h4"})
_WEAK_SHARE = 0.35  # of the page's prose that acquits an element of being chrome
_STRONG_SHARE = 0.75
_SMALL_CHARS = 250
_SMALL_SHARE = 0.2
_LEAST_PROSE = 150.0
_BODY_SHARE = 0.5  # of the page's prose that stands in elements of one class, for them to be the body
_HOME_PROSE = 100.0
_LINES_BEFORE, _LINES_AROUND, _LINE_CHARS = 4, 16, 120
_STRANGER_FACTOR = 0.3  # weight of prose that is not in the home of the headline
# "10:05", "9:30 a.m. KST", "13時5分": the time of a live blog's entry.
_CLOCK = re.compile(
    r"^(?:오전|오후|午前|午後)?\s?\d{1,2}(?:[:.時시]\s?\d{2}[分분]?)(?:\s?[ap]\.?m\.?)?(?:\s[A-Z]{2,4})?$"
)
_LABEL = re.compile(r"^[\[【■▶◆●]\s?[^\[\]【】]{1,16}[\]】:：]$")  # [함께 읽기] read along, 【関連記事】 related
_CAPTIONED = frozenset({"figure", "figcaption"})
_GALLERY_CAPTIONS = 3
_PARTS, _PARTS_SHARE, _PART_CHARS = 3, 0.75, 100  # a teaser's text is shorter, and its neighbours are more links
_LEAF_TAGS = frozenset({"p", "li", "span", "font", "blockquote"})


@dataclass(frozen=True, slots=True)
class Story:
    """The story's blocks in document order, and what stands around its headline.

    Attributes:
        headline: text of the block that is the headline, or "".
        around_headline: texts of the short blocks near it: kicker, byline, dates.
    """

    blocks: list[Block]
    headline: str = ""
    around_headline: tuple[str, ...] = ()


def story_blocks(page: PageBlocks, titles: frozenset[str] = frozenset(), summary: str = "") -> Story:
    """The story of a page.

    Args:
        page: the page's blocks.
        titles: what the page states as its headline, as :func:`name_key` gives it.
        summary: what the page states as its description; a block that says the same is the standfirst.
    """
    weights = [_prose_weight(block) for block in page.blocks]
    headline = _headline(page, weights, titles)
    around = _around(page, headline)
    kept = _not_chrome(page, weights, around)
    weights = [weight if keep else 0.0 for weight, keep in zip(weights, kept, strict=True)]
    container = _container(page, _in_company(page, weights, headline, around), around)
    if container < 0:
        return Story(_captions(page), page.blocks[headline].text if headline >= 0 else "")
    inside = _descendants(page, container)
    first = next(number for number, block in enumerate(page.blocks) if inside[block.node] and kept[number])
    standfirst = name_key(summary)
    chosen = [
        (keep and inside[block.node])
        or (headline < number < first and headline >= 0 and _is_lead(block, keep, standfirst))
        for number, (block, keep) in enumerate(zip(page.blocks, kept, strict=True))
    ]
    return Story(
        _tidy_blocks(page, chosen, headline),
        page.blocks[headline].text if headline >= 0 else "",
        _lines_around(page, headline, first),
    )


def _captions(page: PageBlocks) -> list[Block]:
    """What a gallery tells: its captions, on a page that holds no other prose."""
    captions = [block for block in page.blocks if block.tag in _CAPTIONED and is_prose(block)]
    return captions if len(captions) >= _GALLERY_CAPTIONS else []


def _lines_around(page: PageBlocks, headline: int, first: int) -> tuple[str, ...]:
    """Short blocks from a few before the headline (else the body) to the start of the body."""
    start = max(0, (headline if headline >= 0 else first) - _LINES_BEFORE)
    near = page.blocks[start : min(first, start + _LINES_AROUND)]
    return tuple(block.text for block in near if len(block.text) <= _LINE_CHARS)


def _around(page: PageBlocks, headline: int) -> frozenset[int]:
    """The nodes that hold the headline: no chrome, whatever they are called, if they hold prose as well."""
    nodes = set()
    node = page.parents[page.blocks[headline].node] if headline >= 0 else -1
    while node >= 0:
        nodes.add(node)
        node = page.parents[node]
    return frozenset(nodes)


def _headline(page: PageBlocks, weights: list[float], titles: frozenset[str]) -> int:
    """Index of the block that is the page's headline, or -1.

    The first heading that says what the page states as its title, else the first h1, else any block that says
    it; each only with half of the prose or more after it.
    """
    total = sum(weights)
    before = 0.0
    found: dict[int, int] = {}
    for number, (block, weight) in enumerate(zip(page.blocks, weights, strict=True)):
        if before > 0.5 * total:
            break
        before += weight
        if len(block.text) > 300:
            continue
        is_title = name_key(block.text) in titles
        is_heading = block.tag in HEADING_TAGS
        if is_title and is_heading:
            return number
        if block.tag == "h1" and len(block.text) > 8:
            found.setdefault(1, number)
        elif is_title:
            found.setdefault(2, number)
    return found[min(found)] if found else -1


def _in_company(page: PageBlocks, weights: list[float], headline: int, around: frozenset[int]) -> list[float]:
    """Weights for choosing the container: paragraphs stand in rows and with the headline, teasers in boxes."""
    homes = [page.parents[block.node] if block.tag in _LEAF_TAGS else block.node for block in page.blocks]
    company: dict[int, int] = {}
    for home, weight in zip(homes, weights, strict=True):
        if weight:
            company[home] = company.get(home, 0) + 1
    prose = _sums(page, weights)
    home_node = max((node for node in around if prose[node] >= _HOME_PROSE), default=0)
    inside = _descendants(page, home_node)
    factors = (0.0, 0.35, 0.6, 1.0)
    return [
        weight
        * factors[min(3, company.get(home, 0))]
        * (1.0 if number > headline and inside[page.blocks[number].node] else _STRANGER_FACTOR)
        for number, (home, weight) in enumerate(zip(homes, weights, strict=True))
    ]


def _is_lead(block: Block, is_kept: bool, standfirst: str) -> bool:
    """Whether a block between headline and body is the standfirst, a point of the summary or the first paragraph.

    A block that says the page's own description is the standfirst even where it stands in a box for dates and names.
    """
    if prose_chars(block.text) < _LEAD_CHARS or block.link_share > _PROSE_LINK_SHARE:
        return False
    if block.tag in ("p", "h2") and len(standfirst) >= _LEAD_CHARS and name_key(block.text) == standfirst:
        return True
    if not is_kept:
        return False
    if block.tag == "li":
        return is_prose(block)
    return block.link_share <= 0.3 and (
        block.tag in _LEAD_TAGS or (bool(standfirst) and standfirst.startswith(name_key(block.text)[:60]))
    )


def prose_chars(text: str) -> int:
    """Characters, where a CJK one counts for two Latin ones."""
    return len(text) + len(_CJK.findall(text))


def is_prose(block: Block) -> bool:
    """Whether a block reads like a paragraph of a story."""
    return _prose_weight(block) > 0


def _prose_weight(block: Block) -> float:
    if block.tag in HEADING_TAGS or block.link_share > _PROSE_LINK_SHARE or _is_link_line(block):
        return 0.0
    length = prose_chars(block.text)
    if length < _PROSE_CHARS:
        return 0.0
    if not _SENTENCE_END.search(block.text) and length < 3 * _PROSE_CHARS:
        return 0.0
    weight = min(length, 800) * (1.0 - block.link_share)
    return weight if block.tag not in ("li", "tr", "td", "dd") else 0.5 * weight


def _sums(page: PageBlocks, values: list[float]) -> list[float]:
    """For each node the sum over the blocks in it."""
    sums = [0.0] * len(page.parents)
    for block, value in zip(page.blocks, values, strict=True):
        sums[block.node] += value
    for node in range(len(sums) - 1, 0, -1):
        parent = page.parents[node]
        if parent >= 0:
            sums[parent] += sums[node]
    return sums


def _not_chrome(page: PageBlocks, weights: list[float], around: frozenset[int]) -> list[bool]:
    """Whether each block is outside every element whose verdict is believed.

    An element with a large part of the page's prose is not chrome whatever it is called, and acquits all
    elements called the same: some sites name their layout ``sidebar-grid`` and their articles ``slideshow``.
    Readers' comments may well outweigh a short article; they are acquitted only where nothing else is left.
    """
    prose = _sums(page, weights)
    chars = _sums(page, [float(len(block.text)) for block in page.blocks])
    total = prose[0] or 1.0
    limits = {Verdict.STRONG: max(_STRONG_SHARE * total, total - _LEAST_PROSE), Verdict.WEAK: _WEAK_SHARE * total}
    limits[Verdict.SMALL] = _SMALL_SHARE * total
    acquitted = {
        page.words[node]
        for node, verdict in enumerate(page.verdicts)
        if verdict in limits
        and prose[node] >= limits[verdict]
        and (node not in around or verdict is not Verdict.STRONG)
    }
    holds_body = _holds_body(page, weights)
    large = [weight > _WEAK_SHARE * total for weight in prose]
    cut = [False] * len(page.parents)
    for node, verdict in enumerate(page.verdicts):
        parent = page.parents[node]
        if parent >= 0 and cut[parent]:
            cut[node] = True
        elif verdict is Verdict.WEAK and holds_body[node]:
            continue
        elif verdict is not Verdict.NONE and not _exempt(page, node, acquitted, large[node], node in around):
            cut[node] = verdict is not Verdict.SMALL or chars[node] < _SMALL_CHARS
    return [not cut[block.node] for block in page.blocks]


def _holds_body(page: PageBlocks, weights: list[float]) -> list[bool]:
    """Whether each element holds a piece of the body: one that has the class of the element most prose stands in.

    Metered pages wrap the first paragraphs, which all may read, in a box of their own (``teaser``).
    """
    by_marks: dict[str, float] = {}
    innermost = list(range(len(page.parents)))
    for node, parent in enumerate(page.parents):
        if not page.is_named_body[node]:
            innermost[node] = innermost[parent] if parent >= 0 else 0
    for block, weight in zip(page.blocks, weights, strict=True):
        marks = page.marks[innermost[block.node]]
        by_marks[marks] = by_marks.get(marks, 0.0) + weight
    by_marks.pop("", None)
    body = max(by_marks, key=lambda marks: by_marks[marks], default="")
    holds = [False] * len(page.parents)
    if not body or by_marks[body] < _BODY_SHARE * sum(weights):
        return holds
    for node in range(len(holds) - 1, 0, -1):
        holds[node] = holds[node] or (page.is_named_body[node] and page.marks[node] == body)
        if holds[node]:
            holds[page.parents[node]] = True
    return holds


def _exempt(page: PageBlocks, node: int, acquitted: set[str], is_large: bool, is_around: bool) -> bool:
    """Whether an element is spared in spite of its verdict."""
    if page.tags[node] in _NEVER_CHROME or page.is_body[node] or page.words[node] in acquitted:
        return True
    if page.is_named_body[node] and (is_large or page.verdicts[node] is not Verdict.STRONG):
        return True
    return is_around and is_large


def _container(page: PageBlocks, weights: list[float], around: frozenset[int]) -> int:
    """The innermost node that holds most of the prose; -1 when there is none."""
    prose = _sums(page, weights)
    if not prose or prose[0] <= 0:
        return -1
    declared = [node for node, is_body in enumerate(page.is_body) if is_body and prose[node] >= 0.5 * prose[0]]
    if declared:
        return declared[0]
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(page.parents):
        if prose[node] > 0 and parent >= 0:
            children.setdefault(parent, []).append(node)
    node = 0
    while True:
        best = max(children.get(node, []), key=lambda child: prose[child], default=-1)
        if best < 0:
            return node
        share = prose[best] / prose[node]
        rest_named = sum(prose[child] for child in children[node] if child != best and page.is_named_body[child])
        named = page.is_named_body[best] or page.tags[best] == "article" or best in around
        if share < _DESCEND_SHARE and (not named or share < _DESCEND_SHARE_NAMED or rest_named > 0.1 * prose[node]):
            return node
        node = best


def _descendants(page: PageBlocks, root: int) -> list[bool]:
    inside = [False] * len(page.parents)
    for node, parent in enumerate(page.parents):
        inside[node] = node == root or (parent >= 0 and inside[parent])
    return inside


def _tidy_blocks(page: PageBlocks, chosen: list[bool], headline: int) -> list[Block]:
    """The chosen blocks without links that stand alone, headings that head nothing, and all up to the headline."""
    kept: list[Block] = []
    pending: list[Block] = []
    story = [block for number, block in enumerate(page.blocks) if number > headline and chosen[number]]
    is_list = _is_list_of_links(story)
    for block in story:
        if _is_link_line(block) and not (is_list and block.tag in HEADING_TAGS):
            pending = []
            if kept and _LABEL.search(kept[-1].text):
                kept.pop()
        elif _CLOCK.search(block.text):
            continue
        elif block.tag in HEADING_TAGS:
            pending.append(block)
        else:
            kept.extend(pending)
            kept.append(block)
            pending = []
    return kept


def _is_list_of_links(story: list[Block]) -> bool:
    """Whether headings that are links head the story's parts: several, nearly each before a paragraph."""
    headings = [
        is_prose(after) and prose_chars(after.text) >= _PART_CHARS
        for block, after in pairwise(story)
        if block.tag in HEADING_TAGS and _is_link_line(block)
    ]
    return sum(headings) >= max(_PARTS, _PARTS_SHARE * len(headings))


def _is_link_line(block: Block) -> bool:
    return block.link_share > 0.75 or block.text.endswith(("[…]", "[...]"))
