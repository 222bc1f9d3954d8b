"""ExtractArticle: a page's bytes become its text and what the page claims about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.run_progress import PULSE
from pipeline.stage import StageCounts, StageOutput, at_its_time, broken, sort_outputs, stage_on_the_way
from pipeline.text.extraction import Extracted
from pipeline.time_limit import shared_extractor
from schemas.canonical_url import article_id, content_id, normalise_url
from schemas.documents import CLOCKS_DIFFER_BY
from schemas.entry_json import entry_to_json
from schemas.errors import Failed, PermanentError
from schemas.records import Article, Entry, Page, Publication, SourceKind

STAGE = "extract_article"

_PENDING_PER_WORKER = 3  # pages under way or waiting for each child: enough to keep it busy, few to hold in memory


class ExtractArticle(beam.PTransform[PCollection[Page], StageOutput]):
    """Page -> Article, or Failed(why).

    In -> out: exactly one outcome per page; reasons are undecodable, unparsable_page, empty_body,
        extraction_timeout and, for a bug of ours, internal_error. The article's body still equals its original text.
    Identity: hash of the canonical URL (the page's own when it is sane, else the URL reached), else of the
        decoded content (ARCHITECTURE.md, decision 4).
    State, time: outcomes keep the timestamp and window of their page. Pages are extracted in child processes,
        a few at a time; all that a bundle received is emitted before the bundle ends.
    """

    def expand(self, pages: PCollection[Page]) -> StageOutput:
        extract = beam.ParDo(_ExtractDoFn())
        return sort_outputs(pages | "Extract" >> extract.with_outputs("rejected", "failed", main="passed"))


class _ExtractDoFn(beam.DoFn):
    """Keeps a few pages under way and emits in the order of arrival."""

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()

    def start_bundle(self) -> None:
        self._pending = deque()

    def process(
        self,
        page: Page,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        StageCounts(stage_on_the_way(STAGE, page.entry.key)).count("received")
        extractor = shared_extractor()
        future = extractor.submit(
            page.content,
            page.content_type,
            page.charset,
            page.url,
            page.entry.publication.timezone,
            page.entry.title if page.entry.kind is SourceKind.JSONL else "",
        )
        self._pending.append(_Pending(page, future, timestamp, window))
        while len(self._pending) > _PENDING_PER_WORKER * extractor.workers or self._first_is_done():
            yield self._take()

    def finish_bundle(self) -> Iterator[Any]:
        while self._pending:
            yield self._take()

    def _first_is_done(self) -> bool:
        return bool(self._pending) and self._pending[0].future.done()

    def _take(self) -> Any:
        """The oldest page's outcome, waited for if need be."""
        pending = self._pending.popleft()
        counts = StageCounts(stage_on_the_way(STAGE, pending.page.entry.key))
        outcome = counts.sort(page_to_article(pending.page, pending.future))
        PULSE.beat()
        return at_its_time(outcome, pending.timestamp, pending.window)


@dataclass(slots=True)
class _Pending:
    """A page under way, with the place in time that its outcome will have."""

    page: Page
    future: Future[Extracted]
    timestamp: Any
    window: Any


def page_to_article(page: Page, extraction: Future[Extracted]) -> Article | Failed:
    """What one page says, or why nothing could be made of it."""
    entry = page.entry
    try:
        extracted = extraction.result()
    except PermanentError as error:
        return Failed(
            STAGE, error.reason, entry.url, error.detail, entry_to_json(entry), True, entry.key, entry.revision
        )
    try:
        return _article(page, entry, extracted)
    except Exception as error:
        return broken(STAGE, entry, error)


def _article(page: Page, entry: Entry, extracted: Extracted) -> Article:
    reached = normalise_url(page.url) if page.url else ""
    canonical = extracted.canonical_url or reached
    identity = article_id(canonical) if canonical else content_id(extracted.text)
    url = canonical or f"urn:straitwire:{identity}"
    published_at, published_from = _published(page, extracted)
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
        labels=entry.labels,
    )


def _aliases(url: str, page: Page, entry: Entry) -> tuple[str, ...]:
    """The other addresses of the article; a local file's location is not an address of it."""
    known = {page.url, "" if entry.kind is SourceKind.FILE else entry.url}
    return tuple(sorted(alias for alias in known if alias and alias != url and not alias.startswith("file:")))


def _published(page: Page, extracted: Extracted) -> tuple[datetime | None, str]:
    """The page's structured claim, else the feed's, else what URL or text say; never the fetch date.

    A claim of the future is an error of the site (day and month swapped, local time as UTC) and no claim.
    """
    latest = page.fetched_at + CLOCKS_DIFFER_BY
    claims = [(extracted.published_at, extracted.published_from), (page.entry.published_at, "feed")]
    if extracted.published_from not in ("json-ld", "meta"):
        claims.reverse()
    return next(((moment, origin) for moment, origin in claims if moment and moment <= latest), (None, ""))


def _publication(entry: Entry, extracted: Extracted) -> Publication:
    listed = entry.publication
    return Publication(listed.publisher or extracted.site_name, listed.country, listed.language, listed.timezone)
