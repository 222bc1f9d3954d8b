"""Documents a CPU second from text to linked pairs: ours, datasketch's and rensa's MinHash LSH, in one run.

``python -m tests.benchmarks.linking_speed [documents]``. The same texts for all, boilerplate stripped. Each contender
cuts its own shingles, hashes, inserts and queries, and verifies what it finds (we by reading both texts sentence by
sentence, they by the Jaccard index of their shingle sets). The best of three rounds counts; CPU time of this process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from pipeline.text.members import Member, Reading
from pipeline.text.signature import sign_all
from pipeline.text.stories import candidate_blocks
from tests.quality import linking_baselines
from tests.quality.linking import Row, documents, language_of, linked, stripped_body

ROUNDS = 3
LEAST = {"datasketch": 5.0, "rensa": 1.5}


def main(count: int) -> int:
    """Print the table; exit code 1 when we are not as many times as fast as promised."""
    rows = documents("wire-dev")[:count]
    bodies = [stripped_body(row) for row in rows]
    ids = [row["id"] for row in rows]
    contenders: dict[str, Callable[[], object]] = {
        "straitwire": lambda: linked(_members(rows, bodies)),
        "datasketch": lambda: linking_baselines.BASELINES["datasketch"](ids, bodies),
        "rensa": lambda: linking_baselines.BASELINES["rensa"](ids, bodies),
    }
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            best[name] = min(best[name], _cpu_seconds(contender))
    signing = min(_cpu_seconds(lambda: sign_all(bodies)) for _ in range(ROUNDS))
    for name, seconds in best.items():
        print(f"{name:<12} {len(rows)} documents {seconds:7.2f} CPU s {seconds / len(rows) * 1e3:7.3f} ms a document")
    print(f"of ours, signatures {signing / len(rows) * 1e3:.3f} ms a document")
    members = _members(rows, bodies)
    finding = min(_cpu_seconds(lambda: _find_candidates(members)) for _ in range(ROUNDS))
    print(f"of ours, finding candidates {finding / len(rows) * 1e3:.3f} ms a document; the rest reads them")
    short = False
    for name, least in LEAST.items():
        ratio = best[name] / best["straitwire"]
        print(f"{name}: ratio {ratio:.2f} (at least {least})")
        short |= ratio < least
    return 1 if short else 0


def _members(rows: Sequence[Row], bodies: Sequence[str]) -> list[Member]:
    signed = sign_all(bodies)
    return [
        Member(row["id"], language_of(row), datetime.fromisoformat(row["published"]), row["title"], signature)
        for row, signature in zip(rows, signed, strict=True)
    ]


def _find_candidates(members: Sequence[Member]) -> None:
    for _ in candidate_blocks([Reading(one) for one in members]):
        pass


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 6_000))
