"""Why a text has the topics it has: every sentence with its cues and the rules that fired in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.text.topics.tagging import rule_book, tag_topics
from pipeline.text.topics.windows import Reason, shipped_tagger
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
    """What was decided, where gate and tags begin, what weighed most, and what each sentence contributed.

    Attributes:
        gate: how surely the text is about the two countries, whether or not that is enough.
        gate_reasons: what spoke most for or against that.
        topic_reasons: by topic, what spoke most for it.

    """

    topics: Topics
    gate: float
    gate_from: float
    threshold: float
    gate_reasons: tuple[Reason, ...]
    topic_reasons: dict[str, tuple[Reason, ...]]
    sentences: tuple[ExplainedSentence, ...]


def explain_topics(title: str, body: str, language: str = "", published_on: date | None = None) -> Explanation:
    """The decision of ``tag_topics`` with everything that led to it; rules below the threshold included.

    >>> explain_topics("", "Japan protested to South Korea over the Dokdo islets on Tuesday.").topics.primary
    'territory.dokdo_takeshima'
    """
    book = rule_book()
    reading = book.matcher.read(title, body)
    fired: dict[int, list[FiredRule]] = {}
    firings = book.fire(reading)
    for firing in firings:
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
    tagger = shipped_tagger(book)
    view = tagger.view(reading, firings)
    gate, spoken = tagger.judge(view, firings)
    judgement = tagger.model.judgement
    return Explanation(
        tag_topics(title, body, language, published_on),
        round(gate, 3),
        judgement.gate_from,
        judgement.topic_from,
        tagger.gate_reasons(view),
        {each.topic: tagger.reasons(view, each) for each in spoken},
        sentences,
    )
