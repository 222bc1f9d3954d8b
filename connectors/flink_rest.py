"""A Flink cluster over its REST interface: jobs, savepoints, cancelling, metrics.

Beam's client cannot do this: its ``cancel()`` leaves a Flink job running, and it returns no metrics of one.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.errors import ConfigError, StraitwireError

ENDED_STATES = frozenset({"FINISHED", "CANCELED", "FAILED"})
_REQUEST_SECONDS = 30.0
_PAUSE_SECONDS = 0.5
_COUNTERS_SECONDS = 3.0
_LONGEST_CAUSE = 300
# Flink names a metric OPERATOR.NAME, and turns the dots and colons within Beam's name into underscores.
_COUNTER = ".straitwire_"
_NAMES_AT_ONCE = 20


class FlinkError(StraitwireError):
    """Flink answered, and refused or failed: one plain sentence. Exit code 2."""


@dataclass(frozen=True, slots=True)
class FlinkJob:
    """One job as the cluster lists it.

    Attributes:
        state: Flink's word: CREATED, RUNNING, RESTARTING, FAILED, CANCELED, FINISHED, SUSPENDED ...
        tasks: how many tasks are in which state.
    """

    job_id: str
    name: str
    state: str
    started_at_seconds: float
    tasks: dict[str, int]

    @property
    def has_ended(self) -> bool:
        """Whether it will never run again by itself."""
        return self.state in ENDED_STATES

    @property
    def runs_fully(self) -> bool:
        """Whether every task runs: the job's own state says RUNNING while tasks still wait for a slot."""
        total = self.tasks.get("total", 0)
        return self.state == "RUNNING" and total > 0 and self.tasks.get("running", 0) == total


