"""The journey of an article, from top to bottom.

``process_entries`` is the whole of it: what comes in are entries, what comes out is in the index. Every stage is
a module of the same name; every stage sorts its elements three ways (passed, rejected, failed), and nothing
leaves by another door.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.feed_list import feeds_with_own_pages
from pipeline.attribute_wire import AttributeWire
from pipeline.drop_seen import DropSeen
from pipeline.extract_article import ExtractArticle
from pipeline.fetch_pages import FetchPages
from pipeline.index_articles import IndexArticles, RewriteStories
from pipeline.link_wire_copies import LinkWireCopies
from pipeline.list_entries import ListEntries
from pipeline.merge_articles import MergeArticles
from pipeline.name_payloads import NamePayloads
from pipeline.poll_feeds import PollFeeds
from pipeline.remove_rejected import RemoveRejected
from pipeline.revisit_articles import CompareWithIndexed, ScheduleVisits, WriteVisits
from pipeline.strip_boilerplate import NOTHING_LEARNED, StripBoilerplate
from pipeline.tag_topics import TagTopics
from pipeline.text.recurring_lines import RecurringTable
from pipeline.write_dead_letters import WriteDeadLetters
from pipeline.write_entries import DecideEntries, WriteEntries
from pipeline.write_feed_states import WriteFeedStates
from pipeline.write_pending_entries import WritePendingEntries
from pipeline.write_stories import WriteStories
from schemas.errors import Failed
from schemas.feeds import FeedSource
from schemas.records import Article, Entry
from schemas.settings import RunSettings


def poll_feeds(sources: PCollection[FeedSource], settings: RunSettings, now: datetime) -> PCollection[str]:
    """FeedSource -> feed id, once what it lists is pending in the index and then what is known of the feed.

    Guarantees: a feed counts as polled only when its entries are remembered; a kill in between polls it again.
    """
    index = settings.index

    polled = sources | "PollFeeds" >> PollFeeds(index, settings.fetch, settings.allow_private, now, settings.poll_all)
    pending = polled.entries | "WritePendingEntries" >> WritePendingEntries(index)
    failed = (polled.failed, pending.failed) | "Failed" >> beam.Flatten()
    dead_letters = failed | "WriteDeadLetters" >> WriteDeadLetters(index)
    written: PCollection[str] = polled.states | "WriteFeedStates" >> WriteFeedStates(
        index, after=[pending.passed, dead_letters]
    )
    return written


def _fetch_pages(settings: RunSettings) -> FetchPages:
    return FetchPages(settings.fetch, settings.allow_private, sources=feeds_with_own_pages(settings.feeds))


def process_entries(
    listed: PCollection[Entry | Failed], settings: RunSettings, recurring: RecurringTable = NOTHING_LEARNED
) -> PCollection[str]:
    """Entry, or why there is none -> entry key, once everything that follows from the entry is in the index.

    In -> out: one key per entry that was decided in this round; an entry whose page could not be reached for
        now stays pending and is tried again later.
    Guarantees: idempotent. Entries are remembered last, so a run that is killed anywhere does the work again
        and ends in the same documents.
    """
    index = settings.index

    entries = listed | "ListEntries" >> ListEntries()
    fresh = entries.passed | "DropSeen" >> DropSeen(index)
    pages = fresh.passed | "FetchPages" >> _fetch_pages(settings)
    extracted = pages.passed | "ExtractArticle" >> ExtractArticle()
    stripped = extracted.passed | "StripBoilerplate" >> StripBoilerplate(settings.minimum_body_characters, recurring)
    attributed = stripped.passed | "AttributeWire" >> AttributeWire()
    tagged = attributed.passed | "TagTopics" >> TagTopics(settings.keep, settings.keep_articles_days)
    merged = tagged.passed | "MergeArticles" >> MergeArticles(index)
    linked = merged.passed | "LinkWireCopies" >> LinkWireCopies(index)
    indexed = linked.articles | "IndexArticles" >> IndexArticles(index)
    rewritten = linked.changes | "RewriteStories" >> RewriteStories(index)
    stories = linked.story_ids | "WriteStories" >> WriteStories(index, after=[indexed.passed, rewritten.passed])

    stages = (entries, fresh, pages, extracted, stripped, attributed, tagged, merged, indexed, rewritten, stories)
    rejected: PCollection[Any] = [stage.rejected for stage in stages] | "Rejected" >> beam.Flatten()
    broken: PCollection[Any] = [*(stage.failed for stage in stages), linked.failed] | "Broken" >> beam.Flatten()
    failed = (broken, tagged.passed, fresh.passed) | "NamePayloads" >> NamePayloads()

    dead_letters = failed | "WriteDeadLetters" >> WriteDeadLetters(index)
    decisions = (tagged.passed, indexed.passed, rejected, failed) | "DecideEntries" >> DecideEntries()
    before_entries = [indexed.passed, rewritten.passed, stories.passed, dead_letters]
    if settings.revisit_after_seconds:
        schedule = ScheduleVisits(index, settings.revisit_after_seconds)
        before_entries.append(linked.articles | "ScheduleVisits" >> schedule)
    written: PCollection[str] = decisions | "WriteEntries" >> WriteEntries(index, after=before_entries)
    return written


def revisit_articles(
    due: PCollection[Entry], settings: RunSettings, recurring: RecurringTable = NOTHING_LEARNED
) -> PCollection[str]:
    """Entry of an indexed article (``entries_to_visit``) -> the article's id, once its next visit is planned.

    In -> out: one id per entry. An article that its outlet has changed is indexed anew, its earlier text a revision.
        A page that cannot be had now leaves the article as it is, and no dead letter: its visit keeps the reason.
    Guarantees: idempotent; visits are planned last, so that a kill costs requests and no change.
    """
    index = settings.index

    pages = due | "FetchPages" >> _fetch_pages(settings)
    extracted = pages.passed | "ExtractArticle" >> ExtractArticle()
    stripped = extracted.passed | "StripBoilerplate" >> StripBoilerplate(settings.minimum_body_characters, recurring)
    changed = stripped.passed | "CompareWithIndexed" >> CompareWithIndexed(index)
    attributed = changed.passed | "AttributeWire" >> AttributeWire()
    tagged = attributed.passed | "TagTopics" >> TagTopics("all")
    linked = tagged.passed | "LinkWireCopies" >> LinkWireCopies(index)
    indexed = linked.articles | "IndexArticles" >> IndexArticles(index)
    rewritten = linked.changes | "RewriteStories" >> RewriteStories(index)
    stories = linked.story_ids | "WriteStories" >> WriteStories(index, after=[indexed.passed, rewritten.passed])

    stages = (pages, extracted, stripped, changed, attributed, tagged, indexed)
    rejected: PCollection[Any] = [stage.rejected for stage in stages] | "Rejected" >> beam.Flatten()
    failed: PCollection[Any] = [*(stage.failed for stage in stages), linked.failed] | "Failed" >> beam.Flatten()
    planned: PCollection[str] = (due, indexed.passed, rejected, failed) | "WriteVisits" >> WriteVisits(
        index, settings.revisit_after_seconds, after=[indexed.passed, rewritten.passed, stories.passed]
    )
    return planned


def reprocess_articles(
    indexed: PCollection[Article], settings: RunSettings, recurring: RecurringTable, remove: bool = False
) -> PCollection[str]:
    """Article as the index holds it -> its id, once what follows from its original text is in the index again.

    In -> out: one id per article that passed. An article that would no longer be taken up (too little of it is left,
        or it is off topic under ``keep: relevant``) is counted as rejected; it leaves the index with ``remove``, and
        stays as it is without. What fails is a dead letter, and the article stays.
    Guarantees: idempotent; an article that does not change is not written.
    """
    index = settings.index

    stripped = indexed | "StripBoilerplate" >> StripBoilerplate(settings.minimum_body_characters, recurring)
    attributed = stripped.passed | "AttributeWire" >> AttributeWire()
    tagged = attributed.passed | "TagTopics" >> TagTopics(settings.keep if remove else "all")
    linked = tagged.passed | "LinkWireCopies" >> LinkWireCopies(index)
    written = linked.articles | "IndexArticles" >> IndexArticles(index)
    rewritten = linked.changes | "RewriteStories" >> RewriteStories(index)
    stories = linked.story_ids | "WriteStories" >> WriteStories(index, after=[written.passed, rewritten.passed])
    stages = (stripped, attributed, tagged, written, rewritten, stories)
    failed = [*(stage.failed for stage in stages), linked.failed] | "Failed" >> beam.Flatten()
    failed | "WriteDeadLetters" >> WriteDeadLetters(index)
    if remove:
        rejected: PCollection[Any] = [stage.rejected for stage in stages] | "Rejected" >> beam.Flatten()
        rejected | "RemoveRejected" >> RemoveRejected(index, after=[stories.passed])
    passed: PCollection[str] = written.passed
    return passed
