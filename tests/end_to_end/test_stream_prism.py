"""A stream on Prism ends in the documents of a round on the DirectRunner: drained, killed, on either backend."""

from __future__ import annotations

import json
import re
import time
import urllib.request
import uuid
from pathlib import Path

import pytest
import yaml

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from deploy.local.demo import demo_settings
from deploy.local.newsroom.serve import serve
from pipeline.run_round import run_round
from schemas.run_report import CHAINS
from schemas.settings import RunSettings
from tests.end_to_end.streams import all_settled, articles_at_least, need_prism, stream, wait_until_gone
from tests.index_snapshot import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]


@pytest.fixture(scope="module")
def prism():
    return need_prism()


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    """The site, its feed list, and the documents of an undisturbed round over it."""
    folder = tmp_path_factory.mktemp("newsroom")
    with serve() as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml, encoding="utf-8")
        settings = RunSettings.model_validate({**demo_settings(str(feeds), str(folder / "round.db")), "poll_all": True})
        report = run_round(settings)
        assert report.balanced
        yield site, str(feeds), snapshot(settings.index)


def settings_for(feeds: str, index: str) -> dict:
    return {**demo_settings(feeds, index), "stream": {"look_every_seconds": 0.2, "drain_seconds": 30}}


def test_what_a_stream_indexes_equals_a_round_and_sigterm_drains_it(newsroom, tmp_path):
    _, feeds, expected = newsroom
    mark = f"mark-{uuid.uuid4().hex}"
    with stream(
        tmp_path, settings_for(feeds, str(tmp_path / "stream.db")), "--metrics-port", "0", "--log-json", "--json",
        STRAITWIRE_TEST_MARK=mark,
    ) as running:  # fmt: skip
        running.wait_until(all_settled(len(expected["entries"])))
        port = re.search(r"metrics on http://127\.0\.0\.1:(\d+)", running.log.read_text())[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        code, seconds = running.drain()
    assert code == 0, running.log.read_text()
    assert seconds < 30
    assert snapshot(running.index) == expected
    assert wait_until_gone(mark) == []
    assert f'way="emitted",reason=""}} {len(expected["articles"])}' in metrics
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


def test_sigterm_in_the_middle_loses_nothing_and_the_next_start_goes_on(newsroom, tmp_path):
    _, feeds, expected = newsroom
    settings = settings_for(feeds, str(tmp_path / "stream.db"))
    with stream(tmp_path, {**settings, "batch_entries": 4}) as running:
        running.wait_until(articles_at_least(5))
        code, seconds = running.drain()
    assert code == 0, running.log.read_text()
    assert seconds < 30
    half = snapshot(running.index)
    assert 5 <= len(half["articles"]) < len(expected["articles"])
    assert half["entries"].keys() == expected["entries"].keys()
    with stream(tmp_path, settings) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        running.drain()
    assert snapshot(running.index) == expected


def test_a_stream_into_elasticsearch_equals_a_round_into_sqlite(newsroom, tmp_path, elasticsearch_url):
    _, feeds, expected = newsroom
    index = f"{elasticsearch_url}/stream-{uuid.uuid4().hex[:8]}"
    with stream(tmp_path, settings_for(feeds, index)) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert snapshot(index) == expected


def test_a_feed_that_is_added_to_the_list_is_taken_up(newsroom, tmp_path):
    _, feeds, expected = newsroom
    every = yaml.safe_load(Path(feeds).read_text(encoding="utf-8"))
    listed = tmp_path / "feeds.yaml"
    listed.write_text(yaml.safe_dump({**every, "feeds": every["feeds"][:1]}), encoding="utf-8")
    settings = settings_for(str(listed), str(tmp_path / "stream.db"))
    settings["stream"]["reread_feeds_seconds"] = 1
    with stream(tmp_path, settings) as running:
        running.wait_until(articles_at_least(1))
        listed.write_text("feeds: [", encoding="utf-8")  # somebody saves it half-edited
        time.sleep(1.5)
        new = tmp_path / "new.yaml"
        new.write_text(yaml.safe_dump(every), encoding="utf-8")
        new.replace(listed)
        running.wait_until(all_settled(len(expected["entries"])))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert "the feed list is left as it was" in running.log.read_text()
    assert snapshot(running.index)["articles"].keys() == expected["articles"].keys()


def test_every_document_is_there_once(newsroom, tmp_path):
    _, feeds, expected = newsroom
    with stream(tmp_path, settings_for(feeds, str(tmp_path / "stream.db"))) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        running.drain()
    index = open_index(running.index)
    urls = [row["url"] for row in index.scan(Kind.ARTICLES, Filters(), ["article_id", "url"])]
    index.close()
    assert len(urls) == len(set(urls)) == len(expected["articles"])
