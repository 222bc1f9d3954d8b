"""Feeds to entries: the due ones are asked, conditionally, all hosts at once and each at its own pace."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

import xxhash

from connectors.address_guard import Lookup
from connectors.feed_fetching import Answer, FeedErrand, fetch_feeds
from connectors.feed_health import after_entries, after_failure, after_no_change, agreeing_state, with_redirects
from connectors.feed_parser import parse_feed
from connectors.feed_schedule import is_due
from connectors.host_politeness import HostMemory
from connectors.http_client import Response
from schemas.canonical_url import host_of, same_site
from schemas.errors import ConfigError, Failed, FailReason, PermanentError, TransientError
from schemas.feeds import FeedSource, FeedState, ParsedFeed
from schemas.records import Entry
from schemas.settings import FetchSettings

STAGE = "poll_feeds"
_SECRET = re.compile(r"\$\{(?P<basic>basic:)?(?:file:(?P<path>[^}]+)|(?P<name>\w+))\}")
_SITEMAPS_TO_FOLLOW = 3
"""Of an index, newest first: news is in the newest."""


class Outcome(StrEnum):
    """What a poll came to."""

    POLLED = "polled"
    NOT_MODIFIED = "not_modified"
    EMPTY = "empty_feed"
    NOT_DUE = "not_due"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PollResult:
    """One feed after its turn.

    Attributes:
        source: the feed.
        state: its record from now on.
        entries: all that it lists, known ones too, when ``outcome`` is ``polled``.
        outcome: what happened; failed: why, when it failed.
    """

    source: FeedSource
    state: FeedState
    entries: tuple[Entry, ...]
    outcome: Outcome
    failed: Failed | None = None


def poll_feeds(
    sources: Sequence[FeedSource],
    states: Mapping[str, FeedState],
    settings: FetchSettings,
    allow_private: tuple[str, ...],
    now: datetime,
) -> Iterator[PollResult]:
    """Exactly one result per source, each as soon as it is there; feeds that are not due are not asked.

    Args:
        sources: the feeds.
        states: their records by feed id, as far as there are any.
        settings: see :class:`FetchSettings`. robots.txt is for crawlers (RFC 9309, section 1); a feed is published
            to be polled, and is asked without it.
        allow_private: see :class:`AddressGuard`.
        now: our clock.

    Guarantees: nothing about one feed keeps another from its turn. Memory does not grow with the number of feeds.
    Errors: ConfigError before anything is fetched, for headers whose environment variable is not set.
    """
    errands = []
    for source in sources:
        prepared = prepare(source, states.get(source.feed_id), now)
        if isinstance(prepared, PollResult):
            yield prepared
        else:
            errands.append(prepared)
    for outcome in run_feed_errands(errands, settings, allow_private, now):
        if isinstance(outcome, PollResult):  # always: every redirect may be followed
            yield outcome


def prepare(source: FeedSource, known: FeedState | None, now: datetime) -> PollResult | FeedErrand:
    """The request to make for a feed, or the result when it is not due.

    Errors: ConfigError for a header whose environment variable is not set.
    """
    state = agreeing_state(source, known)
    if not is_due(state, now):
        return PollResult(source, state, (), Outcome.NOT_DUE)
    unconditional = not state.body_hash or (state.unconditional_at is not None and state.unconditional_at <= now)
    # A feed's headers may be secrets: they go to the host that its list names, not to where it moved.
    headers = request_headers(source) if host_of(state.url) == host_of(source.url) else ()
    return FeedErrand(source, state, state.url, unconditional, headers)


def request_headers(source: FeedSource) -> tuple[tuple[str, str], ...]:
    """The feed's own headers with their secrets filled in.

    ``${NAME}`` stands for an environment variable, ``${file:PATH}`` for the first line of a file, ``${basic:NAME}`` and
    ``${basic:file:PATH}`` for either, a ``user:password``, as basic authentication sends it.

    Errors: ConfigError for a variable that is not set or a file that cannot be read.
    """
    return tuple((name, _SECRET.sub(partial(_secret, source.feed_id), value)) for name, value in source.headers)


def _secret(feed_id: str, found: re.Match[str]) -> str:
    try:
        value = Path(found["path"]).read_text(encoding="utf-8") if found["path"] else os.environ[found["name"]]
    except KeyError as error:
        name = found["name"]
        raise ConfigError(f"feed {feed_id}: set the environment variable {name} that its headers name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"feed {feed_id}: the file {found['path']} that its headers name cannot be read") from error
    value = value.strip().partition("\n")[0].strip()
    return base64.b64encode(value.encode()).decode("ascii") if found["basic"] else value


def run_feed_errands(
    errands: Sequence[FeedErrand],
    settings: FetchSettings,
    allow_private: tuple[str, ...],
    now: datetime,
    *,
    follow: Callable[[str], bool] | None = None,
    assume_recent: bool = False,
    memory: HostMemory | None = None,
    lookup: Lookup | None = None,
) -> Iterator[PollResult | FeedErrand]:
    """One outcome per errand; another errand when it leads to a host that ``follow`` does not permit.

    Documents are parsed here, not in the thread that talks to servers: a large one keeps no server waiting.
    """
    fetched = fetch_feeds(
        errands, settings, allow_private, follow=follow, assume_recent=assume_recent, memory=memory, lookup=lookup
    )
    for errand, answer, fetch_more in fetched:
        if isinstance(answer, FeedErrand):
            yield answer
        else:
            yield _result(errand, answer, fetch_more, now)


def _result(
    errand: FeedErrand, answer: Response | TransientError | PermanentError, fetch_more: Answer, now: datetime
) -> PollResult:
    if not isinstance(answer, Response):
        return _failure(errand, errand.state, answer, now)
    statuses = (*errand.redirects, *(status for status, _ in answer.redirects))
    state = with_redirects(errand.state, statuses, answer.url)
    if answer.not_modified and not errand.has_validators:
        unasked = PermanentError(FailReason.EMPTY_BODY, "answered 'not modified' to a request without validators")
        return _failure(errand, state, unasked, now)
    body_hash = xxhash.xxh3_128_hexdigest(answer.content)
    if answer.not_modified or body_hash == state.body_hash:
        state = after_no_change(state, answer.headers, now, errand.unconditional)
        return PollResult(errand.source, state, (), Outcome.NOT_MODIFIED)
    try:
        parsed = _parse(errand.source, answer, fetch_more, now)
    except (PermanentError, TransientError) as error:
        return _failure(errand, state, error, now)
    state, listed = after_entries(errand.source, state, parsed, answer.headers, body_hash, now)
    entries = tuple(one.entry for one in listed)
    return PollResult(errand.source, state, entries, Outcome.POLLED if entries else Outcome.EMPTY)


def _parse(source: FeedSource, answer: Response, fetch_more: Answer, now: datetime) -> ParsedFeed:
    parsed = parse_feed(answer.content, answer.headers.get("content-type", ""), answer.url, source, now)
    if not parsed.sitemaps:
        return parsed
    pages, last_error = [], None
    own = [address for address in parsed.sitemaps if same_site(address, answer.url)]
    # A news sitemap among many is the one to read; the others list the archive.
    ordered = sorted(own, key=lambda address: "news" not in address.lower())
    for address in ordered[:_SITEMAPS_TO_FOLLOW]:
        try:
            more = fetch_more(address)
            pages.append(parse_feed(more.content, more.headers.get("content-type", ""), more.url, source, now))
        except (PermanentError, TransientError) as error:
            last_error = error
    if not pages and last_error is not None:
        raise last_error
    listed = {one.entry.key: one for page in reversed(pages) for one in page.listed}
    return replace(
        parsed,
        listed=tuple(listed.values()),
        measured_language=next((page.measured_language for page in pages if page.measured_language), ""),
        undated=sum(one.entry.published_at is None for one in listed.values()),
    )


def _failure(errand: FeedErrand, state: FeedState, error: TransientError | PermanentError, now: datetime) -> PollResult:
    state = after_failure(state, error.reason, error.detail, error.retry_after_seconds, now)
    permanent = isinstance(error, PermanentError)
    failed = Failed(STAGE, error.reason, errand.source.url, error.detail, permanent=permanent)
    return PollResult(errand.source, state, (), Outcome.FAILED, failed)
