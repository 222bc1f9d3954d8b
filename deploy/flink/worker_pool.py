"""The pool of Python workers beside a TaskManager: one process a worker, none left behind.

    python -m deploy.flink.worker_pool --port 50000

Beam's own pool listens on every interface, finds workers by an id that repeats across TaskManagers and jobs, and gives
each a pipe that nobody reads. This one listens on loopback, and decides by evidence: a worker whose runner no longer
listens on the control port it was given is an orphan, whatever its id, and is ended.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

_LOG = logging.getLogger(__name__)
_ENDPOINTS = ("logging", "artifact", "provision", "control")
_REQUEST_THREADS = 16
_LOOK_SECONDS = 1.0
# A TaskManager that is busy may not accept at once; three refusals in a row are no accident. A refusal is an answer of
# the kernel, so that load alone cannot cause one; a time-out is not counted.
_REFUSALS = 3
_GRACE_SECONDS = 5.0


@dataclass(slots=True)
class Worker:
    """One running worker."""

    worker_id: str
    control: str
    process: subprocess.Popen[bytes]
    folder: Path
    refusals: int = 0
    told_to_end_at: float = 0.0


@dataclass(slots=True)
class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts workers on request, reaps those that ended, ends those whose runner is gone.

    Args:
        log_folder: where each worker's output goes; none: the pool's own output, as containers want it.
        code: the folder that workers start in and import from; none: the pool's own. Looked up for each worker, so that
            a link which is pointed at another version changes it for the workers of the next job.
    """

    log_folder: Path | None = None
    code: Path | None = None
    command: Sequence[str] = (sys.executable, "-m", "deploy.flink.start_worker")
    workers: dict[int, Worker] = field(default_factory=dict)
    started: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def StartWorker(self, request: Any, context: Any) -> Any:  # the name is Beam's
        """Start one worker process; an error is told to the runner, which fails the job's attempt."""
        try:
            worker = self._start(request)
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=f"the worker pool could not start a worker: {error}")
        _LOG.info("started worker_id=%s control=%s pid=%d", worker.worker_id, worker.control, worker.process.pid)
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # the name is Beam's
        """Answer only: ids repeat, so the id says too little. Workers end with their control stream, or are reaped."""
        _LOG.info("asked to stop worker_id=%s", request.worker_id)
        return beam_fn_api_pb2.StopWorkerResponse()

    def _start(self, request: Any) -> Worker:
        folder = Path(tempfile.mkdtemp(prefix="straitwire-worker-"))
        endpoints = [f"--{name}_endpoint={getattr(request, f'{name}_endpoint').url}" for name in _ENDPOINTS]
        with self._lock:
            self.started += 1
            number = self.started
        output = None if self.log_folder is None else (self.log_folder / f"worker-{number}.log").open("wb")
        try:
            process = subprocess.Popen(  # noqa: S603  # our own command
                [*self.command, f"--id={request.worker_id}", *endpoints, f"--folder={folder}"],
                cwd=self.code,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
            )
        finally:
            if output:
                output.close()
        worker = Worker(request.worker_id, request.control_endpoint.url, process, folder)
        with self._lock:
            self.workers[process.pid] = worker
        return worker

    def look(self) -> None:
        """One look at every worker: forget what has ended, end what is orphaned."""
        with self._lock:
            workers = list(self.workers.values())
        for worker in workers:
            code = worker.process.poll()
            if code is not None:
                self._forget(worker, code)
            elif worker.told_to_end_at:
                if time.monotonic() - worker.told_to_end_at > _GRACE_SECONDS:
                    worker.process.kill()
            elif _refuses(worker.control):
                worker.refusals += 1
                if worker.refusals >= _REFUSALS:
                    _LOG.info("orphaned: pid=%d control=%s", worker.process.pid, worker.control)
                    self._tell_to_end(worker)
            else:
                worker.refusals = 0

    def end(self) -> None:
        """End every worker, within the grace."""
        with self._lock:
            workers = list(self.workers.values())
        for worker in workers:
            self._tell_to_end(worker)
        give_up_at = time.monotonic() + _GRACE_SECONDS
        for worker in workers:
            try:
                worker.process.wait(max(0.1, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            self._forget(worker, worker.process.returncode)

    def _tell_to_end(self, worker: Worker) -> None:
        worker.told_to_end_at = time.monotonic()
        worker.process.terminate()

    def _forget(self, worker: Worker, code: int) -> None:
        with self._lock:
            self.workers.pop(worker.process.pid, None)
        shutil.rmtree(worker.folder, ignore_errors=True)
        _LOG.info("ended worker_id=%s pid=%d code=%d", worker.worker_id, worker.process.pid, code)


def _refuses(endpoint: str) -> bool:
    host, _, port = endpoint.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1.0):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def serve(pool: WorkerPool, host: str, port: int) -> tuple[Any, int]:
    """The server of a pool, started, and its port. Errors: OSError when the port is taken."""
    # Java's gRPC pings more often than Python's server tolerates by default, which would close the connection.
    options = [("grpc.http2.max_pings_without_data", 0), ("grpc.http2.max_ping_strikes", 0), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_REQUEST_THREADS), options=options)
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    try:
        taken = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise OSError(f"{host}:{port} is taken") from error
    server.start()
    return server, taken


def main() -> None:
    """Serve until SIGTERM or SIGINT, then end every worker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="loopback unless the network around it is closed")
    parser.add_argument("--port", type=int, default=50000, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="file to write the port to, once it listens")
    parser.add_argument("--log-folder", type=Path, help="a file for each worker's output; else the pool's own output")
    parser.add_argument("--code", type=Path, help="the folder workers import from; a link is followed anew for each")
    arguments = parser.parse_args()
    # Beam has set up logging already, on import.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    pool = WorkerPool(arguments.log_folder, arguments.code)
    server, port = serve(pool, arguments.host, arguments.port)
    if arguments.port_file:
        unfinished = arguments.port_file.with_suffix(".part")
        unfinished.write_text(str(port))
        os.replace(unfinished, arguments.port_file)  # noqa: PTH105  # atomic
    _LOG.info("listening on %s:%d", arguments.host, port)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    while not asked.wait(_LOOK_SECONDS):
        pool.look()
    server.stop(0)
    pool.end()


if __name__ == "__main__":
    main()
