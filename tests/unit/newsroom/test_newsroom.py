"""The demo newsroom is consistent: what expected.yaml promises is what a reader of the server gets."""

from __future__ import annotations

import html
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urlsplit

import feedparser
import pytest
import yaml
from protego import Protego

from deploy.local.newsroom.content import FOLDER, load_newsroom
from deploy.local.newsroom.serve import RunningNewsroom, serve

EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
PAGES = EXPECTED["pages"]
MISSING = {entry["path"] for entry in EXPECTED["entries"] if entry["outcome"] == "not_found"}


@pytest.fixture(scope="module")
def newsroom():
    with serve() as running:
        yield running


def read(newsroom: RunningNewsroom, path: str, **headers: str):
    request = urllib.request.Request(newsroom.base_url + path, headers=headers)
    return urllib.request.urlopen(request, timeout=10)


def linked_paths(newsroom: RunningNewsroom, text: str) -> set[str]:
    addresses = re.findall(r'(?:href|rdf:about|rdf:resource)="([^"]+)"|<(?:link|loc|id)>([^<]+)<', text)
    own = [html.unescape(a or b) for a, b in addresses if (a or b).startswith(newsroom.base_url)]
    return {urlsplit(address).path for address in own}


def test_every_page_of_expected_is_served_and_every_article_is_expected(newsroom):
    assert sorted(page["path"] for page in PAGES) == sorted(a.path for a in load_newsroom().articles)
    assert {page["path"] for page in PAGES} <= set(newsroom.site)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["path"])
def test_page_shows_what_expected_says_of_it(newsroom, page):
    with read(newsroom, page["path"]) as answer:
        content = answer.read()
    label = re.search(rb'<meta charset="([a-z0-9_-]+)"', content).group(1).decode()
    text = content.decode({"euc-kr": "cp949"}.get(label, label))
    shown = html.unescape(text)
    assert page["title"] in shown.replace("\u3000", " ")
    assert page["outlet"] in shown
    assert f'lang="{page["language"]}' in text
    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', text).group(1)
    assert canonical == newsroom.base_url + page["path"]
    stated = re.search(r'"article:published_time" content="([^"]+)"', text).group(1)
    assert datetime.fromisoformat(stated) == datetime.fromisoformat(page["published"])
    assert (page["paywall"] == "paywalled") == ('"isAccessibleForFree": false' in text)
    article = next(a for a in load_newsroom().articles if a.path == page["path"])
    assert all(paragraph in shown for paragraph in article.paragraphs)
    for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text):
        assert json.loads(block)["headline"] == article.title


def test_every_link_on_every_page_and_in_every_feed_resolves(newsroom):
    dead = {}
    for path, resource in newsroom.site.items():
        text = resource.content.decode("utf-8", "replace")
        missing = linked_paths(newsroom, text) - set(newsroom.site) - MISSING
        if missing:
            dead[path] = missing
    assert dead == {}


@pytest.mark.parametrize("feed", load_newsroom().feeds, ids=lambda feed: feed.path)
def test_feed_is_what_its_name_says(newsroom, feed):
    with read(newsroom, feed.path) as answer:
        content = answer.read()
    if feed.format == "json":
        record = json.loads(content)
        dates = [datetime.fromisoformat(item["date_published"]) for item in record["items"]]
        links = [item["url"] for item in record["items"]]
    elif feed.format == "sitemap":
        dates = [datetime.fromisoformat(d) for d in re.findall(r"publication_date>([^<]+)<", content.decode())]
        links = re.findall(r"<loc>([^<]+)<", content.decode())
    else:
        parsed = feedparser.parse(content)
        assert bool(parsed.bozo) == (feed.format in ("broken", "wall"))
        stated = [entry.get("published_parsed") or entry.get("updated_parsed") for entry in parsed.entries]
        dates = [datetime(*parts[:6], tzinfo=UTC) for parts in stated if parts]
        links = [entry.link for entry in parsed.entries if "link" in entry]
    if feed.format == "wall":
        assert links == []
        return
    assert len(dates) >= len(links) - (feed.format == "broken")
    assert {urlsplit(link).path for link in links} <= set(newsroom.site) | MISSING
    assert len(links) >= 2 or feed.format == "broken"


