"""What of an extracted text is story, and what is not.

Lines are judged by what they say (phrases of the rules), by where they stand (head, tail) and by their form
(short, link-like, in a row). The passes repeat until nothing more is cut, so stripping twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.text.judged_lines import HEAD_LINES, JudgedLines, glued
from pipeline.text.line_forms import is_dangling_label, is_name_alone, is_wordless, teaser_run_start
from pipeline.text.lines import Line, split_lines
from pipeline.text.pitches import asks
from pipeline.text.recurring_lines import RecurringLines
from pipeline.text.titles import same_title
from pipeline.text.walls import wall_rule
from schemas.boilerplate_rules import BoilerplateRule, Reach, Says
from schemas.records import Cut, Kept, Paywall

LONGEST_BLOCK = 12
"""Lines a heading takes along when prose follows the block; a longer list is likelier to be story."""

TITLE_RULE = "form.title-repeated"
WORDLESS_RULE = "form.no-letters"
NAME_RULE = "form.name-alone"
LABEL_RULE = "form.dangling-label"
TEASER_RULE = "form.teaser-run"
PITCH_RULE = "form.pitch"
PITCH_CATEGORIES = frozenset({"paywall", "newsletter", "app_pitch", "comment_form", "aggregator"})
DUPLICATE_RULE = "form.line-doubled-at-head"
ELLIPSIS = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\]|\(…\))\s*$")


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its boilerplate.

    Attributes:
        body: the lines of the original that are story, in order, verbatim.
        cuts: the rest, in order, each with what cut it.
        kept: where the body stands in the original.
        paywall: what the text itself says about payment.
        truncated: whether the text says, or shows, that it is not all of the story.

    """

    body: str
    cuts: tuple[Cut, ...]
    kept: tuple[Kept, ...]
    paywall: Paywall
    truncated: bool


def strip_boilerplate(
    original_text: str, title: str, language: str, recurring: RecurringLines | None = None
) -> Stripped:
    r"""The story in a text, and what was cut from it.

    In -> out: text as extraction left it, paragraphs on lines of their own. Text without any line of story
        (a consent page, an error page, a sign-in form) comes out empty.
    Guarantees: never adds or reorders text; stripping the body again changes nothing; a correction notice stays.

    Args:
        original_text: what extraction found.
        title: the article's title; the same words as the first line of the body are cut. May be "".
        language: ISO 639-1 code; every rule is tried on every text, since pages mix languages.
        recurring: lines known to recur on the article's host, from a frozen table; None for no table.

    >>> strip_boilerplate("The ferry sank.\n\nLeave a Reply", "", "en").body
    'The ferry sank.'

    """
    lines = split_lines(original_text)
    cuts: list[tuple[int, int, str]] = []
    says: set[Says] = set()
    while True:
        remaining, cut = _one_pass(lines, title, recurring, says)
        if not cut:
            break
        cuts.extend(cut)
        lines = remaining
    if wall := wall_rule(line.folded for line in lines):
        cuts.extend((line.start, line.end, wall) for line in lines)
        lines = []
    body, kept = _assemble(original_text, lines)
    return Stripped(
        body,
        tuple(Cut(original_text[start:end], rule, start, end) for start, end, rule in sorted(cuts)),
        kept,
        _paywall(says),
        bool(says & {Says.TRUNCATED, Says.PAYWALLED_TRUNCATED}) or ELLIPSIS.search(body) is not None,
    )


def _one_pass(
    lines: list[Line], title: str, recurring: RecurringLines | None, says: set[Says]
) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """The lines that remain after one look at them, and the cuts made."""
    page = JudgedLines(lines)
    _cut_titles(page, title)
    anchors: list[int] = []
    for index, rules in enumerate(page.rules):
        if rules and all(page.in_zone(index, rule.zone) for rule in rules):
            page.cut(index, rules[0].id)
            if not page.protected[index]:
                says.update(rule.says for rule in rules)
                anchors.append(index)
    for index in anchors:
        for rule in page.rules[index]:
            _reach(page, index, rule)
    _cut_pitches(page)
    _cut_forms(page)
    if recurring is not None:
        _cut_recurring(page, recurring)
    remaining: list[Line] = []
    cuts: list[tuple[int, int, str]] = []
    for index, line in enumerate(lines):
        if index in page.reason:
            cuts.append((line.start, line.end, page.reason[index]))
        else:
            remaining.append(_cut_glued(line, page.protected[index], cuts, says))
    return remaining, cuts


def _cut_recurring(page: JudgedLines, recurring: RecurringLines) -> None:
    """Cut what the host repeats: labels anywhere, sentences in runs of chrome at either end."""
    order = range(len(page.lines))
    for indexes in (order, reversed(order)):
        at_edge = True
        for index in indexes:
            if recurring.holds(page.lines[index].folded, at_edge):
                page.cut(index, recurring.rule)
            at_edge = at_edge and index in page.reason


