"""Finding the feeds of a site over real HTTP."""

from __future__ import annotations

import pytest

from connectors.feed_discovery import discover, named_feeds
from schemas.errors import FailReason, PermanentError
from tests.unit.feeds.feed_server import ALLOWED, SETTINGS, Feed, document

HEAD = '<link rel="alternate" type="application/rss+xml" title="News" href="/rss">'
SITEMAP = b"<urlset><url><loc>https://news.example/n</loc><lastmod>2026-05-01T09:00:00Z</lastmod></url></urlset>"


def front_page(site, head="", body=""):
    async def answer(exchange):
        await exchange.answer(f"<html><head>{head}</head><body>{body}</body></html>".encode())

    site.serve("/front", answer)
    return site.url("/front")


def found(site, url):
    return [(feed.source.url.removeprefix(site.url("")), feed.found_by) for feed in discover(url, SETTINGS, ALLOWED)]


def test_feed_that_the_page_names_is_found_and_described(site):
    Feed(
        site,
        "/rss",
        document("a").replace(b"The story of a in full", "양국 외교장관이 서울에서 만나 협력을 논의했다".encode()),
    )
    (feed,) = discover(front_page(site, HEAD), SETTINGS, ALLOWED)
    assert (feed.source.url, feed.source.title, feed.source.language) == (site.url("/rss"), "News", "ko")
    assert (feed.format, feed.entries, feed.found_by, feed.source.verified) == ("rss20", 1, "link", True)


def test_page_that_is_a_feed_is_the_feed(site):
    Feed(site, "/rss")
    assert found(site, site.url("/rss")) == [("/rss", "address")]


def test_links_on_the_page_and_news_sitemaps_are_found(site):
    Feed(site, "/rss/politics.xml")
    Feed(site, "/news-map.xml", SITEMAP)
    site.robots["site.localhost"] = (200, f"User-agent: *\nSitemap: {site.url('/news-map.xml')}\n".encode())
    body = '<a href="/rss/politics.xml">RSS</a><a href="/rss/broken">RSS</a><a href="/cross-reference">x</a>'
    assert found(site, front_page(site, body=body)) == [("/rss/politics.xml", "page"), ("/news-map.xml", "robots")]
    assert not site.asked("/cross-reference")


def test_usual_places_are_tried_when_nothing_is_named(site):
    Feed(site, "/rss.xml")
    assert found(site, front_page(site)) == [("/rss.xml", "path")]


def test_usual_places_are_not_tried_when_the_page_names_a_feed(site):
    Feed(site, "/rss")
    Feed(site, "/atom.xml")
    assert found(site, front_page(site, HEAD)) == [("/rss", "link")]
    assert not site.asked("/atom.xml")


def test_one_feed_under_two_addresses_is_one(site):
    Feed(site, "/rss")
    head = HEAD + HEAD.replace("/rss", "/rss?utm_source=page") + HEAD.replace("/rss", "http://[")
    assert found(site, front_page(site, head)) == [("/rss", "link")]


def test_site_without_feeds_gives_none(site):
    assert found(site, front_page(site)) == []


def test_page_that_cannot_be_read_is_a_typed_error(site):
    with pytest.raises(PermanentError) as caught:
        discover(site.url("/status/404"), SETTINGS, ALLOWED)
    assert caught.value.reason is FailReason.HTTP_NOT_FOUND


def test_what_is_no_page_names_no_feeds():
    assert named_feeds(b"", "", "https://example.com/") == []
    assert named_feeds(b"\x00\xff<", "", "https://example.com/") == []
