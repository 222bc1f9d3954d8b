"""Articles, home pages and section pages as HTML, in the outlets' own templates."""

from __future__ import annotations

import html
import json
from string import Template

from deploy.local.newsroom.content import FOLDER, Newsroom, Outlet, PrintedArticle

# What a page says its encoding is, by the encoding its bytes are in: Korean servers label cp949 as EUC-KR.
LABELS = {"cp949": "euc-kr", "shift_jis": "shift_jis", "utf-8": "utf-8"}


def article_page(article: PrintedArticle, newsroom: Newsroom, base_url: str) -> bytes:
    """The article in its outlet's template, in the article's encoding."""
    outlet = article.outlet
    others = [other for other in newsroom.by_outlet[outlet.id] if other is not article]
    amp_link = f'<link rel="amphtml" href="{base_url}{article.amp_path}">' if article.amp else ""
    page = _template(outlet.id).substitute(
        _common(outlet, base_url),
        **_article_fields(article, base_url),
        amp_link=amp_link,
        json_ld=_json_ld(article, base_url),
        related="".join(f'<li><a href="{base_url}{other.path}">{_text(other.title)}</a></li>' for other in others[:3]),
        encoding=LABELS[article.encoding],
    )
    return page.encode(article.encoding, "xmlcharrefreplace")


def amp_page(article: PrintedArticle, base_url: str) -> bytes:
    """The article's AMP form: the text, and a canonical link to the article."""
    fields = _common(article.outlet, base_url) | _article_fields(article, base_url)
    return _template("amp").substitute(fields).encode("utf-8")


def list_page(newsroom: Newsroom, outlet: Outlet, base_url: str, section: str = "") -> bytes:
    """An outlet's home page, or the page of one of its sections."""
    listed = [article for article in newsroom.by_outlet[outlet.id] if section in ("", article.section)]
    types = {"atom": "application/atom+xml", "json": "application/feed+json"}
    feed_links = "".join(
        f'<link rel="alternate" type="{types.get(feed.format, "application/rss+xml")}" href="{base_url}{feed.path}">'
        for feed in newsroom.feeds
        if feed.outlet is outlet and feed.format not in ("sitemap", "broken", "wall")
    )
    items = "".join(f'<li><a href="{base_url}{article.path}">{_text(article.title)}</a></li>' for article in listed)
    page = _template("list").substitute(_common(outlet, base_url), feed_links=feed_links, items=items)
    return page.encode("utf-8")


def plain_page(name: str) -> bytes:
    """A template that has nothing to fill in: the cookie wall, the sign-in page."""
    return (FOLDER / "templates" / f"{name}.html").read_bytes()


def about_page(outlet: Outlet, base_url: str) -> bytes:
    """Who the outlet says it is."""
    items = f"<li>{_text(outlet.name)} is part of the demo newsroom of straitwire. It does not exist.</li>"
    page = _template("list").substitute(_common(outlet, base_url), feed_links="", items=items)
    return page.encode("utf-8")


def front_page(newsroom: Newsroom, base_url: str) -> bytes:
    """The list of outlets, at the root of the server."""
    links = "".join(
        f'<li><a href="{base_url}/{outlet.id}/">{_text(outlet.name)}</a></li>' for outlet in newsroom.outlets
    )
    return f'<!DOCTYPE html><html lang="en"><title>Demo newsroom</title><ul>{links}</ul></html>'.encode()


def body_html(article: PrintedArticle) -> str:
    """The paragraphs, marked up as the outlet does."""
    if article.outlet.paragraphs == "br":
        return "<br/><br/>\n".join(_text(paragraph) for paragraph in article.paragraphs)
    return "\n".join(f"<p>{_text(paragraph)}</p>" for paragraph in article.paragraphs)


def _common(outlet: Outlet, base_url: str) -> dict[str, str]:
    links = [
        f'<a href="{base_url}/{outlet.id}/section/{section}">{_text(label)}</a>'
        for section, label in outlet.sections.items()
    ]
    return {
        "home": f"{base_url}/{outlet.id}",
        "language": outlet.language,
        "name": _text(outlet.name),
        "navigation": "".join(f"<li>{link}</li>" for link in links),
        "navigation_links": " ".join(links),
    }


def _article_fields(article: PrintedArticle, base_url: str) -> dict[str, str]:
    return {
        "author": _text(article.author),
        "body": body_html(article),
        "byline": _text(article.byline),
        "byline_line": _text(article.byline),
        "published": article.published.isoformat(),
        "published_text": _published_text(article),
        "section": _text(article.outlet.sections[article.section]),
        "summary": _text(article.summary),
        "title": _text(article.title),
        "url": base_url + article.path,
        "via": _text(article.via),
    }


def _json_ld(article: PrintedArticle, base_url: str) -> str:
    """The page's NewsArticle as schema.org describes it; ``</`` is escaped, since it would end the script."""
    record: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": base_url + article.path,
        "headline": article.title,
        "datePublished": article.published.isoformat(),
        "author": [{"@type": "Person", "name": article.author or article.outlet.name}],
        "publisher": {"@type": "Organization", "name": article.outlet.name},
        "isAccessibleForFree": not article.paywall,
    }
    if article.paywall:
        record["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".reader-text"}
    return json.dumps(record, ensure_ascii=False).replace("</", "<\\/")


def _published_text(article: PrintedArticle) -> str:
    """The date as the outlet's readers write it."""
    at = article.published
    if article.outlet.language == "ko":
        return f"{at:%Y.%m.%d %H:%M}"
    if article.outlet.language == "ja":
        return f"{at.year}年{at.month}月{at.day}日 {at.hour}時{at.minute:02}分"
    half = "a.m." if at.hour < 12 else "p.m."
    return f"{at:%B} {at.day}, {at.year}, {at.hour % 12 or 12}:{at.minute:02} {half}"


def _text(text: str) -> str:
    return html.escape(text)


def _template(name: str) -> Template:
    return Template((FOLDER / "templates" / f"{name}.html").read_text(encoding="utf-8"))
