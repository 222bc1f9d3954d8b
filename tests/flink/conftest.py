"""One cluster for all tests of this folder; every test has a job of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.flink_rest import FlinkRest
from deploy.flink.cluster import LocalCluster
from deploy.flink.jars import NoJarsError
from pipeline.flink_submission import FlinkTarget
from tests.conftest import is_continuous_integration

FREE_SLOTS_SECONDS = 90
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory) -> Iterator[LocalCluster]:
    folder: Path = tmp_path_factory.mktemp("flink")
    # A copy: workers that start later must be of one version with the graph, whatever is edited meanwhile.
    code_link(folder).symlink_to(copy_of_project(folder / "first"))
    try:
        made = LocalCluster(folder, code=code_link(folder))
    except NoJarsError as error:
        if is_continuous_integration():
            pytest.fail(str(error))
        pytest.skip(str(error))
    started = time.monotonic()
    with made:
        print(f"\ncluster up after {time.monotonic() - started:.1f} s")
        yield made
        processes = list(made.processes.values())
    assert all(process.poll() is not None for process in processes)
    assert not made.workers(), "Python workers outlived the cluster"


@pytest.fixture
def rest(cluster) -> Iterator[FlinkRest]:
    """The cluster's REST interface; whatever a test leaves running is cancelled, and its slots must come back."""
    client = FlinkRest(cluster.addresses.rest)
    yield client
    for job in client.jobs():
        if not job.has_ended:
            client.cancel(job.job_id)
    wait_until(lambda: free_slots(client) == 4, FREE_SLOTS_SECONDS, "four free slots")


@pytest.fixture
def target(cluster, request) -> FlinkTarget:
    at = cluster.addresses
    return FlinkTarget(at.rest, at.job_server, at.artifacts, at.worker_pool, request.node.name, checkpoint_seconds=1)


def copy_of_project(folder: Path) -> Path:
    """What workers import, as it is now; the folder."""
    for name in ("schemas", "connectors", "pipeline", "deploy", "tests/flink"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def code_link(folder: Path) -> Path:
    """The link whose target the workers of the next job import from."""
    return folder / "current"


def free_slots(rest: FlinkRest) -> int:
    return int(rest.overview()["slots-available"])


def wait_until(is_so: Callable[[], bool], within_seconds: float, what: str) -> float:
    """Wait; the seconds that it took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within_seconds, f"not within {within_seconds:.0f} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - started
