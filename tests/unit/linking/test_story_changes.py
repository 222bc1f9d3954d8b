from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.story_changes import SentenceChanges, sentence_changes, sentences
from tests.unit.linking.stories_by_hand import WRITTEN

LEAD = "The harbor office moved to the old customs house on Thursday."
SECOND = "It opens at nine, and a clerk speaks Korean and Japanese."
LOCAL = "Shopkeepers in Bell Street hope for more visitors in spring."


@pytest.mark.parametrize(
    ("origin", "copy", "added", "cut"),
    [
        pytest.param(f"{LEAD} {SECOND}", f"{LEAD}\n\n{SECOND}", (), (), id="other paragraphs"),
        pytest.param(f"{LEAD} {SECOND}", LEAD, (), (SECOND,), id="cut"),
        pytest.param(LEAD, f"{LEAD} {LOCAL}", (LOCAL,), (), id="added"),
        pytest.param(LEAD, LEAD.replace("Thursday", "March 3"), (), (), id="edited"),
        pytest.param("漁協が船を出した。雨が続いた。", "漁協が船を出した。", (), ("雨が続いた。",), id="Japanese"),
        pytest.param("", LEAD, (LEAD,), (), id="empty origin"),
    ],
)
def test_changes_name_whole_sentences(origin: str, copy: str, added: tuple[str, ...], cut: tuple[str, ...]) -> None:
    assert sentence_changes(origin, copy) == SentenceChanges(added, cut)
    assert sentence_changes(copy, origin) == SentenceChanges(cut, added)


def test_a_cut_copy_adds_little_and_loses_the_rest() -> None:
    origin, copy = WRITTEN[0].text, WRITTEN[1].text
    changes = sentence_changes(origin, copy)
    assert changes.added == ()
    assert len(changes.cut) == len(sentences(origin)) - len(sentences(copy))


@given(st.text(max_size=200))
def test_a_text_has_no_changes_against_itself(text: str) -> None:
    assert sentence_changes(text, text) == SentenceChanges((), ())
