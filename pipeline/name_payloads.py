"""NamePayloads: a failure that lost sight of its entry gets it back, so that it can be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from connectors.index import Index, Kind
from pipeline import index_articles, link_wire_copies
from schemas.entry_json import entry_to_json
from schemas.errors import Failed
from schemas.records import Article, Entry

MERGED_STAGES = (link_wire_copies.SIGN_STAGE, index_articles.STAGE)
"""Stages after MergeArticles, where one article stands for all that led to it."""

Inputs = tuple[PCollection[Failed], PCollection[Article], PCollection[Entry]]


class NamePayloads(beam.PTransform[Inputs, PCollection[Failed]]):
    """(Failed, Article, Entry) -> Failed, with the entry as JSON where one is known.

    In -> out: one out per failure in; of a merged article, one per article that was merged into it, so that each of
        their entries is decided.

    Stages after ExtractArticle see articles, which name their entries by key only. Carrying the whole entry
    through every stage would cost more than two joins over the few that failed.

    Args:
        inputs: failures of all stages; articles before they were merged; entries that were worked on.
    """

    def expand(self, inputs: Inputs) -> PCollection[Failed]:
        failures, articles, entries = inputs
        single = failures | "OfOne" >> beam.Filter(lambda failed: failed.stage not in MERGED_STAGES)
        merged = failures | "OfMerged" >> beam.Filter(lambda failed: failed.stage in MERGED_STAGES)
        each: PCollection[Failed] = (
            {
                "failures": merged | "KeyMerged" >> beam.Map(lambda failed: (failed.article_id, failed)),
                "origins": articles | "KeyArticles" >> beam.Map(_origin),
            }
            | "JoinArticles" >> beam.CoGroupByKey()
            | "OfEach" >> beam.FlatMap(_of_each)
        )
        named: PCollection[Failed] = (
            {
                "failures": (single, each)
                | "All" >> beam.Flatten()
                | "KeyFailures" >> beam.Map(lambda failed: (failed.entry_key, failed)),
                "entries": entries | "KeyEntries" >> beam.Map(lambda entry: (entry.key, entry)),
            }
            | "Join" >> beam.CoGroupByKey()
            | "Name" >> beam.FlatMap(_named)
        )
        return named


def name_payloads(failures: Sequence[Failed], articles: Sequence[Article], index: Index) -> list[Failed]:
    """The same without joins: the payload is read from the entry's document, where it waits while it is pending."""
    origins: dict[str, list[tuple[str, str, str]]] = {}
    for article in articles:
        identity, origin = _origin(article)
        origins.setdefault(identity, []).append(origin)
    each = [failed for failed in failures if failed.stage not in MERGED_STAGES]
    for failed in failures:
        if failed.stage in MERGED_STAGES:
            found = origins.get(failed.article_id, [])
            each += _of_each((failed.article_id, {"failures": [failed], "origins": found}))
    unnamed = sorted({failed.entry_key for failed in each if failed.entry_key and not failed.entry_json})
    documents = index.get_many(Kind.ENTRIES, unnamed, ("entry_key", "entry_json")) if unnamed else {}
    return [
        replace(failed, entry_json=documents[failed.entry_key]["entry_json"])
        if failed.entry_key in documents and not failed.entry_json
        else failed
        for failed in each
    ]


def _origin(article: Article) -> tuple[str, tuple[str, str, str]]:
    """By article id: the entry that led to it, at what revision, and where it was read."""
    return article.article_id, (article.entry_keys[0], article.revision, article.fetched_url)


def _of_each(group: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Failed]:
    origins = list(group[1]["origins"])
    for failed in group[1]["failures"]:
        if not origins:  # of no entry of this round: kept as it is, for nothing may be lost
            yield failed
        for key, revision, url in origins:
            yield replace(failed, entry_key=key, revision=revision, url=url)


def _named(group: tuple[str, dict[str, Iterable[Any]]]) -> Iterator[Failed]:
    entries = list(group[1]["entries"])
    for failed in group[1]["failures"]:
        unnamed = entries and not failed.entry_json
        yield replace(failed, entry_json=entry_to_json(entries[0])) if unnamed else failed
