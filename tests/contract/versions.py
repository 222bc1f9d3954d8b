"""The index contract on several Elasticsearch versions, and with monthly partitions: one command, one line a version.

``python -m tests.contract.versions`` runs 8.19.21 and 9.5.3; versions and pytest arguments may be named. 9.x needs Java
21 or newer: JAVA_HOME_21 or JAVA_HOME names one, else the newest below /usr/lib/jvm is taken.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

VERSIONS = ("8.19.21", "9.5.3")
SUITES = (
    "test_index_contract", "test_elasticsearch_desk", "test_migration", "test_partitions", "test_forget",
    "test_secured_server",
)  # fmt: skip
_FOLDER = Path(__file__).parent


def newest_java() -> str:
    """A JDK that a 9.x server runs on."""
    named = os.environ.get("JAVA_HOME_21") or os.environ.get("JAVA_HOME")
    if named:
        return named
    homes = [(int(found[1]), path) for path in Path("/usr/lib/jvm").glob("*") if (found := _major(path))]
    return str(max(homes)[1]) if homes else ""


def _major(path: Path) -> re.Match[str] | None:
    release = path / "release"
    text = release.read_text(errors="replace") if release.is_file() else ""
    return re.search(r'JAVA_VERSION="(\d+)', text)


def run(version: str, partition: str, arguments: list[str]) -> tuple[int, str]:
    """The exit code and the last line of pytest."""
    environment = {**os.environ, "STRAITWIRE_ELASTICSEARCH_VERSION": version, "STRAITWIRE_TEST_PARTITION": partition}
    environment["CI"] = "true"  # a missing server is a failure here
    if not version.startswith("8."):
        environment["JAVA_HOME"] = newest_java()
    suites = SUITES[:1] if partition else SUITES
    chosen = [str(_FOLDER / f"{name}.py") for name in suites]
    only = ["-k", "elasticsearch"] if partition else []
    command = [sys.executable, "-m", "pytest", "-q", "-o", "timeout=900", *only, *arguments, *chosen]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines() or ["no output"]
    if done.returncode:
        sys.stdout.write(done.stdout)
    return done.returncode, lines[-1]


def main() -> None:
    """Run all; exit code 1 when one failed."""
    named = [word for word in sys.argv[1:] if re.fullmatch(r"\d+\.\d+\.\d+", word)]
    arguments = [word for word in sys.argv[1:] if word not in named]
    failed = False
    for version in named or VERSIONS:
        for partition in ("", "monthly"):
            started = time.monotonic()
            code, line = run(version, partition, arguments)
            failed = failed or code != 0
            what = "index contract, monthly partitions" if partition else "all suites"
            sys.stdout.write(f"{version}  {what}: {line} ({time.monotonic() - started:.0f} s)\n")
            sys.stdout.flush()
    sys.exit(failed)


if __name__ == "__main__":
    main()
