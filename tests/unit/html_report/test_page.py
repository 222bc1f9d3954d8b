"""What the page says, read as a text: figures, languages, hostile words, and both backends alike."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.html_report.figures import figures_of
from pipeline.html_report.markup import duration, element, link
from pipeline.html_report.page import report_page
from schemas.report_words import ReportLanguage, report_words
from tests.unit.command_line.conftest import sentence, straitwire
from tests.unit.html_report.hostile import ADDRESSES, ATTACKS, hostile_index

NOW = datetime(2026, 3, 14, 3, tzinfo=UTC)
VOID = {"meta", "link", "input"}


class Outline(HTMLParser):
    """Elements that are opened and closed in order, with their attributes and texts."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def tags(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def page_of(location, language=ReportLanguage.ENGLISH, filters=None):
    index = open_index(location)
    try:
        return report_page(figures_of(index, filters or Filters(), NOW), language)
    finally:
        index.close()


def test_both_backends_give_the_same_page(demo, elasticsearch_url):
    from tests.contract.conftest import remove_from_server

    index = open_index(f"{elasticsearch_url}/reporttest")
    index.setup()
    for kind, rows in demo.documents.items():
        index.write(kind, rows)
    index.close()
    try:
        assert page_of(f"{elasticsearch_url}/reporttest") == page_of(demo.sqlite)
    finally:
        remove_from_server(elasticsearch_url, "reporttest")


@pytest.mark.parametrize("language", list(ReportLanguage))
def test_the_page_is_well_formed_and_in_its_language(demo, language):
    page = page_of(demo.sqlite, language)
    outline = Outline(page)
    words = report_words(language)
    said = "".join(outline.text)
    assert outline.tags("html") == [{"lang": language.value}]
    for name in ("title", "desk", "travel", "coverage", "newest", "framing", "carried_title", "failing_feeds"):
        assert words[name] in said
    assert not re.search(r"[{}]", said)
    if language is not ReportLanguage.ENGLISH:
        english = report_words(ReportLanguage.ENGLISH)
        assert english["newest"] not in said
        assert english["independent"] not in said
    assert len(set(words.values())) > 50
    identities = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    assert {attributes["href"][1:] for attributes in outline.tags("a") if attributes["href"].startswith("#")} <= set(
        identities
    )


def test_every_word_is_used():
    from pathlib import Path

    import pipeline.html_report as package

    code = "".join(path.read_text("utf-8") for path in Path(package.__file__).parent.glob("*.py"))
    words = report_words(ReportLanguage.ENGLISH)
    unused = [name for name in words if f'"{name}"' not in code and not name.startswith(("language_", "country_"))]
    assert unused == []


def test_figures_are_those_of_the_documents(demo):
    index = open_index(demo.sqlite)
    figures = figures_of(index, Filters(), NOW)
    index.close()
    articles, stories = demo.documents[Kind.ARTICLES], demo.documents[Kind.STORIES]
    assert (figures.articles, figures.stories) == (len(articles), len(stories))
    assert figures.topics == Counter(topic for article in articles for topic in article["topics"])
    by_day = Counter()
    for counts in figures.by_period.values():
        by_day.update(counts)
    assert by_day == figures.topics  # every article of the demo is dated
    assert figures.copies_in_all == sum(article["story_role"] in ("copy", "brief") for article in articles)
    assert len(figures.failing_feeds) == sum(bool(feed["failure"]) for feed in demo.documents[Kind.FEEDS]) > 0
    published = [story["first_published_at"] for story in figures.newest]
    assert published == sorted(published, reverse=True)
    assert published[0] == max(story["first_published_at"] for story in stories)


def test_filters_choose_what_the_page_is_about(demo):
    until = datetime(2026, 3, 10, tzinfo=UTC)
    chosen = Filters(until=until, relevant=True)
    index = open_index(demo.sqlite)
    figures = figures_of(index, chosen, NOW)
    index.close()
    expected = [
        article
        for article in demo.documents[Kind.ARTICLES]
        if article["relevant"] and article["published_at"] < "2026-03-10"
    ]
    assert 0 < figures.articles == figures.relevant == len(expected) < len(demo.documents[Kind.ARTICLES])


def test_an_empty_index_has_a_page_too(tmp_path):
    location = str(tmp_path / "empty.db")
    index = open_index(location)
    index.setup()
    index.close()
    outline = Outline(page_of(location))
    assert "None." in "".join(outline.text)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    location = str(tmp_path_factory.mktemp("hostile") / "index.db")
    hostile_index(location)
    return page_of(location)


class TestHostile:
    def test_no_word_becomes_markup(self, page):
        outline = Outline(page)
        assert len(outline.tags("script")) == 1
        assert {tag for tag, _ in outline.elements} <= {
            "html", "head", "meta", "link", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "nav", "ul",
            "li", "main", "section", "div", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td",
            "button", "span", "bdi", "time", "svg", "circle", "rect", "line", "text", "details", "summary", "code",
            "footer", "script", "input",
        }  # fmt: skip
        handlers = [name for _, attributes in outline.elements for name in attributes if name.startswith("on")]
        assert handlers == []
        said = "".join(outline.text)
        assert all(attack in said for attack in ATTACKS[:4])
        assert "\u202e" not in page
        assert "\x00" not in page

    def test_only_web_pages_are_linked(self, page):
        links = [attributes for attributes in Outline(page).tags("a") if not attributes["href"].startswith("#")]
        assert {one["href"] for one in links} == {"https://news.example/?a=1&b=<b>"}
        assert all("noopener" in one["rel"] for one in links)
        said = "".join(Outline(page).text)
        assert all(address in said for address in ADDRESSES if not address.startswith("https://news"))

    def test_nothing_is_asked_of_the_network(self, page):
        for tag, attributes in Outline(page).elements:
            assert "src" not in attributes
            if tag == "link":
                assert attributes == {"rel": "icon", "href": "data:,"}
        style = page[page.index("<style>") : page.index("</style>")]
        assert "url(" not in style
        assert "@import" not in style


@pytest.mark.parametrize("address", [*ADDRESSES[:4], "//host/x", "https:///x", "http://[", "\tjavascript:alert(1)", ""])
def test_what_is_no_web_page_is_no_link(address):
    assert "<a" not in link(address, "words")


def test_attributes_and_children_are_escaped():
    assert element("p", "<b>", title='"x"') == '<p title="&quot;x&quot;">&lt;b&gt;</p>'
    assert duration(None) == ""
    assert duration(3600 * 30, "분 시간 일") == "30 시간"


class TestCommand:
    def test_writes_the_page(self, demo, tmp_path):
        path = tmp_path / "desk.html"
        done = straitwire("report", "--index", demo.sqlite, "--html", str(path), "--language", "ja")
        assert done.code == 0, done
        assert "46 stories, 67 articles" in done.output
        assert path.read_text("utf-8").startswith('<!DOCTYPE html>\n<html lang="ja">')

    def test_wrong_use_is_one_sentence(self, demo, tmp_path):
        assert "add --html" in sentence(straitwire("report", "--index", demo.sqlite, "--since", "2026-01-01"))
        told = sentence(straitwire("report", "--index", demo.sqlite, "--html", str(tmp_path)))
        assert "cannot write" in told
