"""Hand a pipeline to a Flink cluster: the options that were found to work, and waiting until every task runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from connectors.flink_rest import FlinkError, FlinkJob, FlinkRest
from pipeline.prepare_stream import prepare_stream
from pipeline.stream_flow import build_stream
from schemas.settings import RunSettings

MAX_PARALLELISM = 128
"""The number of key groups, which state is divided into for good: a job can be scaled up to it and no further, and a
savepoint made with another number cannot be resumed from."""

_SUBMIT_SECONDS = 180.0
_PAUSE_SECONDS = 0.5
_BROKEN_STATES = frozenset({PipelineState.FAILED, PipelineState.CANCELLED, PipelineState.UNRECOGNIZED})


@dataclass(frozen=True, slots=True)
class FlinkTarget:
    """Where a job goes, and how it runs there.

    Attributes:
        rest: Flink's REST address.
        job_server, artifacts: host:port of Beam's job server.
        worker_pool: host:port of the worker pool, as a TaskManager sees it.
        checkpoint_seconds: work of at most this long is done again after a failure.
        savepoint: a savepoint or retained checkpoint to resume from; "" starts anew.
        drop_unmatched_state: resume although the savepoint holds state of steps that are gone: it is dropped.
    """

    rest: str
    job_server: str
    artifacts: str
    worker_pool: str
    job_name: str = "straitwire"
    parallelism: int = 2
    workers: int = 1
    checkpoint_seconds: float = 30.0
    savepoint: str = ""
    drop_unmatched_state: bool = False


def flink_options(target: FlinkTarget) -> list[str]:
    """The target as options of Beam. Beam's client calls some of them unknown; the job server reads them."""
    options = [
        "--runner=PortableRunner",
        f"--job_name={target.job_name}",
        f"--job_endpoint={target.job_server}",
        f"--artifact_endpoint={target.artifacts}",
        "--job_server_timeout=120",
        "--streaming",
        f"--parallelism={target.parallelism}",
        f"--max_parallelism={MAX_PARALLELISM}",
        "--environment_type=EXTERNAL",
        f"--environment_config={target.worker_pool}",
        f"--sdk_worker_parallelism={target.workers}",
        f"--checkpointing_interval={round(target.checkpoint_seconds * 1000)}",
        # Without this a job was seen to stand still: output held back by a snapshot waits for the next element.
        "--finish_bundle_before_checkpointing",
        "--max_bundle_time_mills=100",
        # Else a list of the submitter's packages is staged, which workers then need the job server's disk for.
        "--experiments=disable_logging_submission_environment",
    ]
    if target.savepoint:
        options.append(f"--savepoint_path={target.savepoint}")
    if target.drop_unmatched_state:
        options.append("--allow_non_restored_state")
    return options


def submit_stream(settings: RunSettings, target: FlinkTarget) -> FlinkJob:
    """Submit ``straitwire stream``; the index is set up first, and what was learned is frozen into the job.

    Errors: as submit; and ConfigError for feeds that cannot be understood, IndexUnavailableError for an index out of
        reach, both before anything is submitted.
    """
    recurring = prepare_stream(settings)
    return submit(partial(build_stream, settings=settings, recurring=recurring), target)


def submit(build: Callable[[beam.Pipeline], object], target: FlinkTarget) -> FlinkJob:
    """Build the pipeline, hand it to the job server and wait until every task runs.

    Errors: FlinkError when a job of this name runs already (two would poll the same feeds), or when this one does not
        come to run, with the cause; ConfigError when the cluster is out of reach.
    """
    cluster = FlinkRest(target.rest)
    known = {job.job_id for job in cluster.jobs()}
    running = cluster.live_job(target.job_name)
    if running is not None:
        raise FlinkError(f"the job {running.job_id} named {target.job_name!r} is {running.state}: cancel or upgrade it")
    pipeline = beam.Pipeline(options=PipelineOptions(flink_options(target)))
    build(pipeline)
    result = pipeline.run()
    give_up_at = time.monotonic() + _SUBMIT_SECONDS
    while time.monotonic() < give_up_at:
        mine = [job for job in cluster.jobs() if job.name == target.job_name and job.job_id not in known]
        if mine:
            left = give_up_at - time.monotonic()
            return cluster.wait_for(mine[0].job_id, lambda job: job.runs_fully, left, "running with every task")
        if result.state in _BROKEN_STATES:
            raise FlinkError(f"the job server could not submit the job ({result.state}); its log says why")
        time.sleep(_PAUSE_SECONDS)
    raise FlinkError(f"no job named {target.job_name!r} appeared within {_SUBMIT_SECONDS:.0f} s")
