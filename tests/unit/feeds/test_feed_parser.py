"""Feed documents of every format, and what is none."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.feed_parser import parse_feed
from schemas.canonical_url import article_id
from schemas.entry_json import entry_to_json
from schemas.errors import FailReason, PermanentError
from schemas.feeds import FeedSource
from schemas.records import SourceKind

URL = "https://www.example.kr/rss/all.xml"
SOURCE = FeedSource("example", URL, "Example Daily", "KR", "ko", "Asia/Seoul")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def parse(document, content_type="", source=SOURCE, now=NOW):
    content = document if isinstance(document, bytes) else document.encode()
    return parse_feed(content, content_type, URL, source, now)


def rss(items, channel=""):
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>All</title>{channel}{items}</channel></rss>'  # noqa: E501


def item(number=1, **fields):
    values = {"title": f"Talks {number}", "link": f"https://www.example.kr/a/{number}", **fields}
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items()) + "</item>"


FORMATS = {
    "rss20": rss(item(link="/a/1", pubDate="Fri, 01 May 2026 10:00:00 +0900", author="desk@example.kr (Kim Desk)")),
    "rss091u": rss(item(pubDate="2026-05-01 10:00:00", author="Kim Desk")).replace("2.0", "0.91", 1),
    "rss10": """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://www.example.kr/">
        <title>All</title></channel>
        <item rdf:about="https://www.example.kr/a/1"><title>Talks 1</title><link>https://www.example.kr/a/1</link>
        <dc:date>2026-05-01T10:00:00+09:00</dc:date><dc:creator>Kim Desk</dc:creator></item></rdf:RDF>""",
    "atom10": """<feed xmlns="http://www.w3.org/2005/Atom"><title>All</title><entry><id>tag:example.kr,2026:1</id>
        <title>Talks 1</title><link rel="replies" href="/c/1"/><link href="/a/1"/><author><name>Kim Desk</name></author>
        <updated>2026-05-01T01:00:00Z</updated></entry></feed>""",
    "atom03": """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>All</title><entry><title>Talks 1</title>
        <link rel="alternate" type="text/html" href="https://www.example.kr/a/1"/><author><name>Kim Desk</name></author>
        <issued>2026-05-01T10:00:00+09:00</issued></entry></feed>""",
    "json11": json.dumps({
        "version": "https://jsonfeed.org/version/1.1", "title": "All", "items": [
            {"id": 1, "url": "/a/1", "title": "Talks 1", "date_published": "2026-05-01T10:00:00+09:00",
             "authors": [{"name": "Kim Desk"}]}]}),
}  # fmt: skip


def test_a_title_cut_within_an_emoji_can_be_stored():
    row = {"id": "\ud83d", "url": "/a/1", "title": "Talks \ud83d", "summary": "All \ud83d\ude00 \udc00"}
    feed = parse(json.dumps({"title": "All \ud83d", "items": [row]}))
    (listed,) = feed.listed
    assert listed.entry.title == "Talks \ufffd"
    assert listed.entry.summary == "All \U0001f600 \ufffd"
    assert (feed.title + listed.guid + entry_to_json(listed.entry)).encode()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_entry(name):
    feed = parse(FORMATS[name])
    (entry,) = feed.entries
    assert (feed.format, feed.title) == (name, "All")
    assert (entry.url, entry.title, entry.author) == ("https://www.example.kr/a/1", "Talks 1", "Kim Desk")
    assert entry.published_at == datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert (entry.kind, entry.source_id, entry.publication) == (SourceKind.FEED, "example", SOURCE.publication)
    assert entry.key == article_id("https://www.example.kr/a/1")


def test_news_sitemap_gives_entries_with_language_alternates():
    feed = parse("""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="urn:n"
        xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>https://www.example.kr/a/1</loc>
        <xhtml:link rel="alternate" hreflang="ja" href="https://jp.example.kr/a/1"/>
        <n:news><n:publication><n:name>Example</n:name><n:language>ko</n:language></n:publication>
        <n:publication_date>2026-05-01T10:00:00+09:00</n:publication_date><n:title>Talks &amp; tea</n:title></n:news>
        </url><url><loc>https://www.example.kr/</loc></url></urlset>""")
    (entry,) = feed.entries
    assert (feed.format, feed.language, entry.title) == ("news-sitemap", "ko", "Talks & tea")
    assert entry.published_at == datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert entry.alternates == (("ja", "https://jp.example.kr/a/1"),)


