"""ExtractArticle: a page's bytes become its text and what the page claims about it."""

from __future__ import annotations

from datetime import datetime

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.stage import StageOutput, each, sort_outputs
from pipeline.text.extraction import Extracted, extract
from schemas.canonical_url import article_id, content_id, normalise_url
from schemas.entry_json import entry_to_json
from schemas.errors import Failed, PermanentError, Rejected
from schemas.records import Article, Entry, Page, Publication, SourceKind

STAGE = "extract_article"


class ExtractArticle(beam.PTransform[PCollection[Page], StageOutput]):
    """Page -> Article, or Failed(undecodable | unparsable_page | empty_body).

    In -> out: exactly one outcome per page. The article's body still equals its original text.
    Identity: hash of the canonical URL (the page's own when it is sane, else the URL reached), else of the
        decoded content (ARCHITECTURE.md, decision 4).
    """

    def expand(self, pages: PCollection[Page]) -> StageOutput:
        return sort_outputs(pages | "Extract" >> each(STAGE, page_to_article))


def page_to_article(page: Page) -> Article | Rejected | Failed:
    """What one page says, or why nothing could be made of it."""
    entry = page.entry
    try:
        extracted = extract(
            page.content,
            page.content_type,
            page.charset,
            page.url,
            default_timezone=entry.publication.timezone,
        )
    except PermanentError as error:
        return Failed(
            STAGE, error.reason, entry.url, error.detail, entry_to_json(entry), True, entry.key, entry.revision
        )
    return _article(page, entry, extracted)


def _article(page: Page, entry: Entry, extracted: Extracted) -> Article:
    reached = normalise_url(page.url) if page.url else ""
    canonical = extracted.canonical_url or reached
    identity = article_id(canonical) if canonical else content_id(extracted.text)
    url = canonical or f"urn:straitwire:{identity}"
    published_at, published_from = _published(entry, extracted)
    return Article(
        article_id=identity,
        url=url,
        fetched_url=page.url or entry.url,
        aliases=_aliases(url, page, entry),
        entry_keys=(entry.key,),
        revision=entry.revision,
        kind=entry.kind,
        source_id=entry.source_id,
        publication=_publication(entry, extracted),
        title=extracted.title or entry.title,
        body=extracted.text,
        original_text=extracted.text,
        language=extracted.language or entry.publication.language,
        fetched_at=page.fetched_at,
        kicker=extracted.kicker,
        authors=extracted.authors or ((entry.author,) if entry.author else ()),
        section=extracted.section,
        summary=extracted.summary or entry.summary,
        published_at=published_at,
        published_from=published_from,
        updated_at=extracted.updated_at or entry.updated_at,
        paywall=extracted.paywall,
        truncated=extracted.truncated,
        credit_hints=extracted.credit_hints,
        alternates=extracted.alternates or entry.alternates,
    )


def _aliases(url: str, page: Page, entry: Entry) -> tuple[str, ...]:
    """The other addresses of the article; a local file's location is not an address of it."""
    known = {page.url, "" if entry.kind is SourceKind.FILE else entry.url}
    return tuple(sorted(alias for alias in known if alias and alias != url and not alias.startswith("file:")))


def _published(entry: Entry, extracted: Extracted) -> tuple[datetime | None, str]:
    """The page's structured claim, else the feed's, else what URL or text say; never the fetch date."""
    if extracted.published_at and extracted.published_from in ("json-ld", "meta"):
        return extracted.published_at, extracted.published_from
    if entry.published_at:
        return entry.published_at, "feed"
    return extracted.published_at, extracted.published_from


def _publication(entry: Entry, extracted: Extracted) -> Publication:
    listed = entry.publication
    return Publication(
        listed.publisher or extracted.site_name, listed.country, listed.language, listed.timezone
    )
