"""The rule files keep their promises: every example, every rule, every topic."""

from __future__ import annotations

import pytest

from pipeline.text.topics.lint import idle_rules, lint_topics, topics_of
from pipeline.text.topics.tagging import rule_book, tag_topics
from schemas.errors import ConfigError
from schemas.topic_examples import example_articles, irrelevant_examples, topic_examples
from schemas.topic_rules import Cue, Rule, TopicRules
from schemas.topics import parent_names, topic_names

LANGUAGES = {"en": "abcdefghijklmnopqrstuvwxyz", "ko": "가힣", "ja": "ぁヺ"}


def language_of(text: str) -> str:
    if any("가" <= character <= "힣" for character in text):
        return "ko"
    return "ja" if any("ぁ" <= character <= "ヺ" or "一" <= character <= "鿿" for character in text) else "en"


def test_rule_files_are_without_a_fault():
    assert lint_topics() == []


def test_every_rule_fires_on_an_example():
    assert idle_rules() == []


def test_there_are_34_topics_under_7_parents_with_names_in_three_languages():
    assert len(topic_names()) == 34
    assert {topic.partition(".")[0] for topic in topic_names()} == set(parent_names())
    for name in (*topic_names().values(), *parent_names().values()):
        assert name.en
        assert language_of(name.ko) != "ja" or name.ko
        assert name.in_language("ja") == name.ja


@pytest.mark.parametrize("topic", sorted(topic_names()))
def test_every_topic_has_matching_examples_in_three_languages(topic):
    assert {language_of(text) for text in topic_examples()[topic].match} == {"en", "ko", "ja"}


@pytest.mark.parametrize("reason", sorted(irrelevant_examples()))
def test_irrelevant_examples_have_no_topic(reason):
    tagged = {text: topics for text in irrelevant_examples()[reason] if (topics := topics_of(text))}
    assert tagged == {}


def test_example_articles_get_nearly_all_their_topics():
    hits = false = missed = 0
    for article in example_articles():
        found = {tag.topic for tag in tag_topics(article.title, article.body, "", None).tags}
        expected = set(article.topics)
        hits += len(found & expected)
        false += len(found - expected)
        missed += len(expected - found)
    assert 2 * hits / (2 * hits + false + missed) > 0.93


def test_a_rule_that_names_an_unknown_cue_is_refused():
    from pipeline.text.topics.firing import RuleBook
    from schemas.topic_rules import lexicon

    rules = TopicRules(
        topic="history.yasukuni",
        source="test",
        added="2026-11-25",
        cues={"a": Cue(en=("shrine",))},
        rules=(Rule(id="x", all=("b",)),),
    )
    with pytest.raises(ConfigError, match="names a cue that is not defined: b"):
        RuleBook(lexicon(), (rules,))


def test_topics_of_rules_are_the_published_ones():
    assert {rule.topic for rule in rule_book().rules} == set(topic_names())
