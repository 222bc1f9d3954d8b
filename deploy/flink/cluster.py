"""A Flink cluster on this machine, on loopback: JobManager, TaskManagers, Beam's job server and the worker pool.

    python -m deploy.flink.cluster --folder straitwire-data/flink

prints its addresses as one line of JSON, starts again what ends, and ends with all its processes on SIGTERM, Ctrl-C or
when its own process is killed. Beam's job server and Fn API listen on every interface and have no option against it:
on a machine that others reach, run this in a network of its own (``unshare -n``, as the tests do).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.flink.jars import Jars, NoJarsError, fetch_jars

_HERE = Path(__file__).resolve().parent
_PROJECT = _HERE.parents[1]
_START_SECONDS = 180.0
_STOP_SECONDS = 10.0
_RESTART_SECONDS = 1.0
_JOB_MANAGER_MB, _JOB_SERVER_MB, _TASK_HEAP_MB, _FRAMEWORK_MB = 512, 384, 512, 64
_HOST = "127.0.0.1"
USUAL_PORTS = (8081, 8099, 8098, 50000)
"""What ``straitwire flink`` looks for."""

# What Flink and Kryo reach into; Flink's own start scripts open the same.
_OPENED = "lang lang.reflect net io nio text time util util.concurrent util.concurrent.atomic util.concurrent.locks"
_JVM_OPTIONS = (
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in _OPENED.split()),
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-exports=java.management/sun.management=ALL-UNNAMED",
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+IgnoreUnrecognizedVMOptions",
)


class ClusterError(Exception):
    """The cluster did not come up: says which part, and the end of its log."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a submission needs to know."""

    rest: str
    job_server: str
    artifacts: str
    worker_pool: str


