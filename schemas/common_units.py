"""The frozen table of common words: how common a unit of text is, counted once over an archive and then a constant.

A table that followed the index would make a link depend on the order of arrival (ARCHITECTURE.md, decision 13).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from schemas.errors import ConfigError

LEVELS = (0.01, 0.03, 0.08, 0.25)
"""A unit in at least this share of the documents has level 1, 2, 3, 4; level 4 counts as a function word."""


@dataclass(frozen=True, slots=True)
class CommonUnits:
    """The table.

    Attributes:
        version: of the table; part of the version of every signature.
        levels: (unit, level 1 to 4), sorted by unit; what is not listed is rare.

    """

    version: int
    levels: tuple[tuple[str, int], ...]

    def text(self) -> str:
        """The table as a file: a line with the version, then ``level unit`` a line."""
        return f"version {self.version}\n" + "".join(f"{level} {unit}\n" for unit, level in self.levels)

    def with_function_words(self, units: Iterable[str]) -> CommonUnits:
        """The table with these units at the highest level."""
        levels = {**dict(self.levels), **dict.fromkeys(units, len(LEVELS))}
        return CommonUnits(self.version, tuple(sorted(levels.items())))


def parse_common_units(text: str) -> CommonUnits:
    """Read what :meth:`CommonUnits.text` wrote.

    Errors: ConfigError naming the line.
    """
    lines = text.splitlines()
    rows: list[tuple[str, int]] = []
    try:
        word, version = lines[0].split()
        if word != "version":
            raise ValueError(word)
        for line in lines[1:]:
            level, unit = line.split()
            if not 1 <= int(level) <= len(LEVELS):
                raise ValueError(level)
            rows.append((unit, int(level)))
        return CommonUnits(int(version), tuple(sorted(rows)))
    except (ValueError, IndexError) as error:
        raise ConfigError(f"the table of common words is broken at line {len(rows) + 2 if rows else 1}") from error


def level_of(documents: int, total: int) -> int:
    """The level of a unit that stands in ``documents`` of ``total`` documents; in a single one it is rare.

    >>> [level_of(count, 100) for count in (1, 2, 3, 10, 25)]
    [0, 1, 2, 3, 4]
    """
    return 0 if documents < 2 else sum(documents >= share * total for share in LEVELS)


def count_levels(documents: Iterable[tuple[str, frozenset[str]]], version: int) -> CommonUnits:
    """The table of an archive, from the script and the distinct units of each document.

    A unit's share is taken among the documents of its script, so that a language with few documents has its own
    common words; a unit in two scripts has the higher level. The order of the documents does not matter.
    """
    counts: dict[str, dict[str, int]] = {}
    totals: dict[str, int] = {}
    for script, units in documents:
        totals[script] = totals.get(script, 0) + 1
        own = counts.setdefault(script, {})
        for unit in units:
            own[unit] = own.get(unit, 0) + 1
    levels: dict[str, int] = {}
    for script, own in counts.items():
        for unit, count in own.items():
            levels[unit] = max(levels.get(unit, 0), level_of(count, totals[script]))
    return CommonUnits(version, tuple(sorted((unit, level) for unit, level in levels.items() if level)))


@cache
def default_common_units() -> CommonUnits:
    """The table that ships, counted over text that we wrote (deploy/tables/corpus)."""
    return parse_common_units(files("schemas.data").joinpath("common_units.txt").read_text(encoding="utf-8"))
