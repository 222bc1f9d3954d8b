"""What one article costs the one writer of a stream, by the size of its bundle; the figures are in deploy/README.md.

    python -m tests.benchmarks.settling [--articles 1000] [--pages] [--bundles 10 50 250 1000] [--backend sqlite]

Articles of forty generated outlets, a part of them copies, or with --pages those of the shared material, go through
``settle`` into an index that holds none at first. CPU milliseconds are of this process, and of the server as well. What
grows with the bundle is not the work but the lag of its first article: wall time of one bundle is printed beside.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.fetch_pages import fetch_all
from connectors.local_sources import read_entries
from connectors.open_index import open_index
from pipeline.attribute_wire import attribute_article
from pipeline.extract_article import page_to_article
from pipeline.settle_entries import settle
from pipeline.strip_boilerplate import strip_article
from pipeline.tag_topics import tag_article
from pipeline.time_limit import shared_extractor
from schemas.records import Article, Page
from schemas.settings import RunSettings
from tests.benchmarks.pipeline_cost import write_pages
from tests.benchmarks.stage_costs import only, server_cpu_seconds
from tests.elasticsearch_server import ElasticsearchServer
from tests.prism.shuffles import article


def measured(articles: list[Article], bundle: int, location: str, server: ElasticsearchServer | None) -> str:
    """One row: what an article cost in bundles of this size."""
    index = open_index(location)
    index.setup()
    index_before = server_cpu_seconds(server) if server else 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    for at in range(0, len(articles), bundle):
        settle(articles[at : at + bundle], index, location)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    index.close()
    each = 1000 / len(articles)
    row = f"bundles of {bundle:5}: {cpu * each:6.1f} CPU ms {wall * each:6.1f} wall ms an article"
    row += f", {len(articles) / wall:6.1f} articles a second, a bundle in {wall * bundle / len(articles):5.1f} s"
    if server:
        row += f"; Elasticsearch {(server_cpu_seconds(server) - index_before) * each:6.1f} CPU ms"
    return row


def real_articles(folder: Path) -> list[Article]:
    """Of the pages of publishers, as they come to the writer."""
    write_pages(folder, 1)
    settings = RunSettings(files=(str(folder / "*.html.gz"),))
    pages = only(Page, fetch_all(list(read_entries(settings)), settings.fetch, (), datetime.now(UTC)))
    extractor = shared_extractor()
    futures = [extractor.submit(page.content, page.content_type, page.charset, page.url, "", "") for page in pages]
    articles = only(Article, map(page_to_article, pages, futures))
    stripped = only(Article, (strip_article(one, settings.minimum_body_characters) for one in articles))
    return only(Article, (tag_article(attribute_article(one), "all") for one in stripped))


def main() -> None:
    """Print one row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--bundles", type=int, nargs="+", default=[10, 50, 250, 1000])
    parser.add_argument("--backend", choices=["elasticsearch", "sqlite"], default="elasticsearch")
    parser.add_argument("--pages", action="store_true", help="of publishers, from the shared material")
    arguments = parser.parse_args()
    if arguments.pages:
        with tempfile.TemporaryDirectory() as folder:
            articles = real_articles(Path(folder))
    else:
        articles = [article(number) for number in range(arguments.articles)]
    print(f"{len(articles)} articles of {sum(len(one.body) for one in articles) // len(articles)} characters")
    server = ElasticsearchServer() if arguments.backend == "elasticsearch" else None
    with tempfile.TemporaryDirectory() as folder:
        try:
            if server:
                server.start()
            base = f"{server.url}/settling" if server else str(Path(folder) / "settling")
            measured(articles[:100], 50, f"{base}-warm", server)
            for place, bundle in enumerate(arguments.bundles):
                row = measured(articles, bundle, f"{base}-{place}", server)
                print(f"{row} (load {os.getloadavg()[0]:.1f})", flush=True)
        finally:
            if server:
                server.stop()


if __name__ == "__main__":
    main()
