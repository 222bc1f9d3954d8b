"""A document's bytes as its story and what it claims about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from pipeline.text.article_body import article_body
from pipeline.text.decoding import decode
from pipeline.text.headline import headline_keys, split_kicker, tidy
from pipeline.text.mojibake import is_garbled, mended
from pipeline.text.page_claims import PageClaims
from pipeline.text.page_dates import parse_date
from pipeline.text.page_language import detect_language
from pipeline.text.page_metadata import page_canonical, page_metadata
from pipeline.text.page_tree import parse_page
from pipeline.text.plain_document import split_document, without_title
from pipeline.text.structured_data import plain, structured_article
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


def extract(
    content: bytes, content_type: str, charset: str, url: str, default_timezone: str = "", stated_title: str = ""
) -> Extracted:
    """The story and the claims of a document.

    Args:
        content: the document's bytes, decompressed.
        content_type: ``text/plain`` means a plain text document; anything else is read as HTML.
        charset: from HTTP or the source, or "".
        url: the URL reached, or "" for a local file.
        default_timezone: IANA name, for dates that state no zone.
        stated_title: the title of a plain text document, where its source states one; then no line is taken for it.

    Guarantees: pure; the text is never empty.
    Errors: PermanentError(undecodable | unparsable_page | empty_body | mojibake).
    """
    text = mended(decode(content, charset, content_type))
    if content_type in _PLAIN_TYPES:
        return _plain_document(text, stated_title)
    tree = parse_page(text)
    structured = structured_article(tree)
    metadata = page_metadata(tree, url)
    titles = headline_keys(tuple(map(plain, (metadata.og_title, structured.headline, metadata.document_title))))
    found = article_body(tree, structured.body, titles, structured.description or metadata.description)
    body = clean_text(found.text)
    if is_garbled(body):
        raise _garbled()
    if not body:
        raise PermanentError(FailReason.EMPTY_BODY, "the page holds no text that reads like a story")
    return _extracted(body, PageClaims(tree, structured, metadata, found, url, default_timezone))


def _garbled() -> PermanentError:
    return PermanentError(
        FailReason.MOJIBAKE, "too many of its characters were lost before it was sent, or are misread"
    )


def clean_text(text: str) -> str:
    r"""Paragraphs separated by a blank line, without control characters.

    >>> clean_text("One\x02.\n\n\n Two. ")
    'One.\n\nTwo.'
    """
    lines = (line.strip() for line in _CONTROLS.sub("", text.replace("\r", "\n")).split("\n"))
    return "\n\n".join(line for line in lines if line)


def _plain_document(text: str, stated_title: str) -> Extracted:
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    title, body = (stated_title, without_title(text, stated_title)) if stated_title else split_document(text)
    body = clean_text(body)
    if is_garbled(body):
        raise _garbled()
    if not body:
        raise PermanentError(FailReason.EMPTY_BODY, "the document holds no text")
    kicker, title = split_kicker(tidy(title))
    return Extracted(text=body, title=title, kicker=kicker, language=detect_language(body))


def _extracted(body: str, claims: PageClaims) -> Extracted:
    structured, metadata = claims.structured, claims.metadata
    kicker, title = split_kicker(claims.title())
    published_at, published_from = claims.published()
    return Extracted(
        text=body,
        title=title,
        kicker=kicker,
        authors=claims.authors(),
        section=tidy(structured.section or metadata.section),
        summary=tidy(structured.description or plain(metadata.description)),
        language=detect_language(body, structured.language or metadata.language),
        published_at=published_at,
        published_from=published_from,
        updated_at=parse_date(structured.modified or metadata.modified, claims.default_timezone),
        paywall=claims.paywall(),
        truncated=claims.is_truncated(body),
        canonical_url=page_canonical(metadata.declared_urls, claims.url),
        site_name=metadata.site_name or structured.publisher,
        credit_hints=tuple(dict.fromkeys((*structured.organisations, *metadata.credits))),
        alternates=metadata.alternates,
    )
