"""The worker pool starts what it is asked for and leaves nothing behind."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc, endpoints_pb2

from deploy.flink import worker_pool
from deploy.flink.worker_pool import WorkerPool, serve

# Stands in for Beam's worker, which needs a runner: writes its arguments down and waits.
WAITS = "import sys, time; print(sys.argv[1:], flush=True); time.sleep(600)"
ENDS = "raise SystemExit(3)"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(600)"


@pytest.fixture
def made(tmp_path):
    """A pool that serves, and a client of it."""
    pool = WorkerPool(log_folder=tmp_path, command=(sys.executable, "-c", WAITS))
    server, port = serve(pool, "127.0.0.1", 0)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield pool, beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolStub(channel)
    server.stop(0)
    pool.end()


@pytest.fixture
def runner():
    """A port that listens, as a runner's control service does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def request(runner: socket.socket, worker_id: str = "1-1"):
    url = f"127.0.0.1:{runner.getsockname()[1]}"
    endpoint = endpoints_pb2.ApiServiceDescriptor(url=url)
    return beam_fn_api_pb2.StartWorkerRequest(
        worker_id=worker_id, control_endpoint=endpoint, logging_endpoint=endpoint, provision_endpoint=endpoint
    )


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def only(pool: WorkerPool):
    (worker,) = pool.workers.values()
    return worker


def test_worker_is_told_its_id_its_endpoints_and_a_folder_of_its_own(made, runner, tmp_path):
    pool, client = made
    assert client.StartWorker(request(runner)).error == ""
    log = tmp_path / "worker-1.log"
    wait_until(lambda: "--id=1-1" in log.read_text())
    assert f"--control_endpoint=127.0.0.1:{runner.getsockname()[1]}" in log.read_text()
    assert only(pool).folder.is_dir()


def test_workers_of_one_id_are_apart(made, runner):
    pool, client = made
    with socket.create_server(("127.0.0.1", 0)) as other:
        client.StartWorker(request(runner))
        client.StartWorker(request(other))
        assert len(pool.workers) == 2
        client.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1"))
        pool.look()
        assert all(worker.process.poll() is None for worker in pool.workers.values()), "the id says too little"


def test_worker_whose_runner_is_gone_is_ended_and_only_that_one(made, runner):
    pool, client = made
    gone = socket.create_server(("127.0.0.1", 0))
    client.StartWorker(request(runner, "stays"))
    client.StartWorker(request(gone, "goes"))
    pool.look()
    assert len(pool.workers) == 2
    gone.close()

    def looked() -> bool:
        pool.look()
        return len(pool.workers) == 1

    wait_until(looked)
    assert only(pool).worker_id == "stays"


def test_one_refusal_is_no_reason(made, runner):
    pool, client = made
    port = runner.getsockname()[1]
    client.StartWorker(request(runner))
    runner.close()
    pool.look()
    with socket.create_server(("127.0.0.1", port)):
        for _ in range(5):
            pool.look()
        assert only(pool).refusals == 0
        assert only(pool).process.poll() is None


def test_worker_that_ended_is_reaped_with_its_folder(made, runner):
    pool, client = made
    pool.command = (sys.executable, "-c", ENDS)
    client.StartWorker(request(runner))
    folder = only(pool).folder

    def looked() -> bool:
        pool.look()
        return not pool.workers

    wait_until(looked)
    assert not folder.exists()


def test_end_leaves_no_worker_even_if_it_does_not_listen(made, runner, tmp_path, monkeypatch):
    pool, client = made
    monkeypatch.setattr(worker_pool, "_GRACE_SECONDS", 0.3)
    pool.command = (sys.executable, "-c", IGNORES)
    client.StartWorker(request(runner))
    wait_until(lambda: "on" in (tmp_path / "worker-1.log").read_text())
    process = only(pool).process
    pool.end()
    assert process.returncode == -9
    assert not pool.workers
    assert not Path(f"/proc/{process.pid}").exists()


def test_failure_to_start_is_told_to_the_runner(made, runner):
    pool, client = made
    pool.command = ("/no/such/program",)
    assert "could not start a worker" in client.StartWorker(request(runner)).error
    assert not pool.workers


def test_taken_port_is_told(made):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="is taken"):
        serve(WorkerPool(), "127.0.0.1", taken.getsockname()[1])
