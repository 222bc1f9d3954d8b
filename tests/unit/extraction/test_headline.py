from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.headline import headline_without_site, split_kicker, tidy

SITES = frozenset({"harbourherald", "港新聞", "항구일보"})


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Ferries sail again | Harbour Herald", "Ferries sail again"),
        ("Ferries sail again - World - Harbour Herald", "Ferries sail again - World"),
        ("Harbour Herald: ferries sail again in all weathers", "Harbour Herald: ferries sail again in all weathers"),
        ("Ferries sail again – Harbour Herald Online", "Ferries sail again"),
        ("フェリーが再開｜港新聞", "フェリーが再開"),
        ("フェリーが再開：港新聞", "フェリーが再開"),
        ("여객선 운항 재개 : 항구일보", "여객선 운항 재개"),
        ("여객선 운항 재개-사회ㅣ항구일보", "여객선 운항 재개"),
        ("Ferries – and why they sail again", "Ferries – and why they sail again"),
        ("BUDGET | Debt grows again", "BUDGET | Debt grows again"),
    ],
)
def test_site_name_is_cut_and_nothing_else(title, bare):
    assert headline_without_site(title, SITES) == bare


def test_witness_settles_where_the_headline_ends():
    title = "Ferries sail again | Regions | HH | 1.10.2026"
    assert headline_without_site(title, frozenset(), ("Ferries sail again",)) == "Ferries sail again"


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("[속보] 여객선 운항 재개", ("속보", "여객선 운항 재개")),
        ("【独自】フェリー再開へ", ("独自", "フェリー再開へ")),
        ("［社説］航路を守れ今こそ", ("社説", "航路を守れ今こそ")),
        ("<단독> 여객선 운항 재개", ("단독", "여객선 운항 재개")),
        ("Ferries [video] sail", ("", "Ferries [video] sail")),
        ("[속보]", ("", "[속보]")),
    ],
)
def test_bracketed_kicker_stands_apart(title, parts):
    assert split_kicker(title) == parts


@given(st.text(max_size=80))
def test_headline_never_grows_and_tidying_twice_changes_nothing(title):
    bare = headline_without_site(title, SITES)
    assert len(bare) <= len(tidy(title))
    assert bool(bare) == bool(tidy(title))
    assert tidy(tidy(title)) == tidy(title)
