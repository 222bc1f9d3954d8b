"""What a page's statements come to: whom to believe when JSON-LD, meta elements and the visible page differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from pipeline.text.article_body import Body
from pipeline.text.author_names import author_names, is_organisation, reads_like_person
from pipeline.text.headline import headline_without_site, is_site_name, name_key, tidy
from pipeline.text.page_dates import date_in_text, date_in_url, parse_date
from pipeline.text.page_metadata import PageMetadata, page_bylines, page_times
from pipeline.text.story_blocks import prose_chars
from pipeline.text.structured_data import StructuredArticle, plain
from schemas.canonical_url import host_of, registrable_domain
from schemas.records import Paywall

_WALLED_CHARS = 700  # what sites show before the wall: one to four paragraphs; a brief that is free is as short
# A line that is a byline by its words: "By Ann Lee", 홍길동 기자 (reporter), 山田太郎記者 (reporter).
_BYLINE_LINE = re.compile(
    r"^(?:by|von|par|por|di|door|av)\s+[^\W\d_]|(?:^|\s)[가-힣]{2,4}\s?(?:기자|특파원)(?:\s|$)|[\u3400-\u9fff]{2,6}記者$",
    re.IGNORECASE,
)
_CUT_SHARE = 0.5
_CUT_MARKS = ("…", "...", "[…]", "...]")


@dataclass(frozen=True, slots=True)
class PageClaims:
    """A page and what it states about itself.

    Attributes:
        body: the story that was found.
        url: the URL reached, or "".
        default_timezone: for dates that state no zone.
    """

    tree: HtmlElement
    structured: StructuredArticle
    metadata: PageMetadata
    body: Body
    url: str
    default_timezone: str

    def title(self) -> str:
        """The headline without the site's name: JSON-LD's, else og:title, else the first h1, else the title element.

        A JSON-LD headline that equals the title element and neither of the other two was written for search
        engines; the reader sees the h1. One that is cut short gives way to what it is cut from.
        """
        metadata, sites = self.metadata, self.site_names()
        heading = metadata.headings[0] if metadata.headings else ""
        stated = {
            "json-ld": self.structured.headline,
            "og": plain(metadata.og_title),
            "h1": heading if len(metadata.headings) == 1 or not metadata.og_title else "",
            "title": metadata.document_title,
        }
        witnesses = tuple(text for text in (self.structured.headline, *metadata.headings) if text)
        seen = {"json-ld": witnesses, "h1": witnesses, "og": (*witnesses, self.body.headline)}
        seen["title"] = seen["og"]
        bare = {
            source: headline_without_site(text, sites, tuple(other for other in seen[source] if other != text))
            for source, text in stated.items()
            if text and name_key(text) not in sites
        }
        keys = {source: name_key(text) for source, text in bare.items()}
        first = keys.get("json-ld", "")
        if heading and first and first == keys.get("title") and first not in (keys.get("og"), name_key(heading)):
            return tidy(heading)
        if first and any(keys.get(source, "").startswith(first) and keys[source] != first for source in ("og", "h1")):
            bare.pop("json-ld")
        return next((bare[source] for source in ("json-ld", "og", "h1", "title") if bare.get(source)), tidy(heading))

    def authors(self) -> tuple[str, ...]:
        """Whom the page names: JSON-LD, else script data, else meta elements, else the byline.

        The site's own name stands as author only where nobody else is named.
        """
        sites = self.site_names()
        claims = [
            author_names(self.structured.authors),
            author_names(self.body.payload.authors if self.body.payload else ()),
        ]
        for names in claims:
            if any(not is_site_name(name, sites) for name in names):
                return names
        for stated in (self.metadata.authors, page_bylines(self.tree)):
            names = author_names(stated)
            claims.append(names)
            if not any(is_organisation(name) for name in names) and self._people(names):
                return self._people(names)
        lines = tuple(line for line in self.body.around_headline if _BYLINE_LINE.search(line))
        claims.append(self._people(author_names(lines[:1])))
        return next((names for names in claims if names), ())

    def _people(self, names: tuple[str, ...]) -> tuple[str, ...]:
        sites = self.site_names()
        return tuple(name for name in names if reads_like_person(name) and not is_site_name(name, sites))

    def published(self) -> tuple[datetime | None, str]:
        """When, and what says so; script data counts as JSON-LD, being the same kind of statement."""
        zone, metadata = self.default_timezone, self.metadata
        in_script = self.body.payload.published if self.body.payload else ""
        stated = (("json-ld", self.structured.published), ("meta", metadata.published), ("json-ld", in_script))
        for origin, text in stated:
            moment = parse_date(text, zone)
            if moment:
                return moment, origin
        attributes, lines = page_times(self.tree)
        dates = [parse_date(text, zone) for text in attributes]
        dates += [date_in_text(line, zone) for line in (metadata.og_title, *lines, *self.body.around_headline)]
        moment = next((date for date in dates if date), None)
        if moment:
            return moment, "text"
        moment = date_in_url(self.url or next(iter(metadata.declared_urls), ""), zone)
        return moment, "url" if moment else ""

    def paywall(self) -> Paywall:
        """The page's own statement; JSON-LD's ``False`` beside a tier of ``metered`` is metered."""
        if self.metadata.paywall is not Paywall.UNKNOWN:
            return self.metadata.paywall
        if self.structured.is_free is None:
            return Paywall.UNKNOWN
        return Paywall.FREE if self.structured.is_free else Paywall.PAYWALLED

    def is_truncated(self, body: str) -> bool:
        """Whether the page shows that the body is not the whole story.

        Either its stated number of words is more than twice the body's, or it
        says that the story is paid for and gives a few paragraphs, or a text that breaks off.
        """
        parts_words = prose_chars(body) < 1.1 * len(body)  # what counts as a word in Japanese differs by site
        if parts_words and len(body.split()) < _CUT_SHARE * self.structured.words:
            return True
        walled = self.paywall() in (Paywall.PAYWALLED, Paywall.METERED)
        return walled and (prose_chars(body) < _WALLED_CHARS or body.endswith(_CUT_MARKS))

    def site_names(self) -> frozenset[str]:
        """What the site calls itself, as :func:`name_key` gives it: names it states, and its domain."""
        names = (self.metadata.site_name, self.structured.publisher, *self.structured.organisations)
        domain = registrable_domain(host_of(self.url or next(iter(self.metadata.declared_urls), "")))
        keys = {name_key(name) for name in (*names, domain, domain.split(".")[0])}
        return frozenset(key for key in keys if key)
