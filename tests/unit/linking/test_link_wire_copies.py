from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.window import FixedWindows, TimestampedValue

from connectors.index import Document, Index, Kind
from connectors.open_index import open_index
from pipeline.indexed_members import member_from_document
from pipeline.link_wire_copies import LinkWireCopies, link_articles, sign_article, sign_articles
from pipeline.text.linking import member_of
from schemas.documents import article_to_document, story_fields
from schemas.errors import Failed, FailReason
from schemas.records import Article, Publication, SourceKind, Wire
from tests.unit.linking.stories_by_hand import FIRST, WRITTEN, Written

CLOCK = datetime(2026, 4, 1, tzinfo=UTC)


def _article(place: int, written: Written) -> Article:
    identity = f"{(place * 61) % 997:032x}"
    agencies = (written.agency,) if written.agency else ()
    return Article(
        article_id=identity,
        url=f"https://outlet.example/{identity}",
        aliases=(),
        entry_keys=(f"entry-{identity}",),
        revision="1",
        kind=SourceKind.FEED,
        source_id="feed",
        publication=Publication(f"Outlet {place}"),
        title="",
        body=written.text,
        original_text=written.text,
        language=written.language,
        fetched_at=CLOCK,
        published_at=FIRST + timedelta(hours=written.hours, microseconds=1501),
        wire=Wire(agency=written.agency, agencies=agencies),
    )


