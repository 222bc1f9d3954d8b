"""What is wrong with a settings file or a list, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

_OUR_WORDS = (
    ("Value error, ", ""),
    ("Input should be", "must be"),
    (" a valid tuple", " a list"),
    (" a valid string", " text"),
    (" a valid dictionary or instance of FetchSettings", " names and values"),
    (" a valid dictionary", " names and values"),
    (" a valid integer", " a whole number"),
    (" a valid number", " a number"),
    (" a valid boolean", " true or false"),
)


def plain_problem(error: ValidationError, known: Collection[str], must_be: Mapping[str, str] | None = None) -> str:
    """The first problem as one sentence that names the setting; a name nobody knows comes before one that is missing.

    Args:
        error: what pydantic found.
        known: names that exist, dotted for nested ones; the one that is alike is suggested.
        must_be: what a field with a pattern has to look like, by field.
    """
    problems = error.errors()
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        alike = get_close_matches(name, sorted(known), 1)
        return f"{name} is unknown" + (f"; did you mean {alike[0]}?" if alike else f"; known are {', '.join(known)}")
    if first["type"] == "missing":
        return f"{name} is missing"
    return f"{name} {_wish(first, must_be or {})}, not {_shown(first['input'])}"


def _wish(problem: Any, must_be: Mapping[str, str]) -> str:
    if problem["type"] == "string_pattern_mismatch":
        return f"must be {must_be.get(str(problem['loc'][-1]), 'written otherwise')}"
    message = str(problem["msg"]).partition(", unable to")[0]
    for theirs, ours in _OUR_WORDS:
        message = message.replace(theirs, ours)
    return message


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
