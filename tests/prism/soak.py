"""A stream on Prism and repeated rounds on the DirectRunner, side by side, over feeds that publish all the while.

    python -m tests.prism.soak [minutes] [--feeds 200] [--publish-every 120] [--poll-every 30] [--samples FILE]

Both watch one loopback site and poll each feed every so often: the stream on its own schedule, the rounds with
``run --every``. Reported of each: memory of its processes and its slope after the warm-up (the first third), threads,
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
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

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


@dataclass(frozen=True, slots=True)
class Sample:
    """One side at one moment: resident MB by what processes are for, and how busy the machine is."""

    moment: float
    memory_mb: dict[str, float]
    threads: int
    articles: int
    load: float


@dataclass
class Side:
    """One of the two, and what was seen of it."""

    name: str
    index: str
    process: subprocess.Popen[bytes]
    log: Path
    samples: list[Sample] = field(default_factory=list)
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


def memory_mb(process_id: int) -> dict[str, float]:
    """Resident memory of the process and all below it, by what they are for."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    parts: dict[str, float] = {}
    waiting = [process_id]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        try:
            pages = int(Path(f"/proc/{one}/statm").read_text().split()[1])
            command = Path(f"/proc/{one}/cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        part = _part(command, is_main=one == process_id)
        parts[part] = parts.get(part, 0.0) + pages * _PAGE / 1e6
    return parts


def _part(command: bytes, is_main: bool) -> str:
    if is_main:
        return "main"
    if b"extraction_worker" in command:
        return "extraction"
    return "prism" if b"-job_port" in command and not command.startswith(b"/bin/sh") else "other"


def sample(side: Side) -> Sample:
    """The side as it is now."""
    threads = len(list(Path(f"/proc/{side.process.pid}/task").iterdir()))
    memory = {part: round(value, 1) for part, value in memory_mb(side.process.pid).items()}
    return Sample(time.time(), memory, threads, count(side.index)[0], os.getloadavg()[0])


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


def slope_mb_an_hour(moments: list[float], values: list[float]) -> float:
    if len(moments) < 3:
        return float("nan")
    return round(float(np.polyfit(np.array(moments) / 3600, np.array(values), 1)[0]), 1)


def memory_of(samples: list[Sample]) -> dict[str, dict[str, float]]:
    """Of all and of each part: at the first and the last sample, the most, and the slope."""
    parts = sorted({part for one in samples for part in one.memory_mb})
    series = {"all": [sum(one.memory_mb.values()) for one in samples]}
    series |= {part: [one.memory_mb.get(part, 0.0) for one in samples] for part in parts}
    moments = [one.moment for one in samples]
    return {
        part: {
            "first_mb": round(values[0]),
            "last_mb": round(values[-1]),
            "most_mb": round(max(values)),
            "slope_mb_an_hour": slope_mb_an_hour(moments, values),
        }
        for part, values in series.items()
    }


def soak(minutes: float, feeds: int, publish_every: float, poll_every: float, samples: TextIO) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        schedule = Schedule(time.time() + 20, minutes * 60, feeds, min(20, feeds), publish_every)
        with publishing_site(schedule) as site:
            (folder / "feeds.yaml").write_text(site.feed_list(), encoding="utf-8")
            sides = [start(name, folder, site, poll_every) for name in ("stream", "rounds")]
            try:
                watch(sides, schedule, samples)
                return report(sides, schedule)
            finally:
                for side in sides:
                    if side.process.poll() is None:
                        side.process.kill()
                    side.process.wait(30)


def watch(sides: list[Side], schedule: Schedule, samples: TextIO) -> None:
    """Sample until all that was published is indexed on both sides; then stop both."""
    end = schedule.begins + schedule.seconds
    while time.time() < end + _SETTLE_SECONDS:
        for side in sides:
            if side.process.poll() is not None:
                raise SystemExit(f"{side.name} ended:\n{side.log.read_text()[-4000:]}")
            side.samples.append(sample(side))
            print(json.dumps({"side": side.name} | asdict(side.samples[-1])), file=samples, flush=True)
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
        late = [one for one in side.samples if one.moment >= warm]
        row = {
            "side": side.name,
            "articles": count(side.index)[0],
            "exit_code": side.process.returncode,
            "threads": [late[0].threads, late[-1].threads],
            "load_mean": round(float(np.mean([one.load for one in late])), 1),
            "lag_seconds": {f"p{share}": round(float(np.percentile(seen, share)), 1) for share in (50, 95, 99)},
        }
        if side.on_their_way:
            row["on_their_way_mean"] = round(side.on_their_way[-1], 1)
        print(json.dumps(row))
        for part, figures in memory_of(late).items():
            print(json.dumps({"side": side.name, "memory": part} | figures))
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
    parser.add_argument("--samples", default=os.devnull, metavar="FILE", help="every sample as a line of JSON")
    arguments = parser.parse_args()
    with Path(arguments.samples).open("w", encoding="utf-8") as samples:
        return soak(arguments.minutes, arguments.feeds, arguments.publish_every, arguments.poll_every, samples)


if __name__ == "__main__":
    sys.exit(main())
