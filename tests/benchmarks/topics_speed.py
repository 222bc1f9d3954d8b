"""Speed of gate, topics and entities against a bare automaton pass over the same text, in one run.

``python -m tests.benchmarks.topics_speed [--articles 20000] [--flat]``. The bare pass is the same automaton of the
same library over the same title and body, unfolded, and does nothing with what it finds. With ``--flat`` also what an
article costs over 1,000, 10,000 and 100,000 of them. ``topics_corpus`` says what the articles are.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from pipeline.text.topics.tagging import rule_book, tag_topics
from tests.benchmarks.topics_corpus import corpus

SHARES = (0.05, 0.1, 0.2)
"""Of relevant articles; a general news desk has fewer, a Korean or Japanese political one perhaps as many."""
PARTS = 10
"""The corpus is read in so many parts, bare and in full by turns: other work on the machine then meets both."""


def bare_seconds(work: list[tuple[str, str]]) -> float:
    """CPU seconds of the automaton alone."""
    automaton = rule_book().matcher.automaton
    begun = time.process_time()
    for title, body in work:
        automaton.find_matches_as_indexes(f"{title}\n{body}", overlapping=True)
    return time.process_time() - begun


def full_seconds(work: list[tuple[str, str]]) -> tuple[float, int]:
    """CPU seconds of everything, and how many articles were found relevant."""
    begun = time.process_time()
    relevant = sum(tag_topics(title, body, "", None).relevant for title, body in work)
    return time.process_time() - begun, relevant


def compare(name: str, work: list[tuple[str, str]]) -> None:
    """Print the two beside each other."""
    megabytes = sum(len(f"{title}\n{body}".encode()) for title, body in work) / 1e6
    bare = full = 0.0
    relevant = 0
    for at in range(PARTS):
        part = work[at::PARTS]
        bare += bare_seconds(part)
        seconds, found = full_seconds(part)
        full, relevant = full + seconds, relevant + found
    print(
        f"{name:24} {len(work):7} {megabytes:6.1f} MB  {relevant / len(work):5.1%} tagged"
        f"  bare {megabytes / bare:5.1f} MB/s  full {megabytes / full:5.1f} MB/s  {full / bare:5.1f} times",
        flush=True,
    )


def cpu_seconds(statement: str) -> float:
    """CPU seconds of a statement in a fresh interpreter, the least of three."""
    code = f"import time; b = time.process_time(); {statement}; print(time.process_time() - b)"
    return min(
        float(subprocess.check_output([sys.executable, "-W", "ignore", "-c", code], text=True).split()[-1])
        for _ in range(3)
    )


def compare_loading() -> None:
    """Print what loading the compiled rules and the model costs beside an import of Beam."""
    tagging = "from pipeline.text.topics.tagging import rule_book, shipped_tagger"
    imports = cpu_seconds(tagging)
    rules = cpu_seconds(f"{tagging}; shipped_tagger(rule_book())") - imports
    beam = cpu_seconds("import apache_beam")
    print(f"loading rules and model {rules:.2f} s, importing apache_beam {beam:.2f} s, share {rules / beam:.2f}")
    print(f"importing our modules, numpy and pydantic {imports:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--flat", action="store_true")
    options = parser.parse_args()
    tag_topics("", "Seoul protested to Tokyo over the Dokdo islets.", "", None)
    for share in SHARES:
        compare(f"{share:.0%} relevant", corpus(options.articles, share))
    compare("10% relevant, short", corpus(options.articles // 4, 0.1, length=0.25))
    compare_loading()
    if options.flat:
        work = corpus(100_000, 0.1, length=0.25)
        for size in (1_000, 10_000, 100_000):
            print(
                f"over {size:6} articles: {full_seconds(work[:size])[0] / size * 1e6:.0f} microseconds each", flush=True
            )


if __name__ == "__main__":
    main()
