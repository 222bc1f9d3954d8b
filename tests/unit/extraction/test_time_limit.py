from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.time_limit import LimitedExtractor
from schemas.errors import FailReason, PermanentError
from tests.unit.extraction.pages import TITLES, page

ROOT = Path(__file__).resolve().parents[3]
SLOW_PAGE = b"<html><body>" + b"<div><p>The ferry sailed again, and everybody was content with it.</p></div>" * 120_000
PARENT = """
import sys
from pipeline.time_limit import LimitedExtractor
pool = LimitedExtractor(1, cpu_seconds=5, wall_seconds=8)
if sys.argv[1] == "busy":
    pool.submit(b"<html>", "text/html", "", "").exception()
    pool.submit(sys.stdin.buffer.read(), "text/html", "", "")
else:
    pool.submit(b"<html>", "text/html", "", "").exception()
child = pool._idle.queue[0]._process.pid if sys.argv[1] == "idle" else 0
print(child, flush=True)
import time
time.sleep(60)
"""


@pytest.fixture
def extractor():
    made = LimitedExtractor(workers=1, cpu_seconds=0.4, wall_seconds=30)
    yield made
    made.close()


def submit(extractor: LimitedExtractor, content: bytes):
    return extractor.submit(content, "text/html", "", "https://herald.example/world/1")


def test_page_over_the_limit_fails_and_the_next_one_does_not(extractor):
    with pytest.raises(PermanentError) as caught:
        submit(extractor, SLOW_PAGE).result(timeout=60)
    assert caught.value.reason is FailReason.EXTRACTION_TIMEOUT
    assert submit(extractor, page().encode()).result(timeout=60).title == TITLES["en"]


def test_refusals_reach_the_caller_with_their_reason(extractor):
    with pytest.raises(PermanentError) as caught:
        submit(extractor, b"%PDF-1.4").result(timeout=60)
    assert caught.value.reason is FailReason.UNDECODABLE


def test_a_bug_is_a_refusal_with_its_place_and_the_next_page_is_read(extractor):
    broken = extractor.submit(TITLES, "text/html", "", "").exception(timeout=60)  # a dictionary where bytes belong
    assert isinstance(broken, PermanentError)
    assert broken.reason is FailReason.INTERNAL_ERROR
    assert ".py:" in broken.detail
    assert submit(extractor, page().encode()).result(timeout=60).text


def test_killed_child_is_replaced(extractor):
    assert submit(extractor, page().encode()).result(timeout=60)
    os.kill(extractor._idle.queue[0]._process.pid, signal.SIGKILL)
    assert submit(extractor, page().encode()).result(timeout=60).title == TITLES["en"]


def test_closing_leaves_no_process():
    made = LimitedExtractor(workers=1)
    assert submit(made, page().encode()).result(timeout=60)
    pid = made._idle.queue[0]._process.pid
    made.close()
    assert not is_running(pid)


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_children_end_with_a_parent_that_is_killed(state):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, state], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    if state == "busy":
        parent.stdin.write(SLOW_PAGE)
    parent.stdin.close()
    assert parent.stdout.readline()
    children = children_of(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert children
    wait_until_gone(children, seconds=20)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] or [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, "a child outlived its parent"
        os.sched_yield()
