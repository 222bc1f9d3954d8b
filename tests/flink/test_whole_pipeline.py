"""The whole pipeline on Flink, from misbehaving feeds into a real Elasticsearch, through kills, outages and an upgrade.

Each run must end in the index of an undisturbed run on the DirectRunner over the same material.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from connectors.flink_rest import FlinkRest
from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.run_round import run_round
from pipeline.write_entries import PENDING
from schemas.settings import RunSettings
from tests.elasticsearch_server import ElasticsearchServer
from tests.end_to_end.commands import straitwire
from tests.flink.conftest import code_link, copy_of_project, wait_until
from tests.flink.press import REMINDER, Press
from tests.index_snapshot import snapshot
from tests.misbehaving_site import MisbehavingSite

pytestmark = pytest.mark.timeout(3600)
OUTLETS = int(os.environ.get("STRAITWIRE_FLINK_OUTLETS", "108"))
SECONDS = float(os.environ.get("STRAITWIRE_FLINK_SECONDS", "600"))
KILLS = ((0.15, "taskmanager-0"), (0.3, "a Python worker"), (0.45, "jobserver"), (0.75, "taskmanager-1"))
OUTAGE_SECONDS = float(os.environ.get("STRAITWIRE_FLINK_OUTAGE_SECONDS", "60"))
SETTLED_SECONDS = 420.0
# What a kill may change of an entry: how often it was asked for, and when it is asked again.
UNCOMPARED = {"entries": ("attempts", "next_attempt_at")}


Documents = dict[str, dict[str, object]]


@dataclass(slots=True)
class Material:
    """The press, a server for the index, and what an undisturbed run makes of it."""

    site: MisbehavingSite
    press: Press
    server: ElasticsearchServer
    undisturbed: dict[str, dict[str, object]]

    def settings(self, folder: Path, name: str, opened: int) -> Path:
        """A settings file for an index of this name; beside it ``feeds.yaml``."""
        self.press.write_feed_list(folder / "feeds.yaml", opened)
        path = folder / "settings.yaml"
        path.write_text(yaml.safe_dump(_settings(folder / "feeds.yaml", f"{self.server.url}/{name}")))
        return path


def _settings(feeds: Path, index: str) -> dict[str, object]:
    return {
        "feeds": [str(feeds)],
        "index": index,
        "allow_private": ["*.localhost", "127.0.0.1"],
        "fetch": {"per_host_gap_seconds": 0.05, "per_host_concurrency": 2, "attempts": 3},
        "stream": {"look_every_seconds": 1, "reread_feeds_seconds": 5},
    }


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Iterator[Material]:
    server = ElasticsearchServer(start_seconds=600)
    server.start()
    try:
        with MisbehavingSite() as site:
            press = Press(site, OUTLETS)
            folder = tmp_path_factory.mktemp("undisturbed")
            press.write_feed_list(folder / "feeds.yaml", OUTLETS)
            values = _settings(folder / "feeds.yaml", f"{server.url}/undisturbed") | {"poll_all": True}
            settings = RunSettings.model_validate(values)
            started = time.monotonic()
            report = run_round(settings)
            assert report.balanced
            while report.pending:  # pages that fail for longer than a round asks
                time.sleep(5)
                report = run_round(settings)
                assert report.balanced
            held = compared(settings.index)
            print(f"\nundisturbed: {len(held['articles'])} articles in {len(held['stories'])} stories, "
                  f"{len(held['dead_letters'])} dead letters after {time.monotonic() - started:.0f} s")  # fmt: skip
            assert len(held["articles"]) > OUTLETS * 5
            assert any(row["size"] > 2 for row in held["stories"].values())
            yield Material(site, press, server, held)
    finally:
        server.stop()


def compared(location: str) -> dict[str, dict[str, object]]:
    held = snapshot(location)
    for kind, names in UNCOMPARED.items():
        for row in held[kind].values():
            for name in names:
                row.pop(name, None)
    return held


def differences(held: dict[str, dict[str, object]], wanted: dict[str, dict[str, object]]) -> list[str]:
    """What is not the same, one line a document."""
    wrong = []
    for kind, rows in wanted.items():
        for key in sorted(rows.keys() | held[kind].keys()):
            mine, theirs = held[kind].get(key), rows.get(key)
            if mine != theirs:
                fields = [] if mine is None or theirs is None else [name for name in mine if mine[name] != theirs[name]]
                state = "missing" if mine is None else "not expected" if theirs is None else f"differs in {fields}"
                wrong.append(f"{kind} {key}: {state} {(mine or theirs).get('url', '')}")
    return wrong


def count(location: str, kind: Kind = Kind.ARTICLES, **equals: str) -> int:
    index = open_index(location)
    try:
        return index.count(kind, Filters(equals=tuple(equals.items())))
    finally:
        index.close()


def flink(cluster, command: str, *arguments: str) -> dict[str, object]:
    """``straitwire flink`` of the version that workers import."""
    at = cluster.addresses
    places = {"STRAITWIRE_FLINK": at.rest, "STRAITWIRE_JOB_SERVER": at.job_server, "STRAITWIRE_ARTIFACTS": at.artifacts,
              "STRAITWIRE_WORKER_POOL": at.worker_pool}  # fmt: skip
    done = straitwire("flink", command, *arguments, "--json", timeout=400, cwd=code_link(cluster.folder), **places)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


class OpensOutlets(threading.Thread):
    """Adds outlets to the feed list, evenly over a time."""

    def __init__(self, press: Press, path: Path, first: int, seconds: float) -> None:
        super().__init__(name="opens-outlets", daemon=True)
        self._press, self._path, self._first, self._seconds = press, path, first, seconds

    def run(self) -> None:
        total = len(self._press.feeds)
        for opened in range(self._first, total + 1):
            time.sleep(self._seconds / (total - self._first + 1))
            self._press.write_feed_list(self._path, opened)


def resident_mb(process: int) -> int:
    """Memory of a process and its children, which extract."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    held = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return (int(held[1]) // 1024 if held else 0) + sum(resident_mb(child) for child in children)


