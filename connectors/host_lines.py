"""One line of requests per host, so that hosts are asked at once and none out of turn."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

from connectors.web_address import host_key, web_address
from schemas.errors import PermanentError


def lines_by_host(urls: Iterable[str]) -> tuple[list[deque[int]], list[tuple[int, PermanentError]]]:
    """Positions in one line per host, and those whose URL cannot be requested at all, with why.

    >>> lines_by_host(["http://a.example/1", "http://b.example/", "http://a.example/2"])
    ([deque([0, 2]), deque([1])], [])
    """
    lines: dict[str, deque[int]] = defaultdict(deque)
    bad: list[tuple[int, PermanentError]] = []
    for position, url in enumerate(urls):
        try:
            lines[host_key(web_address(url))].append(position)
        except PermanentError as error:
            bad.append((position, error))
    return list(lines.values()), bad
