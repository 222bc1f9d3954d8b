"""What a page claims about itself outside JSON-LD: meta elements, links, headings, times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.text.headline import tidy
from schemas.canonical_url import normalise_url, sane_canonical
from schemas.records import Paywall

_MAXIMUM_ALTERNATES = 60
_MAXIMUM_META_CHARS = 2000

_PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "pubdate",
    "publishdate", "publish-date", "publish_date", "published_time", "og:published_time", "date.published",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created",
    "dcterms.issued", "dc.date", "date", "article.published", "article_date_original", "originalpublicationdate",
    "analyticsattributes.articledate", "cxenseparse:publishtime", "dc.terms.issued", "buildtime", "ptime",
    "article.created", "dable:article:published_time", "citation_publication_date",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified",
    "dc.date.modified", "article:updated_time", "modified_time", "date.modified",
)  # fmt: skip
_AUTHOR_META = (
    "author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author",
    "cxenseparse:author", "byl", "article:author_name", "og:article:author", "dable:author", "citation_author",
    "twitter:data1",
)  # fmt: skip
_SECTION_META = ("article:section", "og:article:section", "section", "parsely-section", "cxenseparse:section")
_CREDIT_META = (
    "dc.publisher", "dcterms.publisher", "copyright", "dc.rights", "source", "news_source", "article:publisher_name",
    "syndication-source-name", "article:content_provider",
)  # fmt: skip
_PAID_TIERS = {"locked": Paywall.PAYWALLED, "paid": Paywall.PAYWALLED, "premium": Paywall.PAYWALLED,
               "metered": Paywall.METERED, "free": Paywall.FREE, "free-limited": Paywall.METERED}  # fmt: skip
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|reporter|journalist|writer|autor|kisha)(?:s|_?name|-?name)?(?:$|[\s_-])",
    re.IGNORECASE,
)
_BYLINE_CONTAINER = re.compile(r"bio|avatar|image|photo|related|more|comment|social|box|(?<!journa)list", re.IGNORECASE)
_TIME_CLASS = re.compile(r"publish|pubdate|posted|date|time|release|regist|input", re.IGNORECASE)
_MAXIMUM_BYLINE_CHARS = 160
_LONGEST_HEADING_CHARS = 400


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """Claims in document order of trust; empty where the page is silent.

    Attributes:
        titles: og:title, twitter:title, h1, title element, without repeats.
        headings: the h1 elements with text.
        authors: from meta elements.
        declared_urls: rel=canonical, og:url, in that order, absolute.
    """

    meta: dict[str, str]
    og_title: str
    document_title: str
    headings: tuple[str, ...]
    authors: tuple[str, ...]
    published: str
    modified: str
    section: str
    description: str
    site_name: str
    language: str
    declared_urls: tuple[str, ...]
    alternates: tuple[tuple[str, str], ...]
    credits: tuple[str, ...]
    paywall: Paywall


def page_metadata(tree: HtmlElement, url: str) -> PageMetadata:
    """Everything but JSON-LD, read in one pass over head and one over the elements that may carry claims."""
    meta, several = _meta_elements(tree)
    texts = (tidy(heading.text_content()) for heading in tree.iter("h1"))
    headings = tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= _LONGEST_HEADING_CHARS))
    return PageMetadata(
        meta=meta,
        og_title=meta.get("og:title", "") or meta.get("twitter:title", ""),
        document_title=tidy(tree.findtext(".//title") or ""),
        headings=headings,
        authors=tuple(name for key in _AUTHOR_META for name in several.get(key, ()) if _is_name(key, name, meta)),
        published=_first(meta, _PUBLISHED_META) or _itemprop(tree, "datePublished"),
        modified=_first(meta, _MODIFIED_META) or _itemprop(tree, "dateModified"),
        section=_first(meta, _SECTION_META),
        description=meta.get("og:description", "")
        or meta.get("description", "")
        or meta.get("twitter:description", ""),
        site_name=meta.get("og:site_name", "") or meta.get("application-name", ""),
        language=tree.get("lang")
        or tree.get("xml:lang")
        or meta.get("og:locale", "")
        or meta.get("content-language", ""),
        declared_urls=_declared_urls(tree, meta, url),
        alternates=_alternates(tree, url),
        credits=tuple(name for name in (meta.get(key, "") for key in _CREDIT_META) if name),
        paywall=_PAID_TIERS.get(meta.get("article:content_tier", "").lower(), Paywall.UNKNOWN),
    )


def page_canonical(declared: tuple[str, ...], reached: str) -> str:
    """The first declared URL that may stand for the page, normalised, or "".

    Without a fetched URL (a local file) the page's own declaration is all there is.

    >>> page_canonical(("https://news.example/", "https://news.example/a/1"), "https://m.news.example/a/1?utm_id=x")
    'https://news.example/a/1'
    """
    for candidate in declared:
        canonical = sane_canonical(candidate, reached)
        if canonical and canonical == normalise_url(candidate):
            return canonical
    return ""


def _meta_elements(tree: HtmlElement) -> tuple[dict[str, str], dict[str, list[str]]]:
    """First non-empty content per name (lower case), and all contents per name."""
    several: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if not content or len(content) > _MAXIMUM_META_CHARS:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = element.get(attribute)
            if name:
                text = tidy(content)
                if text:
                    several.setdefault(name.strip().lower(), []).append(text)
    return {name: contents[0] for name, contents in several.items()}, several


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if meta.get(name)), "")


def _itemprop(tree: HtmlElement, name: str) -> str:
    for element in tree.xpath(".//*[@itemprop=$name]", name=name):
        text = element.get("datetime") or element.get("content") or ""
        if text:
            return tidy(text)
    return ""


def _is_name(key: str, name: str, meta: dict[str, str]) -> bool:
    """A page address is no name; ``twitter:data1`` is an author only under the label that says so."""
    if name.startswith(("http://", "https://", "//", "@")):
        return False
    if key == "twitter:data1":
        return "by" in meta.get("twitter:label1", "").lower()
    return True


def page_bylines(tree: HtmlElement) -> tuple[str, ...]:
    """Texts of the first elements that say they name the author; others further down belong to other articles."""
    marked = tree.xpath(".//*[@rel='author' or @itemprop='author']")
    if not marked:
        marked = [
            element for element in tree.iter("a", "span", "p", "div", "em", "strong", "li") if _is_byline(element)
        ]
    found: list[str] = []
    for element in marked:
        if found and element.getparent() is not marked[0].getparent():
            break
        _add_byline(found, element)
    return tuple(dict.fromkeys(found))


def _is_byline(element: HtmlElement) -> bool:
    marks = element.get("class") or ""
    return bool(marks and _BYLINE_CLASS.search(marks) and not _BYLINE_CONTAINER.search(marks))


def _add_byline(found: list[str], element: HtmlElement) -> None:
    named = element.xpath(".//*[@itemprop='name']")
    text = tidy((named[0] if named else element).text_content())
    if 1 < len(text) <= _MAXIMUM_BYLINE_CHARS:
        found.append(text)


def page_times(tree: HtmlElement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``datetime`` attributes, and texts of elements that show a time, in document order."""
    attributes, texts = [], []
    for element in tree.iter("time"):
        stated = element.get("datetime")
        if stated:
            attributes.append(tidy(stated))
        else:
            texts.append(tidy(element.text_content())[:100])
    if not attributes and not texts:
        for element in tree.iter("span", "p", "em", "li", "dd", "div"):
            marks = f"{element.get('class') or ''} {element.get('id') or ''}"
            if _TIME_CLASS.search(marks) and len(element) <= 4:
                text = tidy(element.text_content())
                if 8 <= len(text) <= 100 and any(character.isdigit() for character in text):
                    texts.append(text)
            if len(texts) >= 6:
                break
    return tuple(attributes[:20]), tuple(texts[:20])


def _declared_urls(tree: HtmlElement, meta: dict[str, str], url: str) -> tuple[str, ...]:
    stated = [link.get("href") or "" for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    stated.append(meta.get("og:url", ""))
    return tuple(dict.fromkeys(absolute for absolute in (_absolute(href, url) for href in stated) if absolute))


def _alternates(tree: HtmlElement, url: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for link in tree.iter("link"):
        language = (link.get("hreflang") or "").strip().lower()
        if not language or language == "x-default" or "alternate" not in (link.get("rel") or "").lower():
            continue
        address = _absolute(link.get("href") or "", url)
        if address and (language, address) not in found:
            found.append((language, address))
        if len(found) >= _MAXIMUM_ALTERNATES:
            break
    return tuple(found)


def _absolute(href: str, base: str) -> str:
    try:
        address = urljoin(base, href.strip())
        return address if urlsplit(address).scheme in ("http", "https") and href.strip() else ""
    except ValueError:
        return ""
