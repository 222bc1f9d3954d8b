"""The stages of the pipeline as a plain loop, without Beam: what a runner's overhead is measured against.

    python -m tests.prism.plain_loop SETTINGS

Polls the feeds of the settings once and takes what they list through the functions of the stages into the index, pages
extracted by child processes as elsewhere, settled fifty at a time.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from connectors.feed_list import load_feed_lists
from connectors.feed_poller import poll_feeds
from connectors.fetch_pages import fetch_all
from connectors.open_index import open_index
from pipeline.attribute_wire import attribute_article
from pipeline.extract_article import page_to_article
from pipeline.settle_entries import settle
from pipeline.stage import batches
from pipeline.strip_boilerplate import strip_article
from pipeline.tag_topics import tag_article
from pipeline.time_limit import shared_extractor
from schemas.records import Article, Page
from schemas.settings import RunSettings, load_settings

_BUNDLE = 50
_UNDER_WAY = 3  # of each child, as in ExtractArticle


def main() -> None:
    settings = load_settings(sys.argv[1])
    index = open_index(settings.index)
    index.setup()
    now = datetime.now(UTC)
    polls = list(poll_feeds(load_feed_lists(settings.feeds), {}, settings.fetch, settings.allow_private, now))
    settle(polls, index, settings.index)
    entries = [entry for poll in polls for entry in poll.entries]
    pages = (page for page in fetch_all(entries, settings.fetch, settings.allow_private, now) if isinstance(page, Page))
    for some in batches((judged(article, settings) for article in read(pages)), _BUNDLE):
        settle(some, index, settings.index)
    index.close()


def read(pages: Iterator[Page]) -> Iterator[Article]:
    extractor = shared_extractor()
    under_way: deque[tuple[Page, Future[Any]]] = deque()
    for page in pages:
        zone = page.entry.publication.timezone
        future = extractor.submit(page.content, page.content_type, page.charset, page.url, zone)
        under_way.append((page, future))
        while len(under_way) > _UNDER_WAY * extractor.workers:
            yield page_to_article(*under_way.popleft())
    while under_way:
        yield page_to_article(*under_way.popleft())


def judged(article: Article, settings: RunSettings) -> Article:
    stripped = strip_article(article, settings.minimum_body_characters)
    return tag_article(attribute_article(stripped), settings.keep)


if __name__ == "__main__":
    main()
