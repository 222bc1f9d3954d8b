"""Articles a second with one and two extraction processes: rounds on the DirectRunner, a stream on Prism, a bare loop.

    python -m tests.prism.scaling [--articles 600] [--paragraphs 60]

All read the same long pages of one loopback site, which extraction dominates. The bare loop extracts them from memory,
in one process and in two, and does nothing else. A rate is articles over the time from the first page fetched to the
last document indexed; CPU time is that of all processes of a side, from start to end. Figures are ratios within one
run: on a machine that does other work as well, read those of CPU time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import yaml

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.text.extraction import extract
from tests.prism.publishing_site import PublishingSite, Schedule, publishing_site
from tests.prism.soak import count

_FEEDS = 20
_PATIENCE_SECONDS = 1200.0


def bare(pages: list[bytes], workers: int) -> tuple[float, float]:
    """Articles a second and CPU seconds of extraction alone."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool:
        pool.map(_extract, pages[: workers * 4], chunksize=1)  # models are loaded
        started = time.monotonic()
        pool.map(_extract, pages, chunksize=len(pages) // (workers * 10) or 1)
        seconds = time.monotonic() - started
        pool.close()
        pool.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return len(pages) / seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
    words = ["stream", "--runner", "prism"] if side == "stream" else ["run"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words, "--settings", str(file)],
        env={**os.environ, "STRAITWIRE_EXTRACTION_PROCESSES": str(workers)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while side == "stream" and count(index) != (site.schedule.articles, 0):
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit(f"{side} with {workers}: {count(index)} of {site.schedule.articles}")
        time.sleep(1)
    if side == "stream":
        process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    opened = open_index(index)
    rows = list(opened.scan(Kind.ARTICLES, Filters(), ["article_id", "fetched_at", "indexed_at"]))
    opened.close()
    first = min(datetime.fromisoformat(row["fetched_at"]) for row in rows)
    last = max(datetime.fromisoformat(row["indexed_at"]) for row in rows)
    return len(rows) / (last - first).total_seconds(), usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--paragraphs", type=int, default=60)
    arguments = parser.parse_args()
    listed = min(30, arguments.articles // _FEEDS)
    schedule = Schedule(time.time() - 3600, (listed - 0.5) * 60.0, _FEEDS, _FEEDS, 60.0)
    with publishing_site(schedule, arguments.paragraphs) as site, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "feeds.yaml").write_text(site.feed_list(), encoding="utf-8")
        numbers = [(feed, number) for feed in range(_FEEDS) for number, _ in schedule.published(feed, float("inf"))]
        pages = [site.page(feed, number) for feed, number in numbers]
        print(f"{len(pages)} pages of {sum(map(len, pages)) // len(pages)} bytes", flush=True)
        for workers in (1, 2):
            rate, cpu = bare(pages, workers)
            row = {"workers": workers, "bare": {"articles_a_second": round(rate, 1), "cpu_ms": _each(cpu, pages)}}
            for side in ("rounds", "stream"):
                side_rate, side_cpu = measured(side, workers, site, folder)
                row[side] = {
                    "articles_a_second": round(side_rate, 1),
                    "share_of_bare_rate": round(side_rate / rate, 2),
                    "cpu_ms": _each(side_cpu, pages),
                    "cpu_over_bare": round(side_cpu / cpu, 2),
                }
            print(json.dumps(row), flush=True)
    return 0


def _each(cpu_seconds: float, pages: list[bytes]) -> float:
    return round(cpu_seconds * 1000 / len(pages), 1)


if __name__ == "__main__":
    sys.exit(main())
