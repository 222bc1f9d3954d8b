"""What the linear model learns from: the examples that ship with the rules, and labelled items, as windows of cues."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text.topics.firing import RuleBook
from pipeline.text.topics.model import RELEVANT, TopicModel, trained
from schemas.topic_examples import example_articles, irrelevant_examples, topic_examples
from schemas.topics import topic_names

Window = tuple[frozenset[str], frozenset[str]]
LabelledItem = tuple[str, str, frozenset[str]]
"""Title, body and topics; none for an irrelevant one."""


EXAMPLE_WEIGHT = 2
"""An example is a promise that the tests hold the rules to: it counts as so many labelled items."""


def training_windows(book: RuleBook, labelled: Sequence[LabelledItem]) -> list[Window]:
    """Every example and every labelled item as its cues and its topics."""
    examples = [("", text, frozenset({topic})) for topic, each in topic_examples().items() for text in each.match]
    examples += [("", text, frozenset[str]()) for each in topic_examples().values() for text in each.other]
    examples += [("", text, frozenset[str]()) for texts in irrelevant_examples().values() for text in texts]
    examples += [(article.title, article.body, frozenset(article.topics)) for article in example_articles()]
    examples = [*examples * EXAMPLE_WEIGHT, *labelled]
    return [(cues_of(book, title, body), topics) for title, body, topics in examples]


def cues_of(book: RuleBook, title: str, body: str) -> frozenset[str]:
    """The names of the cues that a text says something about."""
    reading = book.matcher.read(title, body)
    mask = 0
    for at in range(len(reading.sentences)):
        mask |= book.live_mask(reading, at)
    return frozenset(book.matcher.cues_of(mask))


def train_topic_model(book: RuleBook, labelled: Sequence[LabelledItem]) -> TopicModel:
    """The model from all examples and labelled items; the same ones give the same weights."""
    windows = [(cues, topics | {RELEVANT} if topics else topics) for cues, topics in training_windows(book, labelled)]
    return trained(windows, (*topic_names(), RELEVANT))
