"""One bad article is one dead letter; every entry behind it is decided and can be replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from pipeline import index_articles
from pipeline.name_payloads import NamePayloads
from pipeline.stage import each, sort_outputs
from pipeline.write_entries import FAILED, decision_of_turned_away
from schemas.entry_json import entry_to_json
from schemas.errors import ConfigError, Failed, FailReason
from schemas.records import Article, Entry, Publication, SourceKind

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def entry(name: str) -> Entry:
    return Entry(name * 32, f"https://outlet.example/{name}", SourceKind.FEED, "feed", f"revision {name}")


def article(name: str, identity: str) -> Article:
    url = f"https://outlet.example/{name}"
    return Article(
        identity, url, (), (name * 32,), f"revision {name}", SourceKind.FEED, "feed", Publication(), "Title",
        "Body", "Body", "en", NOW, fetched_url=url,
    )  # fmt: skip


def divide(element: Entry | Article) -> str:
    if element.url.endswith("/b"):
        raise ZeroDivisionError("text of the article")
    if element.url.endswith("/c"):
        raise ConfigError("a rule file is wrong")
    return element.url


def run(stage, elements):
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        outputs = sort_outputs(pipeline | beam.Create(elements) | each("stage", stage))
        assert_that(outputs.passed, equal_to(["https://outlet.example/a"]), "passed")
        seen = outputs.failed | beam.Map(
            lambda failed: (failed.reason, failed.entry_key, failed.revision, "text of" in failed.detail)
        )
        assert_that(seen, equal_to([(FailReason.INTERNAL_ERROR, "b" * 32, "revision b", False)]), "failed")


@pytest.mark.parametrize("kind", ["entries", "articles"])
def test_a_bug_about_one_element_is_its_dead_letter_and_the_others_go_on(kind):
    run(divide, [entry(name) if kind == "entries" else article(name, name * 32) for name in "ab"])


def test_wrong_settings_still_stop_the_run():
    with pytest.raises(ConfigError, match="a rule file is wrong"):
        run(divide, [entry("c")])


def test_each_entry_of_a_merged_article_that_the_index_refused_is_decided_and_can_be_replayed():
    # "z" led to the article in an earlier round: it is no entry of this one, and must not be decided for the others.
    refused = Failed(
        index_articles.STAGE, FailReason.INDEX_REJECTED, "https://outlet.example/", "too large", "", True,
        "0" * 32, "revision z", "1" * 32,
    )  # fmt: skip
    other = Failed("tag_topics", FailReason.INTERNAL_ERROR, "https://outlet.example/c", "", "", True, "c" * 32, "r")
    alone = replace(refused, article_id="3" * 32)
    articles = [article("a", "1" * 32), article("b", "1" * 32), article("d", "2" * 32)]
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        failures = pipeline | "Failures" >> beam.Create([refused, alone, other])
        named = (
            failures,
            pipeline | "Articles" >> beam.Create(articles),
            pipeline | "Entries" >> beam.Create([entry(name) for name in "abcd"]),
        ) | NamePayloads()
        expected = [
            replace(
                refused, entry_key=name * 32, revision=f"revision {name}", url=f"https://outlet.example/{name}",
                entry_json=entry_to_json(entry(name)),
            )
            for name in "ab"
        ] + [alone, replace(other, entry_json=entry_to_json(entry("c")))]  # fmt: skip
        assert_that(named, equal_to(expected))
    (decision,) = decision_of_turned_away(expected[0])
    assert (decision.outcome, decision.entry_key) == (FAILED, "a" * 32)