def test_sitemap_index_lists_the_newest_first():
    feed = parse("""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        <sitemap><loc>https://www.example.kr/1.xml</loc><lastmod>2025-01-01</lastmod></sitemap>
        <sitemap><loc>/news.xml</loc><lastmod>2026-05-01</lastmod></sitemap></sitemapindex>""")
    assert feed.sitemaps == ("https://www.example.kr/news.xml", "https://www.example.kr/1.xml")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param("", FailReason.EMPTY_BODY, id="nothing"),
        pytest.param("\ufeff \n\0", FailReason.EMPTY_BODY, id="white-space"),
        pytest.param("<!DOCTYPE html><html><head><title>Log in</title></head></html>", FailReason.HTML_INSTEAD_OF_FEED, id="wall"),  # noqa: E501
        pytest.param("<!-- x --><HTML><body>Just a moment<script>'<rss>'</script>", FailReason.HTML_INSTEAD_OF_FEED, id="challenge"),  # noqa: E501
        pytest.param("Forbidden", FailReason.UNPARSABLE_FEED, id="text"),
        pytest.param("<error><code>AccessDenied</code></error>", FailReason.UNPARSABLE_FEED, id="other-xml"),
        pytest.param('{"error": "quota"}', FailReason.UNPARSABLE_FEED, id="other-json"),
        pytest.param('{"items": [', FailReason.UNPARSABLE_FEED, id="broken-json"),
        pytest.param('{"items": ' + "[" * 100_000, FailReason.UNPARSABLE_FEED, id="deep-json"),
        pytest.param("<opml><body><outline xmlUrl='https://a.example/'/></body></opml>", FailReason.UNPARSABLE_FEED, id="opml"),  # noqa: E501
        pytest.param(rss("<item><title>Nowhere to read</title></item>"), FailReason.UNPARSABLE_FEED, id="nothing-to-read"),  # noqa: E501
        pytest.param("\x89PNG\r\n\x1a\n", FailReason.UNPARSABLE_FEED, id="picture"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_a_typed_error(document, reason):
    with pytest.raises(PermanentError) as caught:
        parse(document)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(rss(item(title="Tea & talks") + item(2)), id="bare-ampersand"),
        pytest.param(rss(item(title="Tea &nbsp;&hellip; talks") + item(2)), id="undeclared-entities"),
        pytest.param(rss(item(title="Tea \x0b talks") + item(2)), id="control-character"),
        pytest.param(rss(item() + item(2)).removesuffix("</channel></rss>"), id="cut-off"),
        pytest.param(rss("<media:thumbnail url='x'/>" + item() + item(2)), id="undeclared-prefix"),
        pytest.param("\n\n<b>Warning</b>: x\n" + rss(item() + item(2)), id="warning-before-the-document"),
        pytest.param(rss(item(description="<p>open <br> tag") + item(2)), id="markup-not-escaped"),
        pytest.param(rss(item() + item(2)).replace("utf-8", "utf-16"), id="wrong-declaration"),
        pytest.param(rss(item() + item(2, description="<![CDATA[never closed")), id="open-cdata"),
    ],
)
def test_broken_document_still_gives_its_entries(broken):
    assert [entry.url for entry in parse(broken).entries] == [
        "https://www.example.kr/a/1",
        "https://www.example.kr/a/2",
    ]


KOREAN, JAPANESE = "한일 회담 쨰", "日韓会談①開催"
"""With a syllable and a number that only the vendors' character sets hold."""


