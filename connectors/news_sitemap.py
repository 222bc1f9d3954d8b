"""News sitemaps, plain sitemaps and sitemap indexes. Source: sitemaps.org and Google's news sitemap schema 0.9."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from connectors.feed_dates import parse_feed_date
from connectors.feed_entries import RawEntry, list_entries
from schemas.canonical_url import is_home_page
from schemas.errors import FailReason, PermanentError
from schemas.feeds import FeedSource, ParsedFeed

_MAX_SITEMAPS = 1_000


def parse_sitemap(text: str, url: str, source: FeedSource, now: datetime | None) -> ParsedFeed:
    """The sitemap's pages as entries, or the sitemaps that an index lists, newest first.

    Errors: PermanentError(UNPARSABLE_FEED) when nothing can be made of it.
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PermanentError(FailReason.UNPARSABLE_FEED, f"broken sitemap: {error}") from error
    if root is None:
        raise PermanentError(FailReason.UNPARSABLE_FEED, "broken sitemap: no element in it")
    if _name(root) == "sitemapindex":
        return ParsedFeed("sitemap-index", "", (), sitemaps=_sitemaps(root, url))
    raw_entries, languages, is_news = [], [], False
    for page in root:
        if _name(page) != "url":
            continue
        fields = _fields(page)
        is_news = is_news or "news" in fields
        languages.append(fields.get("language", ""))
        if not is_home_page(fields.get("loc", "")):
            raw_entries.append(_raw_entry(page, fields))
    feed = ParsedFeed("news-sitemap" if is_news else "sitemap", "", (), language=next(filter(None, languages), ""))
    found = len(raw_entries)
    listed = list_entries(raw_entries, url, source, now, feed)
    if found and not listed.listed:
        raise PermanentError(FailReason.UNPARSABLE_FEED, f"{found} pages, and none has an address")
    return listed


def _raw_entry(page: Any, fields: dict[str, str]) -> RawEntry:
    location = fields.get("loc", "")
    return RawEntry(
        links=(location,) if location else (),
        guid=location,
        title=fields.get("title", "").replace("<", "&lt;"),
        published=(fields.get("publication_date", ""),),
        updated=(fields.get("lastmod", ""),),
        alternates=_alternates(page),
    )


def _fields(page: Any) -> dict[str, str]:
    """Text of the page's elements by local name; prefixes vary, image captions stay out."""
    fields: dict[str, str] = {}
    for element in page.iter():
        name = _name(element)
        if element is page or any(_name(above) in ("image", "video") for above in element.iterancestors()):
            continue
        fields.setdefault(name, (element.text or "").strip())
    return fields


def _alternates(page: Any) -> tuple[tuple[str, str], ...]:
    """The hreflang links of the page: the same article in other languages."""
    links = [(link.get("hreflang") or "", link.get("href") or "") for link in page if _name(link) == "link"]
    return tuple(sorted({(language, target) for language, target in links if language and target}))


def _sitemaps(root: Any, url: str) -> tuple[str, ...]:
    dated = []
    for element in root:
        fields = {_name(child): (child.text or "").strip() for child in element}
        if fields.get("loc"):
            moment = parse_feed_date(fields.get("lastmod", ""))
            dated.append((moment.timestamp() if moment else 0.0, urljoin(url, fields["loc"])))
    newest_first = sorted(dated, key=lambda pair: (-pair[0], pair[1]))
    return tuple(dict.fromkeys(address for _, address in newest_first))[:_MAX_SITEMAPS]


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
