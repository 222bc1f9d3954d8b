"""What a copy added to its origin and cut from it, sentence by sentence, for a person to read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from pipeline.text.characters import Hashes
from pipeline.text.shingles import shingle_hashes

KEPT = 0.5
"""Share of a sentence's shingles that stand in the other text when the sentence does, edited or not."""

_SENTENCE = re.compile(r"(?:[^.!?。\n]|[.!?](?![\s\"'”’」』)]))+(?:[.!?。]+[\"'”’」』)]*)?")


@dataclass(frozen=True, slots=True)
class SentenceChanges:
    """Sentences in the order of their text: those only in the copy, and those only in the origin."""

    added: tuple[str, ...]
    cut: tuple[str, ...]


def sentences(text: str) -> tuple[str, ...]:
    r"""The sentences of a text, verbatim but for the space around them.

    >>> sentences("It cost 3.5 million. \"Too much,\" she said.\n\n漁が始まる。船も出る。")
    ('It cost 3.5 million.', '"Too much," she said.', '漁が始まる。', '船も出る。')
    """
    found = (match.group().strip() for match in _SENTENCE.finditer(text))
    return tuple(sentence for sentence in found if any(letter.isalnum() for letter in sentence))


def sentence_changes(origin: str, copy: str) -> SentenceChanges:
    """What the copy added and cut.

    Guarantees: pure; a text compared with itself has no changes, and swapping the two swaps the lists.
    """
    return SentenceChanges(_only_in(copy, origin), _only_in(origin, copy))


def _only_in(text: str, other: str) -> tuple[str, ...]:
    there = np.unique(_shingles(other))
    return tuple(
        sentence for sentence in sentences(text) if not _stands_in(_shingles(sentence), there, other, sentence)
    )


def _stands_in(shingles: Hashes, there: Hashes, other: str, sentence: str) -> bool:
    return sentence in other or bool(np.isin(shingles, there).mean() >= KEPT if len(shingles) else True)


def _shingles(text: str) -> Hashes:
    return shingle_hashes(text)
