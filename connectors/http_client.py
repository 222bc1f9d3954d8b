"""One polite, guarded HTTP client for pages and feeds."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from yarl import URL

from connectors.address_guard import AddressGuard, Lookup
from connectors.content_types import PAGE_TYPES
from connectors.host_politeness import LONGEST_PAUSE_SECONDS, SHARED_MEMORY, HostMemory, HostPoliteness
from connectors.http_errors import LIBRARY_ERRORS, translate
from connectors.http_exchange import Connections, Response
from connectors.retry_policy import wait_seconds
from connectors.robots_policy import RobotsAnswer, RobotsPolicy
from connectors.web_address import host_key, origin, web_address
from schemas.errors import FailReason, PermanentError, TransientError
from schemas.settings import FetchSettings

__all__ = ["ANY_TYPE", "FEED_TYPES", "PAGE_TYPES", "HttpClient", "Response"]

FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/xml",
    "text/xml",
    "text/html",
    "text/plain",
)
ANY_TYPE: tuple[str, ...] = ()

_MOST_REDIRECTS = 10
_MOST_ROBOTS_REDIRECTS = 5  # RFC 9309, section 2.3.1.2
_HOST_FAILURES = frozenset({FailReason.DNS, FailReason.CONNECT, FailReason.TLS, FailReason.TIMEOUT, FailReason.RESET})


@dataclass(slots=True)
class _Request:
    """One get() on its way through redirects and retries."""

    headers: Mapping[str, str]  # sent everywhere
    private_headers: Mapping[str, str]  # sent to the first origin only: cookies, authorisation, validators
    first_origin: str
    accept: tuple[str, ...]
    obey_robots: bool
    follow: Callable[[str], bool]
    admit: Callable[[], Awaitable[object]]
    is_robots: bool = False
    failures: int = 0
    effort_seconds: float = 0.0  # in failed attempts and between them, not in line for a host's turn
    redirects: list[tuple[int, str]] = field(default_factory=list)
    # Set on the way, for the walls that only test for them; by origin, so that no other site sees them.
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def cookie_count(self) -> int:
        """A circle is one only when no cookie was added on the way round."""
        return sum(len(cookies) for cookies in self.cookies.values())

    def headers_for(self, own_origin: str) -> dict[str, str]:
        """What to send to that origin."""
        return {**self.headers, **(self.private_headers if own_origin == self.first_origin else {})}


class HttpClient:
    """Fetches over http and https, politely and within limits; use with ``async with``, in one event loop.

    Args:
        settings: limits and manners.
        allow_private: hosts or networks that may be private (see :class:`AddressGuard`).
        memory: what is known of hosts; shared by all clients of the process unless a test brings its own.
        assume_recent: see :class:`HostPoliteness`.
        lookup: host name to addresses; the system's resolver unless a test brings its own.
        ssl_context: for a private certificate authority; the system's authorities by default.
        chance: where the jitter between retries comes from.
    Guarantees: every connection, redirects and robots.txt included, goes to an address that the guard passed,
        at the host's turn. Memory per request is bounded by ``max_body_bytes``. No environment proxy is used.
    Errors: ConfigError for a User-Agent, contact or allow_private that cannot be used.
    """

    def __init__(
        self,
        settings: FetchSettings,
        allow_private: tuple[str, ...] = (),
        *,
        memory: HostMemory | None = None,
        assume_recent: bool = False,
        lookup: Lookup | None = None,
        ssl_context: ssl.SSLContext | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._memory = memory if memory is not None else SHARED_MEMORY
        self._assume_recent = assume_recent
        self._connections = Connections(settings, AddressGuard(allow_private), lookup, ssl_context)
        self._chance = chance or random.Random()  # noqa: S311  # jitter is no secret

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._politeness = HostPoliteness(
            settings.per_host_concurrency, settings.concurrency, self._memory, self._assume_recent
        )
        self._robots = RobotsPolicy(self._fetch_robots, settings.user_agent.partition("/")[0].strip(), self._memory)
        self._connections.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[str, ...] = PAGE_TYPES,
        etag: str = "",
        last_modified: str = "",
        obey_robots: bool | None = None,
        follow: Callable[[str], bool] | None = None,
        admit: Callable[[], Awaitable[object]] | None = None,
    ) -> Response:
        """The answer to a GET, after redirects and retries.

        Args:
            url: absolute, http or https, without credentials.
            headers: sent to the URL's own origin only, never to where it redirects.
            accept: media types to take; ``ANY_TYPE`` for all. An answer that states none is taken.
            etag: validator of a conditional GET, as the server gave it.
            last_modified: the same by date.
            obey_robots: overrides the setting: a feed that its publisher lists for readers may be polled.
            admit: awaited before each request, at the host's turn: holds downloads back while pages pile up.
            follow: whether to go where a redirect points; if not, the redirect itself is the response.
        Errors: TransientError, PermanentError; ForbiddenByRobotsError.
        """
        target = web_address(url)
        private_headers = dict(headers or {})
        if etag:
            private_headers["If-None-Match"] = etag
        if last_modified:
            private_headers["If-Modified-Since"] = last_modified
        obey = self._settings.obey_robots if obey_robots is None else obey_robots
        public_headers = {"Accept": _accept_header(accept)}
        request = _Request(
            public_headers,
            private_headers,
            origin(target),
            accept,
            obey,
            follow or _follow_all,
            admit or _admit_at_once,
        )
        return await self._go(target, request)

    async def _fetch_robots(self, url: URL) -> RobotsAnswer:
        request = _Request(
            {"Accept": "text/plain, */*;q=0.5"}, {}, origin(url), ANY_TYPE, False, _follow_all, _admit_at_once, True
        )
        response = await self._go(url, request)
        return RobotsAnswer(response.status, response.content)

    async def _go(self, url: URL, request: _Request) -> Response:
        most_redirects = _MOST_ROBOTS_REDIRECTS if request.is_robots else _MOST_REDIRECTS
        visited: set[tuple[URL, int]] = set()
        while True:
            gap_seconds = self._settings.per_host_gap_seconds
            if request.obey_robots:
                rules = await self._robots.check(url)
                gap_seconds = max(gap_seconds, rules.crawl_delay_seconds())
            visited.add((url, request.cookie_count()))
            response = await self._with_retries(url, request, gap_seconds)
            if not response.location or not request.follow(response.location):
                return replace(response, redirects=tuple(request.redirects))
            request.redirects.append((response.status, str(url)))
            if len(request.redirects) > most_redirects:
                raise PermanentError(FailReason.REDIRECT_LOOP, f"{url.raw_host}: more than {most_redirects} redirects")
            url = web_address(response.location)
            if (url, request.cookie_count()) in visited:
                raise PermanentError(FailReason.REDIRECT_LOOP, f"{url.raw_host} redirects in a circle")

    async def _with_retries(self, url: URL, request: _Request, gap_seconds: float) -> Response:
        host = host_key(url)
        while True:
            try:
                return await self._in_turn(url, host, request, gap_seconds)
            except TransientError as error:
                request.failures += 1
                wait = wait_seconds(request.failures, error.retry_after_seconds, self._chance)
                request.effort_seconds += wait
                if not self._may_retry(request, error):
                    raise
                await asyncio.sleep(wait)

    def _may_retry(self, request: _Request, error: TransientError) -> bool:
        """Whether another attempt can help: not when the host wants a long rest, nor without end."""
        longest = 2 * self._settings.total_timeout_seconds + LONGEST_PAUSE_SECONDS
        return (
            request.failures < self._settings.attempts
            and request.effort_seconds <= longest
            and (error.retry_after_seconds or 0.0) <= LONGEST_PAUSE_SECONDS
        )

    async def _in_turn(self, url: URL, host: str, request: _Request, gap_seconds: float) -> Response:
        async with self._politeness.turn(host, gap_seconds) as turn:
            await request.admit()
            started = time.monotonic()
            own_origin = origin(url)
            headers, cookies = request.headers_for(own_origin), request.cookies.setdefault(own_origin, {})
            try:
                async with asyncio.timeout(self._settings.total_timeout_seconds):
                    response = await self._connections.exchange(
                        url, headers, cookies, request.accept, turn.answered, request.is_robots
                    )
            except (*LIBRARY_ERRORS, TransientError, PermanentError) as error:
                request.effort_seconds += time.monotonic() - started
                # Not chained: the cause's text may hold the URL, and the URL a secret. Not in a local variable: an
                # error that its own frame points to lives, with the body read so far, until the collector runs.
                raise self._remembered(host, translate(error, url.raw_host or "")) from None
            self._politeness.succeeded(host)
            return response

    def _remembered(self, host: str, failure: TransientError | PermanentError) -> TransientError | PermanentError:
        """The failure, with what it says of the host noted."""
        failure.__context__ = None
        if failure.reason in _HOST_FAILURES:
            self._politeness.failed(host, failure.reason)
            return failure
        self._politeness.succeeded(host)
        if failure.retry_after_seconds:
            self._politeness.pause(host, failure.retry_after_seconds, failure.reason)
        return failure


def _follow_all(target: str) -> bool:
    return True


async def _admit_at_once() -> None:
    return


def _accept_header(accept: tuple[str, ...]) -> str:
    return ", ".join((*accept, "*/*;q=0.1")) if accept else "*/*"
