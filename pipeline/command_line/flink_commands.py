"""``straitwire flink``: a stream on a Flink cluster, submitted, watched, upgraded and ended over Flink's REST."""

from __future__ import annotations

import importlib
import logging
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.flink_rest import FlinkError, FlinkJob, FlinkRest
from pipeline.command_line import options
from pipeline.command_line.console import console, counted, error_console, print_json, table
from pipeline.command_line.stream_command import check_runner
from schemas.errors import StraitwireError
from schemas.settings import load_settings

if TYPE_CHECKING:
    from pipeline.flink_submission import FlinkTarget

flink = typer.Typer(no_args_is_help=True, help="A stream on a Flink cluster: submit, watch, upgrade and end it.")

FlinkOption = Annotated[
    str, typer.Option("--flink", envvar="STRAITWIRE_FLINK", metavar="URL", help="Flink's REST address.")
]
NameOption = Annotated[str, typer.Option("--name", metavar="NAME", help="The job's name; one job of a name runs.")]
JobServerOption = Annotated[
    str, typer.Option("--job-server", envvar="STRAITWIRE_JOB_SERVER", metavar="HOST:PORT", help="Beam's job server.")
]
ArtifactsOption = Annotated[
    str, typer.Option("--artifacts", envvar="STRAITWIRE_ARTIFACTS", metavar="HOST:PORT", help="Its artifact service.")
]
WorkerPoolOption = Annotated[
    str,
    typer.Option(
        "--worker-pool", envvar="STRAITWIRE_WORKER_POOL", metavar="HOST:PORT", help="As a TaskManager sees it."
    ),
]
ParallelismOption = Annotated[int, typer.Option("--parallelism", min=1, max=128, help="Slots that the job takes.")]
CheckpointOption = Annotated[
    float,
    typer.Option("--checkpoint-seconds", min=1, max=3600, help="Work of so long is done again after a failure."),
]
DropOption = Annotated[
    bool,
    typer.Option("--drop-unmatched-state", help="Resume although state of steps that are gone is dropped by it."),
]
FolderOption = Annotated[str, typer.Option("--folder", metavar="URL", help="Where to; else where the cluster says.")]

DEFAULT_FLINK = "http://127.0.0.1:8081"
DEFAULT_NAME = "straitwire"
DEFAULT_JOB_SERVER, DEFAULT_ARTIFACTS, DEFAULT_WORKER_POOL = "127.0.0.1:8099", "127.0.0.1:8098", "127.0.0.1:50000"
DEFAULT_PARALLELISM = 2
DEFAULT_CHECKPOINT_SECONDS = 30.0


@flink.command("submit")
def submit(
    feeds: options.FeedsOption = None,
    index: options.RunIndexOption = "",
    allow_private: options.AllowPrivateOption = None,
    settings: options.SettingsOption = "",
    from_savepoint: Annotated[
        str, typer.Option("--from", metavar="URL", help="A savepoint or retained checkpoint to resume from.")
    ] = "",
    drop_unmatched_state: DropOption = False,
    name: NameOption = DEFAULT_NAME,
    parallelism: ParallelismOption = DEFAULT_PARALLELISM,
    checkpoint_seconds: CheckpointOption = DEFAULT_CHECKPOINT_SECONDS,
    flink_url: FlinkOption = DEFAULT_FLINK,
    job_server: JobServerOption = DEFAULT_JOB_SERVER,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    worker_pool: WorkerPoolOption = DEFAULT_WORKER_POOL,
    as_json: options.JsonOption = False,
) -> None:
    """Submit the stream and wait until every task runs; refused while a job of this name runs.

    Feed lists are read by the workers, so they must be where the workers find them. What the index says is due is
    taken up, with a savepoint or without.

    Example: straitwire flink submit --feeds feeds.yaml --index http://elastic:9200
    """
    chosen = load_settings(settings, feeds=tuple(feeds or ()), index=index, allow_private=tuple(allow_private or ()))
    check_runner("flink", chosen)
    submission = _submission()
    target: FlinkTarget = submission.FlinkTarget(
        flink_url, job_server, artifacts, worker_pool, name, parallelism,
        checkpoint_seconds=checkpoint_seconds, savepoint=from_savepoint, drop_unmatched_state=drop_unmatched_state,
    )  # fmt: skip
    _show_job(submission.submit_stream(chosen, target), as_json, from_savepoint)


