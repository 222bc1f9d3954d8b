"""The jars of ``pom.xml``, fetched by Maven once and kept in ``.cache/flink``.

``python -m deploy.flink.jars`` prints the folder, after fetching if need be.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CACHE = _HERE.parents[1] / ".cache" / "flink"
_FETCH_SECONDS = 1800


class NoJarsError(Exception):
    """The jars cannot be fetched here: says what is missing."""


@dataclass(frozen=True, slots=True)
class Jars:
    """Where the jars are.

    Attributes:
        libraries: Flink and Beam's runner: the class path of every Flink process.
        launcher: starts the job server.
    """

    libraries: Path
    launcher: Path


def fetch_jars() -> Jars:
    """The jars that belong to the pom as it is.

    Errors: NoJarsError without Java or Maven, or when Maven cannot fetch.
    """
    folder = _CACHE / _fingerprint()
    jars = Jars(folder / "lib", folder / "launcher.jar")
    if jars.launcher.exists():
        return jars
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NoJarsError(f"'{program}' is not installed; 'bash tests/run' says how to get it")
    _CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as temporary:
        made = Path(temporary)
        _run_maven(made)
        shutil.move(made / "build" / "launcher.jar", made / "launcher.jar")
        shutil.rmtree(made / "build")
        if not folder.exists():
            made.rename(folder)
            made.mkdir()  # for the end of the temporary folder
    return jars


def _run_maven(folder: Path) -> None:
    command = ["mvn", "-q", "-B", "-f", str(_HERE / "pom.xml"), "package", "dependency:copy-dependencies",
               "-DincludeScope=runtime", f"-Dfolder={folder}", f"-DoutputDirectory={folder / 'lib'}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)  # noqa: S603  # our own command
    if done.returncode or not (folder / "build" / "launcher.jar").exists():
        raise NoJarsError(f"Maven could not fetch the jars of Flink: {done.stdout.strip()[-500:]}")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (_HERE / "pom.xml", *sorted((_HERE / "launcher").glob("*.java"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    try:
        print(fetch_jars().libraries.parent)
    except NoJarsError as error:
        sys.exit(str(error))
