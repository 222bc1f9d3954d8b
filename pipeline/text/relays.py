"""Through whose hands a story came: aggregators, and the outlets they name."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from pipeline.text.agencies import agency_code
from pipeline.text.phrases import Phrases
from schemas.boilerplate_rules import load_boilerplate_rules
from schemas.wire_rules import load_aggregators, load_wire_words

LONGEST_OUTLET = 48
_SMALL = frozenset(
    ["of", "the", "and", "de", "du", "la", "le", "el", "for", "in", "on", "&", "der", "die", "das", "inkl"]
)


@functools.cache
def _mastheads() -> Phrases:
    return Phrases(rule for rule in load_boilerplate_rules() if rule.category in ("aggregator", "app_pitch"))


@functools.cache
def _chrome() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (aggregator.names[0], re.compile(pattern, re.IGNORECASE))
        for aggregator in load_aggregators()
        for pattern in aggregator.chrome
    )


def aggregator_of(folded_lines: Sequence[str]) -> str:
    """The aggregator whose chrome stands on the page, or "".

    >>> aggregator_of(["Top stories on inkl right now"])
    'inkl'
    """
    for folded in folded_lines:
        if len(folded) <= 80:
            for name, pattern in _chrome():
                if pattern.fullmatch(folded):
                    return name
    return ""


def masthead_outlets(folded_lines: Sequence[str]) -> list[str]:
    """The outlet that an aggregator's masthead names: the short line after its pitch, before section and title."""
    seen_pitch = False
    for index, folded in enumerate(folded_lines):
        if _mastheads().cover(folded):
            seen_pitch = True
            continue
        if not seen_pitch:
            continue
        following = folded_lines[index + 1] if index + 1 < len(folded_lines) else ""
        if folded == following or _is_section(following) or _mastheads().cover(following):
            outlet = plain_outlet(folded)
            return [outlet] if outlet and not _is_section(folded) else []
        return []
    return []


def _is_section(folded: str) -> bool:
    return folded.casefold() in load_wire_words().sections


def plain_outlet(written: str) -> str:
    """An outlet's name without article, edition or trailing words; "" when it cannot be one.

    >>> plain_outlet("The Independent UK"), plain_outlet("the Daily Tide.")
    ('The Independent', 'Daily Tide')
    """
    name = written.strip(" .,-|")
    name = re.sub(r"^the ", "", name)
    words = name.split()
    if len(words) > 2 and words[-1] in load_wire_words().countries:
        name = " ".join(words[:-1])
    if not name or len(name) > LONGEST_OUTLET or len(words) > 7 or agency_code(name):
        return ""
    if name.isascii() and not all(word[0].isupper() or word[0].isdigit() or word in _SMALL for word in words):
        return ""
    return name
