"""Feeds on the loopback site, and rounds of polling them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.feed_poller import PollResult, poll_feeds
from schemas.feeds import FeedSource, FeedState, feed_state_from_document, feed_state_to_document
from schemas.settings import FetchSettings
from tests.misbehaving_site import Exchange, MisbehavingSite

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
SETTINGS = FetchSettings(per_host_gap_seconds=0, attempts=1, read_timeout_seconds=1, total_timeout_seconds=2)
ALLOWED = ("127.0.0.0/8", "::1")
PUBLISHED = "Fri, 01 May 2026 09:00:00 GMT"


def document(*names: str, channel: str = "") -> bytes:
    items = "".join(
        f"<item><title>The story of {name} in full</title><link>https://news.example/{name}</link>"
        f"<guid>{name}</guid><pubDate>{PUBLISHED}</pubDate></item>"
        for name in names
    )
    return f'<rss version="2.0"><channel><title>News</title>{channel}{items}</channel></rss>'.encode()


class Feed:
    """A path of the site whose answer the test changes between polls."""

    def __init__(self, site: MisbehavingSite, path: str = "/rss", body: bytes = b"", **headers: str) -> None:
        self.body = body or document("a", "b")
        self.status = 200
        self.headers = headers
        self.honours_validators = True
        self.location = ""
        self.path = path
        self.source = FeedSource(path, site.url(path), "Example Daily", "KR", "en", "Asia/Seoul")
        self._site = site
        site.serve(path, self._answer)

    async def _answer(self, exchange: Exchange) -> None:
        etag = self.headers.get("ETag")
        if self.location:
            await exchange.redirect(self.location, self.status)
        elif etag and self.honours_validators and exchange.request.headers.get("if-none-match") == etag:
            await exchange.answer(b"", 304, "", **self.headers)
        else:
            await exchange.answer(self.body, self.status, "application/rss+xml", **self.headers)

    def asked(self):
        return self._site.asked(self.path)


class Rounds:
    """Polls again and again, states going through their documents as in an index."""

    def __init__(self, *sources: FeedSource) -> None:
        self.sources = sources
        self.now = START
        self.documents: dict[str, dict[str, object]] = {}

    def state(self, source: FeedSource) -> FeedState:
        return feed_state_from_document(self.documents[source.feed_id])

    def poll(self, after: timedelta | None = None) -> list[PollResult]:
        """One round: ``after`` the last one, or when the first feed is due again."""
        if after is not None:
            self.now += after
        elif self.documents:
            self.now = max(self.now, *(self.state(source).next_poll_at or self.now for source in self.sources))
        states = {identity: feed_state_from_document(row) for identity, row in self.documents.items()}
        results = list(poll_feeds(self.sources, states, SETTINGS, ALLOWED, self.now))
        for result in results:
            self.documents[result.source.feed_id] = feed_state_to_document(result.state)
        return sorted(results, key=lambda result: result.source.feed_id)

    def poll_one(self, after: timedelta | None = None) -> PollResult:
        (result,) = self.poll(after)
        return result
