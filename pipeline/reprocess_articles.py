"""Reprocess: what follows from the original text of indexed articles, done again at today's rules and tables."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from connectors.index import Document, Filters, Index, Kind
from connectors.open_index import open_index
from connectors.run_lock import run_lock
from pipeline.flow import reprocess_articles
from pipeline.recurring_tables import LearnedHost, learn_recurring_tables, load_recurring_table, mark_applied
from pipeline.run_progress import Progress
from pipeline.run_round import run_pipeline
from pipeline.stage import batches
from pipeline.stop_request import StopRequest
from pipeline.text.recurring_lines import host_of
from schemas.documents import article_from_document
from schemas.records import Article
from schemas.run_report import RunReport
from schemas.settings import RunSettings

MERGING = frozenset({"merge_articles", "merge_with_indexed"})
"""Stages that reprocessing leaves out: the index holds one document an article already."""

OnProgress = Callable[[Progress], None]


def reprocess(
    settings: RunSettings,
    filters: Filters,
    on_progress: OnProgress,
    stop: StopRequest,
    hosts: Container[str] = (),
    remove: bool = False,
) -> RunReport:
    """Strip, attribute, tag and link the articles again that pass the filters and, when any is named, are on a host.

    In -> out: settings -> what was done, in batches of ``settings.batch_entries``. Nothing is fetched.
    Guarantees: a second time changes nothing; killed anywhere and repeated, it ends in the same documents.
    Errors: IndexUnavailableError when the index is out of reach or a run is working on it.
    """
    index = open_index(settings.index)
    try:
        with run_lock(settings.index):
            index.setup()
            return _reprocess(index, settings, filters, on_progress, stop, hosts, remove)
    finally:
        index.close()


@dataclass(frozen=True, slots=True)
class Learned:
    """What ``learn`` did: the hosts, and the account of reprocessing, None when there was none."""

    hosts: tuple[LearnedHost, ...]
    report: RunReport | None


def learn(settings: RunSettings, apply: bool, on_progress: OnProgress, stop: StopRequest) -> Learned:
    """Learn the tables of recurring lines and, if asked, reprocess the articles of the hosts whose table is new.

    No run learns by itself: then what a run writes would depend on what earlier runs happened to hold.

    Guarantees: a host's table counts as applied once all its articles are through; an ``apply`` that was killed
        is made good by the next.
    Errors: IndexUnavailableError when the index is out of reach or a run is working on it.
    """
    index = open_index(settings.index)
    try:
        with run_lock(settings.index):
            index.setup()
            learned = learn_recurring_tables(index, datetime.now(UTC))
            stale = [one.host for one in learned if not one.applied]
            if not apply or not stale:
                return Learned(tuple(learned), None)
            report = _reprocess(index, settings, Filters(), on_progress, stop, stale)
            if not report.interrupted:
                mark_applied(index, stale)
                learned = [replace(one, applied=True) for one in learned]
            return Learned(tuple(learned), report)
    finally:
        index.close()


def _reprocess(
    index: Index, settings: RunSettings, filters: Filters, on_progress: OnProgress, stop: StopRequest,
    hosts: Container[str], remove: bool = False,
) -> RunReport:  # fmt: skip
    recurring = load_recurring_table(index)
    started = datetime.now(UTC)
    report = RunReport(f"{started:%Y%m%dT%H%M%S%f}-reprocess", started, left_out=MERGING)
    report.articles_before = index.count(Kind.ARTICLES)
    rows = index.scan(Kind.ARTICLES, filters, ["article_id", "url"])
    ids = [row["article_id"] for row in rows if not hosts or host_of(row["url"]) in hosts]
    done = 0
    for some in batches(ids, settings.batch_entries):
        if stop:
            report.interrupted = True
            break
        on_progress(Progress("articles", done, len(ids)))
        articles = [as_extracted(document) for document in index.get_many(Kind.ARTICLES, some).values()]
        flow = partial(reprocess_articles, settings=settings, recurring=recurring, remove=remove)
        report.add(run_pipeline(articles, flow))
        done += len(some)
    on_progress(Progress("articles", done, len(ids)))
    report.articles_after = index.count(Kind.ARTICLES)
    report.stories_after = index.count(Kind.STORIES)
    report.ended_at = datetime.now(UTC)
    return report


def as_extracted(document: Document) -> Article:
    """The article as extraction handed it on: what later stages read in the text is taken back."""
    article = article_from_document(document)
    return replace(article, body=article.original_text, paywall=article.page_paywall, truncated=article.page_truncated)
