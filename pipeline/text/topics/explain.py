"""Why a text has the topics it has: every sentence with its cues and the rules that fired in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.text.topics.tagging import TAG_FROM, rule_book, tag_topics
from schemas.records import Topics


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that fired: topic, ``topic/rule`` key, score, and the words it started from."""

    topic: str
    rule: str
    score: float
    words: str


@dataclass(frozen=True, slots=True)
class ExplainedSentence:
    """A sentence: its folded text, the cues found in it as (cue, words), and the rules that fired."""

    text: str
    in_title: bool
    cues: tuple[tuple[str, str], ...]
    rules: tuple[FiredRule, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided, from which score a topic is tagged, and what each sentence contributed."""

    topics: Topics
    threshold: float
    sentences: tuple[ExplainedSentence, ...]


def explain_topics(title: str, body: str, language: str = "", published_on: date | None = None) -> Explanation:
    """The decision of ``tag_topics`` with everything that led to it; rules below the threshold included.

    >>> explain_topics("", "Seoul protested over Dokdo on Tuesday.").topics.primary
    'territory.dokdo_takeshima'
    """
    book = rule_book()
    reading = book.matcher.read(title, body)
    fired: dict[int, list[FiredRule]] = {}
    for firing in book.fire(reading):
        words = reading.text[firing.start : firing.end]
        fired.setdefault(firing.sentence, []).append(FiredRule(firing.topic, firing.key, firing.score, words))
    sentences = tuple(
        ExplainedSentence(
            reading.text[sentence.start : sentence.end],
            sentence.in_title,
            tuple(
                (cue, reading.text[start:end])
                for start, end, mask in sentence.hits
                for cue in book.matcher.cues_of(mask)
            ),
            tuple(fired.get(at, ())),
        )
        for at, sentence in enumerate(reading.sentences)
    )
    return Explanation(tag_topics(title, body, language, published_on), TAG_FROM, sentences)
