"""One polite, guarded HTTP client for pages and feeds."""

from __future__ import annotations

import asyncio
import random
import resource
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from connectors.address_guard import AddressGuard, GuardedResolver, Lookup, literal_address
from connectors.body_decoding import ACCEPT_ENCODING, BodyDecoder, body_too_large
from connectors.content_types import PAGE_TYPES, parse_content_type
from connectors.host_politeness import LONGEST_PAUSE_SECONDS, SHARED_MEMORY, HostMemory, HostPoliteness, Turn
from connectors.http_errors import LIBRARY_ERRORS, is_transient_status, status_error, translate
from connectors.retry_policy import retry_after_seconds, wait_seconds
from connectors.robots_policy import ROBOTS_LIMIT_BYTES, RobotsAnswer, RobotsPolicy
from connectors.web_address import checked, host_key, origin, web_address
from schemas.errors import ConfigError, FailReason, PermanentError, TransientError
from schemas.settings import FetchSettings

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
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_HOST_FAILURES = frozenset({FailReason.DNS, FailReason.CONNECT, FailReason.TLS, FailReason.TIMEOUT, FailReason.RESET})
_LARGE_BODY_BYTES = 1024 * 1024
_LARGE_BODIES_AT_ONCE = 4  # bounds memory: a site full of huge pages downloads them four at a time
_KEEP_ALIVE_SECONDS = 5.0
_DNS_CACHE_SECONDS = 300
_OPEN_FILES = 16_384  # thousands of hosts keep a connection each for a few seconds


