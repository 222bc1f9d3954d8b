"""A stream on Prism over a press that misbehaves, killed, with its index gone for a while: the documents of a round."""

from __future__ import annotations

import time
import uuid

import pytest

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.run_round import run_round
from pipeline.write_entries import PENDING
from schemas.settings import RunSettings
from tests.conftest import is_continuous_integration
from tests.elasticsearch_server import ElasticsearchServer, NoServerError
from tests.end_to_end.streams import all_settled, articles_at_least, stream
from tests.flink.press import ARTICLES, Press
from tests.index_snapshot import snapshot
from tests.misbehaving_site import MisbehavingSite

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism"), pytest.mark.timeout(900)]

OUTLETS = 18
HANGS_SECONDS = 20.0
OUTAGE_SECONDS = 60.0
_OF_TRIES = ("attempts", "next_attempt_at")


def _settings(feeds: str, index: str) -> dict:
    return {
        "feeds": [feeds],
        "index": index,
        "allow_private": ["*.localhost", "127.0.0.1"],
        "fetch": {"per_host_gap_seconds": 0.05, "per_host_concurrency": 2},
        # Feeds that failed are polled again soon, as the rounds do here.
        "stream": {"look_every_seconds": 0.5, "poll_every_seconds": 5},
    }


def _compared(location: str) -> dict:
    held = snapshot(location)
    for row in held["entries"].values():
        for name in _OF_TRIES:
            row.pop(name, None)
    return held


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    """The site, its feed list, and the documents of rounds that nobody disturbs."""
    folder = tmp_path_factory.mktemp("press")
    with MisbehavingSite() as site:
        listed = Press(site, OUTLETS)
        feeds = folder / "feeds.yaml"
        listed.write_feed_list(feeds, OUTLETS)
        settings = RunSettings.model_validate(_settings(str(feeds), str(folder / "rounds.db")) | {"poll_all": True})
        report = run_round(settings)
        deadline = time.monotonic() + 400
        while report.pending and time.monotonic() < deadline:  # pages that fail for longer than a round asks
            time.sleep(5)
            report = run_round(settings)
            assert report.balanced
        held = _compared(settings.index)
        assert report.pending == 0
        assert len(held["entries"]) == OUTLETS * ARTICLES
        assert len(held["dead_letters"]) > 2
        yield site, str(feeds), held


def test_killed_in_the_middle_of_a_misbehaving_press(press, tmp_path):
    site, feeds, expected = press
    site.visits.clear()
    settings = _settings(feeds, str(tmp_path / "stream.db"))
    with stream(tmp_path, settings) as running:
        running.wait_until(articles_at_least(len(expected["articles"]) // 3))
        running.kill()
    with stream(tmp_path, settings) as running:
        running.wait_until(all_settled(len(expected["entries"])), 400)
        code, _ = running.drain()
    assert code in (0, 1), running.log.read_text()  # 1: a good share of this press fails
    assert _compared(running.index) == expected


def test_an_index_that_hangs_and_then_is_gone_for_a_minute_is_waited_for(press, tmp_path):
    site, feeds, expected = press
    site.visits.clear()
    server = ElasticsearchServer()
    try:
        server.start()
    except NoServerError as error:
        if is_continuous_integration():
            pytest.fail(f"no Elasticsearch: {error}")
        pytest.skip(f"no Elasticsearch: {error}")
    try:
        index = f"{server.url}/stream-{uuid.uuid4().hex[:8]}"
        with stream(tmp_path, _settings(feeds, index)) as running:
            running.wait_until(articles_at_least(len(expected["articles"]) // 3))
            server.pause()
            time.sleep(HANGS_SECONDS)
            assert running.process.poll() is None
            server.resume()
            running.wait_until(articles_at_least(len(expected["articles"]) * 2 // 3))
            server.kill()
            time.sleep(OUTAGE_SECONDS)
            assert running.process.poll() is None
            server.start()
            running.wait_until(all_settled(len(expected["entries"])), 400)
            code, _ = running.drain()
        assert code in (0, 1), running.log.read_text()
        assert _compared(index) == expected
        opened = open_index(index)
        assert opened.count(Kind.ENTRIES, Filters(equals=(("outcome", PENDING),))) == 0
        opened.close()
    finally:
        server.stop()
