"""Which rows of the weight table each sentence of an article shows, for all sentences at once and in whole arrays.

The same rows as ``features`` gives window by window, for cues, pairs of cues and pieces of words; what rules and sides
add is a handful of rows and is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from pipeline.text.topics.features import MOST_CUES, FeatureReader
from pipeline.text.topics.grams import pieces_of
from pipeline.text.topics.matching import Reading

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Windows = Sequence[Sequence[int]]
"""Sentences that are judged together, as places among those that count."""
_AT_ONCE, _BLOCK = 256, 64
"""Sentences of a text, and stretches of a longer one, that are summed in one go."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """Pairs of a row and a sentence that shows it, each once, sorted by row and then sentence.

    Attributes:
        rows: of the weight table.
        sentences: places among the sentences that count.
        first: whether the pair is the first one of its row.
        sentence_count: how many sentences count.

    """

    rows: Places
    sentences: Places
    first: Flags
    sentence_count: int


@dataclass(frozen=True, slots=True)
class Counting:
    """The sentences of a reading that count, with the cues that they say something with.

    Attributes:
        places: among all sentences, in order.
        masks: of their cues.
        silent: offsets of the words that they say nothing about.
        has_title: whether the first of them is the title.

    """

    places: Sequence[int]
    masks: Sequence[int]
    silent: Sequence[tuple[int, int]]
    has_title: bool


class SightingReader:
    """Finds the rows that sentences show; ``reader`` knows which row is what."""

    def __init__(self, reader: FeatureReader) -> None:
        self._grams_from = reader.layout.grams_from
        self._known = reader.known_cues
        self._bytes = (self._known.bit_length() + 7) // 8
        self._row_of_bit = np.zeros(self._bytes * 8, dtype=np.int64)
        for place, row in reader.cue_rows.items():
            self._row_of_bit[place] = row
        self._pair_rows = reader.pair_rows()

    def see(self, reading: Reading, counting: Counting) -> Sightings:
        """The rows of the sentences that count."""
        rows, sentences = self._cues(counting.masks)
        pair_rows, pair_sentences = self._pairs(rows, sentences, len(counting.masks))
        gram_rows, gram_sentences = _grams(reading, counting)
        shift = len(counting.masks).bit_length()
        keys = np.concatenate((rows, pair_rows, gram_rows + self._grams_from))
        keys <<= shift
        keys |= np.concatenate((sentences, pair_sentences, gram_sentences))
        # Four bytes sort twice as fast as eight, and hold whatever is not a book.
        if shift <= 16:
            keys = keys.astype(np.uint32)
        keys.sort()
        keys = keys[_changes(keys)].astype(np.int64)
        rows = keys >> shift
        return Sightings(rows, keys & ((1 << shift) - 1), _changes(rows), len(counting.masks))

    def _cues(self, masks: Sequence[int]) -> tuple[Places, Places]:
        raw = b"".join([(mask & self._known).to_bytes(self._bytes, "little") for mask in masks])
        bits = np.flatnonzero(np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little"))
        sentences, places = np.divmod(bits, self._bytes * 8)
        return self._row_of_bit[places], sentences

    def _pairs(self, rows: Places, sentences: Places, count: int) -> tuple[Places, Places]:
        """Each cue with each later one of its sentence."""
        cues = np.bincount(sentences, minlength=count)
        if len(cues) and int(cues.max()) > MOST_CUES:
            rows = rows[np.lexsort((rows, sentences))]
        begins = np.cumsum(cues) - cues
        places = np.arange(len(rows))
        partners = np.maximum((begins + np.minimum(cues, MOST_CUES))[sentences] - 1 - places, 0)
        left = np.repeat(places, partners)
        ends = np.cumsum(partners)
        right = np.arange(len(left)) - np.repeat(ends - partners, partners) + left + 1
        return self._pair_rows[rows[left], rows[right]], sentences[left]


def in_blocks(sightings: Sightings, windows: Windows) -> Iterator[tuple[Sightings, Windows]]:
    """The windows with the sentences that they need: all at once, or in a long text a few at a time.

    What is done with a block takes memory for every sentence and row of it, so that a book at once would be too much.
    """
    if sightings.sentence_count <= _AT_ONCE:
        yield sightings, windows
        return
    order = np.argsort(sightings.sentences, kind="stable")
    begins = np.searchsorted(sightings.sentences[order], np.arange(sightings.sentence_count + 1))

    def pairs_of(places: Sequence[int]) -> Places:
        return np.sort(np.concatenate([order[begins[place] : begins[place + 1]] for place in places]))

    for is_long, group in groupby(windows, key=lambda window: len(window) > _AT_ONCE):
        some = list(group)
        if is_long:
            for window in some:
                rows = sightings.rows[pairs_of(window)]
                rows = rows[_changes(rows)]
                yield Sightings(rows, np.zeros_like(rows), np.ones(len(rows), dtype=bool), 1), [[0]]
            continue
        for at in range(0, len(some), _BLOCK):
            block = some[at : at + _BLOCK]
            places = sorted({place for window in block for place in window})
            pairs = pairs_of(places)
            rows, sentences = sightings.rows[pairs], np.searchsorted(places, sightings.sentences[pairs])
            local = {place: number for number, place in enumerate(places)}
            yield (
                Sightings(rows, sentences, _changes(rows), len(places)),
                [[local[place] for place in window] for window in block],
            )


def _grams(reading: Reading, counting: Counting) -> tuple[Places, Places]:
    text = reading.text
    spans = np.array([reading.sentences[place][:2] for place in counting.places], dtype=np.int64).reshape(-1, 2)
    # The sentence of each character, -1 between those that count.
    lengths = np.empty(2 * len(spans) + 1, dtype=np.int64)
    lengths[1::2] = spans[:, 1] - spans[:, 0]
    lengths[0], lengths[-1] = (spans[0, 0], len(text) - spans[-1, 1]) if len(spans) else (len(text), 0)
    lengths[2:-1:2] = spans[1:, 0] - spans[:-1, 1]
    marks = np.full(2 * len(spans) + 1, -1, dtype=np.int64)
    marks[1::2] = np.arange(len(spans))
    sentence_of = np.repeat(marks, lengths)
    parts = pieces_of(text, reading.article.kinds, reading.script)
    rows, starts, ends = (np.concatenate([part[at] for part in parts]) for at in range(3))
    sentences = sentence_of[starts]
    kept = sentences >= 0
    if counting.silent:
        kept &= ~_touched(len(text), counting.silent, starts, np.minimum(ends, spans[sentences, 1]))
    return rows[kept], sentences[kept]


def _touched(length: int, silent: Sequence[tuple[int, int]], starts: Places, ends: Places) -> Flags:
    steps = np.zeros(length + 1, dtype=np.int64)
    for start, end in silent:
        steps[start] += 1
        steps[end] -= 1
    before = np.concatenate(([0], np.cumsum(np.cumsum(steps) > 0)))
    return np.asarray(before[ends] > before[starts])


def _changes(ordered: NDArray[np.integer]) -> Flags:
    changes = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:])
    return changes
