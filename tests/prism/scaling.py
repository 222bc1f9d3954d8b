"""Articles a second with one and two workers that extract: each runner beside the bare extraction and a plain loop.

    python -m tests.prism.scaling [--articles 600] [--links 2000] [--sides plain rounds prism flink]

All read the same large pages of one loopback site, which extraction dominates, into SQLite. *bare* extracts them from
memory and does nothing else; *plain* is all stages as a loop without Beam; *rounds* are the DirectRunner; *flink* is a
cluster of two TaskManagers, where two workers are two processes of Beam, elsewhere two extraction processes. A rate is
articles over the time from the first page fetched to the last document indexed, and CPU time is that of all processes
of a side between the two, so that start-up counts in neither. Figures are ratios within one run: on a machine that does
other work as well, read those of CPU time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml

from connectors.flink_rest import FlinkRest
from connectors.index import Filters, Kind
from connectors.open_index import open_index
from deploy.flink.cluster import LocalCluster
from pipeline.flink_submission import FlinkTarget, submit_stream
from pipeline.text.extraction import extract
from schemas.settings import load_settings
from tests.prism.publishing_site import PublishingSite, Schedule, publishing_site
from tests.prism.soak import count

SIDES = ("plain", "rounds", "prism", "flink")
_FEEDS = 20
_PATIENCE_SECONDS = 1200.0
_TICKS = os.sysconf("SC_CLK_TCK")
_COMMANDS = {
    "plain": ["tests.prism.plain_loop"],
    "rounds": ["pipeline", "run", "--settings"],
    "prism": ["pipeline", "stream", "--runner", "prism", "--settings"],
}


def bare(pages: list[bytes], workers: int) -> tuple[float, float]:
    """Articles a second and CPU seconds of extraction alone."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool:
        pool.map(_extract, pages[: workers * 4], chunksize=1)  # models are loaded
        before = sum(_cpu_of_tree(child.pid) for child in multiprocessing.active_children() if child.pid)
        started = time.monotonic()
        pool.map(_extract, pages, chunksize=len(pages) // (workers * 10) or 1)
        seconds = time.monotonic() - started
        after = sum(_cpu_of_tree(child.pid) for child in multiprocessing.active_children() if child.pid)
        pool.close()
        pool.join()
    return len(pages) / seconds, after - before


def _extract(page: bytes) -> int:
    return len(extract(page, "text/html; charset=utf-8", "utf-8", "http://127.0.1.1/page", "", "").text)


def measured(side: str, workers: int, site: PublishingSite, folder: Path) -> tuple[float, float]:
    """Articles a second and CPU seconds of one side over the whole site."""
    index = str(folder / f"{side}-{workers}.db")
    settings = {
        "feeds": [str(folder / "feeds.yaml")],
        "index": index,
        "allow_private": ["127.0.1.0/24"],
        "fetch": {"per_host_gap_seconds": 0, "per_host_concurrency": 4},
        "stream": {"look_every_seconds": 0.2},
    }
    file = folder / f"{side}-{workers}.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    run = _on_flink if side == "flink" else _as_command
    with run(side, workers, file, folder) as roots, _Watched(roots) as watched:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while count(index) != (site.schedule.articles, 0):
            if time.monotonic() > deadline:
                raise SystemExit(f"{side} with {workers}: {count(index)} of {site.schedule.articles}")
            time.sleep(1)
        time.sleep(1)
    opened = open_index(index)
    rows = list(opened.scan(Kind.ARTICLES, Filters(), ["article_id", "fetched_at", "indexed_at"]))
    opened.close()
    first = min(datetime.fromisoformat(row["fetched_at"]) for row in rows).timestamp()
    last = max(datetime.fromisoformat(row["indexed_at"]) for row in rows).timestamp()
    return len(rows) / (last - first), watched.cpu_between(first, last)


@contextmanager
def _as_command(side: str, workers: int, file: Path, folder: Path) -> Iterator[Callable[[], list[int]]]:
    metrics = ["--metrics-file", str(_metrics(folder, side, workers) / "prism.prom")] if side == "prism" else []
    process = subprocess.Popen(
        [sys.executable, "-m", *_COMMANDS[side], str(file), *metrics],
        env={**os.environ, "STRAITWIRE_EXTRACTION_PROCESSES": str(workers)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield lambda: [process.pid]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def _on_flink(side: str, workers: int, file: Path, folder: Path) -> Iterator[Callable[[], list[int]]]:
    """On a cluster of its own. A file as its index is refused elsewhere: here all workers are on one machine."""
    metrics = str(_metrics(folder, side, workers))
    environment = {"STRAITWIRE_EXTRACTION_PROCESSES": "1", "STRAITWIRE_METRICS_FOLDER": metrics}
    with LocalCluster(folder / f"cluster-{workers}", environment=environment) as cluster:
        at = cluster.addresses
        target = FlinkTarget(at.rest, at.job_server, at.artifacts, at.worker_pool, "scaling", parallelism=workers)
        job = submit_stream(load_settings(str(file)), target)
        yield lambda: [process.pid for process in cluster.processes.values()]
        FlinkRest(at.rest).cancel(job.job_id)


def _metrics(folder: Path, side: str, workers: int) -> Path:
    made = folder / f"metrics-{side}-{workers}"
    made.mkdir(exist_ok=True)
    return made


def settled_at_once(metrics: Path) -> float:
    """Mean elements of a bundle of the writer, by what workers exported."""
    sums = {"sum": 0.0, "count": 0.0}
    for file in metrics.glob("*.prom"):
        for name in sums:
            found = re.search(rf'straitwire_bundle_elements_{name}{{stage="settle_entries"}} (\S+)', file.read_text())
            sums[name] += float(found[1]) if found else 0.0
    return round(sums["sum"] / sums["count"], 1) if sums["count"] else 0.0


class _Watched:
    """CPU time of process trees as time goes by."""

    def __init__(self, roots: Callable[[], Sequence[int]]) -> None:
        self._roots = roots
        self._ended = threading.Event()
        self._samples: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            total = sum(_cpu_of_tree(root) for root in self._roots())
            # A process that has ended between two looks takes its time along: the sum never falls.
            self._samples.append((time.time(), max(total, self._samples[-1][1] if self._samples else 0.0)))

    def cpu_between(self, first: float, last: float) -> float:
        moments, seconds = zip(*self._samples, strict=True)
        return float(np.interp(last, moments, seconds) - np.interp(first, moments, seconds))


def _cpu_of_tree(root: int) -> float:
    """CPU seconds of a process, its living descendants, and those that ended and were waited for."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(process)
        ticks[process] = sum(map(int, fields[11:15]))
    total, waiting = 0, [root]
    while waiting:
        one = waiting.pop()
        total += ticks.get(one, 0)
        waiting += children.get(one, [])
    return total / _TICKS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--paragraphs", type=int, default=7, help="of the story")
    parser.add_argument("--links", type=int, default=2000, help="of the navigation, which only extraction reads")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    arguments = parser.parse_args()
    listed = min(30, arguments.articles // _FEEDS)
    schedule = Schedule(time.time() - 3600, (listed - 0.5) * 60.0, _FEEDS, _FEEDS, 60.0)
    with (
        publishing_site(schedule, arguments.paragraphs, arguments.links) as site,
        tempfile.TemporaryDirectory() as temporary,
    ):
        folder = Path(temporary)
        (folder / "feeds.yaml").write_text(site.feed_list(), encoding="utf-8")
        numbers = [(feed, number) for feed in range(_FEEDS) for number, _ in schedule.published(feed, float("inf"))]
        pages = [site.page(feed, number) for feed, number in numbers]
        print(f"{len(pages)} pages of {sum(map(len, pages)) // len(pages)} bytes", flush=True)
        for workers in arguments.workers:
            rate, cpu = bare(pages, workers)
            alone = {
                "side": "bare",
                "workers": workers,
                "articles_a_second": round(rate, 1),
                "cpu_ms": _each(cpu, pages),
            }
            print(json.dumps(alone), flush=True)
            for side in arguments.sides:
                side_rate, side_cpu = measured(side, workers, site, folder)
                row = {
                    "side": side,
                    "workers": workers,
                    "articles_a_second": round(side_rate, 1),
                    "share_of_bare_rate": round(side_rate / rate, 2),
                    "cpu_ms": _each(side_cpu, pages),
                    "cpu_ms_over_bare": _each(side_cpu - cpu, pages),
                    "load": round(os.getloadavg()[0], 1),
                }
                if side in ("prism", "flink"):
                    row["settled_at_once"] = settled_at_once(_metrics(folder, side, workers))
                print(json.dumps(row), flush=True)
    return 0


def _each(cpu_seconds: float, pages: list[bytes]) -> float:
    return round(cpu_seconds * 1000 / len(pages), 1)


if __name__ == "__main__":
    sys.exit(main())
