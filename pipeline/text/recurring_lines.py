"""Lines that recur on many articles of a host: boilerplate nobody wrote a rule for."""

from __future__ import annotations

from dataclasses import dataclass

import xxhash


def line_hash(folded: str) -> int:
    """64-bit hash of a folded line's words, case and spacing aside.

    >>> line_hash("Follow  us") == line_hash("follow us")
    True
    """
    return xxhash.xxh3_64_intdigest(" ".join(folded.casefold().split()))


@dataclass(frozen=True, slots=True)
class RecurringLines:
    """The frozen lines of one host."""

    host: str
    version: str
    hashes: frozenset[int]

    @property
    def rule(self) -> str:
        """The id that cuts carry."""
        return f"recurring.{self.host}@{self.version}"

    def holds(self, folded: str) -> bool:
        """Whether the line is one of them."""
        return line_hash(folded) in self.hashes
