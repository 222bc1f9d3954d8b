"""An index with a few articles, written by a real run, and the command line in this process."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.command_line.application import application
from pipeline.command_line.failures import run_to_exit_code

FERRY = (
    "BUSAN, South Korea (AP) — The mayors of Busan and Fukuoka agreed on Tuesday to open a ferry line in May.",
    "South Korea and Japan want the line to carry students from both countries, the mayors said after their summit.",
    "The first ship leaves on May 4 with 220 passengers, and the tickets cost the same in won and in yen.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    output: str
    error: str


def straitwire(*arguments: str) -> Outcome:
    """The command in this process, as ``main`` runs it."""
    output, error = io.StringIO(), io.StringIO()
    earlier = sys.argv
    sys.argv = ["straitwire", *arguments]
    try:
        with redirect_stdout(output), redirect_stderr(error):
            try:
                code = run_to_exit_code(application)
            except SystemExit as leaving:
                code = int(leaving.code or 0)
    finally:
        sys.argv = earlier
    return Outcome(code, output.getvalue(), error.getvalue())


def sentence(outcome: Outcome) -> str:
    """The one sentence of a command that was used wrongly."""
    assert outcome.code == 2, outcome
    assert outcome.error.startswith("straitwire: "), outcome
    assert outcome.error.count("\n") == 1, outcome
    assert "Traceback" not in outcome.error
    return outcome.error


def article_lines() -> list[str]:
    """One wire story at two outlets, and another article, as JSON lines."""
    text = "\n\n".join(FERRY)
    orchard = (
        "Apples are cheap this autumn because the summer was mild. Growers in the valley keep part of the crop in "
        "cold storage and hope for better prices before the new year."
    )
    rows = [
        ("https://harbour.example/1", "Mayors open a ferry line", text, "Harbour Post"),
        ("https://strait.example/9", "Ferry to start in May", text, "The Strait Times"),
        ("https://strait.example/10", "Orchard prices fall", orchard, "The Strait Times"),
    ]
    names = ("url", "title", "text", "publisher")
    return [
        json.dumps(dict(zip(names, row, strict=True)) | {"published": f"2026-03-03T0{hour}:00:00Z"})
        for hour, row in enumerate(rows, 1)
    ]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An index with three articles; tests only read it."""
    folder = tmp_path_factory.mktemp("read-only")
    source = folder / "articles.jsonl"
    source.write_text("\n".join(article_lines()), encoding="utf-8")
    location = str(folder / "news.db")
    outcome = straitwire("run", "--jsonl", str(source), "--index", location)
    assert outcome.code == 0, outcome
    return location


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own as the current one, and no index from the environment."""
    monkeypatch.delenv("STRAITWIRE_INDEX", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
