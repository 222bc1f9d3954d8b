from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lying_bulk_server import lying_bulk_server

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("connectors/bulk_writes", "pipeline/elasticsearch_io")
SCRIPT = """
import sys
import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from pipeline.elasticsearch_io import ActionFields, WriteToElasticsearch

pipeline = beam.Pipeline(runner=FnApiRunner())
pipeline | beam.Create([{"n": n} for n in range(5)]) | WriteToElasticsearch(
    sys.argv[1], ActionFields("news", id=lambda row: row["n"])
)
pipeline.run().wait_until_finish()
assert "schemas" not in sys.modules
"""


def test_the_two_folders_import_nothing_else_of_ours() -> None:
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert {"schemas", "connectors", "pipeline"} <= ours
    allowed = tuple(folder.replace("/", ".") for folder in FOLDERS)
    for path in [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] not in ours or name.startswith(allowed), f"{path.name} imports {name}"


def test_the_two_folders_run_without_the_rest(tmp_path: Path) -> None:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "write.py").write_text(SCRIPT)
    with lying_bulk_server() as server:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-P", "write.py", server.url]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert len(server.documents) == 5
