"""A stream on Prism ends in the documents of a round on the DirectRunner: drained, killed, on either backend."""

from __future__ import annotations

import json
import re
import time
import urllib.request
import uuid

import pytest

from schemas.run_report import CHAINS
from tests.end_to_end.streams import all_settled, articles_at_least, settings_for, stream, wait_until_gone
from tests.index_snapshot import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]


def scraped_until(log: str, wanted: str) -> str:
    """The metrics, as soon as they hold the line: a bundle is counted a moment after it is written."""
    address = re.search(r"metrics on (http://127\.0\.0\.1:\d+/metrics)", log)[1]
    deadline = time.monotonic() + 10
    while True:
        with urllib.request.urlopen(address, timeout=10) as answer:
            metrics = answer.read().decode()
        if wanted in metrics or time.monotonic() > deadline:
            return metrics
        time.sleep(0.1)


def test_what_a_stream_indexes_equals_a_round_and_sigterm_drains_it(newsroom, tmp_path):
    _, feeds, expected = newsroom
    mark = f"mark-{uuid.uuid4().hex}"
    with stream(
        tmp_path, settings_for(feeds, str(tmp_path / "stream.db")), "--metrics-port", "0", "--log-json", "--json",
        STRAITWIRE_TEST_MARK=mark,
    ) as running:  # fmt: skip
        running.wait_until(all_settled(len(expected["entries"])))
        fetched = f'{{stage="fetch_pages",way="received",reason=""}} {len(expected["entries"])}\n'
        metrics = scraped_until(running.log.read_text(), fetched)
        code, seconds = running.drain()
    assert code == 0, running.log.read_text()
    assert seconds < 30
    assert snapshot(running.index) == expected
    assert wait_until_gone(mark) == []
    assert fetched in metrics
    assert "straitwire_feed_lag_seconds{feed=" in metrics
    text = running.log.read_text()
    report = json.loads(text[text.index("{\n") :])
    assert report["balanced"]
    assert report["articles_after"] == len(expected["articles"])
    stages = {stage for chain in CHAINS for stage in chain}
    assert report["stages"].keys() & stages
    logged = [json.loads(line) for line in text[: text.index("{\n")].splitlines() if line.startswith("{")]
    assert logged
    assert all({"time", "level", "logger", "message"} <= row.keys() for row in logged)


def test_a_stream_that_is_killed_again_and_again_ends_in_the_same_documents(newsroom, tmp_path):
    _, feeds, expected = newsroom
    settings = settings_for(feeds, str(tmp_path / "stream.db"))
    mark = f"mark-{uuid.uuid4().hex}"
    for share in (0.0, 0.5):
        with stream(tmp_path, {**settings, "batch_entries": 8}, STRAITWIRE_TEST_MARK=mark) as running:
            running.wait_until(articles_at_least(1 + int(share * len(expected["articles"]))))
            running.kill()
        assert wait_until_gone(mark) == [], "Prism or a child outlived the stream that was killed"
        assert len(snapshot(running.index)["articles"]) < len(expected["articles"])
    with stream(tmp_path, settings) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert snapshot(running.index) == expected


def test_a_stream_into_elasticsearch_equals_a_round_into_sqlite(newsroom, tmp_path, elasticsearch_url):
    _, feeds, expected = newsroom
    index = f"{elasticsearch_url}/stream-{uuid.uuid4().hex[:8]}"
    with stream(tmp_path, settings_for(feeds, index)) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert snapshot(index) == expected