@dataclass(frozen=True, slots=True)
class Response:
    """What the server answered in the end.

    Attributes:
        url: the URL reached after redirects, without fragment.
        status: 2xx, or 304; a redirect status when ``follow`` said to stop there.
        headers: names in lower case; repeated headers joined by ", ".
        content: the body, decompressed; b"" for 304.
        content_type: media type without parameters, lower case, "" when not stated.
        charset: from Content-Type, lower case, or "".
        redirects: (status, the URL that answered with it), in order.
        location: absolute target of a redirect that was not followed, or "".
        fetched_at: our clock, when the answer was complete.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    content_type: str
    charset: str
    redirects: tuple[tuple[int, str], ...]
    location: str
    fetched_at: datetime

    @property
    def not_modified(self) -> bool:
        """Whether the server said 304 to the validators."""
        return self.status == 304


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
    cookies: dict[str, str] = field(default_factory=dict)  # set on the way, for the walls that only test for them


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
        self._guard = AddressGuard(allow_private)
        self._memory = memory if memory is not None else SHARED_MEMORY
        self._assume_recent = assume_recent
        self._lookup = lookup
        self._ssl_context = ssl_context
        self._user_agent = _user_agent(settings)
        self._chance = chance or random.Random()  # noqa: S311  # jitter is no secret

    async def __aenter__(self) -> Self:
        _raise_open_file_limit()
        settings = self._settings
        self._politeness = HostPoliteness(
            settings.per_host_concurrency, settings.concurrency, self._memory, self._assume_recent
        )
        self._robots = RobotsPolicy(self._fetch_robots, settings.user_agent.partition("/")[0].strip(), self._memory)
        self._large_bodies = asyncio.Semaphore(_LARGE_BODIES_AT_ONCE)
        self._resolver = GuardedResolver(self._guard, settings.connect_timeout_seconds, self._lookup)
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            ssl=self._ssl_context or _tls_context(),
            limit=0,  # HostPoliteness counts
            ttl_dns_cache=_DNS_CACHE_SECONDS,
            dns_cache_max_size=20_000,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=settings.connect_timeout_seconds, sock_read=settings.read_timeout_seconds
            ),
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        await self._resolver.close()

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
            visited.add((url, len(request.cookies)))
            response = await self._with_retries(url, request, gap_seconds)
            if not response.location or not request.follow(response.location):
                return response
            request.redirects.append((response.status, str(url)))
            if len(request.redirects) > most_redirects:
                raise PermanentError(FailReason.REDIRECT_LOOP, f"{url.raw_host}: more than {most_redirects} redirects")
            url = web_address(response.location)
            if (url, len(request.cookies)) in visited:
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
            try:
                async with asyncio.timeout(self._settings.total_timeout_seconds):
                    response = await self._exchange(url, request, turn)
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

    async def _exchange(self, url: URL, request: _Request, turn: Turn) -> Response:
        """One request and its answer."""
        literal = literal_address(url.raw_host or "")
        if literal is not None:  # aiohttp asks the resolver for names only
            self._guard.check(str(literal), url.port or 0, literal)
        headers = dict(request.headers)
        if origin(url) == request.first_origin:
            headers.update(request.private_headers)
        async with self._session.get(
            url, headers=headers, cookies=request.cookies or None, allow_redirects=False
        ) as answer:
            turn.answered()
            content = b""
            location = _location(answer)
            if location:
                request.cookies.update({name: morsel.value for name, morsel in answer.cookies.items()})
            elif self._wants_body(answer, request):
                content = await self._read(answer, request)
            content_type, charset = parse_content_type(answer.headers.get("Content-Type", ""))
            return Response(
                url=str(url),
                status=answer.status,
                headers=_joined_headers(answer),
                content=content,
                content_type=content_type,
                charset=charset,
                redirects=tuple(request.redirects),
                location=location,
                fetched_at=datetime.now(UTC),
            )

    def _wants_body(self, answer: aiohttp.ClientResponse, request: _Request) -> bool:
        """Whether there is a body to read; errors for statuses and types that are of no use."""
        host = answer.url.raw_host or ""
        if answer.status in (204, 205, 304):
            return False
        if not 200 <= answer.status < 300:
            if request.is_robots and not is_transient_status(answer.status):
                return False
            wait = retry_after_seconds(_joined_headers(answer), datetime.now(UTC))
            raise status_error(answer.status, host, wait)
        content_type, _ = parse_content_type(answer.headers.get("Content-Type", ""))
        if content_type and request.accept and content_type not in request.accept:
            raise PermanentError(FailReason.WRONG_CONTENT_TYPE, f"{host} answered with {content_type[:60]}")
        return True

    async def _read(self, answer: aiohttp.ClientResponse, request: _Request) -> bytes:
        limit_bytes = ROBOTS_LIMIT_BYTES if request.is_robots else self._settings.max_body_bytes
        if (answer.content_length or 0) > limit_bytes and not request.is_robots:
            raise body_too_large(limit_bytes)
        decoder = BodyDecoder(answer.headers.get("Content-Encoding", ""), limit_bytes, cut=request.is_robots)
        received_bytes = 0
        large = False
        try:
            async for piece in answer.content.iter_any():
                received_bytes += len(piece)
                if received_bytes > limit_bytes and not request.is_robots:
                    raise body_too_large(limit_bytes)
                decoder.feed(piece)
                if decoder.is_full:
                    break
                if not large and max(received_bytes, decoder.size_bytes) > _LARGE_BODY_BYTES:
                    await self._large_bodies.acquire()
                    large = True
            return decoder.finish()
        finally:
            if large:
                self._large_bodies.release()


def _follow_all(target: str) -> bool:
    return True


async def _admit_at_once() -> None:
    return


def _location(answer: aiohttp.ClientResponse) -> str:
    """Absolute target of a redirect, or "" when the answer is none."""
    if answer.status not in _REDIRECT_STATUSES:
        return ""
    target = answer.headers.get("Location", "")
    if not target:
        raise PermanentError(FailReason.HTTP_CLIENT_ERROR, f"{answer.url.raw_host} redirects to nowhere")
    try:
        return str(checked(answer.url.join(URL(target))))
    except ValueError as error:
        raise PermanentError(FailReason.BAD_URL, f"{answer.url.raw_host} redirects to what is not a URL") from error


def _joined_headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in answer.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _accept_header(accept: tuple[str, ...]) -> str:
    return ", ".join((*accept, "*/*;q=0.1")) if accept else "*/*"


def _user_agent(settings: FetchSettings) -> str:
    agent = f"{settings.user_agent} (+{settings.contact})" if settings.contact else settings.user_agent
    if not agent.isascii() or not agent.isprintable() or not agent.partition("/")[0].strip():
        raise ConfigError("fetch.user_agent and fetch.contact must be printable ASCII, such as newsroom/1.0")
    return agent


@cache
def _tls_context() -> ssl.SSLContext:
    """Certificates are checked; servers that know no secure renegotiation (RFC 5746) are still talked to.

    Korean outlets have such servers; a client that never renegotiates loses nothing.
    """
    context = ssl.create_default_context()  # reads every authority's certificate: a quarter of a second
    context.options |= 0x4  # OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
    return context


def _raise_open_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
