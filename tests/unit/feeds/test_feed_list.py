"""Feed lists from YAML, OPML and addresses; what is wrong with one is said with its line."""

from __future__ import annotations

import pytest

from connectors.feed_list import load_feed_list, load_feed_lists, write_opml
from schemas.errors import ConfigError
from schemas.feeds import FeedSource, feed_id_of

YAML = """\
feeds:
  - url: https://www.example.kr/rss/politics.xml
    publisher: Example Daily
    country: KR
    language: ko
    headers: {Cookie: "session=${EXAMPLE_SESSION}"}
  - https://www.example.jp/rss
"""
OPML = """<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>x</title></head><body>
<outline text="Japan"><outline text="Example & Sons" xmlUrl="feed://www.example.jp/rss" type="rss"/>
<outline title="Other" xmlurl="http://other.example/feed" language="ja_JP"/><outline text="no feed"/></outline></body></opml>"""  # noqa: E501


def write(folder, text, name="feeds.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_yaml_list_is_read(tmp_path):
    first, second = load_feed_list(write(tmp_path, YAML))
    assert first == FeedSource(
        "example.kr/rss/politics.xml", "https://www.example.kr/rss/politics.xml", "Example Daily", "KR", "ko", "Asia/Seoul",  # noqa: E501
        headers=(("Cookie", "session=${EXAMPLE_SESSION}"),),
    )  # fmt: skip
    assert second.url == "https://www.example.jp/rss"


def test_opml_list_is_read_in_the_shapes_that_readers_export(tmp_path):
    first, second = load_feed_list(write(tmp_path, OPML, "feeds.opml"))
    assert (first.url, first.publisher) == ("https://www.example.jp/rss", "Example & Sons")
    assert (second.url, second.publisher, second.language) == ("http://other.example/feed", "Other", "ja")


def test_address_is_a_list_of_one():
    (feed,) = load_feed_list("https://www.example.jp/rss?lang=ja")
    assert (feed.url, feed.feed_id) == ("https://www.example.jp/rss?lang=ja", "example.jp/rss?lang=ja")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("feeds:\n  - url: https://a.example/\n    contry: KR\n", ["line 2", "contry"], id="unknown-name"),
        pytest.param("feeds:\n  - url: https://a.example/\n  - url: ftp://b.example/\n", ["line 3", "ftp://b.example/", "http"], id="scheme"),  # noqa: E501
        pytest.param("feeds:\n  - {url: 'https://a.example/', timezone: Seoul}\n", ["line 2", "Seoul", "Asia/Seoul"], id="zone"),  # noqa: E501
        pytest.param("feeds:\n  - {url: 'https://a.example/', country: Korea}\n", ["line 2", "Korea"], id="country"),
        pytest.param("feeds:\n  - 7\n", ["line 2", "url:"], id="no-mapping"),
        pytest.param("feeds:\n  - {url: 'https://a.example/1', id: a}\n  - {url: 'https://a.example/2', id: a}\n", ["line 3", "'a'"], id="one-id-twice"),  # noqa: E501
        pytest.param(f"feeds:\n- {{url: 'https://a.example/', id: {'뉴' * 200}}}\n", ["line 2", "512 bytes"], id="long-id"),  # noqa: E501
        pytest.param("feeds: [\n", ["line", "YAML"], id="no-yaml"),
        pytest.param("- https://a.example/\n", ["feeds:"], id="no-name"),
        pytest.param("feeds: []\n", ["no feed"], id="empty"),
        pytest.param("<opml><body/></opml>", ["no feed"], id="empty-opml"),
        pytest.param("<opml><body>\n<outline xmlUrl='gopher://a.example/'/></body></opml>", ["line 2", "gopher"], id="opml-scheme"),  # noqa: E501
        pytest.param("<rss><channel/></rss>", ["<rss>", "opml"], id="a-feed-as-list"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_list_is_said(tmp_path, text, words):
    with pytest.raises(ConfigError) as caught:
        load_feed_list(write(tmp_path, text))
    assert all(word in str(caught.value) for word in [*words, "feeds.yaml"]), str(caught.value)


def test_missing_list_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_feed_list(str(tmp_path / "none.yaml"))


def test_a_feed_in_two_lists_is_polled_once(tmp_path):
    feeds = load_feed_lists([write(tmp_path, YAML), "http://www.example.jp/rss"])
    assert len(feeds) == 2


def test_written_opml_is_read_back_without_headers(tmp_path):
    feeds = load_feed_list(write(tmp_path, YAML))
    text = write_opml(feeds)
    assert "EXAMPLE_SESSION" not in text
    read = load_feed_list(write(tmp_path, text, "out.opml"))
    assert [(one.feed_id, one.url, one.publisher, one.country, one.language, one.timezone) for one in read] == [
        (one.feed_id, one.url, one.publisher or one.feed_id, one.country, one.language, one.timezone) for one in feeds
    ]


def test_curated_list_is_valid_and_unverified_until_polled():
    feeds = load_feed_list("deploy/feeds.yaml")
    assert {"KR", "JP", "GB", "US"} <= {feed.country for feed in feeds}
    assert {"ko", "ja", "en"} <= {feed.language for feed in feeds}
    assert all(feed.publisher and feed.language for feed in feeds)


def test_long_addresses_get_short_ids():
    url = "https://www.example.kr/rss?" + "q" * 600
    assert len(feed_id_of(url)) < 100
    assert feed_id_of(url) != feed_id_of(url + "q")
