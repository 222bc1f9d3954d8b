"""Lines that their form gives away, wherever they come from: names alone, dangling labels, runs of teasers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.text.lines import weight
from pipeline.text.places import is_known_place
from schemas.boilerplate_rules import PERSON

LONGEST_LABEL_WEIGHT = 30
FEWEST_TEASERS = 5
LONGEST_KICKER_WEIGHT = 44
LONGEST_TEASER_WEIGHT = 280

_NAME = re.compile(f"{PERSON}(?: ?[/&] ?{PERSON})?|[一-龥々]{{4,5}}")
_ENDS_OR_COUNTS = re.compile(r"[.!?。:;,…\"')\]」』]$|\d")
_LABEL_WORDS = re.compile(
    r"\b(?:key|points?|notes?|facts?|news|story|claim|summary|background|analysis|review|live|day|week|updates?)\b",
    re.IGNORECASE,
)


def is_wordless(folded: str) -> bool:
    """Whether a line holds no letter and no digit: a rule of dashes or underscores.

    >>> is_wordless("___"), is_wordless("1.")
    (True, False)
    """
    return not any(character.isalnum() for character in folded)


def is_name_alone(folded: str) -> bool:
    """Whether a line is a person's name and nothing else, as a byline above the story.

    >>> is_name_alone("Nell Farrow"), is_name_alone("New York"), is_name_alone("Key Points")
    (True, False, False)
    """
    return (
        weight(folded) <= 60
        and _NAME.fullmatch(folded) is not None
        and not is_known_place(folded)
        and not _LABEL_WORDS.search(folded)
    )


def is_dangling_label(folded: str) -> bool:
    """Whether a last line can only be a label: a heading under which nothing stands.

    No gold body of the development pages ends its story with one.

    >>> is_dangling_label("News & Headlines"), is_dangling_label("It sank.")
    (True, False)
    """
    return weight(folded) <= LONGEST_LABEL_WEIGHT and _ENDS_OR_COUNTS.search(folded) is None


def teaser_run_start(folded_lines: Sequence[str]) -> int:
    """Where a run of teasers begins that reaches the end of the text: shouted kicker, one or two sentences, repeat.

    Returns the index of the first kicker, or the number of lines when there is no run of at least five.

    >>> teaser_run_start(["The ferry sank.", *["WHOA", "A goat was seen on the pier."] * 5])
    1
    """
    index = len(folded_lines)
    pairs = 0
    start = index
    while index > 1:
        teaser, kicker = folded_lines[index - 1], folded_lines[index - 2]
        if not (_is_kicker(kicker) and not _is_kicker(teaser) and weight(teaser) <= LONGEST_TEASER_WEIGHT):
            break
        index -= 2
        pairs += 1
        start = index
    return start if pairs >= FEWEST_TEASERS else len(folded_lines)


def _is_kicker(folded: str) -> bool:
    return folded.isupper() and weight(folded) <= LONGEST_KICKER_WEIGHT and not folded.endswith((".", ":"))
