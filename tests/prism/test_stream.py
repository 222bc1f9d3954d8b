"""Longer tests of a stream on Prism: ``bash tests/prism/run``."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.streams import all_settled, articles_at_least, settings_for, stream
from tests.index_snapshot import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]


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
