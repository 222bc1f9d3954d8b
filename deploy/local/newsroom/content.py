"""What the newsroom prints: outlets, wires and articles, read from the YAML files beside this module."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented publisher; ``paragraphs`` says whether its pages use "p" elements or "br" breaks."""

    id: str
    name: str
    country: str
    language: str
    timezone: str
    paragraphs: str
    sections: dict[str, str]


@dataclass(frozen=True, slots=True)
class PrintedArticle:
    """One article as an outlet prints it.

    Attributes:
        outlet: who prints it.
        path: absolute path on the server, with the outlet's name in front.
        paragraphs: the text, credit lines included; what extraction ought to find.
        byline, author, via: as printed; ``via`` is the outlet an aggregator took it from, or "".
        published: with the outlet's offset.
        encoding: of the page's bytes; the label the page gives itself may differ (``euc-kr`` for cp949).
        amp: whether there is a second, AMP form of the page.
        paywall: whether the page's structured data says that it is not free.
    """

    outlet: Outlet
    path: str
    title: str
    section: str
    published: datetime
    paragraphs: tuple[str, ...]
    byline: str = ""
    author: str = ""
    via: str = ""
    encoding: str = "utf-8"
    amp: bool = False
    paywall: bool = False

    @property
    def amp_path(self) -> str:
        """Path of the AMP form; only served where ``amp`` is set."""
        return f"/{self.outlet.id}/amp/{self.path.removeprefix(f'/{self.outlet.id}/')}"

    @property
    def summary(self) -> str:
        """What a feed says of it: the beginning of the first paragraph."""
        return self.paragraphs[0][:160]


@dataclass(frozen=True, slots=True)
class ExtraEntry:
    """An entry in a feed that no article stands behind; ``page`` names a template, or "none" for a 404."""

    outlet: Outlet
    path: str
    title: str
    published: datetime
    page: str


@dataclass(frozen=True, slots=True)
class ServedFeed:
    """One feed of one outlet; see served-feeds.yaml for the meaning of the fields."""

    outlet: Outlet
    path: str
    format: str
    section: str = ""
    links: str = "canonical"


@dataclass(frozen=True, slots=True)
class Newsroom:
    """Everything that is printed."""

    outlets: tuple[Outlet, ...]
    articles: tuple[PrintedArticle, ...]
    extra_entries: tuple[ExtraEntry, ...]
    feeds: tuple[ServedFeed, ...]
    by_outlet: dict[str, tuple[PrintedArticle, ...]] = field(default_factory=dict)


@functools.cache
def load_newsroom() -> Newsroom:
    """Read the data files; what is in memory afterwards never changes."""
    outlets = tuple(Outlet(**record) for record in _read("outlets.yaml"))
    by_id = {outlet.id: outlet for outlet in outlets}
    wires = {path.stem: _paragraphs(_read(f"wires/{path.name}")["text"]) for path in (FOLDER / "wires").glob("*.yaml")}
    by_outlet = {
        outlet.id: tuple(_article(outlet, record, wires) for record in _read(f"articles/{outlet.id}.yaml"))
        for outlet in outlets
    }
    extra_entries = tuple(
        ExtraEntry(
            by_id[record["outlet"]],
            f"/{record['outlet']}/{record['slug']}",
            record["title"],
            datetime.fromisoformat(record["published"]),
            record["page"],
        )
        for record in _read("extra-entries.yaml")
    )
    feeds = tuple(
        ServedFeed(
            by_id[record["outlet"]],
            f"/{record['outlet']}/{record['path']}",
            record["format"],
            record.get("section", ""),
            record.get("links", "canonical"),
        )
        for record in _read("served-feeds.yaml")
    )
    articles = tuple(article for printed in by_outlet.values() for article in printed)
    return Newsroom(outlets, articles, extra_entries, feeds, by_outlet)


def feed_list(base_url: str) -> str:
    """The text of feeds.yaml for a server at ``base_url`` (no trailing slash)."""
    return (FOLDER / "feeds.yaml").read_text(encoding="utf-8").replace("{base}", base_url)


def _article(outlet: Outlet, record: dict[str, Any], wires: dict[str, tuple[str, ...]]) -> PrintedArticle:
    """An outlet's own text, or its edition of a wire: paragraphs taken, replaced, inserted, credited."""
    paragraphs = _edition(record, wires[record["wire"]]) if "wire" in record else _paragraphs(record["text"])
    return PrintedArticle(
        outlet=outlet,
        path=f"/{outlet.id}/{record['slug']}",
        title=record["title"],
        section=record["section"],
        published=datetime.fromisoformat(record["published"]),
        paragraphs=paragraphs,
        byline=record.get("byline", ""),
        author=record.get("author", ""),
        via=record.get("via", ""),
        encoding=record.get("encoding", "utf-8"),
        amp=record.get("amp", False),
        paywall=record.get("paywall", False),
    )


def _edition(record: dict[str, Any], wire: tuple[str, ...]) -> tuple[str, ...]:
    """What one desk made of a wire. Paragraphs are counted from 1; an insert under 0 goes in front of all."""
    replaced = record.get("replace", {})
    inserted = record.get("insert", {})
    printed = [inserted[0]] if 0 in inserted else []
    for number in _numbers(record.get("take", f"1-{len(wire)}")):
        printed.append(replaced.get(number, wire[number - 1]))
        if number in inserted:
            printed.append(inserted[number])
    return (*printed, *_paragraphs(record.get("credit", "")))


def _numbers(ranges: str) -> list[int]:
    """``"1-3,6"`` -> ``[1, 2, 3, 6]``, in the order written."""
    numbers: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip())


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
