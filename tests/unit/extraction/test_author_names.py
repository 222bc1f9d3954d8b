from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.author_names import author_names


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("By Mina Dole", ("Mina Dole",)),
        ("Mina Dole und Jo Kar, hwp", ("Mina Dole", "Jo Kar", "hwp")),
        ("Mina Dole, Jo Kar & Li Po", ("Mina Dole", "Jo Kar", "Li Po")),
        ("Mina Dole, Staff Writer", ("Mina Dole",)),
        ("mina.dole@herald.example", ()),
        ("Mina Dole (mina@herald.example)", ("Mina Dole",)),
        ("https://herald.example/authors/mina", ()),
        ("김나래 기자", ("김나래",)),
        ("사회부 김나래 기자 narae@herald.example", ("김나래",)),
        ("가람=김나래 특파원", ("김나래",)),
        ("김나래·이보람 기자", ("김나래·이보람",)),
        ("山田太郎記者", ("山田太郎",)),
        ("admin", ()),
        ("Jan Ott, professor of maritime law at the University of the Coast", ("Jan Ott",)),
        ("Fred Low Jr.", ("Fred Low Jr",)),
    ],
)
def test_names_come_without_titles_and_addresses(stated, names):
    assert author_names((stated,)) == names


def test_one_person_under_two_spellings_is_listed_once():
    assert author_names(("Mina Dole", "mina-dole", "MINA DOLE")) == ("Mina Dole",)


@given(st.lists(st.text(max_size=60), max_size=4))
def test_naming_names_again_changes_nothing(stated):
    names = author_names(tuple(stated))
    assert author_names(names) == names
    assert not any("://" in name for name in names)
