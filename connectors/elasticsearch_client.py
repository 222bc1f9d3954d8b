"""The connection to an Elasticsearch: its address, credentials, bounded retries, and errors in plain words."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from elastic_transport import TlsError
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError

from connectors.bulk_writes.bulk_answer import RETRIED_STATUS, short_reason
from connectors.bulk_writes.bulk_retries import retry_after_seconds
from schemas.errors import ConfigError, IndexUnavailableError

T = TypeVar("T")

DEFAULT_PREFIX = "straitwire"
REQUEST_TIMEOUT_SECONDS = 60.0
FIRST_CONTACT_SECONDS = 8.0
PATIENCE_SECONDS = 300.0
"""A server that this process has reached before may be away this long (a restart takes one to three minutes)
before the run gives up; one that it has not is given FIRST_CONTACT_SECONDS, so that a typing error shows at once."""

_LONGEST_PAUSE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.1
_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_reached: set[str] = set()


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and the prefix of our index names on it."""

    url: str
    prefix: str

    @property
    def location(self) -> str:
        """For messages; holds no secrets, because the address never does."""
        return f"{self.url}/{self.prefix}"


def parse_address(location: str) -> Address:
    """The server and the prefix that a location names.

    ``http://host:9200/news`` has the prefix ``news``; with ``?prefix=news`` the path is the server's own, as
    behind a proxy.

    Errors: ConfigError for what is no such address, or one with credentials in it.

    >>> parse_address("https://search.example:9243/es?prefix=news")
    Address(url='https://search.example:9243/es', prefix='news')
    """
    try:
        parts = urlsplit(location)
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError as error:
        raise ConfigError(f"the index address is not a URL ({error}); write it as http://host:9200") from error
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if not host:
        raise ConfigError("the index address names no host; write it as http://host:9200")
    if parts.username or parts.password:
        raise ConfigError(
            f"the index address {parts.scheme}://{host}:{port} must not hold credentials; "
            "set STRAITWIRE_ES_USER and STRAITWIRE_ES_PASSWORD instead"
        )
    path = parts.path.strip("/")
    named = parse_qs(parts.query).get("prefix", [""])[0]
    prefix = named or path or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"'{prefix}' cannot begin an index name; use lower-case letters, digits, '-', '_' and '.'")
    url = f"{parts.scheme}://{host}:{port}" + (f"/{path}" if named and path else "")
    return Address(url, prefix)


def connect(address: Address) -> PatientClient:
    """A client; nothing is sent yet. Credentials come from the environment, or a file it names, and go nowhere else.

    Errors: ConfigError when they contradict each other or name a file that is not there.
    """
    options: dict[str, Any] = {}
    user, password = os.environ.get("STRAITWIRE_ES_USER"), secret_from_environment("STRAITWIRE_ES_PASSWORD")
    key, authority = secret_from_environment("STRAITWIRE_ES_API_KEY"), os.environ.get("STRAITWIRE_ES_CA")
    fingerprint = os.environ.get("STRAITWIRE_ES_FINGERPRINT")
    if key and user:
        raise ConfigError("set either STRAITWIRE_ES_API_KEY or STRAITWIRE_ES_USER, not both")
    if key:
        options["api_key"] = key
    elif user:
        options["basic_auth"] = (user, password or "")
    if address.url.startswith("https:"):
        if authority:
            if not os.path.isfile(authority):  # noqa: PTH113 - one call, no path work
                raise ConfigError(f"STRAITWIRE_ES_CA names {authority}, which is no file")
            options["ca_certs"] = authority
        elif fingerprint:
            options["ssl_assert_fingerprint"] = fingerprint
            options["verify_certs"] = False
            options["ssl_show_warn"] = False
    # PatientClient.call decides what is tried again.
    client = Elasticsearch(address.url, max_retries=0, retry_on_status=(), **options)
    return PatientClient(client, address.location)


