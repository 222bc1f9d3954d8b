"""Requests for many feeds at once: one event loop in a thread of its own, one line of feeds per host."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from connectors.address_guard import Lookup
from connectors.host_politeness import HostMemory
from connectors.http_client import ANY_TYPE, HttpClient, Response
from connectors.web_address import host_key, web_address
from schemas.errors import PermanentError, TransientError
from schemas.feeds import FeedSource, FeedState
from schemas.settings import FetchSettings

_UNREAD_ANSWERS = 32
"""Answers that wait to be parsed; beyond it, downloads wait: bounds memory."""

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


Fetched = tuple[FeedErrand, Response | FeedErrand | TransientError | PermanentError, Answer]


@dataclass(frozen=True, slots=True)
class _Crashed:
    error: BaseException


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
        yield from _Round(errands, client, settings.per_host_concurrency, follow).answers()


class _Round:
    """One run of the event loop, and the queue between it and the consumer."""

    def __init__(
        self, errands: Sequence[FeedErrand], client: HttpClient, per_host: int, follow: Callable[[str], bool] | None
    ) -> None:
        self._errands = errands
        self._client = client
        self._per_host = per_host
        self._follow = follow
        self._queue: queue.SimpleQueue[Fetched | _Crashed | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._room = asyncio.Semaphore(_UNREAD_ANSWERS)
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._left = len(errands)

    def answers(self) -> Iterator[Fetched]:
        """Run to the end, or until the consumer closes the iterator."""
        thread = threading.Thread(target=self._run, name="straitwire-feeds", daemon=True)
        thread.start()
        try:
            while (item := self._queue.get()) is not None:
                if isinstance(item, _Crashed):
                    raise item.error
                yield item
                self._call(self._taken)
        finally:
            self._call(self._cancel)
            thread.join()

    def fetch_more(self, url: str) -> Response:
        """One more address, now; for the consumer's thread."""
        request = self._client.get(url, accept=ANY_TYPE, obey_robots=False)
        return asyncio.run_coroutine_threadsafe(request, self._loop).result()

    def _taken(self) -> None:
        self._room.release()
        self._left -= 1
        if self._left == 0:
            self._all_taken.set()

    def _call(self, function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed already: nothing is left to tell it
            self._loop.call_soon_threadsafe(function)

    def _cancel(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._fetch())
        except asyncio.CancelledError:
            pass  # the consumer has gone
        except BaseException as error:  # a bug must reach the consumer's thread, not die in this one
            self._queue.put(_Crashed(error))
        finally:
            self._queue.put(None)

    async def _fetch(self) -> None:
        self._task = asyncio.current_task()
        self._all_taken = asyncio.Event()
        if self._stopped:
            return
        async with self._client:
            lines, bad = _by_host(self._errands)
            async with asyncio.TaskGroup() as group:
                for line in lines:
                    for _ in range(min(self._per_host, len(line))):
                        group.create_task(self._work_through(line))
                for errand, error in bad:
                    await self._deliver(errand, error)
            # The client stays open for what the consumer may still want to fetch for the last answers.
            await self._all_taken.wait()

    async def _work_through(self, line: deque[FeedErrand]) -> None:
        while line:
            errand = line.popleft()
            await self._deliver(errand, await self._answer(errand))

    async def _deliver(
        self, errand: FeedErrand, answer: Response | FeedErrand | TransientError | PermanentError
    ) -> None:
        await self._room.acquire()
        self._queue.put((errand, answer, self.fetch_more))

    async def _answer(self, errand: FeedErrand) -> Response | FeedErrand | TransientError | PermanentError:
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


def _by_host(
    errands: Sequence[FeedErrand],
) -> tuple[list[deque[FeedErrand]], list[tuple[FeedErrand, PermanentError]]]:
    """One line of errands per host, and those whose address cannot be requested at all."""
    lines: dict[str, deque[FeedErrand]] = defaultdict(deque)
    bad: list[tuple[FeedErrand, PermanentError]] = []
    for errand in errands:
        try:
            lines[host_key(web_address(errand.url))].append(errand)
        except PermanentError as error:
            bad.append((errand, error))
    return list(lines.values()), bad
