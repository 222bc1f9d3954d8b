"""The journey of an article in a stream: the stages of ``flow.py`` over a source that never ends.

What differs is where elements come from and where they end. They come from the index, which says what is due, and
all that writes to the index is one stage, so that what two bundles bring at once still ends in one story.
"""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.attribute_wire import AttributeWire
from pipeline.choose_due import ChooseDue
from pipeline.extract_article import ExtractArticle
from pipeline.keep_time import KeepTime
from pipeline.settle_entries import SettleEntries
from pipeline.strip_boilerplate import NOTHING_LEARNED, StripBoilerplate
from pipeline.tag_topics import TagTopics
from pipeline.text.recurring_lines import RecurringTable
from pipeline.visit_hosts import VisitHosts
from schemas.records import Article
from schemas.revisions import visited_article
from schemas.settings import RunSettings


def build_stream(
    pipeline: beam.Pipeline, settings: RunSettings, recurring: RecurringTable = NOTHING_LEARNED
) -> PCollection[str]:
    """Build the stream into a pipeline; its output are entry keys and feed ids, once they are settled in the index.

    Args:
        pipeline: of a runner that honours timed self-checkpoints of a source: Prism, Flink, Dataflow.
        settings: feeds are read from ``settings.feeds``; other sources are bounded and are none of a stream.
        recurring: learned tables, frozen for the life of the stream.
    Guarantees: labels and coders are pinned by ``tests/unit/stream/graph.txt``; what they may become between two
        versions that share a savepoint says ``deploy/flink/UPGRADES.md``.
    """
    beats = pipeline | "KeepTime" >> KeepTime(settings.stream.look_every_seconds)
    visits = beats | "ChooseDue" >> ChooseDue(settings)
    visited = visits | "VisitHosts" >> VisitHosts(settings)
    pages = visited.pages | "SpreadPages" >> beam.Reshuffle()
    extracted = pages | "ExtractArticle" >> ExtractArticle()
    stripped = extracted.passed | "StripBoilerplate" >> StripBoilerplate(settings.minimum_body_characters, recurring)
    # A visit to an indexed article ends in a comparison with the index, which only the writer may make.
    visited_again = stripped.passed | "VisitedAgain" >> beam.Filter(_is_visit)
    new = stripped.passed | "New" >> beam.Filter(_is_new)
    attributed = new | "AttributeWire" >> AttributeWire()
    tagged = attributed.passed | "TagTopics" >> TagTopics(settings.keep, settings.keep_articles_days)

    turned_away = [way for stage in (extracted, stripped, attributed, tagged) for way in (stage.rejected, stage.failed)]
    outcomes: PCollection[Any] = (
        visited.settled,
        tagged.passed,
        visited_again,
        *turned_away,
    ) | "Outcomes" >> beam.Flatten()
    settled: PCollection[str] = outcomes | "SettleEntries" >> SettleEntries(settings)
    return settled


def _is_visit(article: Article) -> bool:
    return bool(visited_article(article.entry_keys[0]))


def _is_new(article: Article) -> bool:
    return not _is_visit(article)
