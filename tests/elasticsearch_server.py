"""A real Elasticsearch for tests: from Maven Central, on loopback, one a test session.

By hand: ``python -m tests.elasticsearch_server`` prints the URL and serves until SIGTERM, Ctrl-C or the end of its
standard input; ``--fetch`` only downloads. STRAITWIRE_ELASTICSEARCH_VERSION chooses another version (9.5.3 needs
Java 21 or newer, named by JAVA_HOME), STRAITWIRE_TEST_ELASTICSEARCH a running server to use instead,
STRAITWIRE_TEST_JAVA_OPTIONS other options of its JVM.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

VERSION = os.environ.get("STRAITWIRE_ELASTICSEARCH_VERSION", "8.19.21")
CACHE = Path(__file__).resolve().parents[1] / ".cache" / "elasticsearch"
_ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
_USER = "straitwire-tests"
_START_SECONDS = 240.0
_STOP_SECONDS = 60.0


class NoServerError(Exception):
    """Elasticsearch cannot be fetched or started here: says what is missing."""


def fetch(version: str = VERSION) -> Path:
    """The unpacked server, downloaded if it is not in the cache.

    Errors: NoServerError without a JDK or Maven, or when the download fails.
    """
    home = CACHE / f"elasticsearch-{version}"
    if (home / "bin" / "elasticsearch").exists():
        return home
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NoServerError(f"'{program}' is not installed; 'bash tests/run' says how to get it")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        artifact = _ARTIFACT.format(version=version)
        command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
        archives = list(Path(folder).glob("*.zip"))
        if done.returncode or not archives:
            raise NoServerError(f"Maven could not fetch Elasticsearch {version}: {done.stdout.strip()[-500:]}")
        with zipfile.ZipFile(archives[0]) as archive:
            archive.extractall(folder)
        unpacked = next(path for path in Path(folder).iterdir() if path.is_dir())
        for path in (unpacked / "bin").iterdir():
            path.chmod(0o755)
        if not home.exists():
            unpacked.rename(home)
    return home


class ElasticsearchServer:
    """One node on 127.0.0.1, with its data in a temporary folder.

    Attributes:
        url: where it listens; stays the same over ``kill`` and ``start``.
        settings: more lines for elasticsearch.yml.
        scheme: of the URL.
        start_seconds: how long a start may take; one with shards to recover beside a cluster at work takes minutes.
    """

    scheme = "http"

    def __init__(
        self,
        version: str = VERSION,
        settings: Mapping[str, str] | None = None,
        start_seconds: float = _START_SECONDS,
    ) -> None:
        self._home = fetch(version)
        self._settings = dict(settings or {})
        self._start_seconds = start_seconds
        self._folder = Path(tempfile.mkdtemp(prefix="straitwire-elasticsearch-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _unprivileged_user()
        if self._user is not None and not _may_read(self._user, self._home):
            self._home = Path(shutil.copytree(self._home, self._folder / "home"))
        self._port = _free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self._port}"
        self._configure()

    def start(self) -> None:
        """Start and wait until the node answers. Errors: NoServerError with the end of its log."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ES_")}
        environment |= {
            "ES_PATH_CONF": str(self._folder / "config"),
            "ES_JAVA_OPTS": os.environ.get("STRAITWIRE_TEST_JAVA_OPTIONS", "-Xms512m -Xmx1g"),
            "ES_TMPDIR": str(self._folder / "tmp"),
            "ES_JAVA_HOME": os.environ.get("JAVA_HOME") or _java_home(),
            "HOME": str(self._folder),
        }
        with (self._folder / "output.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._home / "bin" / "elasticsearch")],
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._group(),
                extra_groups=[] if self._user is not None else None,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._wait_until_ready()

    @property
    def process_id(self) -> int:
        """Of the launcher; the server is in its process group."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End the node and remove its data. Idempotent."""
        self._signal(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End the node as a crash would (SIGKILL); ``start`` brings it back with its data."""
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        """Stop answering, without ending (SIGSTOP)."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again after ``pause``."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        self._process = None
        if number == signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)  # its group: the launcher and the server it started
        else:
            process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(_STOP_SECONDS)

    def _configure(self) -> None:
        config = Path(shutil.copytree(self._home / "config", self._folder / "config"))
        lines = {
            "cluster.name": "straitwire-tests",
            "network.host": "127.0.0.1",
            "http.port": str(self._port),
            "transport.port": str(_free_port()),
            "discovery.type": "single-node",
            "path.data": str(self._folder / "data"),
            "path.logs": str(self._folder / "logs"),
            "path.repo": str(self._folder / "repository"),
            "xpack.security.enabled": "false",
            "node.store.allow_mmap": "false",
            "action.destructive_requires_name": "false",
            # A developer's disk is often nearly full; 9 % free would make every index read-only.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        } | self._settings
        text = "".join(f"{name}: {value}\n" for name, value in lines.items())
        (config / "elasticsearch.yml").write_text(text)
        for name, content in self.config_files().items():
            (config / name).write_text(content)
        for name in ("tmp", "repository"):
            (self._folder / name).mkdir()
        if self._user is not None:
            for path in [self._folder, *self._folder.rglob("*")]:
                os.chown(path, self._user, self._group() or -1)

    def _group(self) -> int | None:
        return None if self._user is None else pwd.getpwuid(self._user).pw_gid

    def config_files(self) -> Mapping[str, str]:
        """More files of its configuration folder, by name."""
        return {}

    def answers(self, url: str) -> bool:
        """Whether the node answers this request well."""
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + self._start_seconds
        while time.monotonic() < give_up_at:
            if self._process is None or self._process.poll() is not None:
                break
            if self.answers(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=5s"):
                return
            time.sleep(0.2)
        log = (self._folder / "output.log").read_text(errors="replace")[-2000:]
        self.kill()
        raise NoServerError(f"Elasticsearch did not start within {self._start_seconds:.0f} s: {log}")


def _unprivileged_user() -> int | None:
    """The user to run as, when we are root, as which Elasticsearch refuses to run; created if need be."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_USER).pw_uid
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER]
        try:
            subprocess.run(command, check=True, capture_output=True)
            return pwd.getpwnam(_USER).pw_uid
        except (OSError, subprocess.CalledProcessError):
            return pwd.getpwnam("nobody").pw_uid


def _may_read(user: int, path: Path) -> bool:
    probe = ["test", "-r", str(path / "bin" / "elasticsearch")]
    return subprocess.run(probe, user=user, extra_groups=[], check=False).returncode == 0


def _java_home() -> str:
    java = shutil.which("java")
    if java is None:
        raise NoServerError("'java' is not installed; 'bash tests/run' says how to get it")
    return str(Path(java).resolve().parents[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    """Linux: should the test process be killed, the server is told to end too (PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def main() -> None:
    """Serve until told to end."""
    try:
        if "--fetch" in sys.argv[1:]:
            sys.stdout.write(f"{fetch()}\n")
            return
        server = ElasticsearchServer()
        server.start()
    except NoServerError as error:
        sys.exit(str(error))
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()

    def wait_for_end_of_input() -> None:
        sys.stdin.read()
        end.set()

    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    end.wait()
    server.stop()


if __name__ == "__main__":
    main()
