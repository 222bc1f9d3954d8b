"""Ask the misbehaving site once, with limits small enough for a test."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from connectors.host_politeness import HostMemory
from connectors.http_client import HttpClient, Response
from schemas.settings import FetchSettings

LOOPBACK = ("*.localhost", "127.0.0.0/8")


class NoJitter(random.Random):
    """Retries at once."""

    def uniform(self, a: float, b: float) -> float:
        return a


def quick(**changes: Any) -> FetchSettings:
    settings: dict[str, Any] = {
        "per_host_gap_seconds": 0,
        "connect_timeout_seconds": 10,
        "read_timeout_seconds": 10,  # a busy machine is no misbehaving server: tests of timeouts set their own
        "total_timeout_seconds": 15,
        "attempts": 1,
        "max_body_bytes": 1_000_000,
        "obey_robots": False,
    }
    return FetchSettings(**(settings | changes))


def get(
    url: str,
    settings: FetchSettings | None = None,
    allow_private: tuple[str, ...] = LOOPBACK,
    client_options: dict[str, Any] | None = None,
    **options: Any,
) -> Response:
    async def once() -> Response:
        extra = {"memory": HostMemory(), "chance": NoJitter()} | (client_options or {})
        async with HttpClient(settings or quick(), allow_private, **extra) as client:
            return await client.get(url, **options)

    return asyncio.run(once())
