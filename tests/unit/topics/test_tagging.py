"""The gate and the tagging rules of the specification, on texts of our own."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.topics.explain import explain_topics
from pipeline.text.topics.firing import _joined
from pipeline.text.topics.tagging import tag_topics
from schemas.topic_examples import irrelevant_examples, topic_examples
from tests.shared_material import shared_path

FILLER = "The orchard grows apples and pears, and the harvest was late this year. Farmers said the market was calm."


def tags(body: str, title: str = "") -> set[str]:
    return {tag.topic for tag in tag_topics(title, body, "", None).tags}


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        pytest.param(
            "Lee and Takaichi met in Seoul. The comfort women issue was not raised.", "history.comfort_women", id="en"
        ),
        pytest.param(
            "이 대통령과 다카이치 총리가 만났다. 위안부 문제는 논의되지 않았다.", "history.comfort_women", id="ko"
        ),
        pytest.param(
            "李大統領と高市首相が会談した。慰安婦問題は議題に上らなかった。", "history.comfort_women", id="ja"
        ),
    ],
)
def test_what_was_not_discussed_is_not_tagged(body, topic):
    found = tags(body)
    assert "diplomacy.summit" in found
    assert topic not in found


def test_a_summit_that_is_not_planned_is_about_the_summit():
    assert "diplomacy.summit" in tags("No summit between the leaders of South Korea and Japan is planned.")


def test_a_denied_act_is_on_topic():
    assert "security.defense_radar" in tags(
        "South Korea denied that its destroyer locked fire-control radar on a Japanese plane."
    )


def test_bare_items_of_a_list_are_not_tagged():
    found = tags("Lee and Ishiba met in Tokyo, setting aside rows over wartime labor, comfort women and Dokdo.")
    assert "diplomacy.summit" in found
    assert not found & {"history.comfort_women", "territory.dokdo_takeshima", "history.forced_labor"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("The chef, author of a book on comfort women, opened a shop in Seoul and Tokyo.", id="author"),
        pytest.param(
            "The bakery opened in the year export curbs split South Korea and Japan. It sells bread.", id="year"
        ),
        pytest.param("慰安婦問題の著書もある学者が、韓国と日本の菓子の本を出した。", id="japanese author"),
    ],
)
def test_modifiers_inside_another_story_open_no_gate(body):
    assert not tag_topics("", body, "", None).relevant


def test_a_long_article_that_mentions_both_countries_once_in_passing_is_irrelevant():
    passing = "The pears are shipped to South Korea, Japan and Canada."
    body = "\n\n".join([FILLER] * 110 + [passing] + [FILLER] * 110)
    assert len(body.split()) > 4000
    assert not tag_topics("Apples and pears", body, "en", None).relevant


FURNITURE = (
    "Sign up to read this article\nRelated Stories\nTop stories\nDownload the app\nLeave a Reply\n"
    "Your email address will not be published.\nAll rights reserved"
)


def furniture_of_the_seeds() -> str:
    """The short lines of both seeds: pitch, buttons, comment form."""
    pages = sorted(shared_path("seeds").glob("*.txt"))
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines()]
    return "\n".join(line for line in lines if 0 < len(line.split()) < 9 and "Korea" not in line)


@pytest.mark.parametrize("reason", sorted(irrelevant_examples()))
def test_site_furniture_makes_nothing_relevant(reason):
    turned = [
        text
        for text in irrelevant_examples()[reason]
        if tag_topics("", f"{FURNITURE}\n\n{text}\n\n{FURNITURE}", "", None).relevant
    ]
    assert turned == []


def test_furniture_of_the_seeds_makes_nothing_relevant():
    furniture = furniture_of_the_seeds()
    turned = [
        text
        for texts in irrelevant_examples().values()
        for text in texts
        if tag_topics("", f"{furniture}\n\n{text}\n\n{furniture}", "", None).relevant
    ]
    assert turned == []


def test_every_evidence_is_verbatim_and_within_a_line():
    for examples in topic_examples().values():
        for text in examples.match:
            title, body = "Ｓｅｏｕｌ, Tokyo talk ½", f"{text}\r\n\r\n{text}"
            for tag in tag_topics(title, body, "", None).tags:
                assert tag.evidence
                assert 0 <= tag.score <= 1
                for evidence in tag.evidence:
                    source = {"title": title, "body": body}[evidence.field]
                    assert source[evidence.start : evidence.end] == evidence.text
                    assert "\n" not in evidence.text
                    assert evidence.cues


def test_irrelevant_means_no_topic_and_no_primary():
    topics = tag_topics("Apples", FILLER, "en", None)
    assert (topics.relevant, topics.tags, topics.primary, topics.score) == (False, (), "", 0.0)


def test_relevant_means_a_topic_and_a_primary_among_them():
    for examples in topic_examples().values():
        for text in examples.match:
            topics = tag_topics("", text, "", None)
            assert topics.relevant
            assert topics.primary in {tag.topic for tag in topics.tags}
            assert topics.gate_evidence


def test_chinese_text_is_left_alone():
    assert not tag_topics("竹島", "中國外交部就竹島與日本韓國交涉表示抗議", "zh", None).relevant


def test_explanation_names_cues_and_rules_of_each_sentence():
    explanation = explain_topics("", "Seoul protested over Dokdo. It rained.")
    first, second = explanation.sentences
    assert ("dokdo_takeshima.name", "dokdo") in first.cues
    assert any(rule.rule.startswith("territory.dokdo_takeshima/") for rule in first.rules)
    assert second.rules == ()
    assert explanation.topics == tag_topics("", "Seoul protested over Dokdo. It rained.", "", None)


@given(st.text(max_size=400), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_a_fault(body, title):
    topics = tag_topics(title, body, "", None)
    assert topics == tag_topics(title, body, "", None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Seoul \ud800 Tokyo protested over Dokdo \udfff", id="unpaired surrogates"),
        pytest.param("\u202eSeoul\u202c protested to Tokyo over Dokdo\u200f", id="right-to-left marks"),
        pytest.param("독도\u0000한국 일본 항의", id="null"),
        pytest.param("İstanbul ﬁﬂ 독도에 일본이 항의했다.", id="growing case folding"),
    ],
)
def test_strange_characters_do_no_harm(body):
    for tag in tag_topics(body, body, "", None).tags:
        for evidence in tag.evidence:
            assert body[evidence.start : evidence.end] == evidence.text


def test_time_grows_with_length_not_faster():
    generator = random.Random(7)
    words = ["seoul", "tokyo", "dokdo", "protest", "apples", "日本", "한국은", "the", "treaty", "1965,"]
    line = " ".join(generator.choice(words) for _ in range(120_000))

    def seconds(text: str) -> float:
        begun = time.process_time()
        tag_topics("", text, "", None)
        return time.process_time() - begun

    seconds(line[:50_000])
    short, long = seconds(line[: len(line) // 8]), seconds(line)
    assert long < 8 * 3 * short + 0.5


def test_ten_megabytes_in_one_line_are_read():
    tag_topics("", "가나다라 " * 2_000_000, "ko", None)
    tag_topics("", "Seoul and Tokyo talk " * 60_000, "en", None)


@pytest.mark.timeout(20)
def test_what_stands_between_items_of_a_list_is_read_in_linear_time():
    assert not _joined("," * 28 + "x", 0, 29)
    assert _joined(", and the ", 0, 10)


@pytest.mark.timeout(20)
def test_a_title_without_an_end_is_read_in_linear_time():
    topics = tag_topics("Seoul and Tokyo row over Dokdo, forced labor, comfort women, " * 100_000, "", "en", None)
    assert "place:dokdo" in {mention.entity for mention in topics.entities}