class FlinkRest:
    """The cluster at an address such as ``http://127.0.0.1:8081``.

    Errors: ConfigError when it is out of reach, FlinkError when it refuses or does not do it in time.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        if urllib.parse.urlsplit(self.url).scheme not in ("http", "https"):
            raise ConfigError(f"Flink's address {url!r} is not a URL; write it as http://host:8081")

    def overview(self) -> dict[str, Any]:
        """TaskManagers, slots, versions."""
        answer: dict[str, Any] = self._ask("GET", "/overview")
        return answer

    def jobs(self) -> list[FlinkJob]:
        """Every job that the cluster remembers, newest first."""
        found = [_job(row) for row in self._ask("GET", "/jobs/overview")["jobs"]]
        return sorted(found, key=lambda job: -job.started_at_seconds)

    def job(self, job_id: str) -> FlinkJob:
        """One job."""
        for job in self.jobs():
            if job.job_id == job_id:
                return job
        raise FlinkError(f"Flink at {self.url} knows no job {job_id}")

    def live_job(self, name: str) -> FlinkJob | None:
        """The job of this name that has not ended, if there is one."""
        return next((job for job in self.jobs() if job.name == name and not job.has_ended), None)

    def checkpoints(self, job_id: str) -> dict[str, Any]:
        """Counts, sizes and the latest checkpoint and savepoint."""
        answer: dict[str, Any] = self._ask("GET", f"/jobs/{job_id}/checkpoints")
        return answer

    def latest_checkpoint(self, job_id: str) -> str:
        """Where the newest completed checkpoint is; "" when there is none."""
        latest = self.checkpoints(job_id).get("latest") or {}
        completed = latest.get("completed") or {}
        return str(completed.get("external_path") or "")

    def failure(self, job_id: str) -> str:
        """The newest cause of a restart or an end, in one line; "" when there was none."""
        answer = self._ask("GET", f"/jobs/{job_id}/exceptions?maxExceptions=1")
        entries = answer.get("exceptionHistory", {}).get("entries") or []
        text = str(entries[0].get("stacktrace", "")) if entries else str(answer.get("root-exception") or "")
        return _cause_of(text)

    def savepoint(self, job_id: str, folder: str = "", within_seconds: float = 600) -> str:
        """Write a savepoint while the job goes on; where it is."""
        body: dict[str, Any] = {"cancel-job": False}
        return self._savepoint(job_id, "savepoints", body, folder, within_seconds)

    def stop(self, job_id: str, folder: str = "", drain: bool = False, within_seconds: float = 600) -> str:
        """Stop the job with a savepoint; where that is.

        With ``drain`` the end of time goes through the job, which closes windows and fires timers. Not for an upgrade:
        what resumes from such a savepoint has no time left.
        """
        path = self._savepoint(job_id, "stop", {"drain": drain}, folder, within_seconds)
        self.wait_for(job_id, lambda job: job.has_ended, within_seconds, "ended")
        return path

    def cancel(self, job_id: str, within_seconds: float = 180) -> None:
        """Cancel the job and wait until it has ended; its retained checkpoints stay."""
        self._ask("PATCH", f"/jobs/{job_id}?mode=cancel")
        self.wait_for(job_id, lambda job: job.has_ended, within_seconds, "ended")

    def wait_for(
        self, job_id: str, is_so: Callable[[FlinkJob], bool], within_seconds: float, what: str = "running"
    ) -> FlinkJob:
        """Wait until the job is so. Errors: FlinkError with the cause when it failed, or when time is up."""
        give_up_at = time.monotonic() + within_seconds
        while True:
            job = self.job(job_id)
            if is_so(job):
                return job
            if job.has_ended:
                cause = self.failure(job_id)
                raise FlinkError(f"the job {job_id} ended as {job.state}" + (f": {cause}" if cause else ""))
            if time.monotonic() > give_up_at:
                raise FlinkError(f"the job {job_id} is not {what} after {within_seconds:.0f} s, but {job.state}")
            time.sleep(_PAUSE_SECONDS)

    def vertices(self, job_id: str) -> list[dict[str, Any]]:
        """The operators of the job, with their numbers of records and bytes and their back-pressure times."""
        rows: list[dict[str, Any]] = self._ask("GET", f"/jobs/{job_id}")["vertices"]
        return rows

    def counters(self, job_id: str, patience_seconds: float = _COUNTERS_SECONDS) -> dict[str, int]:
        """What the running job counted since it last (re)started, such as ``straitwire_fetch_pages_received``.

        Beam's client returns none of this for a running Flink job, and the job's accumulators stay empty until it ends.
        Flink fetches metrics when somebody asks and answers with those of the time before: each answer is about ten
        seconds old, and the first is empty, which is why an empty one is asked for again.
        """
        give_up_at = time.monotonic() + patience_seconds
        while not (counted := self._counted(job_id)) and time.monotonic() < give_up_at:
            time.sleep(_PAUSE_SECONDS)
        return counted

    def _counted(self, job_id: str) -> dict[str, int]:
        counted: dict[str, int] = {}
        for vertex in self.vertices(job_id):
            path = f"/jobs/{job_id}/vertices/{vertex['id']}/subtasks/metrics"
            names = [row["id"] for row in self._ask("GET", path) if _COUNTER in row["id"]]
            for some in (names[at : at + _NAMES_AT_ONCE] for at in range(0, len(names), _NAMES_AT_ONCE)):
                wanted = urllib.parse.quote(",".join(some), safe=",")
                for row in self._ask("GET", f"{path}?get={wanted}&agg=sum"):
                    name = row["id"][row["id"].rindex(_COUNTER) + 1 :]
                    counted[name] = counted.get(name, 0) + round(row["sum"])
        return counted

    def _savepoint(self, job_id: str, action: str, body: dict[str, Any], folder: str, within_seconds: float) -> str:
        if folder:
            body["targetDirectory" if action == "stop" else "target-directory"] = folder
        request_id = self._ask("POST", f"/jobs/{job_id}/{action}", body)["request-id"]
        give_up_at = time.monotonic() + within_seconds
        while time.monotonic() < give_up_at:
            answer = self._ask("GET", f"/jobs/{job_id}/savepoints/{request_id}")
            if answer["status"]["id"] == "COMPLETED":
                operation = answer["operation"]
                if "location" in operation:
                    return str(operation["location"])
                cause = operation.get("failure-cause", {}).get("stack-trace", "")
                raise FlinkError(f"no savepoint of the job {job_id}: {_cause_of(cause)}")
            time.sleep(_PAUSE_SECONDS)
        raise FlinkError(f"no savepoint of the job {job_id} within {within_seconds:.0f} s")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # the scheme was looked at
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310  # as above
                text = answer.read()
            return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            raise FlinkError(f"Flink at {self.url} answered {error.code}: {_refusal(error.read())}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise ConfigError(f"Flink at {self.url} is out of reach ({reason}); name its REST address") from error


def _job(row: dict[str, Any]) -> FlinkJob:
    return FlinkJob(row["jid"], row["name"], row["state"], row["start-time"] / 1000, dict(row.get("tasks", {})))


def _refusal(body: bytes) -> str:
    try:
        errors = json.loads(body)["errors"]
    except (ValueError, KeyError, TypeError):
        return "without a reason"
    return _cause_of("\n".join(str(error) for error in errors))


def _cause_of(stack: str) -> str:
    r"""The innermost cause of a Java stack trace, without class path and frames.

    >>> _cause_of("java.lang.Exception: outer\n\tat A.b(A.java:1)\nCaused by: x.Y: no slot\n\tat A.c(A.java:2)")
    'no slot'
    """
    lines = [line.strip() for line in stack.splitlines() if line.strip() and not line.strip().startswith("at ")]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")] or lines[:1]
    if not causes:
        return ""
    name, separator, message = causes[-1].partition(": ")
    return (message if separator and " " not in name else causes[-1])[:_LONGEST_CAUSE]
