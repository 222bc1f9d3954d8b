"""Entries to pages: local ones are read, the others fetched, all hosts at once and each at its own pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yarl import URL

from connectors.address_guard import Lookup
from connectors.background_loop import Outbox, produced
from connectors.content_types import guessed_type
from connectors.host_lines import lines_by_host
from connectors.host_politeness import HostMemory
from connectors.http_client import HttpClient
from connectors.local_sources import is_local, load_page
from connectors.raw_archive import RawArchive, archive_in
from connectors.robots_policy import ForbiddenByRobotsError
from connectors.web_address import without_credentials
from schemas.entry_json import entry_to_json
from schemas.errors import Failed, FailReason, PermanentError, Rejected, RejectReason, TransientError
from schemas.records import Entry, Page
from schemas.settings import FetchSettings

STAGE = "fetch_pages"
_UNREAD_BYTES = 48 * 1024 * 1024  # of pages that the consumer is not done with; beyond it, no further request starts
_OUTCOME_BYTES = 8 * 1024  # what an outcome weighs besides its content


@dataclass(frozen=True, slots=True)
class Errand:
    """An entry and where to go for it: its own URL, or the one it was found to redirect to."""

    entry: Entry
    url: str


Outcome = Page | Rejected | Failed | Errand
"""What becomes of an errand; another errand when it leads to a host that ``follow`` does not permit."""


def fetch_all(
    entries: Sequence[Entry], settings: FetchSettings, allow_private: tuple[str, ...], now: datetime
) -> Iterator[Page | Rejected | Failed]:
    """Exactly one outcome per entry, each as soon as it is there; the order is that of the answers.

    Args:
        entries: local entries are read at once, ``now`` being their time; the others are fetched.
        settings: see :class:`FetchSettings`.
        allow_private: see :class:`AddressGuard`.
        now: our clock.
    Guarantees: memory does not grow with the number of entries; a consumer that stops early stops the downloads.
    Errors: ConfigError for settings that cannot be used. Everything about an entry is in its outcome.
    """
    for entry in entries:
        if is_local(entry):
            yield read_local(entry, now, settings.max_body_bytes)
    errands = [Errand(entry, entry.url) for entry in entries if not is_local(entry)]
    for _, outcome in run_errands(errands, settings, allow_private):
        if not isinstance(outcome, Errand):  # never: everything may be followed
            yield outcome


def read_local(entry: Entry, now: datetime, limit_bytes: int) -> Page | Failed:
    """The page of a local entry, or why it cannot be read."""
    try:
        page = load_page(entry, now, limit_bytes)
    except PermanentError as error:
        return failed(entry, error)
    return page if page.content.strip() else failed(entry, _empty(page.entry.url))


def failed(entry: Entry, error: TransientError | PermanentError) -> Failed:
    """The dead letter of an entry. A transient failure leaves the entry to a later round."""
    entry = replace(entry, url=without_credentials(entry.url))
    permanent = isinstance(error, PermanentError)
    return Failed(
        STAGE, error.reason, entry.url, error.detail, entry_to_json(entry), permanent, entry.key, entry.revision
    )


def run_errands(
    errands: Sequence[Errand],
    settings: FetchSettings,
    allow_private: tuple[str, ...],
    *,
    follow: Callable[[str], bool] | None = None,
    headers_for: Callable[[Errand], Mapping[str, str]] | None = None,
    assume_recent: bool = False,
    memory: HostMemory | None = None,
    lookup: Lookup | None = None,
) -> Iterator[tuple[int, Outcome]]:
    """(position in ``errands``, outcome) as the answers come; a consumer that stops early stops the downloads.

    Args:
        errands: what to fetch.
        settings: see :class:`FetchSettings`.
        allow_private: see :class:`AddressGuard`.
        follow: whether a redirect to that URL may be followed here; if not, the outcome is another errand.
        headers_for: what to send besides, to the errand's own origin only.
        assume_recent: see :class:`HostPoliteness`.
        memory: see :class:`HttpClient`.
        lookup: see :class:`HttpClient`.
    """
    if not errands:
        return
    client = HttpClient(settings, allow_private, memory=memory, assume_recent=assume_recent, lookup=lookup)
    archive = archive_in(settings.archive_folder) if settings.archive_folder else None
    crawl = _Crawl(errands, client, settings.per_host_concurrency, follow, headers_for or _no_headers, archive)
    yield from produced(crawl.run, _UNREAD_BYTES)


class _Crawl:
    """All hosts at once, each host's errands in a line of their own."""

    def __init__(
        self,
        errands: Sequence[Errand],
        client: HttpClient,
        per_host: int,
        follow: Callable[[str], bool] | None,
        headers_for: Callable[[Errand], Mapping[str, str]],
        archive: RawArchive | None,
    ) -> None:
        self._errands = errands
        self._client = client
        self._per_host = per_host
        self._follow = follow
        self._headers_for = headers_for
        self._archive = archive

    async def run(self, outbox: Outbox[tuple[int, Outcome]]) -> None:
        """Put one outcome per errand."""
        lines, bad = lines_by_host(errand.url for errand in self._errands)
        for position, error in bad:
            outbox.put((position, failed(self._errands[position].entry, error)), _OUTCOME_BYTES)
        async with self._client, asyncio.TaskGroup() as group:
            for line in lines:
                for _ in range(min(self._per_host, len(line))):
                    group.create_task(self._work_through(line, outbox))

    async def _work_through(self, line: deque[int], outbox: Outbox[tuple[int, Outcome]]) -> None:
        while line:
            position = line.popleft()
            outcome = await self._outcome(self._errands[position], outbox)
            outbox.put((position, outcome), _weight(outcome))

    async def _outcome(self, errand: Errand, outbox: Outbox[tuple[int, Outcome]]) -> Outcome:
        entry = errand.entry
        try:
            headers = self._headers_for(errand)
            response = await self._client.get(errand.url, headers=headers, follow=self._follow, admit=outbox.room)
        except ForbiddenByRobotsError as error:
            reason = RejectReason.FORBIDDEN_BY_ROBOTS
            return Rejected(STAGE, reason, entry.url, entry.key, entry.revision, str(error))
        except (TransientError, PermanentError) as error:
            return failed(entry, error)
        if response.location:
            return Errand(entry, response.location)
        if not response.content.strip():
            return failed(entry, _empty(response.url))
        if self._archive is not None:
            await asyncio.to_thread(self._archive.write, entry, response)
        content_type = response.content_type or guessed_type(response.content)
        return Page(entry, response.url, response.content, content_type, response.charset, response.fetched_at)


def _no_headers(errand: Errand) -> Mapping[str, str]:
    return {}


def _weight(outcome: Outcome) -> int:
    return _OUTCOME_BYTES + (len(outcome.content) if isinstance(outcome, Page) else 0)


def _empty(url: str) -> PermanentError:
    host = URL(url).host or "the file" if url else "the source"
    return PermanentError(FailReason.EMPTY_BODY, f"{host} gave an empty page")
