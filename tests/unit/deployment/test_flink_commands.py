"""What ``straitwire flink`` says when Flink refuses, is busy or away. On a real cluster: ``bash tests/flink/run``."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.flink_rest import FlinkError, FlinkRest
from pipeline.command_line.flink_commands import prometheus_text
from schemas.errors import ConfigError
from tests.end_to_end.commands import straitwire

TASKS = {"total": 2, "running": 2}
JOB = {"jid": "ab12", "name": "straitwire", "state": "RUNNING", "start-time": 5000, "tasks": TASKS}
STACK = "java.lang.Exception: outer\n\tat A.b(A.java:1)\nCaused by: a.B: no slots left\n\tat A.c(A.java:2)"


class Cluster:
    """Answers of a Flink by method and path; ``asked`` holds what was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, object]] = {"GET /jobs/overview": (200, {"jobs": [JOB]})}
        self.asked: list[tuple[str, object]] = []


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = f"{self.command} {self.path}"
            made.asked.append((asked, json.loads(body) if body else None))
            status, value = made.answers.get(asked, (404, {"errors": ["not found"]}))
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Cluster(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield made
        server.shutdown()


def test_cluster_out_of_reach_is_one_sentence_and_wrong_use():
    done = straitwire("flink", "status", "--flink", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr.startswith("straitwire: Flink at http://127.0.0.1:9 is out of reach")
    assert "Traceback" not in done.stderr


def test_address_that_is_no_url_is_refused():
    with pytest.raises(ConfigError, match="is not a URL"):
        FlinkRest("localhost:8081")


def test_job_that_is_not_there_is_told_with_what_to_do(cluster):
    done = straitwire("flink", "cancel", "--name", "other", "--flink", cluster.url)
    assert done.returncode == 2
    assert "no job named 'other' runs" in done.stderr
    assert "straitwire flink submit" in done.stderr


def test_refusal_of_flink_is_told_by_its_innermost_cause(cluster):
    cluster.answers["POST /jobs/ab12/savepoints"] = (409, {"errors": [STACK]})
    with pytest.raises(FlinkError, match="answered 409: no slots left"):
        FlinkRest(cluster.url).savepoint("ab12")


def test_savepoint_that_fails_is_told_by_its_cause(cluster):
    cluster.answers["POST /jobs/ab12/stop"] = (202, {"request-id": "r"})
    failed = {"status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": STACK}}}
    cluster.answers["GET /jobs/ab12/savepoints/r"] = (200, failed)
    with pytest.raises(FlinkError, match="no savepoint of the job ab12: no slots left"):
        FlinkRest(cluster.url).stop("ab12", folder="s3://somewhere")
    assert ("POST /jobs/ab12/stop", {"drain": False, "targetDirectory": "s3://somewhere"}) in cluster.asked


def test_job_that_ends_while_it_is_waited_for_is_an_error(cluster):
    cluster.answers["GET /jobs/overview"] = (200, {"jobs": [JOB | {"state": "FAILED"}]})
    cluster.answers["GET /jobs/ab12/exceptions?maxExceptions=1"] = (200, {"root-exception": STACK})
    with pytest.raises(FlinkError, match="ended as FAILED: no slots left"):
        FlinkRest(cluster.url).wait_for("ab12", lambda job: job.runs_fully, 10)


def test_job_with_a_task_that_waits_for_a_slot_does_not_run_fully(cluster):
    cluster.answers["GET /jobs/overview"] = (200, {"jobs": [JOB | {"tasks": {"total": 2, "running": 1}}]})
    (job,) = FlinkRest(cluster.url).jobs()
    assert job.state == "RUNNING"
    assert not job.runs_fully


def test_stream_into_a_file_is_refused_before_anything_is_submitted(cluster):
    done = straitwire("flink", "submit", "--feeds", "feeds.yaml", "--index", "news.db", "--flink", cluster.url)
    assert done.returncode == 2
    assert "cannot share" in done.stderr
    assert cluster.asked == []


def test_facts_in_the_text_format_of_prometheus():
    facts = {
        "job": {"name": 'press "1"', "runs_fully": True},
        "task_managers": 2,
        "free_slots": 2,
        "checkpoint_age_seconds": None,
        "checkpoint_bytes": 10,
        "checkpoints": {"completed": 3, "failed": 0, "restored": 1, "total": 4, "in_progress": 0},
        "counters": {"straitwire_tag_topics_received": 7},
    }
    lines = prometheus_text(facts).splitlines()
    assert 'straitwire_flink_running{job="press \\"1\\""} 1' in lines
    assert 'straitwire_tag_topics_received_total{job="press \\"1\\""} 7' in lines
    assert "# TYPE straitwire_tag_topics_received_total counter" in lines
    assert not [line for line in lines if "checkpoint_age" in line], "there is no checkpoint yet"
    assert len(lines) == 2 * 8
