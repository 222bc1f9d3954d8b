"""Which sentences of a reading count, and which of them are judged together."""

from __future__ import annotations

from pipeline.text.topics.firing import RuleBook
from pipeline.text.topics.matching import Reading
from pipeline.text.topics.sightings import Counting

WHOLE_SENTENCES = 5
"""A body of so many sentences is one window; most items that the models learned from are."""
WINDOW_SENTENCES, STEP_FROM = 4, 8
"""Length of a stretch; in a longer body than the second number every other one is enough."""
_SCRAP_WORDS, _SCRAP_CHARS = 4, 30
"""Spaces in a line, and characters, that make it more than a slogan."""
_SENTENCE_ENDS = frozenset(".!?。！？…\"'」』)）")


def counting_of(book: RuleBook, reading: Reading) -> Counting:
    """The title, and the sentences of the body that say something.

    A sentence without any cue says nothing that the models could know, and site furniture says nothing at all.
    """
    furniture = book.matcher.bits["furniture"]
    sentences, text = reading.sentences, reading.text
    live = [book.live_and_silent(reading, at) for at in range(len(sentences))]
    first = 1 if sentences and sentences[0].in_title else 0
    body = [at for at in range(first, len(live)) if live[at][0] and not live[at][0] & furniture]
    # A headline among the paragraphs, or a button, does not end as a sentence does.
    body = [at for at in body if text[sentences[at].end - 1] in _SENTENCE_ENDS and not _is_scrap(reading, at)] or body
    places = [0, *body] if first else body
    silent = [span for at in places for span in live[at][1]]
    return Counting(places, [live[at][0] for at in places], silent, bool(first))


def stretches(counting: Counting) -> list[list[int]]:
    """Sentences that are judged together, the title always among them: first all, then each few in a row."""
    places = list(counting.places)
    title, body = (places[:1], places[1:]) if counting.has_title else ([], places)
    if not places:
        return []
    return [places, *([*title, *body[start:end]] for start, end in runs_of(len(body)))]


def runs_of(count: int) -> list[tuple[int, int]]:
    """Beginning and end of each stretch of a body of so many sentences; none where the whole is enough."""
    if count <= WHOLE_SENTENCES:
        return []
    step = step_of(count)
    begins = range(0, count - WINDOW_SENTENCES + step, step)
    return [(at, min(at + WINDOW_SENTENCES, count)) for at in begins]


def step_of(count: int) -> int:
    """Sentences from the beginning of a stretch to that of the next."""
    return 1 if count <= STEP_FROM else WINDOW_SENTENCES // 2


def _is_scrap(reading: Reading, at: int) -> bool:
    """Whether a sentence of a few words has a line to itself, as slogans do."""
    start, end = reading.sentences[at].start, reading.sentences[at].end
    text = reading.text
    alone = text[start - 1 : start] == "\n" and text[end : end + 1] in ("\n", "")
    return alone and end - start < _SCRAP_CHARS and text.count(" ", start, end) < _SCRAP_WORDS
