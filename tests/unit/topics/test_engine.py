"""Folding, sentences and the notation of forms."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.topics.boundaries import edges_of
from pipeline.text.topics.code_points import kinds_of
from pipeline.text.topics.folding import fold
from pipeline.text.topics.forms import expand
from pipeline.text.topics.matching import CueMatcher
from pipeline.text.topics.sentences import sentence_spans
from schemas.topic_rules import Cue


def found(form: str, language: str, text: str) -> bool:
    matcher = CueMatcher({"cue": Cue(**{language: (form,)})})
    return any(sentence.mask for sentence in matcher.read("", text).sentences)


@pytest.mark.parametrize(
    ("form", "language", "text", "expected"),
    [
        pytest.param("protest", "en", "Seoul protested.", True, id="regular past"),
        pytest.param("protest", "en", "a Protestant church", False, id="other word with the same stem"),
        pytest.param("ban", "en", "a band played", False, id="ban is not band"),
        pytest.param("seize", "en", "they seized it", True, id="d after e"),
        pytest.param("labo(u)r", "en", "LABOUR", True, id="optional letter, case"),
        pytest.param("information-sharing", "en", "information sharing", True, id="hyphen or space"),
        pytest.param("information-sharing", "en", "information–sharing", True, id="en dash"),
        pytest.param("cooperat*", "en", "cooperation", True, id="open ending"),
        pytest.param("line!", "en", "lines", False, id="closed ending"),
        pytest.param("korea", "en", "ｋｏｒｅａ", True, id="full width"),
        pytest.param("독도", "ko", "독도를 방문", True, id="particle"),
        pytest.param("독도", "ko", "옛 동독도 그랬다", False, id="two syllables inside a word"),
        pytest.param("한·일", "ko", "한일 관계", True, id="dot left out"),
        pytest.param("한·일", "ko", "한ㆍ일 관계", True, id="another dot"),
        pytest.param("강제 동원", "ko", "강제동원 피해자", True, id="space left out"),
        pytest.param("강제동원", "ko", unicodedata.normalize("NFD", "강제동원"), True, id="decomposed hangul"),
        pytest.param("조현!", "ko", "조현은 말했다", True, id="name and particle"),
        pytest.param("조현!", "ko", "조현병 환자", False, id="name at the start of a word"),
        pytest.param("日", "ko", "日 총리 방한", True, id="headline hanja"),
        pytest.param("日", "ja", "来日した", False, id="one kanji inside a compound"),
        pytest.param("日", "ko", "5日 발표", False, id="day of the month"),
        pytest.param("ライン", "ja", "オンライン会議", False, id="katakana inside a longer word"),
        pytest.param("ガス", "ja", "ｶﾞｽ田", True, id="half-width katakana"),
        pytest.param("像!", "ja", "像を撤去", True, id="kanji before kana"),
        pytest.param("像!", "ja", "像様の模様", False, id="kanji inside a compound"),
    ],
)
def test_forms_match_whole_words_of_their_language(form, language, text, expected):
    assert found(form, language, text) is expected


def test_a_covering_form_hides_the_shorter_one_inside():
    matcher = CueMatcher({"islets": Cue(ko=("독도",)), "ship": Cue(ko=("독도함",), covers=True)})
    (sentence,) = matcher.read("", "독도함이 입항했다.").sentences
    assert matcher.cues_of(sentence.mask) == ["ship"]
    (sentence,) = matcher.read("", "독도함이 독도에 갔다.").sentences
    assert matcher.cues_of(sentence.mask) == ["islets", "ship"]


def test_forms_with_many_choices_expand_to_each():
    assert {literal.text for literal in expand("(a|b) labo(u)r", "en")} == {
        "a labor",
        "a labour",
        "b labor",
        "b labour",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "he met gen. park in the u.s. on aug. 10. they left.",
            ["he met gen. park in the u.s. on aug. 10.", "they left."],
            id="abbreviations",
        ),
        pytest.param("만났다. 떠났다.", ["만났다.", "떠났다."], id="korean"),
        pytest.param("「行く。」と述べた。帰った。", ["「行く。」", "と述べた。", "帰った。"], id="japanese quotation"),
        pytest.param("one\n\ntwo", ["one", "two"], id="lines"),
        pytest.param("  \n ", [], id="nothing"),
    ],
)
def test_sentences(text, expected):
    assert [text[start:end] for start, end in sentence_spans(text, 0, len(text))] == expected


@given(st.text(max_size=300))
def test_sentences_are_in_order_do_not_overlap_and_never_cross_a_line(text):
    spans = sentence_spans(text, 0, len(text))
    assert all(start < end for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert not any("\n" in text[start:end] for start, end in spans)


@given(st.text(max_size=200))
def test_folding_maps_back_inside_the_text_and_in_order(text):
    folded = fold(text)
    offsets = [folded.original(at) for at in range(len(folded.text) + 1)]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(text) for offset in offsets)
    assert folded.original(len(folded.text)) == len(text)


@given(st.text(alphabet=st.sampled_from("aβß½ｶﾞガが한각ᄒ​́ﷺé é"), max_size=60))
def test_folding_is_idempotent(text):
    once = fold(text).text
    assert fold(once).text == once


def test_a_match_needs_its_edges_on_both_sides():
    edges = edges_of(expand("g7", "en")[0].boundary)

    def holds(text):
        return edges.hold(b"\0" + kinds_of(text) + b"\0", text, 4, 6)

    assert holds("the g7 met")
    assert not holds("the g77 met")
    assert not holds("thexg7 met")