class LocalCluster:
    """The cluster; a context manager.

    Args:
        settings: of Flink, besides ``config.yaml`` and what is of this machine.
        environment: of every process, workers included.
        code: the folder that workers import from; a link is followed anew for each.
        ports: of REST, job server, artifacts and worker pool; none: free ones.

    Attributes:
        folder: configuration, checkpoints, savepoints, logs.
        processes: by name: ``jobmanager``, ``jobserver``, ``pool``, ``taskmanager-0`` ...
        restarts: how often each was started again after it had ended by itself or by a kill.
    """

    def __init__(
        self,
        folder: Path,
        task_managers: int = 2,
        slots: int = 2,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        code: Path = _PROJECT,
        ports: Sequence[int] = (),
    ) -> None:
        self._jars: Jars = fetch_jars()
        self.folder = self._folder = folder.resolve()
        self._environment = dict(environment or {})
        self._own_environment = {
            "FLINK_CONF_DIR": str(self._folder),
            "STRAITWIRE_CLUSTER": str(self._folder),  # marks the workers of this cluster
            "PYTHONWARNINGS": "ignore",
        }
        self._task_managers = task_managers
        self._slots = slots
        self._code = code
        self._rest, self._jobs, self._artifacts, self._pool = ports or [_free_port() for _ in range(4)]
        self._rpc = _free_port()
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._started: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("log", "web", "tmp", "work", "checkpoints", "savepoints", "artifacts"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self._write_configuration(settings or {})

    @property
    def addresses(self) -> Addresses:
        """The same over restarts."""
        return Addresses(
            f"http://{_HOST}:{self._rest}",
            f"{_HOST}:{self._jobs}",
            f"{_HOST}:{self._artifacts}",
            f"{_HOST}:{self._pool}",
        )

    @property
    def restarts(self) -> dict[str, int]:
        """Name -> starts beyond the first."""
        return {name: count - 1 for name, count in self._started.items() if count > 1}

    @property
    def log_folder(self) -> Path:
        """A file a process, and one a Python worker."""
        return self._folder / "log"

    def __enter__(self) -> LocalCluster:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until a job can be submitted. Errors: ClusterError."""
        for name in self._names():
            self._spawn(name)
        self._wait("taskmanagers", lambda: self._registered() >= self._task_managers)
        for name, port in (("jobserver", self._jobs), ("pool", self._pool)):
            self._wait(name, lambda port=port: _listens(port))
        threading.Thread(target=self._supervise, name="flink-supervisor", daemon=True).start()

    def stop(self) -> None:
        """End every process of ours, by its id. Idempotent."""
        self._ending.set()
        with self._lock:
            processes = list(self.processes.values())
        for process in processes:
            if process.poll() is None:
                process.terminate()
        give_up_at = time.monotonic() + _STOP_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self, name: str) -> None:
        """End one process as a crash would (SIGKILL); the supervisor starts it again."""
        self.processes[name].kill()

    def workers(self) -> list[int]:
        """Process ids of the Python workers (Linux)."""
        mine = f"STRAITWIRE_CLUSTER={self._folder}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                is_worker = b"deploy.flink.start_worker" in (process / "cmdline").read_bytes().split(b"\0")
                if is_worker and mine in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        return sorted(found)

    def _names(self) -> list[str]:
        return ["jobmanager", *(f"taskmanager-{number}" for number in range(self._task_managers)), "jobserver", "pool"]

    def _supervise(self) -> None:
        while not self._ending.wait(_RESTART_SECONDS):
            for name in self._names():
                if self.processes[name].poll() is not None and not self._ending.is_set():
                    self._spawn(name)

    def _spawn(self, name: str) -> None:
        with self._lock, (self.log_folder / f"{name}.log").open("ab") as log:
            if self._ending.is_set():
                return
            self._started[name] = self._started.get(name, 0) + 1
            self.processes[name] = subprocess.Popen(  # noqa: S603  # our own commands
                self._command(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=_PROJECT,
                env={**os.environ, **self._own_environment, **self._environment},
                start_new_session=True,
                preexec_fn=_end_with_parent,  # one call of the C library, which takes no lock
            )

    def _command(self, name: str) -> list[str]:
        folder = ["--configDir", str(self._folder)]
        if name == "jobmanager":
            main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
            return self._java(_JOB_MANAGER_MB, main, *folder, "--executionMode", "cluster")
        if name == "jobserver":
            return self._java(_JOB_SERVER_MB, "JobServer", *self._job_server_arguments())
        if name == "pool":
            return [sys.executable, "-m", "deploy.flink.worker_pool", "--port", str(self._pool),
                    "--log-folder", str(self.log_folder), "--code", str(self._code)]  # fmt: skip
        main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        # A TaskManager that comes back must not be taken for the one that died.
        identity = f"taskmanager.resource-id={name}-{self._started[name]}"
        return self._java(_TASK_HEAP_MB + _FRAMEWORK_MB, main, *folder, "-D", identity)

    def _job_server_arguments(self) -> list[str]:
        return ["--flink-master", f"{_HOST}:{self._rest}", "--flink-conf-dir", str(self._folder), "--job-host", _HOST,
                "--job-port", str(self._jobs), "--artifact-port", str(self._artifacts), "--expansion-port", "0",
                "--artifacts-dir", str(self._folder / "artifacts")]  # fmt: skip

    def _java(self, heap_mb: int, main: str, *arguments: str) -> list[str]:
        jars = str(self._jars.launcher) if main == "JobServer" else f"{self._jars.libraries}/*"
        return ["java", f"-Xmx{heap_mb}m", "-Xms64m", "-XX:MaxMetaspaceSize=256m", *_JVM_OPTIONS,
                f"-Dlog4j.configurationFile=file:{_HERE / 'log4j.properties'}",
                f"-Dstraitwire.lib={self._jars.libraries}", "-cp", jars, main, *arguments]  # fmt: skip

    def _write_configuration(self, settings: Mapping[str, object]) -> None:
        """The hardened configuration, with what is of this machine."""
        lines: dict[str, object] = yaml.safe_load((_HERE / "config.yaml").read_text(encoding="utf-8"))
        lines |= {
            "jobmanager.rpc.address": _HOST,
            "jobmanager.rpc.port": self._rpc,
            "jobmanager.bind-host": _HOST,
            "rest.address": _HOST,
            "rest.port": self._rest,
            "rest.bind-address": _HOST,
            "taskmanager.host": _HOST,
            "taskmanager.bind-host": _HOST,
            "taskmanager.rpc.port": 0,
            "taskmanager.data.port": 0,
            "blob.server.port": 0,
            # Without Flink's start scripts nobody computes these.
            "taskmanager.cpu.cores": 1.0,
            "taskmanager.numberOfTaskSlots": self._slots,
            "taskmanager.memory.task.heap.size": f"{_TASK_HEAP_MB}m",
            "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_MB}m",
            "taskmanager.memory.task.off-heap.size": "64m",
            "taskmanager.memory.framework.off-heap.size": "64m",
            "taskmanager.memory.network.min": "48m",
            "taskmanager.memory.network.max": "48m",
            "taskmanager.memory.managed.size": "96m",
            "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "64m",
            "taskmanager.memory.jvm-overhead.max": "64m",
            "state.checkpoints.dir": f"file://{self._folder}/checkpoints",
            "state.savepoints.dir": f"file://{self._folder}/savepoints",
            "web.tmpdir": f"{self._folder}/web",
            "io.tmp.dirs": str(self._folder / "tmp"),
            "process.working-dir": f"{self._folder}/work",
        }
        text = yaml.safe_dump(lines | dict(settings), default_flow_style=False)
        (self._folder / "config.yaml").write_text(text, encoding="utf-8")

    def _registered(self) -> int:
        with urllib.request.urlopen(f"{self.addresses.rest}/overview", timeout=5) as answer:  # noqa: S310  # loopback
            overview: dict[str, Any] = json.load(answer)
        return int(overview["taskmanagers"])

    def _wait(self, what: str, is_ready: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + _START_SECONDS
        while time.monotonic() < give_up_at:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise ClusterError(f"{name} ended with {process.returncode}: {self._end_of_log(name)}")
            with suppress(urllib.error.URLError, OSError, ValueError):
                if is_ready():
                    return
            time.sleep(0.2)
        raise ClusterError(f"{what}: not there within {_START_SECONDS:.0f} s: {self._end_of_log('jobmanager')}")

    def _end_of_log(self, name: str) -> str:
        text = (self.log_folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return re.sub(r"\s+", " ", text[-2000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((_HOST, port), timeout=1):
        return True
    return False


def _end_with_parent() -> None:
    """Linux: should this process be killed, its children are told to end too (PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a cluster until told to end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="checkpoints, savepoints and logs")
    parser.add_argument("--task-managers", type=int, default=2)
    parser.add_argument("--free-ports", action="store_true", help=f"take free ports, not {USUAL_PORTS}")
    parser.add_argument("--slots", type=int, default=2, help="a TaskManager; enough that one may be missing")
    chosen = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        ports = () if chosen.free_ports else USUAL_PORTS
        with LocalCluster(chosen.folder, chosen.task_managers, chosen.slots, ports=ports) as cluster:
            addresses = cluster.addresses
            print(json.dumps({name: getattr(addresses, name) for name in Addresses.__slots__}), flush=True)
            ended.wait()
    except (ClusterError, NoJarsError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
