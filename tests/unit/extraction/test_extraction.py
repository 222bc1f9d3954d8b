from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.extraction import clean_text, extract
from schemas.errors import FailReason, PermanentError
from schemas.records import Paywall
from tests.unit.extraction.mutations import mutated_pages
from tests.unit.extraction.pages import (
    ENGLISH,
    STORIES,
    TITLES,
    all_pages,
    json_ld,
    next_data_page,
    next_flight_page,
    page,
    store_page,
)

URL = "https://www.herald.example/world/ferry-1234"


def extracted(html: str, url: str = URL, timezone: str = ""):
    return extract(html.encode(), "text/html", "utf-8", url, timezone)


def story(language: str = "en") -> str:
    return "\n\n".join(STORIES[language])


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_story_comes_out_whole_and_alone(language):
    found = extracted(page(language))
    assert found.text == story(language)
    assert (found.title, found.language, found.site_name) == (TITLES[language], language, "Harbour Herald")


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(next_flight_page("ko"), id="next-flight-strings"),
        pytest.param(next_data_page("ko"), id="next-data"),
        pytest.param(store_page("ko"), id="assigned-store"),
        pytest.param(
            "<html><body><div id=app></div>"
            + json_ld(articleBody=story("ko").replace("\n\n", "\n"))
            + "</body></html>",
            id="json-ld-article-body",
        ),
    ],
)
def test_story_that_only_scripts_hold_is_found(html):
    assert extracted(html).text == story("ko")


def test_script_data_dates_and_titles_the_story_it_holds():
    found = extracted(next_flight_page("ko"), timezone="Asia/Seoul")
    assert found.published_at == datetime(2026, 10, 1, 4, 18, tzinfo=UTC)
    assert found.title == TITLES["ko"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<br><br>".join(ENGLISH), id="double-breaks"),
        pytest.param("<br/>\n".join(ENGLISH), id="single-breaks"),
        pytest.param("".join(f"<div><div><span>{line}</span></div></div>" for line in ENGLISH), id="boxes"),
        pytest.param("<p>" + "<p>".join(ENGLISH), id="unclosed-paragraphs"),
        pytest.param(f"<p>{ENGLISH[0]}</b></i></p><p>" + "<p>".join(ENGLISH[1:]), id="stray-ends"),
        pytest.param("<div>" * 3000 + "".join(f"<p>{line}</p>" for line in ENGLISH), id="deep-nesting"),
    ],
)  # fmt: skip
def test_paragraphs_are_found_in_any_markup(body):
    assert extracted(page(body=body)).text == story()


def test_subheadings_and_lists_of_the_story_stay():
    listed = "<h2>What was agreed</h2><ul><li>four percent</li><li>two steps</li></ul>"
    body = f"<p>{ENGLISH[0]}</p>{listed}<p>{ENGLISH[1]}</p><p>{ENGLISH[2]}</p>"
    assert extracted(page(body=body)).text.split("\n\n")[1:4] == ["What was agreed", "four percent", "two steps"]


def test_standfirst_between_headline_and_body_stays():
    html = page().replace(
        "</h1>", "</h1><p class='standfirst'>Boats sail from Monday, and tickets cost the same as before.</p>"
    )
    assert extracted(html).text.startswith("Boats sail from Monday")


@pytest.mark.parametrize(
    "chrome",
    [
        '<div class="related-links"><p>Lighthouse keeper retires after sixty years on the rock, he says.</p></div>',
        "<figure><img src=x><figcaption>A ferry in the harbour on Sunday. Photo: M. Dole.</figcaption></figure>",
        '<div class="newsletter-signup"><p>Sign up and get the best of the harbour every single morning.</p></div>',
        '<p><a href="/x">Lighthouse keeper retires after sixty years on the rock</a></p>',
        '<div style="display:none"><p>Hidden sentence that no reader ever sees on this page at all.</p></div>',
        "<aside><p>An aside about the history of the harbour that is not part of the story.</p></aside>",
    ],
)  # fmt: skip
def test_chrome_inside_the_body_is_left_out(chrome):
    lines = [f"<p>{line}</p>" for line in ENGLISH]
    assert extracted(page(body="".join([*lines[:2], chrome, *lines[2:]]))).text == story()


def test_readers_comments_longer_than_the_story_stay_out():
    comments = (
        "<div class='comment-list'>"
        + "<p>I have waited at that pier for hours, and nobody told us why.</p>" * 60
        + "</div>"
    )
    assert extracted(page().replace("<footer>", comments + "<footer>")).text == story()


def test_layout_named_like_chrome_does_not_lose_the_story():
    html = page().replace('class="article-body"', 'class="sidebar-grid__content"')
    assert extracted(html).text == story()


