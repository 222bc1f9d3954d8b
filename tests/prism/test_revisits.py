"""A stream looks at articles again, and finds of them what rounds find."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from connectors.index import Document, Index, Kind
from connectors.open_index import open_index
from connectors.visit_schedule import CHANGED
from pipeline.run_round import run_round
from tests.end_to_end.live_press import LivePress, let_time_pass, settings_for
from tests.end_to_end.streams import articles_at_least, stream
from tests.index_snapshot import snapshot
from tests.misbehaving_site import MisbehavingSite

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prism")]

_STAYS, _CHANGES, _COPY, _GOES = "/news/stays", "/news/changes", "/news/copy", "/news/goes"
_FIRST_VISIT_SECONDS = 4.0


@pytest.fixture
def press():
    with MisbehavingSite() as site:
        made = LivePress(site)
        for host, path in (("harbour", _STAYS), ("harbour", _CHANGES), ("pier", _COPY), ("pier", _GOES)):
            made.publish(f"{host}.localhost", path)
        # A copy of what is going to change: its story is another after the visit.
        made.outlets["pier.localhost"].pages[_COPY].paragraphs = _page(made, "harbour", _CHANGES).paragraphs[:]
        yield made


def test_a_stream_finds_what_rounds_find_when_they_look_again(press, tmp_path):
    pages = deepcopy(press.outlets)
    feeds = press.write_list(tmp_path / "feeds.yaml")
    rounds = settings_for(str(tmp_path / "rounds.db"), feeds, revisit_after_seconds=3600)
    assert run_round(rounds).indexed == 4
    change(press)
    assert let_time_pass(rounds.index, Kind.VISITS, "next_visit_at")
    assert run_round(rounds).counters["revisit_articles"] == {
        "received": 4, "emitted": 1, "rejected_not_modified": 2, "failed_http_not_found": 1,
    }  # fmt: skip

    press.outlets.update(pages)
    settings = settings_for(str(tmp_path / "stream.db"), feeds, revisit_after_seconds=_FIRST_VISIT_SECONDS)
    with stream(tmp_path, json.loads(settings.model_dump_json()), "--json") as running:
        running.wait_until(articles_at_least(4))
        change(press)
        running.wait_until(all_visited)
        code, _ = running.drain()
    assert code == 0, running.log.read_text()
    assert snapshot(running.index) == snapshot(rounds.index)
    assert said(running.index) == said(rounds.index)
    assert [row["outcome"] for row in visits(running.index)] == [row["outcome"] for row in visits(rounds.index)]
    report = json.loads(running.log.read_text().partition("{\n")[2].join(["{", ""]))
    assert report["balanced"]
    assert report["stages"]["revisit_articles"]["emitted"] == 1
    assert report["stages"]["attribute_wire"]["received"] == 4, "visits are no entries"


def change(press: LivePress) -> None:
    """One page says something else in most of its paragraphs, one is gone."""
    page = _page(press, "harbour", _CHANGES)
    page.title = "Boats stay where they are"
    page.paragraphs[:4] = [f"Nobody left the harbour before noon, keeper {n} said on Monday." for n in range(4)]
    _page(press, "pier", _GOES).status = 404


def _page(press: LivePress, host: str, path: str):
    return press.outlets[f"{host}.localhost"].pages[path]


def all_visited(index: Index) -> bool:
    """Whether each was looked at again, and the changes were found."""
    outcomes = [row["outcome"] for row in index.scan(Kind.VISITS)]
    return len(outcomes) == 4 and all(outcomes) and index.count(Kind.REVISIONS) == 1 and CHANGED in outcomes


def _rows(location: str, kind: Kind, key: Callable[[Document], str]) -> list[Document]:
    index = open_index(location)
    try:
        return sorted(index.scan(kind), key=key)
    finally:
        index.close()


def visits(location: str) -> list[Document]:
    return _rows(location, Kind.VISITS, lambda row: row["article_id"])


def said(location: str) -> list[tuple[str, str, str]]:
    rows = _rows(location, Kind.REVISIONS, lambda row: row["article_id"])
    return [(row["article_id"], row["title_before"], row["body_after"]) for row in rows]
