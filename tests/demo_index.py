"""The demo newsroom, read once a session into an SQLite index, and its documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connectors.index import Kind
from connectors.open_index import open_index
from deploy.local.demo import demo_settings
from deploy.local.newsroom.serve import serve
from pipeline.run_round import run_round
from schemas.settings import RunSettings


@dataclass(frozen=True)
class DemoIndex:
    sqlite: str
    documents: dict[Kind, list[dict]]


def read_demo(folder: Path) -> DemoIndex:
    location = str(folder / "demo.db")
    with serve() as site:
        feeds = folder / "feeds.yaml"
        feeds.write_text(site.feeds_yaml, encoding="utf-8")
        settings = {**demo_settings(str(feeds), location), "poll_all": True}
        assert run_round(RunSettings.model_validate(settings)).balanced
    index = open_index(location)
    documents = {kind: list(index.scan(kind)) for kind in Kind}
    index.close()
    return DemoIndex(location, documents)
