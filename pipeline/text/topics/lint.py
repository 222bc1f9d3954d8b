"""Checks of the rule files beyond their shape: names, examples, and whether every rule earns its place."""

from __future__ import annotations

from pipeline.text.topics.tagging import rule_book, tag_topics
from schemas.topic_examples import irrelevant_examples, topic_examples
from schemas.topic_rules import topic_rules
from schemas.topics import topic_names


def lint_topics() -> list[str]:
    """What is wrong with the topic rules, one plain sentence each; empty when nothing is.

    Errors: ConfigError when a file cannot be read at all.
    """
    rule_book()
    return [*_missing_files(), *_repeated_rule_ids(), *failed_examples(), *idle_rules()]


def _missing_files() -> list[str]:
    written = {rules.topic for rules in topic_rules()}
    problems = [f"{topic} has no rule file" for topic in sorted(topic_names().keys() - written)]
    problems += [f"{topic} is not in topics.yaml" for topic in sorted(written - topic_names().keys())]
    problems += [f"{topic} has no examples" for topic in sorted(written - topic_examples().keys())]
    return problems


def _repeated_rule_ids() -> list[str]:
    problems = []
    for rules in topic_rules():
        ids = [rule.id for rule in rules.rules]
        problems += [f"{rules.topic}: two rules are called {name}" for name in sorted(set(ids)) if ids.count(name) > 1]
    return problems


def failed_examples() -> list[str]:
    """The examples that the rules get wrong."""
    problems = []
    for topic, examples in topic_examples().items():
        problems += [f"{topic} is not tagged: {text}" for text in examples.match if topic not in topics_of(text)]
        problems += [f"{topic} is tagged: {text}" for text in examples.other if topic in topics_of(text)]
    for reason, texts in irrelevant_examples().items():
        for text in texts:
            if tagged := topics_of(text):
                problems.append(f"irrelevant ({reason}) but tagged {', '.join(sorted(tagged))}: {text}")
    return problems


def topics_of(text: str) -> set[str]:
    """The topics of a text without a title.

    >>> topics_of("Rain is expected in Seoul.")
    set()
    """
    return {tag.topic for tag in tag_topics("", text, "", None).tags}


def idle_rules() -> list[str]:
    """Rules that fire on no matching example of their topic: a rule nobody has seen work."""
    book = rule_book()
    seen: set[str] = set()
    for topic, examples in topic_examples().items():
        for text in examples.match:
            firings = book.fire(book.matcher.read("", text))
            seen |= {firing.key for firing in firings if firing.topic == topic}
    return [f"{rule.key} fires on no example" for rule in book.rules if rule.key not in seen]
