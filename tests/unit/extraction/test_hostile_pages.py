"""Pages built to hurt a parser, under a time limit: each has an outcome in time, and the next page is read."""

from __future__ import annotations

import pytest

from pipeline.time_limit import LimitedExtractor
from schemas.errors import FailReason, PermanentError
from tests.unit.extraction.pages import ENGLISH, page

MEGABYTE = 1 << 20
STORY = page().encode()
OUTCOMES = {FailReason.EXTRACTION_TIMEOUT, FailReason.UNPARSABLE_PAGE, FailReason.EMPTY_BODY, FailReason.UNDECODABLE}

HOSTILE = [
    pytest.param(
        page(
            body=f"<p {' '.join(f'a{number}=1' for number in range(200_000))}>{ENGLISH[0]}</p>"
            + "".join(f"<p>{line}</p>" for line in ENGLISH[1:])
        ),
        id="200,000-attributes",
    ),
    pytest.param(
        page(body="<div>" * 100_000 + "".join(f"<p>{line}</p>" for line in ENGLISH)), id="100,000-nested-tags"
    ),
    pytest.param(page(body="<b><i><u>" * 33_000 + ENGLISH[0]), id="100,000-nested-inline-tags"),
    pytest.param(page(body="<p>" + "word " * (16 * MEGABYTE // 5) + "</p>"), id="text-node-of-16-MB"),
    pytest.param(page(body="<p>" + "a" * (16 * MEGABYTE) + "</p>"), id="word-of-16-MB"),
    pytest.param(
        page(body="<p>" + "가나다라마바사 " * (2 * MEGABYTE // 8) + "</p>"), id="korean-paragraph-of-2-million"
    ),
    pytest.param(page(body="<br>" * 400_000 + ENGLISH[0]), id="400,000-line-breaks"),
    pytest.param(page(body="&#x41;" * 300_000 + "&amp" * 300_000), id="600,000-entities"),
    pytest.param(page(body="<table>" * 20_000 + ENGLISH[0]), id="20,000-nested-tables"),
    pytest.param(page(head='<script type="application/ld+json">' + "[" * 200_000 + "</script>"), id="deep-json-ld"),
    pytest.param(
        page(head='<script>self.__next_f.push([1,"' + "\\\\" * 500_000 + "</script>"), id="backslashes-in-payload"
    ),
    pytest.param(page(head=f'<meta name="author" content="{"A. " * 200_000}">'), id="author-of-600-kB"),
    pytest.param(page(title="- | " * 100_000), id="title-of-separators"),
    pytest.param(page(body="<!--" + "-" * 2_000_000 + "<p>" + ENGLISH[0]), id="comment-that-never-ends"),
    pytest.param(
        page(body="".join(f'<div class="{"x-" * 2_000}{number}">y</div>' for number in range(500))), id="long-classes"
    ),
]


@pytest.fixture(scope="module")
def extractor():
    made = LimitedExtractor(workers=1, cpu_seconds=4)  # a fifth of a run's, to be done sooner
    yield made
    made.close()


@pytest.mark.parametrize("html", HOSTILE)
def test_an_outcome_in_time_and_the_next_page_is_read(extractor, html):
    outcome = extractor.submit(html.encode(), "text/html", "utf-8", "https://herald.example/1")
    error = outcome.exception(timeout=95)
    if error is None:
        assert outcome.result().text
    else:
        assert isinstance(error, PermanentError)
        assert error.reason in OUTCOMES, error.detail
    after = extractor.submit(STORY, "text/html", "utf-8", "https://herald.example/2").result(timeout=60)
    assert after.text == "\n\n".join(ENGLISH)
