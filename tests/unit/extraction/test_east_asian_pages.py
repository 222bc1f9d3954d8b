from __future__ import annotations

import pytest

from pipeline.text.boilerplate import strip_boilerplate
from pipeline.text.extraction import extract
from schemas.errors import FailReason, PermanentError
from tests.unit.extraction.east_asian_pages import Shape, document, shapes
from tests.unit.extraction.pages import TITLES

URL = "https://www.garam.example/a/1"


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.name) for shape in shapes()])
def test_shape_gives_its_story_and_headline(shape: Shape):
    page = shape.html.encode(shape.charset, "xmlcharrefreplace")
    found = extract(page, "text/html", "", URL, "Asia/Tokyo")
    body = strip_boilerplate(found.text, found.title, found.language).body
    assert tuple(line for line in body.split("\n") if line and line not in shape.optional) == shape.story
    assert found.title == TITLES[shape.language]


def test_page_of_links_alone_has_no_story():
    with pytest.raises(PermanentError) as caught:
        extract(document("ko", "<div id='app'></div>").encode(), "text/html", "", URL)
    assert caught.value.reason is FailReason.EMPTY_BODY


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("한일 정상회담 다음 달 서울에서 열린다 : 정치 : 뉴스 : 가람일보", id="section-and-site"),
        pytest.param("한일 정상회담 다음 달 서울에서 열린다｜国際｜가람일보", id="full-width-bars"),
    ],
)
def test_sections_before_the_site_name_are_no_headline(title):
    html = document(
        "ko", "<article>" + "<p>두 정상은 다음 달 서울에서 만난다고 양국 정부가 밝혔다.</p>" * 4, title=title
    )
    html = html.replace("</head>", "<meta property='og:site_name' content='가람일보'></head>")
    assert extract(html.encode(), "text/html", "", URL).title == "한일 정상회담 다음 달 서울에서 열린다"