def secret_from_environment(name: str) -> str | None:
    """The secret in the environment, or in the file that ``NAME_FILE`` names, as container platforms hand it over.

    Errors: ConfigError when both are set, or the file cannot be read.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if not path:
        return value
    if value:
        raise ConfigError(f"set either {name} or {name}_FILE, not both")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}_FILE names {path}, which cannot be read as text") from error


@dataclass(slots=True)
class PatientClient:
    """Requests that are repeated while the server is out of reach or overloaded, within a time budget.

    Attributes:
        client: the library's.
        location: for messages.
        sleep, clock, draw: replaced in tests.
    """

    client: Elasticsearch
    location: str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = field(default=random.random)

    def deadline(self) -> float:
        """When to give up on what begins now."""
        return self.clock() + self.patience_seconds()

    def patience_seconds(self) -> float:
        """How long the server may be away."""
        return PATIENCE_SECONDS if self.location in _reached else FIRST_CONTACT_SECONDS

    def remember_reached(self) -> None:
        """The server has answered: from now on it is waited for."""
        _reached.add(self.location)

    @staticmethod
    def longest_pause_seconds() -> float:
        """Between two attempts."""
        return _LONGEST_PAUSE_SECONDS

    @staticmethod
    def request_timeout_seconds() -> float:
        """For one attempt."""
        return REQUEST_TIMEOUT_SECONDS

    def ask(self, request: Callable[[Elasticsearch], T]) -> T:
        """As :meth:`call`, and whatever else the server refuses is an IndexUnavailableError too."""
        try:
            return self.call(request)
        except ApiError as error:
            raise self.refused(error) from error

    def refused(self, error: ApiError) -> IndexUnavailableError:
        """The error for a request that the server understood and turned down."""
        return self.turned_away(error.status_code, _error_type(error.body), short_reason(error.body))

    def turned_away(self, status: int, kind: str, reason: str) -> IndexUnavailableError:
        """The error for what repeating cannot help: status 0 without an answer, ``kind`` and ``reason`` the server's.

        >>> PatientClient(Elasticsearch("http://here:9200"), "here").turned_away(404, "index_not_found_exception", "")
        IndexUnavailableError("the index here has not been set up; run 'straitwire setup' with it first")
        """
        server = f"the Elasticsearch at {self.location}"
        if status == 401:
            advice = "set STRAITWIRE_ES_USER and STRAITWIRE_ES_PASSWORD, or STRAITWIRE_ES_API_KEY"
            return IndexUnavailableError(f"{server} wants to know who asks; {advice}")
        if status == 403:
            advice = "use an account that may read and write its indices"
            return IndexUnavailableError(f"{server} does not allow this ({reason}); {advice}")
        if kind == "index_not_found_exception":
            return not_set_up(self.location)
        if kind == "untrusted_certificate":
            advice = "set STRAITWIRE_ES_CA or STRAITWIRE_ES_FINGERPRINT"
            return IndexUnavailableError(f"the certificate of {self.location} is not trusted; {advice}")
        if kind == "not_elasticsearch":
            return IndexUnavailableError(f"what answers at {self.location} is not an Elasticsearch; check the address")
        return IndexUnavailableError(
            f"{server} refused a request ({reason}); run 'straitwire setup' and check its version"
        )

    def call(self, request: Callable[[Elasticsearch], T], deadline: float | None = None) -> T:
        """The answer to the request, which must be one that may be repeated.

        Errors: IndexUnavailableError after the deadline, or at once when repeating cannot help.
            ApiError with a status such as 400, 404 (of no index) or 413, which the caller knows what to do with.
        """
        give_up_at = self.deadline() if deadline is None else deadline
        attempt = 0
        while True:
            try:
                left = max(1.0, min(REQUEST_TIMEOUT_SECONDS, give_up_at - self.clock()))
                answer = request(self.client.options(request_timeout=left))
            except UnsupportedProductError as error:
                raise self.turned_away(0, "not_elasticsearch", "") from error
            except (ApiError, TransportError) as error:
                if not may_pass(error):
                    self._raise(error)
                if not self.pause(attempt, give_up_at, _asked_seconds(error)):
                    raise self.out_of_reach(error) from error
                attempt += 1
                continue
            _reached.add(self.location)
            return answer

    def pause(self, attempt: int, give_up_at: float, asked_seconds: float = 0.0) -> bool:
        """Wait before attempt ``attempt + 1`` (full jitter: 0..0.1, 0..0.2, ... 0..10 s); False when time is up."""
        remaining = give_up_at - self.clock()
        if remaining <= 0:
            return False
        longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0**attempt)
        self.sleep(min(remaining, max(asked_seconds, longest * self.draw())))
        return True

    def out_of_reach(self, error: Exception) -> IndexUnavailableError:
        """The error to raise when time is up."""
        return self.away(error.status_code if isinstance(error, ApiError) else 0)

    def away(self, status: int) -> IndexUnavailableError:
        """The error for a server that answers with this status, or not at all (0), until time is up."""
        if status:
            return IndexUnavailableError(
                f"the Elasticsearch at {self.location} is overloaded or starting (status {status}); try again later"
            )
        return IndexUnavailableError(
            f"no Elasticsearch answers at {self.location}; start it, or check the address and the network"
        )

    def _raise(self, error: ApiError | TransportError) -> None:
        """Raise what repeating cannot help."""
        if isinstance(error, TlsError):
            raise self.turned_away(0, "untrusted_certificate", "") from error
        if not isinstance(error, ApiError):
            raise self.out_of_reach(error) from error
        kind = _error_type(error.body)
        if error.status_code in (401, 403) or (error.status_code == 404 and kind == "index_not_found_exception"):
            raise self.turned_away(error.status_code, kind, short_reason(error.body)) from error
        raise error


def _error_type(body: object) -> str:
    cause = body.get("error") if isinstance(body, dict) else None
    return str(cause.get("type", "")) if isinstance(cause, dict) else ""


def not_set_up(location: str) -> IndexUnavailableError:
    """The error for missing indices."""
    return IndexUnavailableError(f"the index {location} has not been set up; run 'straitwire setup' with it first")


def may_pass(error: ApiError | TransportError) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, ApiError):
        return error.status_code in RETRIED_STATUS
    # An answer that cannot be read (SerializationError) was cut off somewhere on its way.
    return not isinstance(error, TlsError)


def _asked_seconds(error: ApiError | TransportError) -> float:
    return retry_after_seconds(error.meta.headers.get("retry-after")) if isinstance(error, ApiError) else 0.0