def _cut_forms(page: JudgedLines) -> None:
    """Cut what its form gives away: lines without letters, a name above and a label below the story, teasers."""
    lines = page.lines
    for index, line in enumerate(lines):
        if is_wordless(line.folded):
            page.cut(index, WORDLESS_RULE)
    if page.first_story == 1 and is_name_alone(lines[0].folded):
        page.cut(0, NAME_RULE)
    if 0 < page.last_story == len(lines) - 2 and is_dangling_label(lines[-1].folded):
        page.cut(len(lines) - 1, LABEL_RULE)
    start = teaser_run_start([line.folded for line in lines])
    if page.story_lies_before(start, share=1):
        for index in range(start, len(lines)):
            page.cut(index, TEASER_RULE)


def _cut_pitches(page: JudgedLines) -> None:
    """Cut pitches below the story, and lines that ask for something beside a pitch that a rule has cut."""
    for index, pitch in enumerate(page.pitch):
        if pitch and index > page.last_story >= 0:
            page.cut(index, PITCH_RULE)
    order = range(len(page.lines))
    for step, indexes in ((-1, order), (1, reversed(order))):
        for index in indexes:
            neighbour = index + step
            if index in page.reason or not 0 <= neighbour < len(page.lines) or neighbour not in page.reason:
                continue
            sells = any(rule.category in PITCH_CATEGORIES for rule in page.rules[neighbour])
            if (sells or page.reason[neighbour] == PITCH_RULE) and asks(page.lines[index].folded):
                page.cut(index, PITCH_RULE)


def _reach(page: JudgedLines, index: int, rule: BoilerplateRule) -> None:
    """Cut what a line of chrome takes along: the links under a heading, the form, the masthead around it."""
    if rule.reach is Reach.LINE:
        return
    after = range(index + 1, len(page.lines))
    if rule.reach is Reach.HEAD:
        if index < page.first_story and page.first_story < len(page.lines):
            for neighbour in range(page.first_story):
                if page.linklike(neighbour):
                    page.cut(neighbour, rule.id)
    elif rule.reach is Reach.END and page.story_lies_before(index):
        for neighbour in after:
            page.cut(neighbour, rule.id)
    elif index > page.last_story:
        for neighbour in after:
            if not page.linklike(neighbour):
                break
            page.cut(neighbour, rule.id)
    else:
        for neighbour in _links_inside(page, after):
            page.cut(neighbour, rule.id)


def _links_inside(page: JudgedLines, after: range) -> Iterator[int]:
    """Lines of a link block between paragraphs: list items only, since a sub-heading may follow the block."""
    for neighbour in after[:LONGEST_BLOCK]:
        line = page.lines[neighbour].folded
        if not page.linklike(neighbour) or line[0].isalnum() or line[0] in "\"'([":
            return
        yield neighbour


def _cut_titles(page: JudgedLines, title: str) -> None:
    """Cut the title where it is repeated before the story, and a first line that stands there twice."""
    if len(page.lines) < 2:
        return
    for index in range(min(page.first_story + 1, len(page.lines) - 1, HEAD_LINES + 8)):
        if title and same_title(page.lines[index].folded, title):
            page.cut(index, TITLE_RULE)
    for index in range(1, len(page.lines) - 1):
        if page.lines[index].folded != page.lines[0].folded:
            break
        page.cut(index, DUPLICATE_RULE)


def _cut_glued(line: Line, protected: bool, cuts: list[tuple[int, int, str]], says: set[Says]) -> Line:
    """The line without boilerplate glued to its end or start."""
    if protected:
        return line
    begin, stop, before, after = glued(line.folded)
    if after:
        cuts.append((line.start + stop, line.end, after[0].id))
    if before:
        cuts.append((line.start, line.start + begin, before[0].id))
    if not before and not after:
        return line
    says.update(rule.says for rule in (*before, *after))
    story = line.folded[begin:stop].rstrip()
    return replace(line, start=line.start + begin, end=line.start + begin + len(story), folded=story)


def _assemble(original: str, lines: list[Line]) -> tuple[str, tuple[Kept, ...]]:
    """The body out of slices of the original, and where each slice stands."""
    runs: list[list[int]] = []
    for index, line in enumerate(lines):
        if index == 0:
            runs.append([line.start, line.end])
            continue
        gap_start, gap_end = _gap(original, lines[index - 1].end, line.start)
        for start, end in ((gap_start, gap_end), (line.start, line.end)):
            if runs[-1][1] == start:
                runs[-1][1] = end
            else:
                runs.append([start, end])
    kept: list[Kept] = []
    length = 0
    for start, end in runs:
        kept.append(Kept(length, start, end - start))
        length += end - start
    return "".join(original[start:end] for start, end in runs), tuple(kept)


def _gap(original: str, start: int, end: int) -> tuple[int, int]:
    """The white space between two kept lines: all of it, or where lines were cut, the widest break there."""
    between = original[start:end]
    if not between.strip():
        return start, end
    gaps = list(re.finditer(r"\s*\n\s*", between))
    widest = max(gaps, key=lambda gap: (gap.group().count("\n"), -gap.start()))
    return start + widest.start(), start + widest.end()


def _paywall(says: set[Says]) -> Paywall:
    """What the statements add up to: text held back outweighs a denial, and a denial outweighs a pitch."""
    if Says.PAYWALLED_TRUNCATED in says:
        return Paywall.PAYWALLED
    if Says.FREE in says:
        return Paywall.FREE
    if Says.PAYWALLED in says:
        return Paywall.PAYWALLED
    return Paywall.METERED if Says.METERED in says else Paywall.UNKNOWN
