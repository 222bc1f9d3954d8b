from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.command_line.search_commands import changes_of_copies
from pipeline.indexed_members import MEMBER_FIELDS, member_from_document
from pipeline.text.story_changes import SentenceChanges, sentence_changes, sentences
from schemas.errors import ConfigError
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


def test_a_story_tells_what_each_copy_added_to_its_origin_and_cut() -> None:
    origin = {"body": "The ferry leaves at six. It carries forty cars. Nobody was hurt in the storm."}
    copy = {"body": "The ferry leaves at six. Our harbor was closed until noon. It carries forty cars."}
    same, changed = changes_of_copies([origin, copy])
    assert (same.added, same.cut) == ((), ())
    assert changed.added == ("Our harbor was closed until noon.",)
    assert changed.cut == ("Nobody was hurt in the storm.",)


def test_an_article_without_a_signature_is_told_in_a_sentence() -> None:
    document = dict.fromkeys(MEMBER_FIELDS, "") | {"article_id": "a1", "signature_version": 0}
    with pytest.raises(ConfigError, match="a1 has no signature"):
        member_from_document(document)