def test_feed_list_names_feeds_that_are_served_with_the_outlet_that_serves_them(newsroom):
    listed = yaml.safe_load(newsroom.feeds_yaml)["feeds"]
    served = {newsroom.base_url + feed.path: feed for feed in load_newsroom().feeds}
    for feed in listed:
        outlet = served[feed["url"]].outlet
        assert (feed["publisher"], feed["country"]) == (outlet.name, outlet.country)
        assert (feed["language"], feed["timezone"]) == (outlet.language, outlet.timezone)
    assert {urlsplit(feed["url"]).path for feed in listed} >= {feed["path"] for feed in EXPECTED["feeds"]}
    unlisted = {feed.format for url, feed in served.items() if url not in {f["url"] for f in listed}}
    assert unlisted == {"sitemap"}


def test_every_article_is_reached_from_the_feed_list(newsroom):
    listed = {urlsplit(feed["url"]).path for feed in yaml.safe_load(newsroom.feeds_yaml)["feeds"]}
    reached: set[str] = set()
    for path in listed:
        content = newsroom.site[path].content.decode()
        reached |= {urlsplit(address).path for address in re.findall(r'https?://[^\s"<]+', content)}
    assert {page["path"] for page in PAGES} <= reached
    assert {entry["path"] for entry in EXPECTED["entries"]} <= reached


def test_aliases_lead_to_the_article_they_are_aliases_of(newsroom):
    aliased = [(alias, page["path"]) for page in PAGES for alias in page.get("aliases", [])]
    assert aliased
    for alias, path in aliased:
        with read(newsroom, alias) as answer:
            assert f'<link rel="canonical" href="{newsroom.base_url}{path}">' in answer.read().decode()


def test_entries_without_an_article_answer_as_expected(newsroom):
    with read(newsroom, "/robots.txt") as answer:
        robots = Protego.parse(answer.read().decode())
    outcomes = {entry["outcome"]: entry["path"] for entry in EXPECTED["entries"]}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(newsroom, outcomes["not_found"]).close()
    assert not robots.can_fetch(newsroom.base_url + outcomes["disallowed_by_robots"], "straitwire")
    assert all(robots.can_fetch(newsroom.base_url + page["path"], "straitwire") for page in PAGES)
    with read(newsroom, outcomes["not_an_article"]) as answer:
        assert b"<article" not in answer.read()


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_second_poll_is_answered_304_without_a_body(newsroom, header):
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[header]
    with read(newsroom, "/kanmon-times/rss.xml") as answer:
        validator = answer.headers[header]
    with pytest.raises(urllib.error.HTTPError) as refused:
        read(newsroom, "/kanmon-times/rss.xml", **{asks: validator})
    with refused.value as answer:
        assert (answer.status, answer.read()) == (304, b"")


def test_a_stale_validator_gets_the_whole_feed(newsroom):
    stale = {"If-None-Match": '"other"', "If-Modified-Since": "Wed, 25 Nov 2026 00:00:00 GMT"}
    with read(newsroom, "/kanmon-times/rss.xml", **stale) as answer:
        assert answer.status == 200


def test_same_port_gives_the_same_site():
    with serve() as first:
        port = urlsplit(first.base_url).port
        site = dict(first.site)
    with serve(port) as second:
        assert second.site == site


def test_wires_travel_as_the_demo_needs_them():
    stories = Counter(page["story"] for page in PAGES)
    carried = {story: count for story, count in stories.items() if count > 2}
    assert len(carried) >= 5
    agencies = {page["agency"] for page in PAGES if page["story"] in carried}
    assert agencies >= {"AP", "Reuters", "Yonhap", "Kyodo", "Jiji"}
    for story in carried:
        assert len({page["title"] for page in PAGES if page["story"] == story}) > 2
    assert len({page["outlet"] for page in PAGES if page["agency"]}) == 11


def test_topics_are_covered_and_only_relevant_pages_have_them():
    covered = {topic for page in PAGES for topic in page["topics"]}
    assert len(covered) == 34
    assert all(bool(page["topics"]) == page["relevant"] for page in PAGES)
    assert sum(not page["relevant"] for page in PAGES) >= 10