@flink.command("upgrade")
def upgrade(
    feeds: options.FeedsOption = None,
    index: options.RunIndexOption = "",
    allow_private: options.AllowPrivateOption = None,
    settings: options.SettingsOption = "",
    drop_unmatched_state: DropOption = False,
    name: NameOption = DEFAULT_NAME,
    parallelism: ParallelismOption = DEFAULT_PARALLELISM,
    checkpoint_seconds: CheckpointOption = DEFAULT_CHECKPOINT_SECONDS,
    flink_url: FlinkOption = DEFAULT_FLINK,
    job_server: JobServerOption = DEFAULT_JOB_SERVER,
    artifacts: ArtifactsOption = DEFAULT_ARTIFACTS,
    worker_pool: WorkerPoolOption = DEFAULT_WORKER_POOL,
    folder: FolderOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Stop the job with a savepoint, and resume from it with this version, these settings, this parallelism.

    What edits keep a savepoint valid says deploy/flink/UPGRADES.md. Should the new job not come to run, the
    savepoint is printed: submit the version before from it, or this one without any.

    Example: straitwire flink upgrade --settings settings.yaml --parallelism 4
    """
    chosen = load_settings(settings, feeds=tuple(feeds or ()), index=index, allow_private=tuple(allow_private or ()))
    check_runner("flink", chosen)
    submission = _submission()
    cluster = FlinkRest(flink_url)
    savepoint = cluster.stop(_live(cluster, name).job_id, folder)
    error_console().print(f"stopped with savepoint {savepoint}", markup=False)
    target: FlinkTarget = submission.FlinkTarget(
        flink_url, job_server, artifacts, worker_pool, name, parallelism,
        checkpoint_seconds=checkpoint_seconds, savepoint=savepoint, drop_unmatched_state=drop_unmatched_state,
    )  # fmt: skip
    try:
        job = submission.submit_stream(chosen, target)
    except StraitwireError as error:
        raise FlinkError(
            f"the new version does not run: {error}. Nothing is lost. Submit the version before with --from "
            f"{savepoint}, or this one without --from: the index knows what is due"
        ) from error
    _show_job(job, as_json, savepoint)


@flink.command("status")
def status(
    name: NameOption = DEFAULT_NAME,
    flink_url: FlinkOption = DEFAULT_FLINK,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Print metrics as Prometheus reads them.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """The job of this name: its state, checkpoints, the last failure, and what each stage has counted.

    Counters are those since the job last started or restarted, some ten seconds old. Exit code 1 when no job of
    this name runs with every task.
    """
    cluster = FlinkRest(flink_url)
    job = next((job for job in cluster.jobs() if job.name == name), None)
    if job is None:
        raise FlinkError(f"Flink at {flink_url} knows no job named {name!r}: straitwire flink submit")
    facts = _facts(cluster, job)
    if prometheus:
        sys.stdout.write(prometheus_text(facts))
    elif as_json:
        print_json(facts)
    else:
        _print_status(facts)
    if not job.runs_fully:
        raise typer.Exit(1)


@flink.command("savepoint")
def savepoint(
    name: NameOption = DEFAULT_NAME,
    flink_url: FlinkOption = DEFAULT_FLINK,
    folder: FolderOption = "",
    stop: Annotated[bool, typer.Option("--stop", help="Stop the job with it.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write a savepoint of the running job, which goes on; with --stop it ends there. Prints where the savepoint is.

    Example: straitwire flink savepoint --stop
    """
    cluster = FlinkRest(flink_url)
    job = _live(cluster, name)
    path = cluster.stop(job.job_id, folder) if stop else cluster.savepoint(job.job_id, folder)
    if as_json:
        print_json({"job_id": job.job_id, "savepoint": path, "stopped": stop})
    else:
        console().print(path, markup=False, soft_wrap=True)


@flink.command("cancel")
def cancel(
    name: NameOption = DEFAULT_NAME, flink_url: FlinkOption = DEFAULT_FLINK, as_json: options.JsonOption = False
) -> None:
    """Cancel the running job and wait until it has ended. Its newest checkpoint stays and is printed.

    Nothing is lost by it: what was in hand is due in the index, and the next submission takes it up.
    """
    cluster = FlinkRest(flink_url)
    job = _live(cluster, name)
    checkpoint = cluster.latest_checkpoint(job.job_id)
    cluster.cancel(job.job_id)
    if as_json:
        print_json({"job_id": job.job_id, "checkpoint": checkpoint})
    else:
        kept = f"; its checkpoint is {checkpoint}" if checkpoint else ""
        console().print(f"cancelled {job.job_id}{kept}", markup=False, soft_wrap=True)


def _live(cluster: FlinkRest, name: str) -> FlinkJob:
    job = cluster.live_job(name)
    if job is None:
        raise FlinkError(f"no job named {name!r} runs on {cluster.url}: straitwire flink submit")
    return job


def _submission() -> Any:
    """Imported when it is needed: Beam takes seconds, and warns of cloud packages that straitwire does not use."""
    logging.disable(logging.WARNING)
    try:
        return importlib.import_module("pipeline.flink_submission")
    finally:
        logging.disable(logging.NOTSET)


def _show_job(job: FlinkJob, as_json: bool, resumed_from: str) -> None:
    if as_json:
        print_json({"job_id": job.job_id, "name": job.name, "state": job.state, "resumed_from": resumed_from})
        return
    resumed = f", resumed from {resumed_from}" if resumed_from else ""
    tasks = counted(job.tasks["total"], "task")
    console().print(f"{job.name} runs as {job.job_id} with {tasks}{resumed}", markup=False, soft_wrap=True)


def _facts(cluster: FlinkRest, job: FlinkJob) -> dict[str, Any]:
    """What is known of the job, as one JSON value."""
    overview = cluster.overview()
    checkpoints = cluster.checkpoints(job.job_id)
    completed = (checkpoints.get("latest") or {}).get("completed") or {}
    age = time.time() - completed["trigger_timestamp"] / 1000 if completed else None
    return {
        "job": asdict(job) | {"runs_fully": job.runs_fully},
        "task_managers": overview["taskmanagers"],
        "free_slots": overview["slots-available"],
        "checkpoints": checkpoints["counts"],
        "checkpoint_age_seconds": None if age is None else round(age, 1),
        "checkpoint_bytes": completed.get("state_size"),
        "checkpoint_path": completed.get("external_path", ""),
        "last_failure": cluster.failure(job.job_id),
        "counters": {} if job.has_ended else dict(sorted(cluster.counters(job.job_id).items())),
    }


def prometheus_text(facts: dict[str, Any]) -> str:
    """The facts in Prometheus's text format: ``straitwire_flink_...`` of the job, ``straitwire_<stage>_...`` counted.

    A job that restarts counts from 0 again, which Prometheus takes for what it is.
    """
    job = facts["job"]
    gauges = {
        "straitwire_flink_running": int(job["runs_fully"]),
        "straitwire_flink_task_managers": facts["task_managers"],
        "straitwire_flink_free_slots": facts["free_slots"],
        "straitwire_flink_checkpoint_age_seconds": facts["checkpoint_age_seconds"],
        "straitwire_flink_checkpoint_bytes": facts["checkpoint_bytes"],
    }
    totals = {f"straitwire_flink_checkpoints_{name}_total": facts["checkpoints"][name]
              for name in ("completed", "failed", "restored")}  # fmt: skip
    totals |= {f"{name}_total": value for name, value in facts["counters"].items()}
    rows = [(name, "gauge", value) for name, value in gauges.items() if value is not None]
    rows += [(name, "counter", value) for name, value in totals.items()]
    label = job["name"].replace("\\", "\\\\").replace('"', '\\"')
    return "".join(f'# TYPE {name} {kind}\n{name}{{job="{label}"}} {value}\n' for name, kind, value in rows)


def _print_status(facts: dict[str, Any]) -> None:
    screen = console()
    job, counts = facts["job"], facts["checkpoints"]
    running = f"{job['tasks'].get('running', 0)} of {job['tasks'].get('total', 0)} tasks run"
    screen.print(f"{job['name']} ({job['job_id']}): {job['state']}, {running}", markup=False)
    slots = f"{counted(facts['task_managers'], 'TaskManager')}, {counted(facts['free_slots'], 'free slot')}"
    age = facts["checkpoint_age_seconds"]
    newest = "none yet" if age is None else f"{age:.0f} s ago, {facts['checkpoint_bytes']} bytes"
    screen.print(f"{slots}; {counts['restored']} restarts; newest checkpoint {newest}", markup=False)
    if facts["checkpoint_path"]:
        screen.print(facts["checkpoint_path"], markup=False, soft_wrap=True)
    if facts["last_failure"]:
        screen.print(f"last failure: {facts['last_failure']}", markup=False, soft_wrap=True)
    if facts["counters"]:
        rows = [(name.removeprefix("straitwire_"), value) for name, value in facts["counters"].items()]
        screen.print(table("Counted since the last start", ["counter", "value"], rows, right=["value"]))