@pytest.mark.parametrize(
    ("text", "codec", "declared", "served"),
    [
        (KOREAN, "cp949", "euc-kr", ""),
        (KOREAN, "cp949", "ks_c_5601-1987", "text/xml"),
        (KOREAN, "cp949", "", "text/xml; charset=euc-kr"),
        (KOREAN, "cp949", "euc-kr", "text/xml; charset=utf-8"),
        (KOREAN, "utf-8", "euc-kr", ""),
        (KOREAN, "utf-8", "utf-8", "text/xml; charset=ISO-8859-1"),
        (KOREAN, "utf-16", "utf-16", ""),
        (JAPANESE, "cp932", "Shift_JIS", ""),
        (JAPANESE.replace("①", ""), "euc_jp", "EUC-JP", ""),
        (JAPANESE.replace("①", ""), "iso2022_jp", "iso-2022-jp", ""),
        (KOREAN * 9, "cp949", "", ""),
        (JAPANESE + "、両国の外相が協議した", "cp932", "", ""),
        (JAPANESE.replace("①", "") + "、両国の外相が協議した", "euc_jp", "", ""),
    ],
)
def test_characters_survive_wrong_and_missing_declarations(text, codec, declared, served):
    document = rss(item(title=text)).replace(' encoding="utf-8"', f' encoding="{declared}"' if declared else "")
    (entry,) = parse(document.encode(codec), served).entries
    assert entry.title == text


def test_character_set_of_the_list_wins():
    source = FeedSource("x", URL, charset="cp949")
    document = rss(item(title=KOREAN)).replace("utf-8", "iso-8859-1").encode("cp949")
    assert parse(document, source=source).entries[0].title == KOREAN


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_feed_that_moved_to_unicode_is_read_whatever_the_list_says(codec):
    source = FeedSource("x", URL, charset="cp949")
    document = rss(item(title=KOREAN)).replace("utf-8", codec).encode(codec)
    assert parse(document, source=source).entries[0].title == KOREAN


def test_revision_follows_the_words_and_the_date_of_change_alone():
    def revision(**fields):
        return parse(rss(item(**fields))).entries[0].revision

    first = revision(description="One.", link="https://www.example.kr/a/1?t=111", guid="111")
    assert revision(description="&lt;p&gt;One.&lt;/p&gt;", link="https://www.example.kr/a/1?t=222", guid="222") == first
    assert revision(description="Two.") != first
    atom = FORMATS["atom10"]
    assert parse(atom).entries[0].revision != parse(atom.replace("01:00:00Z", "02:00:00Z")).entries[0].revision


def test_google_news_entry_belongs_to_its_source():
    document = rss(
        "<item><title>Talks resume - The Example Herald</title><link>https://news.google.com/rss/articles/QUJD?oc=5</link>"
        '<source url="https://www.herald.example">The Example Herald</source></item>'
    )
    (entry,) = parse(document, source=FeedSource("g", URL, "Google News", "US", "en")).entries
    assert (entry.publication.publisher, entry.title) == ("The Example Herald", "Talks resume")
    assert (entry.aggregator, entry.publication.country) == ("news.google.com", "")


def test_click_counter_gives_way_to_the_address_it_replaced():
    document = rss(item(link="https://feedproxy.example/~r/1")).replace(
        "</item>",
        '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://www.example.kr/a/7</f:origLink></item>',
    )
    assert parse(document).entries[0].url == "https://www.example.kr/a/7"


def test_entry_without_a_link_is_read_from_its_own_text():
    document = rss("<item><guid>n1</guid><title>Note</title><description>All of it is here.</description></item>")
    (entry,) = parse(document).entries
    assert "All of it is here." in entry.text
    assert entry.content_type == "text/html"
    assert entry.url.startswith(URL)
    assert parse(document).entries == parse(document.replace("All", "all", 1).replace("all", "All", 1)).entries


def test_front_page_as_everybodys_link_is_no_link():
    feed = parse(rss(item(link="https://www.example.kr/") + item(2, link="https://www.example.kr/") + item(3)))
    assert [entry.title for entry in feed.entries] == ["Talks 3"]
    assert feed.unlinked == 2


def test_an_article_listed_twice_is_one_entry():
    assert len(parse(rss(item() + item(link="https://www.example.kr/a/1?utm_source=rss"))).entries) == 1


