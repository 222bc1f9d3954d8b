"""A stream that is killed at any of ten places and started again: the stories of a round that nobody disturbed."""

from __future__ import annotations

import pytest

from tests.end_to_end.streams import all_settled, articles_at_least, settings_for, stream
from tests.index_snapshot import snapshot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]

PLACES = 10


@pytest.mark.parametrize("place", range(PLACES))
def test_killed_at_one_of_ten_places_and_started_again(place, newsroom, tmp_path):
    _, feeds, expected = newsroom
    settings = settings_for(feeds, str(tmp_path / "stream.db"))
    indexed = 1 + place * (len(expected["articles"]) - 2) // PLACES
    with stream(tmp_path, {**settings, "batch_entries": 3}) as running:
        running.wait_until(articles_at_least(indexed), look_seconds=0.02)
        running.kill()
    held = len(snapshot(running.index)["articles"])
    assert indexed <= held < len(expected["articles"])
    with stream(tmp_path, settings) as running:
        running.wait_until(all_settled(len(expected["entries"])))
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert snapshot(running.index) == expected
