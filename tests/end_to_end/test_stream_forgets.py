"""A stream brings back nothing that was forgotten, does not ask a forgotten publisher, and begins with retention."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.feed_list import load_feed_lists
from connectors.index import Kind
from connectors.open_index import open_index
from connectors.tombstones import PUBLISHER, write_tombstones
from schemas.documents import dead_letter_document
from schemas.errors import Failed, FailReason
from tests.end_to_end.commands import straitwire
from tests.end_to_end.streams import all_settled, settings_for, stream
from tests.index_snapshot import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]


def put_dead_letters(location: str) -> None:
    """One that is older than the settings keep it, and one that is not."""
    failed = Failed("fetch_pages", FailReason.TIMEOUT, "https://gone.example/1")
    now = datetime.now(UTC)
    index = open_index(location)
    rows = [dead_letter_document(failed, "old", now - timedelta(days=90)), dead_letter_document(failed, "recent", now)]
    index.write(Kind.DEAD_LETTERS, rows)
    index.close()


def test_a_stream_brings_back_nothing_that_was_forgotten(newsroom, tmp_path):
    _, feeds, expected = newsroom
    location = str(tmp_path / "stream.db")
    articles = expected["articles"]
    listed = {source.publisher for source in load_feed_lists([feeds])}
    counts = Counter(row["publisher"] for row in articles.values() if row["publisher"] in listed)
    publisher = counts.most_common()[-1][0]
    address = next(row["url"] for row in articles.values() if row["publisher"] != publisher)
    done = straitwire("forget", address, "--index", location, "--yes")
    assert done.returncode == 0, done.stderr
    index = open_index(location)
    write_tombstones(index, publisher, [(PUBLISHER, publisher)])  # as forget does; it refuses a name it never indexed
    index.close()
    put_dead_letters(location)
    wanted = {name for name, row in articles.items() if row["publisher"] != publisher and row["url"] != address}
    with stream(tmp_path, {**settings_for(feeds, location), "keep_dead_letters_days": 30}) as running:
        running.wait_until(lambda index: index.count(Kind.ARTICLES) >= len(wanted))
        running.wait_until(all_settled(len(wanted)))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert 0 < len(wanted) < len(articles) - 1
    held = snapshot(location)
    assert set(held["articles"]) == wanted
    assert "recent" in held["dead_letters"]
    assert "old" not in held["dead_letters"]
    index = open_index(location)
    asked = {row["publisher"] for row in index.scan(Kind.FEEDS)}
    index.close()
    assert asked == listed - {publisher}
