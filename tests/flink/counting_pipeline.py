"""A small stream with state, for tests of the cluster: numbers, counted by key, appended to a file.

Every line of the file says key, number and the key's count so far. After any kill the counts of the distinct numbers of
a key must be 1, 2, 3 ...: state exactly once; lines may repeat, because the file is written at least once.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import apache_beam as beam
from apache_beam.coders import VarIntCoder
from apache_beam.metrics.metric import Metrics
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.periodicsequence import PeriodicImpulse
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec
from apache_beam.utils.timestamp import Timestamp

KEYS = 4


class Number(beam.DoFn):
    """The moment of an impulse -> (key, its number)."""

    def __init__(self, start: float, interval: float) -> None:
        self._start, self._interval = start, interval

    def process(self, moment):
        number = round((float(moment) - self._start) / self._interval)
        yield f"key {number % KEYS}", number


class Count(beam.DoFn):
    """(key, number) -> (key, number, how many numbers of this key so far)."""

    SEEN = ReadModifyWriteStateSpec("seen", VarIntCoder())

    def process(self, element, seen=beam.DoFn.StateParam(SEEN)):  # Beam reads defaults
        count = (seen.read() or 0) + 1
        seen.write(count)
        Metrics.counter("straitwire.test", "received").inc()
        yield (*element, count)


class Append(beam.DoFn):
    """Appends a line an element, in one write."""

    def __init__(self, path: str, version: str) -> None:
        self._path, self._version = path, version

    def process(self, element):
        line = json.dumps([*element, self._version]) + "\n"
        with Path(self._path).open("ab", buffering=0) as file:
            file.write(line.encode())


class Echo(beam.DoFn):
    """What comes in goes out: a step more."""

    def process(self, element):
        yield element


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", required=True)
    parser.add_argument("--start", type=float, default=time.time())
    parser.add_argument("--interval", type=float, default=0.1)
    parser.add_argument("--version", default="1", help="1; 2 appends a step; 3 inserts one before the state")
    chosen, rest = parser.parse_known_args()
    pipeline = beam.Pipeline(options=PipelineOptions(rest))
    numbers = (
        pipeline
        | "Impulse"
        >> PeriodicImpulse(
            start_timestamp=Timestamp.of(chosen.start), fire_interval=chosen.interval, apply_windowing=False
        )
        | "Number" >> beam.ParDo(Number(chosen.start, chosen.interval))
    )
    if chosen.version == "3":
        numbers = numbers | "Inserted" >> beam.ParDo(Echo())
    counted = numbers | "Count" >> beam.ParDo(Count())
    counted | "Append" >> beam.ParDo(Append(chosen.path, chosen.version))
    if chosen.version == "2":
        counted | "Appended" >> beam.ParDo(Echo())
    pipeline.run()


def rows_of(path: Path) -> list[tuple[str, int, int, str]]:
    """The whole lines of the file."""
    if not path.exists():
        return []
    return [tuple(json.loads(line)) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def contradictions(rows: list[tuple[str, int, int, str]]) -> list[str]:
    """What is wrong with the rows: counts that changed at a replay, were skipped or given twice."""
    wrong = []
    counts: dict[str, dict[int, int]] = {}
    for key, number, count, _ in rows:
        known = counts.setdefault(key, {}).setdefault(number, count)
        if known != count:
            wrong.append(f"{key}: number {number} was counted as {known} and as {count}")
    for key, of_key in counts.items():
        if sorted(of_key.values()) != list(range(1, len(of_key) + 1)):
            wrong.append(f"{key}: the counts are not 1 to {len(of_key)}")
        missing = set(range(min(of_key), max(of_key) + 1, KEYS)) - set(of_key)
        if missing:
            wrong.append(f"{key}: never counted: {sorted(missing)}")
    return wrong


if __name__ == "__main__":
    # What is submitted names this module, not __main__, so that workers find the classes where they are.
    from tests.flink import counting_pipeline

    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    counting_pipeline.main()
