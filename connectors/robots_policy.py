"""robots.txt: fetched once per origin, kept for a day, obeyed as RFC 9309 says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego
from yarl import URL

from connectors.host_politeness import HostMemory
from connectors.web_address import origin
from schemas.errors import FailReason, PermanentError, StraitwireError, TransientError

ROBOTS_LIMIT_BYTES = 512 * 1024  # RFC 9309, section 2.5: parse at least 500 kibibytes; the rest is not read
LONGEST_CRAWL_DELAY_SECONDS = 30.0
_KEEP_SECONDS = 24 * 3600.0  # RFC 9309, section 2.4
_KEEP_FAILURE_SECONDS = 300.0
_REMEMBERED_BYTES = 64 * 1024 * 1024
# What protego keeps of a line, measured: 270 bytes, 1.5 kB with a wildcard. 500 kB of rules become 60 MB.
_LINE_BYTES = 270
_WILDCARD_BYTES = 1500
_ORIGIN_BYTES = 1000


class ForbiddenByRobotsError(StraitwireError):
    """The site does not want this page fetched: not a failure, a decision to respect."""


class RobotsRules:
    """What one robots.txt says to us.

    Args:
        text: the file, or None when there is none: everything is allowed then.
        agent: our product token.
    """

    def __init__(self, text: str | None, agent: str) -> None:
        self._agent = agent
        self._rules = Protego.parse(text) if text else None
        lines, wildcards = (text.count("\n"), text.count("*")) if text else (0, 0)
        self.weight_bytes = _ORIGIN_BYTES + lines * _LINE_BYTES + min(lines + 1, wildcards) * _WILDCARD_BYTES

    def allows(self, url: URL) -> bool:
        """Whether the page may be fetched."""
        return self._rules is None or url.path == "/robots.txt" or bool(self._rules.can_fetch(str(url), self._agent))

    def crawl_delay_seconds(self) -> float:
        """Gap that the site asks for, at most LONGEST_CRAWL_DELAY_SECONDS; 0.0 when it asks for none."""
        if self._rules is None:
            return 0.0
        delay = self._rules.crawl_delay(self._agent) or 0.0
        rate = self._rules.request_rate(self._agent)
        if rate is not None and rate.requests > 0:
            delay = max(delay, rate.seconds / rate.requests)
        return max(0.0, min(float(delay), LONGEST_CRAWL_DELAY_SECONDS))


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What the server said to the request for robots.txt, after redirects."""

    status: int
    content: bytes


class RobotsPolicy:
    """Rules per origin, each fetched once however many pages wait for it.

    Args:
        fetch: gets a robots.txt by its URL; raises TransientError or PermanentError when no HTTP answer came.
        agent: our product token, such as ``straitwire``.
    """

    def __init__(
        self,
        fetch: Callable[[URL], Awaitable[RobotsAnswer]],
        agent: str,
        memory: HostMemory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._agent = agent
        self._memory = memory
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}

    async def rules(self, url: URL) -> RobotsRules:
        """The rules of the URL's origin.

        Errors: TransientError, with the reason, while the file cannot be had: "complete disallow" for now
            (RFC 9309, section 2.3.1.4), and nothing to remember the page by.
        """
        key = origin(url)
        known = self._known(key)
        if known is None:
            lock = self._locks.setdefault(key, asyncio.Lock())
            async with lock:
                known = self._known(key) or await self._find_out(key, url)
            self._locks.pop(key, None)
        if isinstance(known, RobotsRules):
            return known
        reason, detail = known
        raise TransientError(reason, detail)

    async def check(self, url: URL) -> RobotsRules:
        """The rules, when they allow the page.

        Errors: ForbiddenByRobotsError; TransientError as :meth:`rules`.
        """
        rules = await self.rules(url)
        if not rules.allows(url):
            raise ForbiddenByRobotsError(f"robots.txt of {url.raw_host} disallows this page")
        return rules

    def _known(self, key: str) -> RobotsRules | tuple[FailReason, str] | None:
        kept = self._memory.robots.get(key)
        if kept is None or kept[0] < self._clock():
            return None
        return kept[1]  # type: ignore[return-value]  # the memory holds what _find_out put there

    async def _find_out(self, key: str, url: URL) -> RobotsRules | tuple[FailReason, str]:
        known: RobotsRules | tuple[FailReason, str]
        keep_seconds = _KEEP_FAILURE_SECONDS
        try:
            answer = await self._fetch(url.origin().with_path("/robots.txt"))
        except TransientError as error:
            known = (error.reason, f"{error.detail} (asked for robots.txt)")
        except PermanentError:
            known = RobotsRules(None, self._agent)  # no usable file; what is wrong with the host shows at the page
        else:
            known = _rules_of(answer, self._agent, url.raw_host or "")
            if isinstance(known, RobotsRules):
                keep_seconds = _KEEP_SECONDS
        self._forget(key)
        weight_bytes = known.weight_bytes if isinstance(known, RobotsRules) else _ORIGIN_BYTES
        self._memory.robots_bytes += weight_bytes
        self._memory.robots[key] = (self._clock() + keep_seconds, known, weight_bytes)
        for oldest in list(self._memory.robots)[:-1] if self._memory.robots_bytes > _REMEMBERED_BYTES else ():
            self._forget(oldest)
            if self._memory.robots_bytes <= _REMEMBERED_BYTES:
                break
        return known

    def _forget(self, key: str) -> None:
        forgotten = self._memory.robots.pop(key, None)
        self._memory.robots_bytes -= forgotten[2] if forgotten else 0


def _rules_of(answer: RobotsAnswer, agent: str, host: str) -> RobotsRules | tuple[FailReason, str]:
    if 200 <= answer.status < 300:
        text = answer.content.decode("utf-8-sig", errors="replace").replace("\0", "")
        return RobotsRules(text, agent)
    if answer.status == 429 or answer.status >= 500:  # 429 is a server in distress, not a missing file
        return FailReason.HTTP_SERVER_ERROR, f"{host} answered {answer.status} to the request for robots.txt"
    return RobotsRules(None, agent)
