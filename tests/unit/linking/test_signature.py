from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.characters import join_texts
from pipeline.text.outline import NUMBER, unpack
from pipeline.text.shingles import shingles_of_texts
from pipeline.text.signature import BANDS_CAP, FACT_KEYS, SHINGLES_CAP, _band_keys, shingles_of, sign, sign_all
from tests.unit.linking.stories_by_hand import WRITTEN


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("The “Alpha” plan cost 1,250 won", 'The "Alpha" plan cost 1250 won', id="quotes and thousands"),
        pytest.param("Smith &amp; Sons won&#39;t sell", "Smith & Sons won't sell", id="entities"),
        pytest.param("第１２回の会合を開いた", "第12回の会合を開いた", id="width"),
        pytest.param("어업 협상을 다시 연다", "어업협상을 다시 연다", id="Korean spacing"),
        pytest.param("one two   three\nfour five", "One, two: three — four five.", id="case, space and punctuation"),
    ],
)  # fmt: skip
def test_typography_does_not_change_shingles(text: str, same: str) -> None:
    assert sign(text, "").shingles == sign(same, "").shingles


def test_an_empty_text_has_a_signature_without_keys() -> None:
    for text in ("", " \n\n ", "!?… —"):
        signature = sign(text, "en")
        assert (signature.shingles, signature.bands, signature.numbers) == (b"", (), ())
        assert unpack(signature.outline).sentences == 0


def test_a_megabyte_of_one_line_is_signed_quickly_and_small() -> None:
    started = time.process_time()
    signature = sign("The same line again and again. " * 34_000, "en")
    assert time.process_time() - started < 5
    assert len(shingles_of(signature)) < 20
    assert len(signature.outline) < 40_000


def test_a_long_text_keeps_a_bounded_sample() -> None:
    signature = sign(" ".join(f"word{number}" for number in range(20_000)), "en")
    assert len(shingles_of(signature)) == SHINGLES_CAP
    assert len(signature.bands) <= BANDS_CAP + FACT_KEYS


def test_the_phrases_of_a_part_are_keys_of_the_whole() -> None:
    for written in WRITTEN:
        part = shingles_of_texts(join_texts(["\n\n".join(written.text.split("\n\n")[:3])]))
        keys, _ = _band_keys(part.hashes[part.says_something], part.owner[part.says_something])
        assert {f"{key:016x}" for key in keys.tolist()} <= set(sign(written.text, "").bands)


@given(st.lists(st.text(max_size=60) | st.sampled_from([text.text for text in WRITTEN]), max_size=8))
def test_texts_signed_together_have_the_signatures_they_have_alone(texts: list[str]) -> None:
    assert sign_all(texts) == [sign(text, "") for text in texts]


def test_texts_with_the_same_facts_in_other_words_share_a_key() -> None:
    one = "Captain Rask told Kestrel that 214 passengers left the Heron near Marrow on 6 boats in 14 minutes."
    other = "Near Marrow, says Kestrel, Rask needed 14 minutes until all 214 aboard the Heron were in 6 boats."
    assert set(sign(one, "en").bands) & set(sign(other, "en").bands)


def test_a_number_with_its_scale_is_one_number() -> None:
    for text, numbers in (("예산은 4천200억 원이다 17명", 2), ("費用は3千万円と1億2千万円だ", 2), ("10월 3일", 1)):
        assert int((unpack(sign(text, "").outline).classes == NUMBER).sum()) == numbers


def test_numbers_are_normalised_and_sorted() -> None:
    assert sign("1,374.3 won, 12 of １２ and 7", "en").numbers == ("12", "1374.3", "7")


@given(st.text(max_size=300))
def test_any_text_is_signed_the_same_twice(text: str) -> None:
    signature = sign(text, "")
    assert signature == sign(text, "")
    shingles = shingles_of(signature)
    assert np.all(shingles[1:] > shingles[:-1])
    outline = unpack(signature.outline)
    assert len(outline.units) == len(outline.sentence)
    assert outline.sentences == (int(outline.sentence[-1]) + 1 if len(outline.sentence) else 0)


def test_the_outline_tells_names_numbers_and_words_apart() -> None:
    outline = unpack(sign("Engineers told Kajiwara that 260 workers left 7 boats.", "en").outline)
    assert outline.classes.tolist() == [0, 1, 2, 0, 0, 3, 0]


def test_days_are_read_in_three_languages() -> None:
    def named(text: str) -> tuple[list[int], list[int]]:
        found = [[day for day in range(32) if leads >> day & 1] for leads, _ in unpack(sign(text, "").outline).days]
        return found[0], found[1]

    assert named("Officials met on Thursday in the harbour town.") == ([4], [])
    assert named("해림시는 9일 새 항로를 발표했다고 밝혔다.") == ([], [9])
    assert named("月島町は１２日、碑を建てる方針を決めた。") == ([], [12])
    assert named("해림시는 9년 만에 새 항로를 발표했다.") == ([], [])


def test_phrases_of_grammar_are_no_keys() -> None:
    assert sign("It was said that they would not have been there with all of them, and that is it.", "").bands == ()
    assert sign("ということであったのではないかとおもわれる", "").bands == ()