def test_what_follows_the_body_that_json_ld_states_is_dropped():
    after = "<p>Our reporters travel every coast so that you know what the sea will do tomorrow.</p>"
    head = json_ld(articleBody=" ".join(ENGLISH))
    assert extracted(page(head=head).replace("</p></div></article>", f"</p>{after}</div></article>")).text == story()


def test_truncated_article_body_does_not_cut_the_story():
    assert extracted(page(head=json_ld(articleBody=ENGLISH[0] * 4))).text == story()


def test_control_characters_never_reach_the_text():
    found = extracted(page(body="".join(f"<p>\x02{line}\x03&#2;&#x3;</p>" for line in ENGLISH)))
    assert found.text == story()


@pytest.mark.parametrize(
    ("head", "origin"),
    [
        (json_ld(datePublished="2026-10-01T13:18:00+09:00"), "json-ld"),
        ('<meta property="article:published_time" content="2026-10-01T04:18:00Z">', "meta"),
        ("<time datetime='2026-10-01T04:18:00Z'>today</time>", "text"),
    ],
)
def test_date_is_kept_with_what_stated_it(head, origin):
    found = extracted(page(head=head))
    assert (found.published_at, found.published_from) == (datetime(2026, 10, 1, 4, 18, tzinfo=UTC), origin)


def test_date_in_the_url_is_the_last_resort_and_nothing_is_invented():
    assert extracted(page(), "https://herald.example/2026/10/01/ferry").published_from == "url"
    assert extracted(page()).published_at is None


def test_claims_are_read():
    head = (
        json_ld(
            headline=TITLES["en"],
            author={"@type": "Person", "name": "By Mina Dole, Staff Writer"},
            dateModified="2026-10-02T00:00:00Z",
            articleSection="World",
            description="Crews are back.",
            isAccessibleForFree=False,
            sourceOrganization={"@type": "NewsMediaOrganization", "name": "Tide Wire"},
        )
        + '<link rel="canonical" href="/world/ferry-1234"><link rel="alternate" hreflang="ko" href="/ko/1234">'
    )
    found = extracted(page(head=head), URL + "?utm_source=feed")
    assert found.authors == ("Mina Dole",)
    assert found.updated_at == datetime(2026, 10, 2, tzinfo=UTC)
    assert (found.section, found.summary, found.paywall) == ("World", "Crews are back.", Paywall.PAYWALLED)
    assert found.credit_hints == ("Tide Wire",)
    assert found.canonical_url.endswith("/world/ferry-1234")
    assert found.alternates == (("ko", "https://www.herald.example/ko/1234"),)


@pytest.mark.parametrize(
    "href", ["https://www.herald.example/", "https://elsewhere.test/world/ferry-1234", "javascript:x", ""]
)
def test_canonical_that_cannot_be_believed_is_ignored(href):
    assert extracted(page(head=f'<link rel="canonical" href="{href}">')).canonical_url == ""


def test_local_file_takes_the_address_its_markup_declares():
    assert extracted(page(head=f'<link rel="canonical" href="{URL}">'), url="").canonical_url.endswith(
        "/world/ferry-1234"
    )


def test_site_as_author_gives_way_to_a_byline():
    html = page(head=json_ld(author={"@type": "Organization", "name": "Harbour Herald"}))
    html = html.replace("</h1>", '</h1><span class="byline">By Mina Dole</span>')
    assert extracted(html).authors == ("Mina Dole",)


def test_plain_document_is_split_into_title_and_text():
    document = f"[Breaking] {TITLES['en']}\n\n" + "\n\n".join((" ".join(ENGLISH[:3]), ENGLISH[3]))
    found = extract(document.encode(), "text/plain", "", "")
    assert (found.kicker, found.title, found.language) == ("Breaking", TITLES["en"], "en")
    assert found.text.endswith(ENGLISH[3])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.4 abc", FailReason.UNDECODABLE),
        (b"<html><body><script>x()</script></body></html>", FailReason.EMPTY_BODY),
        (b"   ", FailReason.UNPARSABLE_PAGE),
        (b"<!-- only a comment -->", FailReason.UNPARSABLE_PAGE),
    ],
)
def test_page_without_a_story_is_refused_with_the_reason(content, reason):
    with pytest.raises(PermanentError) as caught:
        extract(content, "text/html", "", URL)
    assert caught.value.reason is reason


def test_page_of_several_megabytes_is_extracted():
    noise = "".join(
        f'<div class="related-box"><a href="/{n}">Another headline, number {n}</a></div>' for n in range(40_000)
    )
    assert extracted(page().replace("</main>", f"</main>{noise}")).text == story()


def test_extraction_is_a_function_of_its_input():
    for content in all_pages():
        assert extract(content, "text/html", "", URL) == extract(content, "text/html", "", URL)