def test_dates_are_guarded_and_counted():
    feed = parse(rss(item(pubDate="Fri, 01 May 2028 10:00:00 +0900") + item(2) + item(3, pubDate="2026-05-01 10:00")))
    assert [entry.published_at for entry in feed.entries] == [None, None, datetime(2026, 5, 1, 1, tzinfo=UTC)]
    assert (feed.undated, feed.refused_dates) == (2, 1)


def test_wishes_of_the_feed_are_read():
    feed = parse(
        rss(
            item(),
            """<ttl>30</ttl><language>ko-KR</language>
        <sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>
        <skipHours><hour>1</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
        <atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>""",
        )
    )
    assert (feed.ttl_seconds, feed.language, feed.hub) == (86_400, "ko-KR", "https://hub.example/")
    assert (feed.skip_hours, feed.skip_days) == (frozenset({0, 1}), frozenset({6}))


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("양국 외교장관이 서울에서 만나 협력 방안을 논의했다고 밝혔다", "ko"),
        ("両国の外相がソウルで会談し、協力について協議した", "ja"),
        ("同志社大学で日韓の研究者が集まり議論した", "ja"),
        ("The two foreign ministers met in Seoul on Friday and agreed to work together on trade", "en"),
        ("Kim", ""),
    ],
)
def test_language_is_measured_not_believed(words, language):
    assert parse(rss(item(title=words))).measured_language == language


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))


@pytest.mark.parametrize(
    "doctype",
    [
        pytest.param(f"<!DOCTYPE r [{BOMB}]>", id="billion-laughs"),
        pytest.param(f'<!DOCTYPE r [<!ENTITY a9 "{"x" * 50_000}">]>', id="quadratic"),
        pytest.param('<!DOCTYPE r [<!ENTITY a9 SYSTEM "file:///etc/hostname">]>', id="external"),
        pytest.param('<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>', id="parameter"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        rss(item(title="Talks &a9;" * 1000)),
        "<urlset><url><loc>https://www.example.kr/a/1</loc><t>&a9;</t></url></urlset>",
    ],
)
def test_entity_bombs_are_harmless(doctype, body):
    (entry,) = parse(doctype + body.partition("?>")[2] if body.startswith("<?xml") else doctype + body).entries
    assert entry.url == "https://www.example.kr/a/1"
    assert len(entry.title) <= 500


def test_short_entities_of_the_document_are_resolved():
    document = (
        '<!DOCTYPE r [<!ENTITY outlet "Example &lt;Daily">]>' + rss(item(title="&outlet; &copy;")).partition("?>")[2]
    )
    assert parse(document.replace("&lt;", "")).entries[0].title == "Example Daily ©"


@pytest.mark.parametrize("piece", ["<![CDATA[", "<!--", "<a>", "&", "<", "&lt;script", "&lt;p ", " 1", "<skipHours>"])
@pytest.mark.timeout(20)
def test_repeated_openings_take_linear_time(piece):
    with pytest.raises(PermanentError):
        parse(rss(f"<item><title>{piece * 20_000}"))


def test_long_feed_is_read_to_its_end():
    feed = parse(rss("".join(item(number) for number in range(2_500)), "<ttl>5</ttl>"))
    assert len(feed.entries) == 2_500
    assert feed.entries[-1].url.endswith("/a/2499")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<rss>", "<channel>", "<item>", "<link>", "https://a.example/1", "</item>", "<feed>", "<entry>", "&", "]]>",  # noqa: E501
                         "<![CDATA[", "<!DOCTYPE r [", "{", '"items":', "[", "]", "}", "\x00", "é", "<title>", "x", "<html>", "?>"]),  # noqa: E501
        max_size=20,
    ).map("".join)
)  # fmt: skip
def test_any_document_is_a_feed_or_a_permanent_error(document):
    with suppress(PermanentError):
        assert parse(document).format


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from(["", "text/xml; charset=euc-kr", "text/xml; charset=base64", "charset="])
)
def test_any_bytes_are_a_feed_or_a_permanent_error(content, content_type):
    for document_bytes in (content, b"<?xml version='1.0' encoding='shift_jis'?><rss><channel><item><link>" + content):
        with suppress(PermanentError):
            assert parse(document_bytes, content_type).format
