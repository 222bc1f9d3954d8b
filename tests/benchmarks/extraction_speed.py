"""Pages a CPU second, ours and trafilatura's default mode with metadata, in one run.

``python -m tests.benchmarks.extraction_speed [rounds]``. Rounds alternate and the best of each counts, so that
other work on the machine and the order weigh little. CPU time of this process, not elapsed time.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import trafilatura

from pipeline.text.extraction import extract
from schemas.errors import PermanentError
from tests.quality.extraction_corpus import Example, examples

ROUNDS = 3
LEAST_RATIO = 1.4


def main(rounds: int) -> int:
    """Print the table; exit code 1 when we are not 1.4 times as fast."""
    pages = (*examples("aeb"), *examples("publishers"))
    contenders: dict[str, Callable[[Example], object]] = {"straitwire": _ours, "trafilatura": _theirs}
    best = dict.fromkeys(contenders, float("inf"))
    for name, contender in contenders.items():
        for page in pages[:5]:
            contender(page)  # loads models and caches
        best[name] = float("inf")
    for _ in range(rounds):
        for name, contender in contenders.items():
            started = time.process_time()
            for page in pages:
                contender(page)
            best[name] = min(best[name], time.process_time() - started)
    for name, seconds in best.items():
        print(f"{name:<12} {len(pages)} pages {seconds:7.2f} CPU s {len(pages) / seconds:8.1f} pages/CPU s")
    ratio = best["trafilatura"] / best["straitwire"]
    print(f"ratio {ratio:.2f} (at least {LEAST_RATIO})")
    return 0 if ratio >= LEAST_RATIO else 1


def _ours(page: Example) -> object:
    try:
        return extract(page.html, "text/html", "", page.gold["url"])
    except PermanentError as error:
        return error


def _theirs(page: Example) -> object:
    return trafilatura.bare_extraction(page.html, url=page.gold["url"], with_metadata=True)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
