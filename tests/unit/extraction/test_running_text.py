"""Marks inside a running text, and the parts of a story that stand outside its main box."""

from __future__ import annotations

import pytest

from pipeline.text.extraction import extract
from tests.unit.extraction.pages import ENGLISH, KOREAN, page

LINE = ENGLISH[1]
REST = "".join(f"<p>{line}</p>" for line in ENGLISH[1:])


def text_of(html: str) -> str:
    return extract(html.encode(), "text/html", "utf-8", "https://herald.example/world/1").text


@pytest.mark.parametrize(
    ("markup", "sentence"),
    [
        pytest.param(
            'Shares of <a class="company icon" href="/q/F">Ferry Lines</a> fell after <a class="tooltip" href="/r">the '
            "report</a>. Nobody had expected it.",
            "Shares of Ferry Lines fell after the report. Nobody had expected it.",
            id="links-with-the-classes-of-chrome",
        ),
        pytest.param(
            'One survey of 200 crews found tired captains (<x-source><a class="footnote" href="/s">1</a></x-source>).',
            "One survey of 200 crews found tired captains (1).",
            id="custom-element-in-a-sentence",
        ),
        pytest.param(
            '<cite class="source">HARBOUR CITY (Tide Wire)</cite> - The company that runs the boats said on Monday '
            "that every crew had signed.",
            "HARBOUR CITY (Tide Wire) - The company that runs the boats said on Monday that every crew had signed.",
            id="dateline-in-a-box-of-its-own",
        ),
        pytest.param(
            '해운사 <span class="tag">가람해운</span>은 월요일 <span class="tooltip">임금</span>을 올린다고 밝혔다.',
            "해운사 가람해운은 월요일 임금을 올린다고 밝혔다.",
            id="korean-particle-after-the-mark",
        ),
    ],
)
def test_marked_words_stay_in_their_sentence(markup, sentence):
    assert sentence in text_of(page(body=f"<p>{markup}</p>{REST}")).split("\n\n")


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param('<span class="share">Share this story</span>', id="before"),
        pytest.param('<span class="sr-only">opens in a new window, hidden from sight</span>', id="hidden"),
    ],
)
def test_chrome_at_the_end_of_a_paragraph_still_goes(markup):
    text = text_of(page(body=f"<p>{LINE} {markup}</p>{REST}"))
    assert LINE in text
    assert "Share this" not in text
    assert "opens in" not in text


def test_permalink_in_a_heading_is_no_link():
    heading = '<h3><a class="label" href="#part-two" id="nav_part">What the crews want next</a></h3>'
    contents = '<ul class="list"><li><a href="#part-two">What the crews want next</a></li></ul>'
    text = text_of(page(body=f"{contents}<p>{ENGLISH[0]}</p>{heading}{REST}"))
    assert text.count("What the crews want next") == 1
    assert text.index("What the crews want next") > text.index(ENGLISH[0])


def test_first_paragraph_in_the_box_that_all_may_read_is_kept():
    box = '<div class="story-body"><p>{}</p></div>'
    body = f'<div class="teaser">{box.format(ENGLISH[0])}</div>' + "".join(map(box.format, ENGLISH[1:]))
    assert text_of(page(body=body)).split("\n\n") == list(ENGLISH)


def test_related_box_with_a_body_of_its_own_stays_out():
    related = (
        '<div class="teaser"><div class="card-text"><p>The lighthouse keeper retires at ninety, and the harbour'
        " says goodbye with a concert on the pier.</p></div></div>"
    )
    body = f'<div class="story-body">{"".join(f"<p>{line}</p>" for line in ENGLISH)}</div>{related}'
    assert "lighthouse" not in text_of(page(body=body))


def test_standfirst_in_the_box_of_dates_is_part_of_the_story():
    standfirst = "After nine days without boats, the harbour wakes up early and sells its first coffee at five."
    head = f'<meta name="description" content="{standfirst}">'
    html = page(head=head).replace(
        '<div class="article-body">',
        f'<div class="article-info"><p class="info">{standfirst}</p><p class="date">1 October 2026</p></div>'
        '<div class="article-body">',
    )
    text = text_of(html)
    assert text.startswith(standfirst)
    assert "1 October" not in text


def test_points_of_the_summary_are_part_of_the_story():
    point = "Crews went back to work on Monday and the first boat left half empty."
    html = page().replace('<div class="article-body">', f'<ul><li>{point}</li></ul><div class="article-body">')
    assert text_of(html).split("\n\n")[0] == point


def test_headings_that_are_links_head_the_parts_of_a_list():
    parts = "".join(
        f'<h3><a href="https://shop.example/{number}">Raincoat number {number}</a></h3><p>{line} {LINE}</p>'
        for number, line in enumerate(ENGLISH)
    )
    assert text_of(page(body=parts)).count("Raincoat number") == len(ENGLISH)


def test_one_link_heading_in_a_story_is_a_teaser():
    body = f'<p>{ENGLISH[0]}</p><h3><a href="/b">Lighthouse keeper retires at ninety</a></h3>{REST}'
    assert "Lighthouse" not in text_of(page(body=body))


def test_korean_standfirst_before_a_marked_body():
    point = "여객선이 아흐레 만에 다시 떠나면서 선착장의 가게들도 새벽부터 문을 열었다."
    html = page("ko").replace('<div class="article-body">', f'<ul><li>{point}</li></ul><div class="article-body">')
    assert text_of(html).split("\n\n") == [point, *KOREAN]
