"""What commands answer: JSON for machines, examples in the help, and nothing but one sentence when output fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.command_line.conftest import straitwire

ROOT = Path(__file__).parents[3]


def in_a_process(*arguments: str, redirected: str = "") -> subprocess.CompletedProcess[str]:
    """The command through a shell, with ``redirected`` behind it; pipefail as scripts set it."""
    line = f'set -o pipefail; "$0" -m pipeline "$@" {redirected}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["bash", "-c", line, sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("search", "ferry"), id="search"),
        pytest.param(("story", "https://harbour.example/1"), id="story"),
        pytest.param(("why", "https://harbour.example/1"), id="why"),
        pytest.param(("link", "https://harbour.example/1", "https://strait.example/10"), id="link"),
        pytest.param(("report",), id="report"),
        pytest.param(("setup",), id="setup"),
        pytest.param(("replay",), id="replay"),
        pytest.param(("feeds", "list"), id="feeds-list"),
    ],
)
def test_json_is_one_value(index: str, arguments: tuple[str, ...]) -> None:
    outcome = straitwire(*arguments, "--index", index, "--json")
    assert outcome.code == 0, outcome
    json.loads(outcome.output)


@pytest.mark.parametrize("command", ["run", "search", "story", "why", "report", "replay", "export"])
def test_help_shows_an_example(command: str) -> None:
    assert f"straitwire {command}" in straitwire(command, "--help").output.partition("Example")[2]


def test_version_needs_no_command() -> None:
    assert straitwire("--version").output.startswith("straitwire")


@pytest.mark.parametrize("arguments", [("export",), ("export", "--format", "csv"), ("report",), ("search",)])
def test_reader_that_goes_away_is_no_failure_of_ours(index: str, arguments: tuple[str, ...]) -> None:
    outcome = in_a_process(*arguments, "--index", index, redirected="| true")
    assert (outcome.returncode, outcome.stderr.count("Traceback")) in ((141, 0), (0, 0)), outcome


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_disk_is_one_sentence(index: str) -> None:
    outcome = in_a_process("report", "--index", index, redirected="> /dev/full")
    assert outcome.returncode == 2
    assert outcome.stderr == "straitwire: cannot write: No space left on device; make room and run again\n"


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_export_to_nowhere_is_told(index: str, at_home: Path, file_format: str) -> None:
    outcome = straitwire("export", "--format", file_format, "-o", "none/file", "--index", index)
    assert outcome.code == 2
    assert outcome.error == "straitwire: cannot write none/file: No such file or directory; name another file\n"


def test_questions_about_links_import_no_beam() -> None:
    imports = "import sys, pipeline.indexed_members, pipeline.command_line.application"
    code = f"{imports}; sys.exit('apache_beam' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
