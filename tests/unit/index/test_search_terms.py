from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.elasticsearch_queries import search_query
from connectors.index import MATCH_END, MATCH_START
from connectors.search_hits import fold_with_offsets, snippets
from connectors.search_terms import Term, cjk_runs, fold, hidden_words, pairs, query_terms, segment

# What occurs in news, and what breaks tokenizers: scripts, widths, accents, marks, rare characters.
TEXTS = st.text(
    st.sampled_from("ab ÉōſßİAP\n.,'’\"-한일관계 首脳会談ー・々ｶﾞﾊﾟＧ７１　😀𠮷\u0301\u3099\u1100\u1161\u11a8\x00\x02")
)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_offsets_lead_back_into_the_text_in_order(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert len(offsets) == len(folded) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] == len(text)


@given(TEXTS)
def test_runs_for_elasticsearch_hold_nothing_its_tokenizer_gives_up_at(text: str) -> None:
    assert max(cjk_runs(text), default="") <= "\uffff"


@given(TEXTS, TEXTS)
def test_terms_of_a_text_are_in_it_whatever_stands_around(text: str, around: str) -> None:
    for term in query_terms(text):
        if term.is_cjk and len(term.text) > 1:
            wanted = " ".join(pairs(term.text)[:-1])
            assert wanted in segment(f"{around}. {term.text}. {around}")


@given(TEXTS, TEXTS)
def test_a_passage_is_the_text_with_marks(text: str, query: str) -> None:
    for passage in snippets([text], query_terms(query)):
        plain = passage.replace(MATCH_START, "").replace(MATCH_END, "").strip("…")
        assert passage.count(MATCH_START) == passage.count(MATCH_END) >= 1
        assert re.sub(r"\s+", "", plain) in re.sub(r"[\s\x02\x03]+", "", text)


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("", []),
        ("  !? ", []),
        ("Seoul Seoul", [Term("seoul", False)]),
        ("한일 관계", [Term("한일", True), Term("관계", True)]),
        ("“sign up” now", [Term("sign up", False), Term("now", False)]),
        ("G7首脳", [Term("g7", False), Term("首脳", True)]),
        ('unclosed "quote', [Term("unclosed", False), Term("quote", False)]),
        ("U.S.-Japan 1,000", [Term("u.s japan", False), Term("1,000", False)]),
    ],
)
def test_what_a_query_asks_for(query: str, terms: list[Term]) -> None:
    assert query_terms(query) == terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Plain English, “quoted”.", ""),
        ("대통령이 말했다", ""),
        ("AP통신에 따르면", "ap"),
        ("Ｇ７", "g7"),
        ("One line.\nShinzō Abe\nAnother.", "shinzo abe"),
    ],
)
def test_words_are_repeated_only_where_the_server_would_miss_them(text: str, words: str) -> None:
    assert hidden_words(text) == words


def test_every_term_is_asked_for() -> None:
    terms = query_terms("talks 首脳会談 韓")
    assert len(search_query(terms, {"match_all": {}})["bool"]["must"]) == 3
