"""Whether a line of the body says the same as the title."""

from __future__ import annotations

import re
import unicodedata

_KICKER = re.compile(r"^(?:[\[【(（<〈][^\]】)）>〉]{1,14}[\]】)）>〉]\s*)+")
_SITE = re.compile(r"\s*(?:[|｜:：]|\s[-–—]\s|[-–—]{2})\s*[^|｜]{1,40}$")
SHORTEST_TITLE = 6


def same_title(line: str, title: str) -> bool:
    """Whether the line is the title, give or take kicker, site name, quotes and spacing.

    >>> same_title("[Breaking] Ferry sinks off Jeju - The Daily Tide", "Ferry sinks off Jeju")
    True
    >>> same_title("Ferry sinks off Jeju, killing two, coast guard says", "Ferry sinks off Jeju")
    False
    """
    if len(line) > 2 * len(title) + 60:
        return False
    wanted = _forms(title)
    return bool(wanted and wanted & _forms(line))


def _forms(text: str) -> set[str]:
    """The letters and digits of a title, with and without kicker and site name."""
    bare = _KICKER.sub("", text.strip())
    forms = {_letters(form) for form in (text, bare, _SITE.sub("", bare))}
    return {form for form in forms if len(form) >= SHORTEST_TITLE}


def _letters(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())