def test_mutated_pages_are_extracted_or_refused():
    for content in mutated_pages(150, seed=11):
        try:
            found = extract(content, "text/html", "", URL)
        except PermanentError:
            continue
        assert found.text == clean_text(found.text)
        assert found.text
        assert "\x02" not in found.text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["text/html", "text/plain"]))
def test_any_text_is_extracted_or_refused(text, content_type):
    try:
        found = extract(text.encode("utf-8", "replace"), content_type, "", URL)
    except PermanentError:
        return
    assert found.text == clean_text(found.text)


def test_source_line_ends_are_spaces_and_blank_lines_part_paragraphs():
    wrapped = f"<p>{ENGLISH[0].replace(' after', chr(10) + 'after')}\n\n{ENGLISH[1]}</p><p>{ENGLISH[2]}</p>"
    assert extracted(page(body=wrapped)).text == "\n\n".join(ENGLISH[:3])


def test_row_of_a_table_stays_a_row():
    rows = "<table><tr><th>Boat</th><th>Seats</th></tr><tr><td>Gull</td><td>120</td></tr></table>"
    text = extracted(page(body="".join(f"<p>{line}</p>" for line in ENGLISH) + rows)).text
    assert text.split("\n\n")[-2:] == ["Boat Seats", "Gull 120"]


@pytest.mark.parametrize(
    ("claim", "lines", "truncated"),
    [
        ({"isAccessibleForFree": False}, ENGLISH[:2], True),
        ({"isAccessibleForFree": False}, ENGLISH * 3, False),
        ({"isAccessibleForFree": True}, ENGLISH[:2], False),
        ({"hasPart": {"isAccessibleForFree": "False", "cssSelector": ".wall"}}, ENGLISH[:2], True),
        ({"wordCount": 900}, ENGLISH, True),
        ({"wordCount": "80"}, ENGLISH, False),
    ],
)
def test_cut_story_is_marked(claim, lines, truncated):
    body = "".join(f"<p>{number}. {line}</p>" for number, line in enumerate(lines))
    assert extracted(page(head=json_ld(**claim), body=body)).truncated is truncated


def test_japanese_word_counts_prove_nothing():
    assert not extracted(page("ja", head=json_ld(wordCount=900))).truncated


@pytest.mark.parametrize(
    ("ld", "og", "heading", "element", "chosen"),
    [
        ("Ferries sail", "Boats back", "Boats back", "Ferries sail | HH", "Boats back"),
        ("Ferries sail", "Boats back", "Ferries sail", "Ferries sail | HH", "Ferries sail"),
        ("Ferries sail aga", "Ferries sail again today", "Ferries sail again today", "x", "Ferries sail again today"),
        ("", "Boats back | Harbour Herald", "Another heading", "x", "Boats back"),
        ("", "", "Boats back", "Ferries | HH", "Boats back"),
    ],
)
def test_headline_is_the_one_written_for_readers(ld, og, heading, element, chosen):
    head = (json_ld(headline=ld) if ld else "") + (f'<meta property="og:title" content="{og}">' if og else "")
    html = page(head=head, title=heading).replace(f"<title>{heading} | Harbour Herald", f"<title>{element}")
    assert extracted(html).title == chosen


@pytest.mark.parametrize(
    "injected",
    [
        pytest.param(
            '<script>self.__next_f.push([1,"' + "\\n5:{" * 100_000 + '"])</script>', id="flight-rows-that-break"
        ),
        pytest.param("<h1>" + "x - " * 200_000 + "</h1>", id="headline-of-separators"),
        pytest.param("<title>" + "x | " * 200_000 + "</title>", id="title-of-separators"),
        pytest.param('<script type="application/ld+json">' + "[" * 500_000 + "</script>", id="json-nested-too-deep"),
        pytest.param('<p class="' + "ad " * 200_000 + '">x</p>', id="endless-class"),
        pytest.param("<div>" * 200_000, id="endless-nesting"),
        pytest.param("<p>a." + " \n" * 200_000 + "b</p>", id="endless-white-space"),
    ],
)
def test_hostile_page_costs_little(injected):
    started = time.process_time()
    with contextlib.suppress(PermanentError):
        extracted(f"<html><body>{injected}")
    assert time.process_time() - started < 5


def test_component_prefixes_of_content_systems_are_no_chrome():
    body = "".join(f'<div class="cmp cmp-text"><p>{line}</p></div>' for line in ENGLISH)
    assert extracted(page(body=f"<p>{ENGLISH[0]}</p><p>{ENGLISH[1]}</p><p>{ENGLISH[2]}</p>{body}")).text.count(
        ENGLISH[4]
    )
