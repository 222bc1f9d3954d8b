"""A document's bytes as its story and what it claims about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from pipeline.text.article_body import Body, article_body
from pipeline.text.author_names import author_names, reads_like_person
from pipeline.text.decoding import decode
from pipeline.text.headline import headline_without_site, is_site_name, name_key, split_kicker, tidy
from pipeline.text.page_dates import date_in_text, date_in_url, parse_date
from pipeline.text.page_language import detect_language
from pipeline.text.page_metadata import PageMetadata, page_canonical, page_metadata
from pipeline.text.page_tree import parse_page
from pipeline.text.plain_document import split_document
from pipeline.text.structured_data import StructuredArticle, plain, structured_article
from schemas.canonical_url import host_of, registrable_domain
from schemas.errors import FailReason, PermanentError
from schemas.records import Paywall

_CONTROLS = re.compile(
    r"[\u00ad\u200b\u2060\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_PLAIN_TYPES = frozenset({"text/plain", "text/markdown"})


@dataclass(frozen=True, slots=True)
class Extracted:
    """What one document says.

    Attributes:
        text: the story, paragraphs separated by a blank line; no control characters.
        title: without site name; kicker ("속보", breaking) apart.
        authors: names without titles and addresses; an organisation where the page names one as author.
        language: ISO 639-1, or "".
        published_at, updated_at: the page's claims in UTC, or None.
        published_from: ``json-ld``, ``meta``, ``url``, ``text`` or "".
        truncated: whether the page itself shows that the text is not all of the story.
        canonical_url: normalised, or "" when the page declares none that is sane.
        credit_hints: organisations named as author, creator, source or copyright holder.
        alternates: (language, URL) pairs of hreflang links.
    """

    text: str
    title: str = ""
    kicker: str = ""
    authors: tuple[str, ...] = ()
    section: str = ""
    summary: str = ""
    language: str = ""
    published_at: datetime | None = None
    published_from: str = ""
    updated_at: datetime | None = None
    paywall: Paywall = Paywall.UNKNOWN
    truncated: bool = False
    canonical_url: str = ""
    site_name: str = ""
    credit_hints: tuple[str, ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()


def extract(content: bytes, content_type: str, charset: str, url: str, default_timezone: str = "") -> Extracted:
    """The story and the claims of a document.

    Args:
        content: the document's bytes, decompressed.
        content_type: ``text/plain`` means a plain text document; anything else is read as HTML.
        charset: from HTTP or the source, or "".
        url: the URL reached, or "" for a local file.
        default_timezone: IANA name, for dates that state no zone.

    Guarantees: pure; the text is never empty.
    Errors: PermanentError(undecodable | unparsable_page | empty_body).
    """
    text = decode(content, charset, content_type)
    if content_type in _PLAIN_TYPES:
        return _plain_document(text)
    tree = parse_page(text)
    structured = structured_article(tree)
    metadata = page_metadata(tree, url)
    stated_titles = (metadata.og_title, structured.headline, metadata.document_title)
    titles = frozenset(key for key in map(name_key, map(plain, stated_titles)) if key)
    body = article_body(tree, structured.body, titles, structured.description or metadata.description)
    if not body.text:
        raise PermanentError(FailReason.EMPTY_BODY, "the page holds no text that reads like a story")
    return _extracted(body, structured, metadata, url, default_timezone)


def clean_text(text: str) -> str:
    r"""Paragraphs separated by a blank line, without control characters.

    >>> clean_text("One\x02.\n\n\n Two. ")
    'One.\n\nTwo.'
    """
    lines = (line.strip() for line in _CONTROLS.sub("", text.replace("\r", "\n")).split("\n"))
    return "\n\n".join(line for line in lines if line)


def _plain_document(text: str) -> Extracted:
    title, body = split_document(_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    body = clean_text(body)
    if not body:
        raise PermanentError(FailReason.EMPTY_BODY, "the document holds no text")
    kicker, title = split_kicker(tidy(title))
    return Extracted(text=body, title=title, kicker=kicker, language=detect_language(body))


def _extracted(
    found: Body, structured: StructuredArticle, metadata: PageMetadata, url: str, default_timezone: str
) -> Extracted:
    body = clean_text(found.text)
    if not body:
        raise PermanentError(FailReason.EMPTY_BODY, "the page holds no text that reads like a story")
    site_names = _site_names(structured, metadata, url)
    kicker, title = split_kicker(page_title(structured, metadata, site_names))
    published_at, published_from = _published(structured, metadata, found, url, default_timezone)
    return Extracted(
        text=body,
        title=title,
        kicker=kicker,
        authors=_authors(structured, metadata, found, site_names),
        section=tidy(structured.section or metadata.section),
        summary=tidy(structured.description or plain(metadata.description)),
        language=detect_language(body, structured.language or metadata.language),
        published_at=published_at,
        published_from=published_from,
        updated_at=parse_date(structured.modified or metadata.modified, default_timezone),
        paywall=_paywall(structured, metadata),
        canonical_url=page_canonical(metadata.declared_urls, url),
        site_name=metadata.site_name or structured.publisher,
        credit_hints=tuple(dict.fromkeys((*structured.organisations, *metadata.credits))),
        alternates=metadata.alternates,
    )


def page_title(structured: StructuredArticle, metadata: PageMetadata, site_names: frozenset[str]) -> str:
    """The headline without the site's name: JSON-LD's, else og:title, else the first h1, else the title element.

    A JSON-LD headline that equals the title element and neither of the other two was written for search
    engines; the reader sees the h1. One that is cut short gives way to what it is cut from.
    """
    heading = metadata.headings[0] if metadata.headings else ""
    stated = {
        "json-ld": structured.headline,
        "og": plain(metadata.og_title),
        "h1": heading if len(metadata.headings) == 1 or not metadata.og_title else "",
        "title": metadata.document_title,
    }
    witnesses = tuple(text for text in (structured.headline, *metadata.headings) if text)
    bare = {
        source: headline_without_site(text, site_names, tuple(w for w in witnesses if w != text))
        for source, text in stated.items()
        if text and name_key(text) not in site_names
    }
    keys = {source: name_key(text) for source, text in bare.items()}
    first = keys.get("json-ld", "")
    for_search = bool(first) and first == keys.get("title") and first not in (keys.get("og"), name_key(heading))
    if for_search and heading:
        return tidy(heading)
    longer = next((keys[source] for source in ("og", "h1") if first and keys.get(source, "").startswith(first)), first)
    if longer != first:
        bare.pop("json-ld")
    return next((bare[source] for source in ("json-ld", "og", "h1", "title") if bare.get(source)), tidy(heading))


def _site_names(structured: StructuredArticle, metadata: PageMetadata, url: str) -> frozenset[str]:
    names = {name_key(name) for name in (metadata.site_name, structured.publisher, *structured.organisations) if name}
    domain = registrable_domain(host_of(url or next(iter(metadata.declared_urls), "")))
    if domain:
        names |= {name_key(domain), name_key(domain.split(".")[0])}
    return frozenset(name for name in names if name)


def _authors(
    structured: StructuredArticle, metadata: PageMetadata, found: Body, sites: frozenset[str]
) -> tuple[str, ...]:
    """Whom the page names: JSON-LD, else script data, else meta elements, else the byline.

    The site's own name stands as author only where nobody else is named.
    """
    payload = found.payload.authors if found.payload else ()
    claims = [author_names(names) for names in (structured.authors, payload, metadata.authors, metadata.bylines)]
    for names in claims[:2]:
        if any(not is_site_name(name, sites) for name in names):
            return names
    for names in claims[2:]:
        people = tuple(name for name in names if reads_like_person(name) and not is_site_name(name, sites))
        if people:
            return people
    return next((names for names in claims if names), ())


def _published(
    structured: StructuredArticle, metadata: PageMetadata, found: Body, url: str, default_timezone: str
) -> tuple[datetime | None, str]:
    """When, and by what; script data counts as JSON-LD, being the same kind of statement."""
    payload = found.payload.published if found.payload else ""
    for origin, stated in (("json-ld", structured.published), ("meta", metadata.published), ("json-ld", payload)):
        moment = parse_date(stated, default_timezone)
        if moment:
            return moment, origin
    dates = (parse_date(stated, default_timezone) for stated in metadata.times)
    lines = (date_in_text(line, default_timezone) for line in (metadata.og_title, *metadata.time_texts))
    moment = next((date for date in (*dates, *lines) if date), None)
    if moment:
        return moment, "text"
    moment = date_in_url(url or next(iter(metadata.declared_urls), ""), default_timezone)
    return moment, "url" if moment else ""


def _paywall(structured: StructuredArticle, metadata: PageMetadata) -> Paywall:
    if metadata.paywall is not Paywall.UNKNOWN:
        return metadata.paywall
    if structured.is_free is None:
        return Paywall.UNKNOWN
    return Paywall.FREE if structured.is_free else Paywall.PAYWALLED
