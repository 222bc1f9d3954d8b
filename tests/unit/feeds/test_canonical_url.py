"""One article, one address: the rules' own examples, the pairs that readers get wrong, and what always holds."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.canonical_url import (
    article_id,
    content_id,
    is_home_page,
    normalise_url,
    registrable_domain,
    same_site,
    sane_canonical,
)
from schemas.url_rules import load_url_rules
from tests.unit.feeds.url_pairs import ONE_ARTICLE, TWO_ARTICLES

RULES = load_url_rules().rules


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        pytest.param(one.url, one.becomes, id=f"{rule.id}-{number}")
        for rule in RULES
        for number, one in enumerate(rule.matching)
    ],
)
def test_rule_example_becomes_what_the_rule_says(url, becomes):
    assert normalise_url(url) == becomes


@pytest.mark.parametrize(
    "url",
    [pytest.param(url, id=f"{rule.id}-{number}") for rule in RULES for number, url in enumerate(rule.non_matching)],
)
def test_rule_counterexample_stays_as_it_is(url):
    assert normalise_url(url) == url


@pytest.mark.parametrize(("first", "second"), ONE_ARTICLE)
def test_addresses_of_one_article_have_one_id(first, second):
    assert article_id(first) == article_id(second)


@pytest.mark.parametrize(("first", "second"), TWO_ARTICLES)
def test_different_articles_have_different_ids(first, second):
    assert article_id(first) != article_id(second)


def test_google_news_id_that_carries_an_address_gives_it_up():
    token = (
        base64.urlsafe_b64encode(b"\x08\x13\x22\x21https://www.example.com/news/55\xd2\x01\x00").decode().rstrip("=")
    )
    assert normalise_url(f"https://news.google.com/rss/articles/{token}?oc=5") == "https://www.example.com/news/55"


def test_google_news_id_without_an_address_stays():
    token = base64.urlsafe_b64encode(b"\x08\x13\x22\x10AU_yqLxyzxyzxyzx").decode().rstrip("=")
    address = f"https://news.google.com/rss/articles/{token}"
    assert normalise_url(address + "?oc=5") == address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", True),
        ("https://example.com/index.html", True),
        ("https://www.example.co.kr/ko/", True),
        ("https://example.com/?idxno=7", False),
        ("https://example.com/news/", False),
        ("urn:straitwire:1", False),
    ],
)
def test_home_page_is_told_from_a_page(url, expected):
    assert is_home_page(url) is expected


@pytest.mark.parametrize(
    ("declared", "reached", "expected"),
    [
        pytest.param("https://www.example.kr/a/1", "https://m.example.kr/a/1?utm_source=x", "https://www.example.kr/a/1", id="own-site"),  # noqa: E501
        pytest.param("/a/1", "https://www.example.kr/a/1/amp", "https://www.example.kr/a/1", id="relative"),
        pytest.param("https://origin.example.jp/x", "https://www.copy.example.kr/9", "https://www.copy.example.kr/9", id="other-site"),  # noqa: E501
        pytest.param("https://www.example.kr/", "https://www.example.kr/a/1", "https://www.example.kr/a/1", id="home-page"),  # noqa: E501
        pytest.param("https://www.example.kr/politics", "https://www.example.kr/politics/talks-12345", "https://www.example.kr/politics/talks-12345", id="section"),  # noqa: E501
        pytest.param("https://www.example.kr/a/12345", "https://www.example.kr/a/12345/2", "https://www.example.kr/a/12345", id="first-of-two-parts"),  # noqa: E501
        pytest.param("javascript:void(0)", "https://www.example.kr/a/1", "https://www.example.kr/a/1", id="no-address"),
        pytest.param("http://[", "https://www.example.kr/a/1", "https://www.example.kr/a/1", id="broken"),
        pytest.param("", "https://www.example.kr/a/1", "https://www.example.kr/a/1", id="none"),
        pytest.param("https://www.example.kr/a/1", "", "https://www.example.kr/a/1", id="local-file"),
        pytest.param("https://www.example.kr/", "", "", id="local-file-home-page"),
    ],
)  # fmt: skip
def test_canonical_claim_is_believed_when_it_is_sane(declared, reached, expected):
    assert sane_canonical(declared, reached) == expected


def test_hosts_under_a_public_suffix_are_different_sites():
    assert registrable_domain("a.b.go.kr") == "b.go.kr"
    assert not same_site("https://one.blogspot.com/", "https://two.blogspot.com/")
    assert not same_site("http://127.0.0.1/", "http://127.0.0.2/")
    assert not same_site("", "")
    assert same_site("http://a.outlet.test/", "http://outlet.test:8000/x")


URL_PIECES = st.lists(
    st.sampled_from(
        ["http://", "https://", "m.", "www.", "amp.", "example.co.kr", "n.news.naver.com", "google.com", "/amp", "/amp/s/",  # noqa: E501
         "/a/", "..", "%e3", "%", "?", "&", "=", "utm_source", "cid", "url=", "https%3A%2F%2F", "#", "#!", ";jsessionid=1",  # noqa: E501
         "日本", " ", ":80", "@", "[", "article/001/0010000001", ".amp", "1", "Ab"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.one_of(st.text(max_size=60), URL_PIECES))
@example("https://a/?https://b")
@example("http://m.amp.sp.example.com/amp/amp/amp")
def test_normalising_twice_changes_nothing(url):
    once = normalise_url(url)
    assert normalise_url(once) == once


def test_endless_wrapping_is_left_alone():
    url = "https://www.google.com/amp/s/" * 40 + "example.com/a"
    assert normalise_url(url) == url


@given(st.text(alphabet=" \nab", max_size=30))
def test_content_id_ignores_white_space_around_words(text):
    assert content_id(text) == content_id(f"  {text}\n") == content_id(text.replace(" ", "  "))
