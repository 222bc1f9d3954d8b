from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime

import apache_beam as beam
import pytest
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from pipeline.extract_article import STAGE, ExtractArticle, page_to_article
from pipeline.text.extraction import extract
from schemas.records import Entry, Page, Publication, SourceKind
from tests.unit.extraction.pages import STORIES, TITLES, json_ld, page

FETCHED = datetime(2026, 10, 3, tzinfo=UTC)
FEED_DATE = datetime(2026, 10, 2, 6, 0, tzinfo=UTC)


def fetched(html: str, number: int = 1, published_at: datetime | None = None, timezone: str = "") -> Page:
    url = f"https://herald.example/world/ferry-{number}"
    entry = Entry(
        f"key{number}",
        url,
        SourceKind.URL,
        "list",
        "r1",
        publication=Publication("Harbour Herald", timezone=timezone),
        published_at=published_at,
    )
    return Page(entry, url, html.encode(), "text/html", "utf-8", FETCHED)


def article(made: Page):
    done: Future = Future()
    done.set_result(extract(made.content, made.content_type, made.charset, made.url, made.entry.publication.timezone))
    return page_to_article(made, done)


def test_every_page_has_one_outcome_and_the_counts_balance():
    pages = [fetched(page("en"), number) for number in range(20)] + [fetched("%PDF-1.4", 99)]
    pipeline = BeamPipeline()
    outcomes = pipeline | beam.Create(pages) | ExtractArticle()
    urls = outcomes.passed | beam.Map(lambda made: made.fetched_url)
    reasons = outcomes.failed | beam.Map(lambda failed: (failed.stage, failed.reason.value, failed.entry_key))
    assert_that(urls, equal_to([made.url for made in pages[:-1]]), "articles")
    assert_that(reasons, equal_to([(STAGE, "undecodable", "key99")]), "failures")
    result = pipeline.run()
    counters = result.metrics().query(MetricsFilter().with_namespace(f"straitwire.{STAGE}"))["counters"]
    counts = {counter.key.metric.name: counter.committed for counter in counters}
    assert counts == {"received": 21, "emitted": 20, "failed_undecodable": 1}


def test_outcome_keeps_the_window_of_its_page():
    pages = [TimestampedValue(fetched(page("ko"), number), 60 * number) for number in range(8)]
    with BeamPipeline() as pipeline:
        windowed = pipeline | beam.Create(pages) | beam.WindowInto(FixedWindows(60))
        articles = windowed | ExtractArticle()
        counted = articles.passed | beam.combiners.Count.Globally().without_defaults()
        assert_that(counted, equal_to([1] * 8))


@pytest.mark.parametrize(
    ("head", "feed", "expected"),
    [
        pytest.param(json_ld(datePublished="2026-10-01T04:18:00Z"), FEED_DATE, "json-ld", id="page-before-feed"),
        pytest.param("<time datetime='2026-10-01'>x</time>", FEED_DATE, "feed", id="feed-before-text"),
        pytest.param("<time datetime='2026-10-01'>x</time>", None, "text", id="text-at-last"),
        pytest.param(json_ld(datePublished="2027-01-10T04:18:00Z"), FEED_DATE, "feed", id="future-is-no-claim"),
        pytest.param(json_ld(datePublished="2027-01-10T04:18:00Z"), None, "", id="rather-no-date-than-a-wrong-one"),
    ],
)
def test_date_comes_from_the_best_claim(head, feed, expected):
    made = article(fetched(page(head=head), published_at=feed))
    assert made.published_from == expected
    assert (made.published_at is None) is (expected == "")


def test_zone_of_the_outlet_applies_to_dates_without_one():
    made = article(fetched(page("ko", head=json_ld(datePublished="2026-10-01 13:18")), timezone="Asia/Seoul"))
    assert made.published_at == datetime(2026, 10, 1, 4, 18, tzinfo=UTC)


def test_article_carries_text_and_title():
    made = article(fetched(page("ja")))
    assert (made.title, made.language) == (TITLES["ja"], "ja")
    assert made.body == made.original_text == "\n\n".join(STORIES["ja"])
