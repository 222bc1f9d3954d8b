import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.word_diff import Op, is_same_text, word_diff, words

MARKS = {Op.SAME: "{}", Op.DELETED: "[-{}-]", Op.INSERTED: "{{+{}+}}"}


def marked(before: str, after: str) -> str:
    return "".join(MARKS[one.op].format(one.text) for one in word_diff(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("Ten boats left.", "Two boats left.", "[-Ten-]{+Two+} boats left.", id="english-word"),
        pytest.param(
            "It rained. Ten boats left on Monday. All was well.",
            "It rained. Ten boats left on Tuesday. All was well.",
            "It rained. Ten boats left on [-Monday-]{+Tuesday+}. All was well.",
            id="one-sentence-of-three",
        ),
        pytest.param("It cost 1,200 won.", "It cost 1,300 won.", "It cost [-1,200-]{+1,300+} won.", id="number-whole"),
        pytest.param(
            "장관이 부산에서 회담을 열었다.",
            "장관은 부산에서 회담을 열었다.",
            "장관[-이-]{+은+} 부산에서 회담을 열었다.",
            id="korean-particle",
        ),
        pytest.param(
            "首相は15日、ソウルで会談した。",
            "首相は16日、ソウルで会談した。",
            "首相は[-15-]{+16+}日、ソウルで会談した。",
            id="japanese-date",
        ),
        pytest.param(
            "首相は会談した。", "首相は外相と会談した。", "首相は{+外相と+}会談した。", id="japanese-inserted"
        ),
        pytest.param("总统十五日访问。", "总统十六日访问。", "总统十[-五-]{+六+}日访问。", id="chinese-character"),
        pytest.param("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", "One.\n\n[-Two.\n\n-]Three.", id="paragraph"),
        pytest.param("", "New words.", "{+New words.+}", id="from-nothing"),
        pytest.param("Old words.", "", "[-Old words.-]", id="to-nothing"),
        pytest.param("a  b\nc", "a b c", "a b c", id="white-space-is-no-change"),
    ],
)
def test_change_is_shown_in_the_words_that_changed(before, after, expected):
    assert marked(before, after) == expected


def test_sentences_that_share_nothing_are_replaced_whole():
    assert marked("Ten boats left the port.", "Nobody knows why prices of rice rose so fast.") == (
        "[-Ten boats left the port.-]{+Nobody knows why prices of rice rose so fast.+}"
    )


TEXT = st.text(alphabet="ab .,\n가이은漢字かなカナ12'-", max_size=60)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_off_the_diff(before, after):
    passages = word_diff(before, after)
    assert "".join(one.text for one in passages if one.op is not Op.DELETED) == after.strip()
    left = "".join(one.text for one in passages if one.op is not Op.INSERTED)
    assert "".join(left.split()) == "".join(before.split())
    assert all(one.text for one in passages)


@given(TEXT)
def test_a_text_does_not_differ_from_itself(text):
    assert all(one.op is Op.SAME for one in word_diff(text, text))
    assert is_same_text(text, f" {text}\n")


@given(TEXT)
def test_no_character_is_lost_between_words(text):
    assert "".join(words(text)) == "".join(text.split())


def test_long_texts_that_share_nothing_take_no_time():
    before, after = " ".join(f"a{n}" for n in range(20_000)), " ".join(f"b{n}" for n in range(20_000))
    assert [one.op for one in word_diff(before, after)] == [Op.DELETED, Op.INSERTED]
