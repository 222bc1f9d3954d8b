from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.extraction import extract
from pipeline.text.plain_document import split_document
from tests.unit.extraction.pages import ENGLISH, JAPANESE, TITLES

LONG = " ".join(ENGLISH[:3])


def test_doubled_headline_is_the_title_and_leaves_the_body():
    title, body = split_document(f"{TITLES['en']}\n\n{TITLES['en']}\n\n{LONG}\n\n{ENGLISH[3]}")
    assert title == TITLES["en"]
    assert body == f"{LONG}\n\n{ENGLISH[3]}"


def test_headline_before_the_credit_wins_over_the_aggregators_lines():
    chrome = (
        "A hundred papers, one fee.\nOpen the reader\nThe Herald, Port\nThe Herald, Port\nHome news\nFrom the HT wire"
    )
    title, body = split_document(f"{chrome}\n\n{TITLES['en']}\n\nHARBOUR TIDE\n\n{LONG}")
    assert title == TITLES["en"]
    assert body.split("\n\n") == [*chrome.split("\n"), "HARBOUR TIDE", LONG]


def test_japanese_headline_is_found():
    title, body = split_document(f"{TITLES['ja']}\n\n" + "\n".join(JAPANESE))
    assert title == TITLES["ja"]
    assert TITLES["ja"] not in body


def test_single_paragraph_has_no_title():
    assert split_document(LONG) == ("", LONG)


@given(st.text(alphabet="ab .\nあ가", max_size=300))
def test_body_lines_are_lines_of_the_text_in_order(text):
    title, body = split_document(text)
    remaining = iter([line.strip() for line in text.split("\n") if line.strip()])
    assert all(any(line == other for other in remaining) for line in body.split("\n\n") if line)
    assert title in text


def test_a_title_that_the_source_states_is_the_title_and_no_line_of_the_text():
    title = "A title of the record"
    text = "Ferry line reopens between the ports\n\n" + "The ferry reopened on Monday, its operator said. " * 4
    extracted = extract(text.encode(), "text/plain", "utf-8", "", stated_title=title)
    assert extracted.title == title
    assert extracted.text.startswith("Ferry line reopens")
    assert extract(f"{title}\n\n{text}".encode(), "text/plain", "utf-8", "", "", title).text == extracted.text
