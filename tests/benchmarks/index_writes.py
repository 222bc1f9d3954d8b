"""How fast the index takes articles: ``python -m tests.benchmarks.index_writes [LOCATION]`` (default: a SQLite file).

Articles of 450 words or 1,500 Japanese characters, with 150 bands each, 500 a write: first new, then with another
story, as when a story gains a member.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from connectors.index import Document, Kind
from connectors.open_index import open_index
from schemas.records import Signature
from tests.contract.articles import document

_ARTICLES = 2000
_A_WRITE = 500


def _documents() -> list[Document]:
    draw = random.Random(1)
    words = [f"word{number}" for number in range(5000)]
    rows = []
    for number in range(_ARTICLES):
        japanese = "".join(draw.choices("日韓首脳会談東京大統領。", k=1500))
        body = japanese if number % 2 else " ".join(draw.choices(words, k=450))
        bands = tuple(f"{draw.getrandbits(64):016x}" for _ in range(150))
        rows.append(document(f"{number:032x}", body, signature=Signature(1, draw.randbytes(6400), bands, ())))
    return rows


def _timed(name: str, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:<32} {_ARTICLES / wall:>8.0f} documents/s {cpu / _ARTICLES * 1000:>8.2f} ms CPU here a document")


def main() -> None:
    """Print the figures."""
    rows = _documents()
    moved = [{**row, "story_id": "other"} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "index.db"))
        index.setup()

        def write(documents: list[Document]) -> None:
            for start in range(0, len(documents), _A_WRITE):
                outcomes = index.write(Kind.ARTICLES, documents[start : start + _A_WRITE])
                assert not any(outcome.error for outcome in outcomes)

        _timed("new", lambda: write(rows))
        _timed("with another story", lambda: write(moved))
        _timed("read back", lambda: list(index.scan(Kind.ARTICLES)))
        index.delete(Kind.ARTICLES, [row["article_id"] for row in rows])
        index.close()


if __name__ == "__main__":
    main()
