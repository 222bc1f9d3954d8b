"""The same articles in any order, in one bundle or several, on the DirectRunner or Prism: the same documents.

    python -m tests.prism.shuffles [--documents 2000] [--shuffles 20]

Every run takes all articles through the stream's writer into an index of its own: 20 orders x {1, 4} bundles x {the
DirectRunner, Prism}. A bundle is a pipeline of its own here, because a runner would cut bundles as it likes. The exit
code says whether all indexes are equal, clock fields aside.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.runners.portability.portable_runner import PortableRunner

from connectors.open_index import open_index
from pipeline.prism_server import find_prism, prism_server
from pipeline.run_stream import stream_options
from pipeline.settle_entries import SettleEntries
from schemas.canonical_url import article_id
from schemas.records import Article, Publication, SourceKind
from schemas.settings import RunSettings
from tests.index_snapshot import snapshot
from tests.prism.publishing_site import PublishingSite, Schedule

_FIRST = datetime(2026, 11, 20, tzinfo=UTC)
_FEEDS = 40
_SITE = PublishingSite(Schedule(_FIRST.timestamp(), 1e9, _FEEDS, 20, 600.0), 80, names=False)

Run = Callable[[Sequence[int], str], None]


def article(number: int) -> Article:
    """The article of this number: a wire copy, whole, cut or with a sentence of the outlet's own, or a story alone."""
    feed, place = number % _FEEDS, number // _FEEDS
    title, paragraphs = _SITE.story(feed, place)
    if feed % 3 == 1:
        paragraphs = paragraphs[:-2]
    elif feed % 3 == 2:
        paragraphs = [*paragraphs[:2], f"Readers of Outlet {feed} know the pier well.", *paragraphs[2:]]
    url = f"https://outlet{feed}.example/story/{place}"
    identity = article_id(url)
    body = "\n\n".join(paragraphs)
    return Article(
        article_id=identity,
        url=url,
        aliases=(),
        entry_keys=(identity,),
        revision="1",
        kind=SourceKind.FEED,
        source_id=f"outlet{feed}.example/rss",
        publication=Publication(f"Outlet {feed}", "KR", "en", ""),
        title=title,
        body=body,
        original_text=body,
        language="en",
        fetched_at=_FIRST + timedelta(days=1),
        fetched_url=url,
        published_at=_FIRST + timedelta(minutes=10 * place + feed) if number % 7 else None,
    )


def on_direct_runner(numbers: Sequence[int], index: str) -> None:
    _run(beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions([])), numbers, index)


@contextmanager
def on_prism() -> Iterator[Run]:
    with prism_server(find_prism()) as endpoint:

        def run(numbers: Sequence[int], index: str) -> None:
            _run(beam.Pipeline(runner=PortableRunner(), options=stream_options(endpoint)), numbers, index)

        yield run


def _run(pipeline: beam.Pipeline, numbers: Sequence[int], index: str) -> None:
    # Numbers, because a graph that holds the texts is larger than a message to a runner may be.
    (
        pipeline
        | beam.Create(list(numbers))
        | beam.Map(article)
        | "SettleEntries" >> SettleEntries(RunSettings(index=index))
    )
    pipeline.run().wait_until_finish()


def settle_all(numbers: Sequence[int], bundles: int, run: Run, index: str) -> dict:
    """Take the articles in this order, in so many bundles, into a new index; what it holds then."""
    opened = open_index(index)
    opened.setup()
    opened.close()
    size = -(-len(numbers) // bundles)
    for at in range(0, len(numbers), size):
        run(numbers[at : at + size], index)
    return snapshot(index)


def unequal_runs(documents: int, shuffles: int, folder: Path) -> list[str]:
    """The runs that ended in other documents than the first."""
    numbers = list(range(documents))
    expected = settle_all(numbers, 1, on_direct_runner, str(folder / "first.db"))
    sizes = [row["size"] for row in expected["stories"].values()]
    assert len(expected["articles"]) == documents
    assert max(sizes) > 2, "the material holds copied stories"
    print(f"{documents} articles, {len(sizes)} stories, the largest of {max(sizes)}", flush=True)
    unequal = []
    with on_prism() as prism:
        for seed, bundles, (name, run) in itertools.product(
            range(shuffles), (1, 4), (("DirectRunner", on_direct_runner), ("Prism", prism))
        ):
            order = numbers[:]
            random.Random(seed).shuffle(order)
            started = time.monotonic()
            index = folder / f"{seed}-{bundles}-{name}.db"
            equal = settle_all(order, bundles, run, str(index)) == expected
            seconds = time.monotonic() - started
            verdict = "equal" if equal else "NOT EQUAL"
            print(f"order {seed:2}, {bundles} bundles, {name:<12} {seconds:6.1f} s  {verdict}", flush=True)
            if not equal:
                unequal.append(index.stem)
            index.unlink()
    return unequal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--shuffles", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        unequal = unequal_runs(arguments.documents, arguments.shuffles, Path(folder))
    print("all runs equal" if not unequal else f"not equal: {', '.join(unequal)}")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
