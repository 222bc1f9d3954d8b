"""Monthly partitions on a real server: one copy of an article for ever, whatever becomes of its date."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.elasticsearch_homes import home_of
from connectors.elasticsearch_index import ElasticsearchIndex
from connectors.elasticsearch_templates import alias
from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.command_line.application import application
from schemas.errors import ConfigError
from tests.contract.articles import NOON, document
from tests.contract.conftest import remove_from_server
from tests.contract.older_index import as_written_then, call, load, make_older_index


class Monthly:
    """A partitioned index."""

    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, f"t{uuid.uuid4().hex[:12]}"
        self.location = f"{url}/{self.prefix}"
        self.alias = alias(self.prefix, Kind.ARTICLES)

    def open(self) -> ElasticsearchIndex:
        return ElasticsearchIndex(self.location)

    def homes(self) -> dict[str, list[str]]:
        """Article ids by the index that holds them."""
        found: dict[str, list[str]] = {}
        hits = call(self.url, "POST", f"/{self.alias}/_search?size=1000", {"_source": False})["hits"]["hits"]
        for hit in hits:
            found.setdefault(hit["_index"].removeprefix(f"{self.alias}-"), []).append(hit["_id"])
        return {name: sorted(ids) for name, ids in found.items()}


@pytest.fixture
def monthly(elasticsearch_url: str) -> Iterator[Monthly]:
    made = Monthly(elasticsearch_url)
    yield made
    remove_from_server(made.url, made.prefix)


def dated(identity: str, **ago: float) -> dict[str, Any]:
    return document(identity, published_at=NOON - timedelta(**ago))


def test_an_article_lives_where_it_was_first_seen_whatever_becomes_of_its_date(monthly: Monthly) -> None:
    index = monthly.open()
    index.setup()
    index.partition()
    index.write(Kind.ARTICLES, [dated("a"), dated("b", days=40), dated("c", days=4000)])
    assert monthly.homes() == {"v2-2026-03": ["a"], "v2-2026-01": ["b"], "v2-2015": ["c"]}
    index.write(Kind.ARTICLES, [dated("a", days=40), dated("b")])
    assert monthly.homes() == {"v2-2026-03": ["a"], "v2-2026-01": ["b"], "v2-2015": ["c"]}
    assert [hit.document["article_id"] for hit in index.search("Busan").hits] == ["b", "a", "c"]
    assert list(index.get_many(Kind.ARTICLES, ["c", "x", "a"])) == ["c", "a"]
    assert index.count(Kind.ARTICLES, Filters(since=NOON)) == 1
    assert index.delete(Kind.ARTICLES, ["a", "c", "x"]) == 2
    index.write(Kind.ARTICLES, [dated("a", days=400)])
    assert monthly.homes() == {"v2-2026-03": ["a"], "v2-2026-01": ["b"]}
    index.close()


def test_writers_that_disagree_about_a_date_leave_one_copy(monthly: Monthly) -> None:
    first = monthly.open()
    first.setup()
    first.partition()
    errors: list[str] = []

    def write(days: int) -> None:
        index = monthly.open()
        for number in range(0, 40, 10):
            rows = [dated(f"{one:03d}", days=days) for one in range(number, number + 10)]
            errors.extend(outcome.error for outcome in index.write(Kind.ARTICLES, rows) if outcome.error)
        index.close()

    threads = [threading.Thread(target=write, args=(days,)) for days in (0, 35, 70, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(identity for ids in monthly.homes().values() for identity in ids) == [f"{n:03d}" for n in range(40)]
    first.close()


def test_articles_from_before_stay_where_they_are_and_a_migration_moves_month_by_month(monthly: Monthly) -> None:
    old = make_older_index(monthly.url, monthly.prefix)
    load(monthly.url, old, [as_written_then(dated(name)) for name in ("a", "b")])
    index = monthly.open()
    index.setup()
    index.partition()
    index.write(Kind.ARTICLES, [dated("b", days=40), dated("c", days=40)])
    assert monthly.homes() == {"v1": ["a", "b"], "v2-2026-01": ["c"]}
    index.migrate()
    assert monthly.homes() == {"v2": ["a", "b"], "v2-2026-01": ["c"]}
    index.write(Kind.ARTICLES, [dated("a", days=400)])
    assert monthly.homes() == {"v2": ["a", "b"], "v2-2026-01": ["c"]}
    assert index.differences() == []
    index.close()


def test_the_command_partitions_once_and_only_a_server(monthly: Monthly, tmp_path: Any) -> None:
    runner = CliRunner()
    words = ["setup", "--partition", "monthly", "--json", "--index"]
    made = json.loads(runner.invoke(application, [*words, monthly.location]).stdout)
    month = f"{datetime.now(UTC):%Y-%m}"
    assert f"{monthly.alias}-v2-{month}" in made["created"]
    again = runner.invoke(application, [*words, monthly.location])
    assert again.exit_code == 0
    refused = runner.invoke(application, [*words, str(tmp_path / "index.db")])
    assert isinstance(refused.exception, ConfigError)
    index = open_index(monthly.location)
    index.write(Kind.ARTICLES, [document("a")])
    assert monthly.homes() == {"v2-2026-03": ["a"]}
    index.close()


@pytest.mark.parametrize(
    ("published", "seen", "home"),
    [
        ("2026-03-31", "2026-04-01", "2026-03"),
        ("2024-05-01", "2026-04-01", "2024-05"),
        ("2024-04-01", "2026-04-01", "2024"),
    ],
)
def test_the_home_follows_from_the_document(published: str, seen: str, home: str) -> None:
    times = {name: f"{day}T00:00:00.000Z" for name, day in (("@timestamp", published), ("first_seen_at", seen))}
    assert home_of(times) == home
