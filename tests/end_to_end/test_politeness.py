"""Gaps and concurrency as the *server* saw them, whatever the number of worker processes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from connectors.index import Kind
from connectors.open_index import open_index
from pipeline.fetch_pages import FetchPages
from pipeline.flow import poll_feeds
from pipeline.run_round import run_pipeline
from schemas.entry_json import entry_from_json
from schemas.feeds import FeedSource
from tests.end_to_end.live_press import QUICK, LivePress, settings_for
from tests.misbehaving_site import MisbehavingSite

GAP_SECONDS = 1.5
"""Longer than workers need to go from one pass to the next, so that a gap which they do not keep is seen."""
HOSTS = 6
PAGES = 2


@pytest.fixture
def press():
    with MisbehavingSite(delay_seconds=0.02) as site:
        yield LivePress(site)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "per_host"), [(1, 2), (4, 1)])
def test_no_host_is_asked_too_soon_or_too_often_at_once(press, workers, per_host, tmp_path):
    """Two feeds a host, its pages in two batches right after each other, and a page of each redirected to another."""
    site = press.site
    for number in range(HOSTS):
        host = f"outlet{number}.localhost"
        for page in range(PAGES):
            press.publish(host, f"/news/{page}")
        moved_to = press.url(f"outlet{(number + 1) % HOSTS}.localhost", f"/news/moved-from-{number}")
        press.publish(f"outlet{(number + 1) % HOSTS}.localhost", f"/news/moved-from-{number}")
        site.serve(f"/moved/{number}", partial(_redirect, moved_to))
    sources = [
        FeedSource(f"{number}{path}", press.url(f"outlet{number}.localhost", path))
        for number in range(HOSTS)
        for path in ("/feed", f"/moved/{number}")
    ]
    fetch = QUICK.model_copy(update={"per_host_gap_seconds": GAP_SECONDS, "per_host_concurrency": per_host})
    settings = settings_for(str(tmp_path / "index.db"), fetch=fetch)
    index = open_index(settings.index)
    index.setup()

    run_pipeline(sources, partial(poll_feeds, settings=settings, now=datetime.now(UTC)), workers)
    entries = [entry_from_json(row["entry_json"]) for row in index.scan(Kind.ENTRIES)]
    index.close()
    assert len(entries) >= HOSTS * PAGES
    moved = [
        replace(entries[0], key=str(number), url=press.url(f"outlet{number}.localhost", f"/moved/{number}"))
        for number in range(HOSTS)
    ]
    for batch in (entries[::2], entries[1::2] + moved):
        run_pipeline(batch, partial(_fetch, settings=settings), workers)
    asked = len(site.log)
    assert asked >= len(entries) + len(sources)
    assert len(site.most_in_flight()) == HOSTS
    assert max(site.most_in_flight().values()) <= per_host
    assert min(site.smallest_gaps().values()) >= GAP_SECONDS


def _fetch(entries, settings):
    return (entries | FetchPages(settings.fetch, settings.allow_private)).passed


async def _redirect(target, exchange):
    await exchange.redirect(target)