ARTICLES = [_article(place, written) for place, written in enumerate(WRITTEN)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = open_index(str(tmp_path / "news.db"))
    opened.setup()
    yield opened
    opened.close()


def _link_and_write(index: Index, articles: Sequence[Article], written: int = 10**6) -> None:
    """One batch as the flow does it; a kill may leave only the first ``written`` documents behind."""
    linked = link_articles([sign_article(article) for article in articles], index)
    changed = index.get_many(Kind.ARTICLES, [identity for identity, _ in linked.changes])
    changes = [{**changed[identity], **story_fields(story)} for identity, story in linked.changes]
    documents = [article_to_document(article, CLOCK, CLOCK) for article in linked.articles]
    index.write(Kind.ARTICLES, [*documents, *changes][:written])


def _stored(index: Index) -> dict[str, Document]:
    return {document["article_id"]: document for document in index.scan(Kind.ARTICLES)}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    opened = open_index(str(tmp_path_factory.mktemp("linking") / "all.db"))
    opened.setup()
    _link_and_write(opened, ARTICLES)
    return _stored(opened)


def test_all_copies_are_linked_at_once(expected: dict[str, Document]) -> None:
    assert sorted(document["story_size"] for document in expected.values()) == [1] * 8 + [3] * 6 + [4] * 4


@pytest.mark.parametrize("batch", [1, 2, 5, 11])
@pytest.mark.parametrize("seed", range(3))
def test_documents_do_not_depend_on_order_and_batches(
    index: Index, expected: dict[str, Document], batch: int, seed: int
) -> None:
    articles = random.Random(seed).sample(ARTICLES, len(ARTICLES))
    for start in range(0, len(articles), batch):
        _link_and_write(index, articles[start : start + batch])
    assert _stored(index) == expected


@pytest.mark.parametrize("written", range(0, 12, 2))
def test_a_batch_that_was_killed_while_writing_is_made_good_when_it_runs_again(
    index: Index, expected: dict[str, Document], written: int
) -> None:
    articles = random.Random(written).sample(ARTICLES, len(ARTICLES))
    _link_and_write(index, articles[:9])
    _link_and_write(index, articles[9:], written)
    _link_and_write(index, articles[9:])
    assert _stored(index) == expected


def test_a_revised_article_leaves_its_story(index: Index) -> None:
    _link_and_write(index, ARTICLES[:2])
    origin, cut = ARTICLES[:2]
    other = replace(
        cut, body="The harbour office has moved to the old customs house, where it opens on Thursday at nine."
    )
    linked = link_articles([sign_article(other)], index)
    assert [(article.story.story_id, article.story.size) for article in linked.articles if article.story] == [
        (cut.article_id, 1)
    ]
    assert [(identity, story.size) for identity, story in linked.changes] == [(origin.article_id, 1)]
    assert set(linked.story_ids) == {origin.article_id, cut.article_id}


def test_a_bridge_rewrites_every_member_of_both_stories(index: Index) -> None:
    paragraphs = WRITTEN[0].text.split("\n\n")
    first, second, bridge = ARTICLES[0], ARTICLES[1], ARTICLES[2]
    first, second = (
        replace(article, body="\n\n".join(part))
        for article, part in ((first, paragraphs[:4]), (second, paragraphs[5:]))
    )
    _link_and_write(index, [first, second])
    assert {document["story_size"] for document in _stored(index).values()} == {1}
    _link_and_write(index, [replace(bridge, body=WRITTEN[0].text)])
    assert {(document["story_id"], document["story_size"]) for document in _stored(index).values()} == {
        (min(first.article_id, second.article_id, bridge.article_id), 3)
    }


def test_an_indexed_member_is_the_member_that_was_linked(index: Index) -> None:
    _link_and_write(index, ARTICLES)
    stored = _stored(index)
    for article in map(sign_article, ARTICLES):
        assert article.signature
        assert member_from_document(stored[article.article_id]) == member_of(article, article.signature)


def test_articles_signed_together_are_signed_as_alone_and_a_broken_one_stops_no_other() -> None:
    assert sign_articles([]) == []
    assert sign_articles(ARTICLES) == [sign_article(article) for article in ARTICLES]
    broken: Any = None
    first, second = sign_articles([replace(ARTICLES[0], body=broken), ARTICLES[1]])
    assert isinstance(first, Failed)
    assert (first.stage, first.reason) == ("sign_articles", FailReason.INTERNAL_ERROR)
    assert second == sign_article(ARTICLES[1])


def test_signatures_of_an_older_version_are_left_alone(index: Index) -> None:
    _link_and_write(index, ARTICLES[:1])
    old = {**_stored(index)[ARTICLES[0].article_id], "signature_version": 0}
    index.write(Kind.ARTICLES, [old])
    linked = link_articles([sign_article(ARTICLES[1])], index)
    assert linked.changes == []
    assert [article.story.size for article in linked.articles if article.story] == [1]


def test_as_many_articles_come_out_as_go_in(index: Index) -> None:
    _link_and_write(index, ARTICLES[:1])
    pipeline = BeamPipeline(runner=FnApiRunner())
    with pipeline:
        linked = pipeline | beam.Create(ARTICLES[1:9]) | LinkWireCopies(index.location)
        articles = linked.articles | beam.Map(lambda article: (article.article_id, article.story.size))
        changes = linked.changes | "Changed" >> beam.Map(lambda change: (change[0], change[1].size))
        sizes = [4, 4, 4, 1, 1, 1, 1, 1]
        expected = [(article.article_id, size) for article, size in zip(ARTICLES[1:9], sizes, strict=True)]
        assert_that(articles, equal_to(expected), "articles")
        assert_that(changes, equal_to([(ARTICLES[0].article_id, 4)]), "changes")
    counters = {
        (counter.key.metric.namespace, counter.key.metric.name): counter.committed
        for counter in pipeline.result.metrics().query()["counters"]
    }
    for stage in ("straitwire.sign_articles", "straitwire.link_wire_copies"):
        assert counters[stage, "received"] == counters[stage, "emitted"] == 8


def test_articles_keep_their_windows_and_timestamps_while_they_wait(index: Index) -> None:
    one, other = ARTICLES[:2]
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        timed = [TimestampedValue(one, 5), TimestampedValue(other, 65)]
        linked = pipeline | beam.Create(timed) | beam.WindowInto(FixedWindows(60)) | LinkWireCopies(index.location)
        placed = linked.articles | beam.Map(
            lambda article, window=beam.DoFn.WindowParam: (article.article_id, window.start)
        )
        assert_that(placed, equal_to([(one.article_id, 0), (other.article_id, 60)]))


def test_an_article_that_cannot_be_signed_is_a_dead_letter_and_the_others_are_linked(index: Index) -> None:
    broken: Any = None
    articles = [ARTICLES[0], replace(ARTICLES[1], body=broken), ARTICLES[2]]
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        linked = pipeline | beam.Create(articles) | LinkWireCopies(index.location)
        failed = linked.failed | beam.Map(lambda failed: (failed.article_id, failed.stage))
        passed = linked.articles | "Ids" >> beam.Map(lambda article: article.article_id)
        assert_that(failed, equal_to([(ARTICLES[1].article_id, "sign_articles")]), "failed")
        assert_that(passed, equal_to([ARTICLES[0].article_id, ARTICLES[2].article_id]), "passed")


def test_no_articles_touch_nothing(index: Index) -> None:
    with BeamPipeline(runner=FnApiRunner()) as pipeline:
        linked = pipeline | beam.Create([]) | LinkWireCopies(index.location)
        assert_that(linked.articles, equal_to([]), "articles")
        assert_that(linked.story_ids, equal_to([]), "stories")


def test_an_undated_copy_finds_an_old_story_and_a_dated_one_does_not(index: Index) -> None:
    old = replace(ARTICLES[0], published_at=FIRST - timedelta(days=400))
    _link_and_write(index, [old])
    dated, undated = replace(ARTICLES[1], body=old.body), replace(ARTICLES[2], body=old.body, published_at=None)
    assert link_articles([sign_article(dated)], index).changes == []
    assert [identity for identity, _ in link_articles([sign_article(undated)], index).changes] == [old.article_id]


@pytest.mark.parametrize("year", [1, 9999])
def test_an_absurd_date_is_linked_like_any_other(index: Index, year: int) -> None:
    article = replace(ARTICLES[0], published_at=datetime(year, 1, 1, tzinfo=UTC))
    linked = link_articles([sign_article(article)], index)
    assert [one.story.size for one in linked.articles if one.story] == [1]
