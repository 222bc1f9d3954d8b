"""A stream on Prism and repeated rounds on the DirectRunner, side by side, over feeds that publish all the while.

    python -m tests.prism.soak [minutes] [--feeds 200] [--publish-every 120] [--poll-every 30]

Both watch one loopback site and poll each feed every so often: the stream on its own schedule, the rounds with
``run --every``. Reported of each: memory of all its processes and its slope after the warm-up (the first third),
entries on their way (the stream's state), and the lag from the moment of publication that the page states to the
moment at which the document is searchable. When nothing new is published any more, both indexes must be equal, clock
fields aside; the exit code says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml

from connectors.index import Filters, Kind
from connectors.open_index import open_index
from pipeline.write_entries import PENDING
from schemas.errors import IndexUnavailableError
from tests.index_snapshot import snapshot
from tests.prism.publishing_site import PublishingSite, Schedule, publishing_site

_SAMPLE_SECONDS = 5.0
_SETTLE_SECONDS = 300.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Side:
    """One of the two, and what was seen of it."""

    name: str
    index: str
    process: subprocess.Popen[bytes]
    log: Path
    memory: list[tuple[float, float]] = field(default_factory=list)
    on_their_way: list[float] = field(default_factory=list)


def start(name: str, folder: Path, site: PublishingSite, poll_every: float) -> Side:
    index = str(folder / f"{name}.db")
    settings = {
        "feeds": [str(folder / "feeds.yaml")],
        "index": index,
        "allow_private": ["127.0.1.0/24"],
        "fetch": {"per_host_gap_seconds": 0, "per_host_concurrency": 4},
        "stream": {"poll_every_seconds": poll_every},
    }
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pipeline"]
    if name == "stream":
        command += ["stream", "--runner", "prism", "--settings", str(file), "--metrics-port", "0"]
    else:
        command += ["run", "--settings", str(file), "--every", f"{poll_every:g}s", "--poll-all", "--json"]
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    return Side(name, index, process, log)


def memory_mb(process_id: int) -> float:
    """Resident memory of the process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    total, waiting = 0, [process_id]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            continue
    return total / 1e6


def on_their_way(side: Side) -> float | None:
    """Mean entries and feeds in the stream's state so far, from its metrics."""
    found = re.search(r"metrics on (http://127\.0\.0\.1:\d+/metrics)", side.log.read_text())
    if not found:
        return None
    try:
        with urllib.request.urlopen(found[1], timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return None
    value = re.search(r'straitwire_on_their_way_elements_sum\{stage="choose_due"\} (\S+)', text)
    count = re.search(r'straitwire_on_their_way_elements_count\{stage="choose_due"\} (\S+)', text)
    return float(value[1]) / max(float(count[1]), 1.0) if value and count else None


def lags(index_location: str, since: float) -> np.ndarray:
    """Seconds from publication to the index, of what was published since then."""
    index = open_index(index_location)
    try:
        rows = [
            (datetime.fromisoformat(row["published_at"]), datetime.fromisoformat(row["indexed_at"]))
            for row in index.scan(Kind.ARTICLES, Filters(), ["article_id", "published_at", "indexed_at"])
            if row["published_at"]
        ]
    finally:
        index.close()
    return np.array([(seen - stated).total_seconds() for stated, seen in rows if stated.timestamp() >= since])


def count(index_location: str) -> tuple[int, int]:
    """Articles, and entries that wait."""
    try:
        index = open_index(index_location)
        try:
            pending = Filters(equals=(("outcome", PENDING),))
            return index.count(Kind.ARTICLES), index.count(Kind.ENTRIES, pending)
        finally:
            index.close()
    except IndexUnavailableError:
        return 0, 0


def slope_mb_an_hour(samples: list[tuple[float, float]], since: float) -> float:
    late = np.array([sample for sample in samples if sample[0] >= since])
    if len(late) < 3:
        return float("nan")
    return float(np.polyfit(late[:, 0] / 3600, late[:, 1], 1)[0])


def soak(minutes: float, feeds: int, publish_every: float, poll_every: float) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        schedule = Schedule(time.time() + 20, minutes * 60, feeds, min(20, feeds), publish_every)
        with publishing_site(schedule) as site:
            (folder / "feeds.yaml").write_text(site.feed_list(), encoding="utf-8")
            sides = [start(name, folder, site, poll_every) for name in ("stream", "rounds")]
            try:
                watch(sides, schedule)
                return report(sides, schedule)
            finally:
                for side in sides:
                    if side.process.poll() is None:
                        side.process.kill()
                    side.process.wait(30)


def watch(sides: list[Side], schedule: Schedule) -> None:
    """Sample until all that was published is indexed on both sides; then stop both."""
    end = schedule.begins + schedule.seconds
    while time.time() < end + _SETTLE_SECONDS:
        for side in sides:
            if side.process.poll() is not None:
                raise SystemExit(f"{side.name} ended:\n{side.log.read_text()[-4000:]}")
            side.memory.append((time.time(), memory_mb(side.process.pid)))
        way = on_their_way(sides[0])
        if way is not None:
            sides[0].on_their_way.append(way)
        if time.time() > end and all(count(side.index) == (schedule.articles, 0) for side in sides):
            break
        time.sleep(_SAMPLE_SECONDS)
    for side in sides:
        side.process.send_signal(signal.SIGTERM)
    for side in sides:
        side.process.wait(90)


def report(sides: list[Side], schedule: Schedule) -> int:
    warm = schedule.begins + schedule.seconds / 3
    minutes = schedule.seconds / 60
    print(f"{schedule.feeds} feeds on {schedule.hosts} hosts, {schedule.articles} articles in {minutes:g} minutes")
    for side in sides:
        seen = lags(side.index, warm)
        late = [value for moment, value in side.memory if moment >= warm]
        row = {
            "side": side.name,
            "articles": count(side.index)[0],
            "exit_code": side.process.returncode,
            "memory_mb_after_warm_up": round(float(np.mean(late))),
            "memory_mb_most": round(max(late)),
            "memory_slope_mb_an_hour": round(slope_mb_an_hour(side.memory, warm), 1),
            "lag_seconds": {f"p{share}": round(float(np.percentile(seen, share)), 1) for share in (50, 95, 99)},
        }
        if side.on_their_way:
            row["on_their_way_mean"] = round(side.on_their_way[-1], 1)
        print(json.dumps(row))
    first, second = (snapshot(side.index) for side in sides)
    equal = all(first[kind] == second[kind] for kind in ("articles", "stories"))
    complete = all(count(side.index) == (schedule.articles, 0) for side in sides)
    print(json.dumps({"articles_and_stories_equal": equal, "all_indexed_by_both": complete}))
    return 0 if equal and complete else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--publish-every", type=float, default=120, metavar="SECONDS", help="of each feed")
    parser.add_argument("--poll-every", type=float, default=30, metavar="SECONDS")
    arguments = parser.parse_args()
    return soak(arguments.minutes, arguments.feeds, arguments.publish_every, arguments.poll_every)


if __name__ == "__main__":
    sys.exit(main())
