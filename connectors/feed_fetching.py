"""Requests for many feeds at once: all hosts at once, one line of feeds per host."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.address_guard import Lookup
from connectors.background_loop import Outbox, produced
from connectors.host_lines import lines_by_host
from connectors.host_politeness import HostMemory
from connectors.http_client import ANY_TYPE, HttpClient, Response
from schemas.errors import PermanentError, TransientError
from schemas.feeds import FeedSource, FeedState
from schemas.settings import FetchSettings

_UNREAD_BYTES = 48 * 1024 * 1024  # of answers that wait to be parsed; beyond it, no further request starts
_ANSWER_BYTES = 8 * 1024  # what an answer weighs besides its content

Answer = Callable[[str], Response]
"""Fetches one more address (a sitemap of an index) and waits for it."""


@dataclass(frozen=True, slots=True)
class FeedErrand:
    """A feed to ask, and where: its own address, or the one it was found to redirect to.

    Attributes:
        unconditional: without validators.
        headers: of the feed's own, secrets included: for the request only.
        redirects: statuses on the way to ``url``.
    """

    source: FeedSource
    state: FeedState
    url: str
    unconditional: bool
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    redirects: tuple[int, ...] = ()

    @property
    def has_validators(self) -> bool:
        """Whether "not modified" is an answer to this request."""
        return not self.unconditional and bool(self.state.etag or self.state.last_modified)


_Answered = Response | FeedErrand | TransientError | PermanentError
Fetched = tuple[FeedErrand, _Answered, Answer]


def fetch_feeds(
    errands: Sequence[FeedErrand],
    settings: FetchSettings,
    allow_private: tuple[str, ...],
    *,
    follow: Callable[[str], bool] | None = None,
    assume_recent: bool = False,
    memory: HostMemory | None = None,
    lookup: Lookup | None = None,
) -> Iterator[Fetched]:
    """(errand, answer, a way to fetch more) as the answers come; a consumer that stops early stops the downloads.

    Args:
        errands: what to ask.
        settings: see :class:`FetchSettings`.
        allow_private: see :class:`AddressGuard`.
        follow: whether a redirect to that URL may be followed here; if not, the answer is another errand.
        assume_recent: see :class:`HostPoliteness`.
        memory: see :class:`HttpClient`.
        lookup: see :class:`HttpClient`.
    """
    if errands:
        client = HttpClient(settings, allow_private, memory=memory, assume_recent=assume_recent, lookup=lookup)
        yield from produced(_Round(errands, client, settings.per_host_concurrency, follow).run, _UNREAD_BYTES)


class _Round:
    """All hosts at once, each host's feeds in a line of their own."""

    def __init__(
        self, errands: Sequence[FeedErrand], client: HttpClient, per_host: int, follow: Callable[[str], bool] | None
    ) -> None:
        self._errands = errands
        self._client = client
        self._per_host = per_host
        self._follow = follow

    async def run(self, outbox: Outbox[Fetched]) -> None:
        """Put one answer per errand."""
        lines, bad = lines_by_host(errand.url for errand in self._errands)
        async with self._client:
            for position, error in bad:
                self._deliver(self._errands[position], error, outbox)
            async with asyncio.TaskGroup() as group:
                for line in lines:
                    for _ in range(min(self._per_host, len(line))):
                        group.create_task(self._work_through(line, outbox))
            # The client stays open for what the consumer may still want to fetch for the last answers.
            await outbox.all_finished()

    async def _work_through(self, line: deque[int], outbox: Outbox[Fetched]) -> None:
        while line:
            errand = self._errands[line.popleft()]
            self._deliver(errand, await self._answer(errand, outbox), outbox)

    def _deliver(self, errand: FeedErrand, answer: _Answered, outbox: Outbox[Fetched]) -> None:
        def fetch_more(url: str) -> Response:
            return outbox.run_on_loop(self._client.get(url, accept=ANY_TYPE, obey_robots=False))

        weight_bytes = _ANSWER_BYTES + (len(answer.content) if isinstance(answer, Response) else 0)
        outbox.put((errand, answer, fetch_more), weight_bytes)

    async def _answer(self, errand: FeedErrand, outbox: Outbox[Fetched]) -> _Answered:
        state = errand.state
        try:
            response = await self._client.get(
                errand.url,
                headers=dict(errand.headers),
                accept=ANY_TYPE,
                etag="" if errand.unconditional else state.etag,
                last_modified="" if errand.unconditional else state.last_modified,
                obey_robots=False,
                follow=self._follow,
                admit=outbox.room,
            )
        except (TransientError, PermanentError) as error:
            return error
        if response.location:
            statuses = tuple(status for status, _ in response.redirects)
            # The feed's headers are for its own server, not for where it redirects.
            return replace(
                errand,
                url=response.location,
                headers=(),
                redirects=(*errand.redirects, *statuses, response.status),
                unconditional=True,
            )
        return response