def settled(location: str, outlets: int = OUTLETS) -> bool:
    return count(location, Kind.FEEDS) == outlets and count(location, Kind.ENTRIES, outcome=PENDING) == 0


def check_index(location: str, material: Material, wanted: Documents | None = None) -> None:
    """The index is that of the undisturbed run, and its own account balances."""
    held = compared(location)
    wrong = differences(held, wanted or material.undisturbed)
    assert wrong == [], f"{len(wrong)} differences: {wrong[:8]}"
    urls = [row["url"] for row in held["articles"].values()]
    assert len(urls) == len(set(urls)), "an article twice"
    done = straitwire("report", "--index", location, "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["faults"] == []


def test_index_after_kills_and_an_outage_equals_that_of_an_undisturbed_run(cluster, rest, material, tmp_path):
    location = f"{material.server.url}/disturbed"
    settings = material.settings(tmp_path, "disturbed", opened=4)
    material.site.visits.clear()
    job_id = flink(cluster, "submit", "--settings", str(settings), "--checkpoint-seconds", "5")["job_id"]
    started = time.monotonic()
    OpensOutlets(material.press, tmp_path / "feeds.yaml", 4, SECONDS * 0.9).start()
    watch = Watch(cluster, rest, job_id, location)
    for share, victim in KILLS:
        time.sleep(max(0.0, started + share * SECONDS - time.monotonic()))
        watch.kill(victim)
        if victim == "jobserver":
            outage(watch, material.server)
    wait_until(lambda: settled(location), SECONDS + SETTLED_SECONDS, "every outlet polled, no entry pending")
    print(f"settled {time.monotonic() - started:.0f} s after the submission; restarts {cluster.restarts}")
    check_index(location, material)
    status = flink(cluster, "status")
    print("counters since the last restart:", json.dumps(status["counters"]))
    print("Python workers hold", [f"{resident_mb(worker)} MB" for worker in cluster.workers()])
    flink(cluster, "cancel")


def test_index_after_an_upgrade_in_mid_stream_equals_that_of_an_undisturbed_run(cluster, rest, material, tmp_path):
    location = f"{material.server.url}/upgraded"
    settings = material.settings(tmp_path, "upgraded", opened=OUTLETS // 2)
    material.site.visits.clear()
    first = flink(cluster, "submit", "--settings", str(settings), "--checkpoint-seconds", "5")
    wait_until(lambda: count(location) > OUTLETS, 300, "the stream is under way")
    # Some of what comes now is in the savepoint, on its way; the rest comes after it.
    material.press.write_feed_list(tmp_path / "feeds.yaml", OUTLETS * 3 // 4)
    first_version = code_link(cluster.folder).resolve()
    second_version = next_version(tmp_path / "next")
    point_at(cluster, second_version)
    started = time.monotonic()
    try:
        second = flink(cluster, "upgrade", "--settings", str(settings), "--parallelism", "3")
        print(f"upgraded in {time.monotonic() - started:.1f} s, with {count(location)} articles in the index")
        material.press.write_feed_list(tmp_path / "feeds.yaml", OUTLETS)
        assert second["job_id"] != first["job_id"]
        assert rest.job(first["job_id"]).state == "FINISHED"
        wait_until(lambda: settled(location), SETTLED_SECONDS, "every outlet polled, no entry pending")
        wait_until(lambda: rest.counters(second["job_id"]).get(NEXT_COUNTER, 0) > 0, 60, "the new step counts")
        flink(cluster, "cancel")
    finally:
        point_at(cluster, first_version)
    assert reminded(location) == {True, False}, "a part was settled by the one version and a part by the other"
    done = straitwire("reprocess", "--index", location, cwd=second_version)
    assert done.returncode == 0, done.stderr[-2000:]
    check_index(location, material, undisturbed_run_of(second_version, material, tmp_path))


def undisturbed_run_of(version: Path, material: Material, folder: Path) -> Documents:
    """What rounds of another version make of the same material."""
    location = f"{material.server.url}/{version.name}"
    values = _settings(folder / "feeds.yaml", location) | {"poll_all": True}
    settings = folder / f"{version.name}.yaml"
    settings.write_text(yaml.safe_dump(values))
    material.site.visits.clear()
    give_up_at = time.monotonic() + SETTLED_SECONDS
    while (
        not (done := straitwire("run", "--settings", str(settings), "--json", timeout=600, cwd=version)).stdout
        or (json.loads(done.stdout)["pending"])
    ):
        assert done.returncode in (0, 1), done.stderr[-2000:]  # 1: a good share of this press fails
        assert time.monotonic() < give_up_at, done.stderr[-2000:]
        time.sleep(5)
    held = compared(location)
    assert reminded(location) == {False}
    assert held["articles"] != material.undisturbed["articles"]
    return held


def reminded(location: str) -> set[bool]:
    """Whether the line that the next version knows is in the bodies of articles whose pages have it."""
    index = open_index(location)
    try:
        rows = index.scan(Kind.ARTICLES, Filters(), ["article_id", "original_text", "body"])
        return {REMINDER in row["body"] for row in rows if REMINDER in row["original_text"]}
    finally:
        index.close()


NEXT_COUNTER = "straitwire_next_version_received"
_NEXT_STEP = """    settled | "NextVersion" >> beam.Map(_count)
    return settled


def _count(key: str) -> None:
    from apache_beam.metrics.metric import Metrics

    Metrics.counter("straitwire.next_version", "received").inc()
"""
_NEXT_RULE = f"""
- id: en.zone.weather-desk
  category: share_bar
  phrases: ["{REMINDER.rstrip(".").lower()}"]
  source: written for the test of an upgrade
  added: 2026-11-26
  matches: ["{REMINDER}"]
  spares: ["Readers can follow the strait by ferry."]
"""
_EDITS = (
    # A step appended to the stream.
    ("pipeline/stream_flow.py", "    return settled\n", _NEXT_STEP),
    # Another state of the last step, and other sizes inside of two.
    (
        "pipeline/settle_entries.py",
        '    BUNDLES = ReadModifyWriteStateSpec("bundles", VarIntCoder())\n',
        '    BUNDLES = ReadModifyWriteStateSpec("bundles", VarIntCoder())\n'
        '    SEEN = ReadModifyWriteStateSpec("seen", VarIntCoder())\n',
    ),
    (
        "pipeline/settle_entries.py",
        "        bundles: Any = beam.DoFn.StateParam(BUNDLES),\n",
        "        bundles: Any = beam.DoFn.StateParam(BUNDLES),\n        seen: Any = beam.DoFn.StateParam(SEEN),\n",
    ),
    (
        "pipeline/settle_entries.py",
        "        self._outcomes.append(element[1])\n",
        "        self._outcomes.append(element[1])\n        seen.write((seen.read() or 0) + 1)\n",
    ),
    ("pipeline/settle_entries.py", "_BATCH = 200\n", "_BATCH = 7\n"),
    ("pipeline/choose_due.py", "_MOST_A_HOST = 64\n", "_MOST_A_HOST = 5\n"),
)


def next_version(folder: Path) -> Path:
    """A copy of the project with every kind of edit that keeps a savepoint valid, and a rule that changes documents."""
    copy_of_project(folder)
    for name, before, after in _EDITS:
        file = folder / name
        assert file.read_text().count(before) == 1, f"{before!r} in {name}"
        file.write_text(file.read_text().replace(before, after))
    with (folder / "schemas/data/boilerplate/en.yaml").open("a", encoding="utf-8") as rules:
        rules.write(_NEXT_RULE)
    return folder


def point_at(cluster, version: Path) -> None:
    """Workers that start from now on are of this version."""
    link = code_link(cluster.folder)
    unfinished = link.with_suffix(".part")
    unfinished.symlink_to(version)
    unfinished.replace(link)


class Watch:
    """Kills, and times how long until the job runs again and the index grows again."""

    def __init__(self, cluster, rest: FlinkRest, job_id: str, location: str) -> None:
        self._cluster, self._rest, self._job_id, self._location = cluster, rest, job_id, location

    def kill(self, victim: str) -> None:
        restored, held = self._restored(), count(self._location)
        if victim == "a Python worker":
            os.kill(self._cluster.workers()[0], signal.SIGKILL)
        else:
            self._cluster.kill(victim)
        times = []
        if victim != "jobserver":  # which a running job does without
            took = wait_until(lambda: self._restored() > restored, 180, f"restored after {victim} was killed")
            wait_until(lambda: self._rest.job(self._job_id).runs_fully, 180, "every task runs")
            times.append(f"restored after {took:.1f} s")
        times.append(f"index grows after {self.growth(held):.1f} s")
        print(f"{victim} killed: {', '.join(times)}")

    def growth(self, held: int) -> float:
        return wait_until(lambda: count(self._location) > held, 180, "the index grows again")

    def held(self) -> int:
        return count(self._location)

    def _restored(self) -> int:
        return int(self._rest.checkpoints(self._job_id)["counts"]["restored"])


def outage(watch: Watch, server: ElasticsearchServer) -> None:
    held = watch.held()
    server.kill()
    time.sleep(OUTAGE_SECONDS)
    away = time.monotonic()
    server.start()
    back = time.monotonic()
    wait_until(lambda: watch.held() > held, 300, "the index grows again after the outage")
    grown = time.monotonic() - back
    print(f"Elasticsearch away for {OUTAGE_SECONDS:.0f} s, started in {back - away:.0f} s: "
          f"the index grows {grown:.1f} s after its return")  # fmt: skip
