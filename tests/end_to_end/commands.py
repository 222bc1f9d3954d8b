"""The command line as a person calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def straitwire(
    *arguments: str, timeout: float = 250, cwd: Path = PROJECT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``straitwire`` with these arguments, output captured; the code is that of the folder ``cwd``."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
