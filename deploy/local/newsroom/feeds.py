"""The outlets' feeds: RSS 2.0, Atom, RDF (RSS 1.0), JSON Feed, a news sitemap, and two that are broken.

Source: RSS 2.0 (rssboard.org), RFC 4287 (Atom), RSS 1.0 (web.resource.org/rss/1.0), JSON Feed 1.1
(jsonfeed.org), sitemaps for news (schemas/sitemap-news/0.9).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from deploy.local.newsroom.content import ExtraEntry, Newsroom, PrintedArticle, ServedFeed
from deploy.local.newsroom.pages import body_html, plain_page

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "rss-content": "application/rss+xml; charset=utf-8",
    "broken": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "sitemap": "application/xml; charset=utf-8",
    "wall": "text/html; charset=utf-8",
}
TRACKERS = "?utm_source=rss&utm_medium=feed&utm_campaign={section}&fbclid=IwDemo"


@dataclass(frozen=True, slots=True)
class _Item:
    link: str
    title: str
    summary: str
    author: str
    published: datetime
    content: str


def feed_document(feed: ServedFeed, newsroom: Newsroom, base_url: str) -> bytes:
    """The feed's bytes, newest entry first."""
    if feed.format == "wall":
        return plain_page("sign-in")
    items = _items(feed, newsroom, base_url)
    if feed.format == "json":
        return _json_feed(feed, items, base_url)
    writers = {"atom": _atom, "rdf": _rdf, "sitemap": _sitemap}
    text = writers.get(feed.format, _rss)(feed, items, base_url)
    if feed.format == "broken":
        # The connection to the outlet's own database went away while it wrote its second entry.
        text = text[: text.index("<item>", text.index("</item>")) + 40] + "&nbsp;<b>\nFatal error: server has gone away"
    return text.encode("utf-8")


def newest(feed: ServedFeed, newsroom: Newsroom) -> datetime:
    """When the feed's newest entry was published: what the server calls its last modification."""
    return max(item.published for item in _items(feed, newsroom, ""))


def _items(feed: ServedFeed, newsroom: Newsroom, base_url: str) -> list[_Item]:
    articles = [a for a in newsroom.by_outlet[feed.outlet.id] if feed.section in ("", a.section)]
    items = [_article_item(article, feed, base_url) for article in articles]
    if not feed.section and feed.format != "sitemap":
        items += [_extra_item(entry, base_url) for entry in newsroom.extra_entries if entry.outlet is feed.outlet]
    return sorted(items, key=lambda item: (item.published, item.link), reverse=True)


def _article_item(article: PrintedArticle, feed: ServedFeed, base_url: str) -> _Item:
    path = article.path
    if feed.links == "shared":
        path = article.amp_path if article.amp else path + TRACKERS.format(section=feed.section)
    content = body_html(article) if feed.format == "rss-content" else ""
    return _Item(base_url + path, article.title, article.summary, article.author, article.published, content)


def _extra_item(entry: ExtraEntry, base_url: str) -> _Item:
    return _Item(base_url + entry.path, entry.title, "", "", entry.published, "")


def _rss(feed: ServedFeed, items: list[_Item], base_url: str) -> str:
    entries = "\n".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f'<guid isPermaLink="false">{escape(item.link)}</guid>'
        f"<pubDate>{format_datetime(item.published)}</pubDate>"
        + (f"<dc:creator>{escape(item.author)}</dc:creator>" if item.author else "")
        + f"<description>{escape(item.summary)}</description>"
        + (f"<content:encoded><![CDATA[{item.content}]]></content:encoded>" if item.content else "")
        + "</item>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(feed.outlet.name)}</title><link>{base_url}/{feed.outlet.id}/</link>"
        f"<description>{escape(feed.outlet.name)}</description><language>{feed.outlet.language}</language>\n"
        f"{entries}\n</channel></rss>\n"
    )


def _atom(feed: ServedFeed, items: list[_Item], base_url: str) -> str:
    entries = "\n".join(
        f"<entry><title>{escape(item.title)}</title><id>{escape(item.link)}</id>"
        f'<link rel="alternate" href={quoteattr(item.link)}/>'
        f"<published>{item.published.isoformat()}</published><updated>{item.published.isoformat()}</updated>"
        f"<summary>{escape(item.summary)}</summary></entry>"
        for item in items
    )
    updated = items[0].published.isoformat()
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.outlet.language}">'
        f"<title>{escape(feed.outlet.name)}</title><id>{base_url}/{feed.outlet.id}/</id><updated>{updated}</updated>"
        f"<author><name>{escape(feed.outlet.name)}</name></author>\n{entries}\n</feed>\n"
    )


def _rdf(feed: ServedFeed, items: list[_Item], base_url: str) -> str:
    sequence = "".join(f"<rdf:li rdf:resource={quoteattr(item.link)}/>" for item in items)
    entries = "\n".join(
        f"<item rdf:about={quoteattr(item.link)}><title>{escape(item.title)}</title>"
        f"<link>{escape(item.link)}</link><description>{escape(item.summary)}</description>"
        f"<dc:date>{item.published.isoformat()}</dc:date></item>"
        for item in items
    )
    address = f"{base_url}/{feed.outlet.id}/"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{address}"><title>{escape(feed.outlet.name)}</title><link>{address}</link>'
        f"<description>{escape(feed.outlet.name)}</description><items><rdf:Seq>{sequence}</rdf:Seq></items></channel>\n"
        f"{entries}\n</rdf:RDF>\n"
    )


def _sitemap(feed: ServedFeed, items: list[_Item], base_url: str) -> str:
    entries = "\n".join(
        f"<url><loc>{escape(item.link)}</loc><news:news><news:publication>"
        f"<news:name>{escape(feed.outlet.name)}</news:name><news:language>{feed.outlet.language}</news:language>"
        f"</news:publication><news:publication_date>{item.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(item.title)}</news:title></news:news></url>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        f' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}\n</urlset>\n'
    )


def _json_feed(feed: ServedFeed, items: list[_Item], base_url: str) -> bytes:
    record = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.outlet.name,
        "home_page_url": f"{base_url}/{feed.outlet.id}/",
        "feed_url": base_url + feed.path,
        "language": feed.outlet.language,
        "items": [
            {
                "id": item.link,
                "url": item.link,
                "title": item.title,
                "content_text": item.summary,
                "date_published": item.published.isoformat(),
                "authors": [{"name": item.author}] if item.author else [],
            }
            for item in items
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8")
