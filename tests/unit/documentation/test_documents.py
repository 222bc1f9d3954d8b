"""README and ARCHITECTURE name what exists, and what exists is named in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from click.testing import CliRunner

from pipeline.command_line.application import application
from schemas.run_report import CHAINS
from schemas.settings import FetchSettings, RunSettings, StreamSettings

PROJECT = Path(__file__).resolve().parents[3]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
COMMAND = typer.main.get_command(application)


def commands(group, prefix=""):
    found = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, f"{prefix}{name} ")
        else:
            found[prefix + name] = command
    return found


COMMANDS = commands(COMMAND)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_explains_itself(name):
    assert re.search(rf"`?(straitwire )?{name}\b", README), f"README does not name 'straitwire {name}'"
    result = CliRunner().invoke(COMMAND, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 200


def test_every_command_in_the_readme_exists():
    named = set(re.findall(r"`straitwire ((?:feeds|topics) [a-z]+|[a-z]+)", README))
    assert named
    assert named <= COMMANDS.keys() | {name.split()[0] for name in COMMANDS}


def test_every_option_in_the_readme_exists():
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    options = {option for command in COMMANDS.values() for parameter in command.params for option in parameter.opts}
    options |= {
        option for command in COMMANDS.values() for parameter in command.params for option in parameter.secondary_opts
    }
    assert named <= options | {"--help"}, f"no such options: {sorted(named - options)}"


def test_every_setting_is_in_the_readme_with_its_default():
    rows = [line.split("|") for line in README.splitlines() if line.startswith("| `")]
    documented = {name: row[2].strip() for row in rows for name in re.findall(r"`([\w.]+)`", row[1])}
    names = RunSettings.model_fields.keys() - {"fetch", "stream"}
    names |= {f"fetch.{name}" for name in FetchSettings.model_fields}
    names |= {f"stream.{name}" for name in StreamSettings.model_fields}
    assert names <= documented.keys(), f"not documented: {sorted(names - documented.keys())}"
    for name, default in {"batch_entries": "250", "minimum_body_characters": "80", "keep": "`all`"}.items():
        assert documented[name] == default
        assert str(RunSettings.model_fields[name].default) == default.strip("`")


def test_paths_in_the_documents_exist():
    for text in (README, ARCHITECTURE):
        for path in re.findall(r"`((?:pipeline|connectors|schemas|deploy|tests)/[\w./-]*)`", text):
            assert (PROJECT / path).exists(), path


@pytest.mark.parametrize("stage", [stage for chain in CHAINS for stage in chain])
def test_every_stage_of_the_account_is_explained(stage):
    assert f"`{stage}`" in ARCHITECTURE, f"ARCHITECTURE.md does not explain the stage {stage}"
