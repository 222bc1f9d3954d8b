"""One HTTP exchange: guarded, timed, counted while it streams; no retries, no redirects, no manners."""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import aiohttp
from yarl import URL

from connectors.address_guard import AddressGuard, GuardedResolver, Lookup, literal_address
from connectors.body_decoding import ACCEPT_ENCODING, BodyDecoder, body_too_large
from connectors.content_types import parse_content_type
from connectors.http_errors import is_transient_status, status_error
from connectors.retry_policy import retry_after_seconds
from connectors.robots_policy import ROBOTS_LIMIT_BYTES
from connectors.web_address import checked
from schemas.errors import ConfigError, FailReason, PermanentError
from schemas.settings import FetchSettings

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_LARGE_BODY_BYTES = 1024 * 1024
_LARGE_BODIES_AT_ONCE = 2  # bounds memory: a site full of huge pages downloads them two at a time
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


class Connections:
    """The connection pool of one event loop.

    Args:
        settings: timeouts, limits and the User-Agent.
        guard: passes or refuses every address before it is connected to.
        lookup: see :class:`GuardedResolver`.
        ssl_context: for a private certificate authority; the system's authorities when None.
    Errors: ConfigError for a User-Agent or contact that cannot be sent.
    """

    def __init__(
        self,
        settings: FetchSettings,
        guard: AddressGuard,
        lookup: Lookup | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._guard = guard
        self._lookup = lookup
        self._ssl_context = ssl_context
        self._limit_bytes = settings.max_body_bytes
        self._user_agent = _user_agent(settings)

    def open(self) -> None:
        """Make the pool; to be called inside the event loop."""
        _raise_open_file_limit()
        settings = self._settings
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

    async def close(self) -> None:
        """Close what :meth:`open` made."""
        await self._session.close()
        await self._resolver.close()

    async def exchange(
        self,
        url: URL,
        headers: Mapping[str, str],
        cookies: dict[str, str],
        accept: tuple[str, ...],
        on_headers: Callable[[], None],
        is_robots: bool = False,
    ) -> Response:
        """One request and its answer.

        Args:
            url: as ``web_address`` gives it.
            headers: besides User-Agent and Accept-Encoding.
            cookies: sent; those that a redirect sets are added.
            accept: media types to take, () for all.
            on_headers: called when the answer's headers are here.
            is_robots: a robots.txt: whatever its lasting status, and only the start of a body that is too long.
        Errors: TransientError and PermanentError for answers of no use; the library's own for broken exchanges,
            which the caller translates.
        """
        literal = literal_address(url.raw_host or "")
        if literal is not None:  # aiohttp asks the resolver for names only
            self._guard.check(str(literal), url.port or 0, literal)
        async with self._session.get(url, headers=headers, cookies=cookies or None, allow_redirects=False) as answer:
            on_headers()
            content = b""
            location = _location(answer)
            if location:
                cookies.update({name: morsel.value for name, morsel in answer.cookies.items()})
            elif _wants_body(answer, accept, is_robots):
                content = await self._read(answer, is_robots)
            content_type, charset = parse_content_type(_as_text(answer.headers.get("Content-Type", "")))
            return Response(
                url=str(url),
                status=answer.status,
                headers=_joined_headers(answer),
                content=content,
                content_type=content_type,
                charset=charset,
                redirects=(),
                location=location,
                fetched_at=datetime.now(UTC),
            )

    async def _read(self, answer: aiohttp.ClientResponse, is_robots: bool) -> bytes:
        limit_bytes = ROBOTS_LIMIT_BYTES if is_robots else self._limit_bytes
        if (answer.content_length or 0) > limit_bytes and not is_robots:
            raise body_too_large(limit_bytes)
        decoder = BodyDecoder(answer.headers.get("Content-Encoding", ""), limit_bytes, cut=is_robots)
        received_bytes = 0
        large = False
        try:
            async for piece in answer.content.iter_any():
                received_bytes += len(piece)
                if received_bytes > limit_bytes and not is_robots:
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


def _wants_body(answer: aiohttp.ClientResponse, accept: tuple[str, ...], is_robots: bool) -> bool:
    """Whether there is a body to read; errors for statuses and types that are of no use."""
    host = answer.url.raw_host or ""
    if answer.status in (204, 205, 304):
        return False
    if not 200 <= answer.status < 300:
        if is_robots and not is_transient_status(answer.status):
            return False
        wait = retry_after_seconds(_joined_headers(answer), datetime.now(UTC))
        raise status_error(answer.status, host, wait)
    content_type, _ = parse_content_type(_as_text(answer.headers.get("Content-Type", "")))
    if content_type and accept and content_type not in accept:
        raise PermanentError(FailReason.WRONG_CONTENT_TYPE, f"{host} answered with {content_type[:60]}")
    return True


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
        text = _as_text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _as_text(value: str) -> str:
    """A header's value that can be stored: aiohttp keeps bytes that are no UTF-8 as halves of surrogate pairs."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


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
