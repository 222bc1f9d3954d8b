"""A hot story and a template: ``python -m tests.benchmarks.linking_hot [documents]``.

Copies of one story in one hour, each cut and with a line of its own; and weather reports of one template, each with
numbers and a town of its own. All of them share keys with all others. CPU seconds for a quarter of the documents and
for all of them: the ratio is 4 when cost grows with documents and 16 when it grows with pairs. Of the reports, pairs
remain that share a number under a key or three facts, one in forty: with 20,000 reports they are most of the cost.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pipeline.text.linking import Member
from pipeline.text.stories import link_members
from tests.unit.linking.test_stories import _hot_story, _weather_reports

DOCUMENTS = 5_000
MOST_GROWTH = 8.0


def main(documents: int) -> int:
    """Print the table; exit code 1 when an answer is wrong or cost grows nearly with pairs."""
    hot, hot_growth = measure("hot story", _hot_story, documents)
    reports, reports_growth = measure("weather reports", _weather_reports, documents)
    return int(hot != 1 or reports != documents or max(hot_growth, reports_growth) > MOST_GROWTH)


def measure(name: str, make: Callable[[int], list[Member]], documents: int) -> tuple[int, float]:
    """Print what the documents cost; how many stories they are, and how cost grew."""
    seconds, stories = [], 0
    for count in (documents // 4, documents):
        members = make(count)
        started = time.process_time()
        stories = len({story.story_id for story in link_members(members).values()})
        seconds.append(time.process_time() - started)
        print(f"{name:<16} {count:>6} documents {seconds[-1]:7.2f} CPU s {stories:>6} stories", flush=True)
    growth = seconds[1] / seconds[0]
    print(f"{name:<16} ratio {growth:.1f} for four times as many (at most {MOST_GROWTH})")
    return stories, growth


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS))
