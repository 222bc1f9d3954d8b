"""What linking costs as the archive grows: ``python -m tests.benchmarks.linking_scale [SIZE ...]``.

An archive of articles, 2,000 for each 96 hours, whatever its size: a larger one reaches further back. Three in ten
articles share a stock sentence with others, as press texts do, and one in ten is a copy of a neighbour. Then rounds of
new articles are linked against it, among them copies of recent and of old ones. CPU time of this process for each new
article, and its ratio to the smallest archive (at most 1.5); elapsed time says how long the index was read. Also
printed: the memory of an article in the horizon. A million (``10000 100000 1000000``) take half an hour and 8 GB
of disk; the greatest memory of the process is printed with each size.

``--growing`` puts every archive into one horizon instead: what a press that writes more costs an article. Nothing is
promised for it, so that it only prints.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from connectors.index import Document, Index, Kind
from connectors.open_index import open_index
from pipeline.indexed_members import MEMBER_FIELDS, member_from_document
from pipeline.link_wire_copies import link_articles
from pipeline.text.members import Reading
from pipeline.text.signature import sign_all
from schemas.documents import article_to_document
from schemas.records import Article
from tests.contract.articles import NOON, article

SIZES = (5_000, 20_000, 80_000)
MOST_GROWTH = 1.5
MOST_BYTES = 2_560
_A_HORIZON, _HORIZON = 2_000, timedelta(hours=96)
_A_ROUND, _ROUNDS = 250, 4
_A_WRITE = 1_000
_BEGINNING = NOON - timedelta(days=365 * 20)


@dataclass(frozen=True, slots=True)
class Press:
    """Invented articles: the same ones for the same number."""

    words: tuple[str, ...]
    shares: tuple[float, ...]
    stock: tuple[str, ...]

    def body(self, number: int) -> str:
        """Eight sentences; one in ten is its predecessor with another opening."""
        if number % 10 == 9:
            return f"It was reported again. {self.body(number - 1)}"
        draw = random.Random(number)
        sentences = [self._sentence(draw) for _ in range(8)]
        if draw.random() < 0.3:
            sentences[draw.randrange(8)] = draw.choice(self.stock)
        return " ".join(sentences)

    def _sentence(self, draw: random.Random) -> str:
        words = draw.choices(self.words, cum_weights=self.shares, k=draw.randint(14, 26))
        return f"{words[0].capitalize()} {' '.join(words[1:])} {draw.randrange(2, 999)}."

    def articles(self, numbers: Sequence[int], bodies: Sequence[str], times: Sequence[datetime]) -> list[Article]:
        """Signed articles without a story. Once signed they hold their opening: the rest is not what is measured."""
        signed = sign_all(bodies)
        return [
            replace(
                article(f"{number:032x}", body[:100], published_at=published_at, fetched_at=NOON),
                original_text="", story=None, cuts=(), kept=(), signature=signature,
            )
            for number, body, published_at, signature in zip(numbers, bodies, times, signed, strict=True)
        ]  # fmt: skip


def make_press() -> Press:
    """A vocabulary whose words are as unequal as those of a language."""
    draw = random.Random(0)
    words = tuple("".join(draw.choices("abcdefghijklmnoprstuvwy", k=draw.randint(3, 10))) for _ in range(20_000))
    shares, total = [], 0.0
    for rank in range(1, len(words) + 1):
        total += 1 / rank
        shares.append(total)
    press = Press(words, tuple(shares), ())
    return replace(press, stock=tuple(press._sentence(random.Random(-number)) for number in range(1, 41)))


def published(number: int, a_horizon: int = _A_HORIZON) -> datetime:
    """Each horizon holds the same number of articles; a larger archive is one that has gone on for longer."""
    return _BEGINNING + number * (_HORIZON / a_horizon)


def fill(index: Index, press: Press, first: int, size: int, a_horizon: int = _A_HORIZON) -> None:
    """Write the articles from ``first`` on."""
    for begin in range(first, size, _A_WRITE):
        numbers = range(begin, min(begin + _A_WRITE, size))
        times = [published(one, a_horizon) for one in numbers]
        made = press.articles(numbers, [press.body(one) for one in numbers], times)
        rows: list[Document] = [article_to_document(one, NOON, NOON) for one in made]
        failed = [outcome.error for outcome in index.write(Kind.ARTICLES, rows) if outcome.error]
        if failed:
            raise RuntimeError(failed[0])


def rounds(press: Press, size: int, largest: int, a_horizon: int = _A_HORIZON) -> Iterator[list[Article]]:
    """New articles: half are news, a quarter copies of recent articles, a quarter of articles from anywhere."""
    draw = random.Random(size)
    for round_number in range(_ROUNDS):
        numbers = [largest + round_number * _A_ROUND + place for place in range(_A_ROUND)]
        bodies = []
        for place, number in enumerate(numbers):
            source = (None, None, draw.randrange(size - a_horizon // 2, size), draw.randrange(size))[place % 4]
            bodies.append(press.body(number) if source is None else f"From our desk. {press.body(source)}")
        yield press.articles(numbers, bodies, [published(size, a_horizon)] * _A_ROUND)


def main(sizes: list[int]) -> int:
    """Print the table; exit code 1 when cost or memory grow beyond the promise."""
    press = make_press()
    costs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(str(Path(folder) / "index.db"))
        index.setup()
        filled = 0
        for size in sizes:
            fill(index, press, filled, size)
            filled = size
            cpu, wall, linked = measure(index, press, size, sizes[-1])
            costs.append(cpu)
            print(
                f"{size:>9} articles  {cpu * 1e3:7.2f} ms CPU a new article  {wall * 1e3:7.2f} ms elapsed  "
                f"ratio {cpu / costs[0]:.2f}  {linked} linked  "
                f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most",
                flush=True,
            )
        size_of_one = bytes_of_member(index)
        index.close()
    print(f"{size_of_one:.0f} bytes of memory for each article in the horizon (at most {MOST_BYTES})")
    return int(max(costs) > MOST_GROWTH * costs[0] or size_of_one > MOST_BYTES)


def growing(sizes: list[int]) -> int:
    """Print what a new article costs as the articles of 96 hours grow."""
    press = make_press()
    first = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            index = open_index(str(Path(folder) / "index.db"))
            index.setup()
            fill(index, press, 0, size, size)
            cpu, wall, linked = measure(index, press, size, sizes[-1], size)
            index.close()
        first = first or cpu
        print(
            f"{size:>9} articles in 96 hours  {cpu * 1e3:7.2f} ms CPU a new article  {wall * 1e3:7.2f} ms elapsed  "
            f"ratio {cpu / first:.2f}  {linked} linked",
            flush=True,
        )
    return 0


def measure(
    index: Index, press: Press, size: int, largest: int, a_horizon: int = _A_HORIZON
) -> tuple[float, float, int]:
    """CPU and elapsed seconds a new article, and how many found a story."""
    cpu = wall = 0.0
    linked = count = 0
    for new in rounds(press, size, largest, a_horizon):
        started, clock = time.process_time(), time.perf_counter()
        found = link_articles(new, index)
        cpu += time.process_time() - started
        wall += time.perf_counter() - clock
        count += len(new)
        linked += sum(one.story is not None and one.story.story_id != one.article_id for one in found.articles)
    return cpu / count, wall / count, linked


def bytes_of_member(index: Index) -> float:
    """Memory of an article as linking holds it, its arrays made."""
    rows = []
    for row in index.scan(Kind.ARTICLES, fields=MEMBER_FIELDS):
        rows.append(row)
        if len(rows) == _A_HORIZON:
            break
    tracemalloc.start()
    readings = [Reading(member_from_document(row)) for row in rows]
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(readings)


if __name__ == "__main__":
    chosen = [int(argument) for argument in sys.argv[1:] if argument != "--growing"]
    sys.exit((growing if "--growing" in sys.argv else main)(chosen or list(SIZES)))
