"""What Beam stages on remote workers (``--setup_file``) is complete: it is built, installed and imported alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
_BUILD = "import sys; from setuptools.build_meta import build_sdist; print(build_sdist(sys.argv[1]))"
_USE = """
import pipeline, schemas, connectors
from pipeline.rule_checks import check_rules
from pipeline.text.topics.tagging import tag_topics
import pipeline.flow, pipeline.stream_flow
print(pipeline.__file__)
print(check_rules())
"""


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONWARNINGS"] = "ignore"
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The Python of an environment that has the locked packages and our source distribution, but not our folder."""
    folder = tmp_path_factory.mktemp("distribution")
    source = folder / "source"
    leave_out = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "tests")
    shutil.copytree(PROJECT, source, ignore=leave_out)
    archive = run(sys.executable, "-c", _BUILD, folder, cwd=source).splitlines()[-1]
    venv.create(folder / "environment")
    python = folder / "environment" / "bin" / "python"
    target = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    # The locked packages, of the environment that the tests run in, without what makes our folder importable there.
    locked = Path(sysconfig.get_path("purelib"))
    for package in locked.iterdir():
        if "straitwire" not in package.name and package.suffix != ".pth" and not (target / package.name).exists():
            (target / package.name).symlink_to(package)
    run(python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", folder / archive, cwd=folder)
    return python


def test_clean_environment_imports_the_pipeline_and_checks_every_rule(installed, tmp_path):
    where, checked = run(installed, "-c", _USE, cwd=tmp_path).splitlines()
    assert str(PROJECT) not in where
    assert checked


def test_command_runs_there_on_a_file(installed, tmp_path):
    paragraph = "Delegations of Korea and Japan met in Busan on Monday and spoke about the ferry between both cities. "
    page = f"<html><head><title>Ferry talks</title></head><body><article><p>{paragraph * 4}</p></article></body></html>"
    (tmp_path / "page.html").write_text(page)
    straitwire = installed.with_name("straitwire")
    run(straitwire, "run", "--files", "page.html", "--index", "news.db", cwd=tmp_path)
    assert "Ferry talks" in run(straitwire, "search", "ferry", "--index", "news.db", cwd=tmp_path)
