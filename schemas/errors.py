"""What can go wrong, and with what consequence.

Three error classes decide what happens next; two records carry the outcome to the index. Anything
else that is raised is our own bug: where it is about one element, that one becomes a dead letter and the round
ends with exit code 1; anywhere else it stops the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from traceback import extract_tb

_FRAMES_SHOWN = 4


class RejectReason(StrEnum):
    """Why an element that is not broken still goes no further."""

    SEEN = "seen"
    DUPLICATE = "duplicate"
    TOO_SHORT = "too_short"
    NOT_AN_ARTICLE = "not_an_article"
    OFF_TOPIC = "off_topic"
    EXPIRED = "expired"
    FORGOTTEN = "forgotten"
    FORBIDDEN_BY_ROBOTS = "forbidden_by_robots"
    NOT_MODIFIED = "not_modified"
    NOT_DUE = "not_due"
    EMPTY_FEED = "empty_feed"


class FailReason(StrEnum):
    """Why an element became a dead letter."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    RESET = "reset"
    HTTP_FORBIDDEN = "http_forbidden"
    HTTP_NOT_FOUND = "http_not_found"
    HTTP_GONE = "http_gone"
    HTTP_TOO_MANY_REQUESTS = "http_too_many_requests"
    HTTP_CLIENT_ERROR = "http_client_error"
    HTTP_SERVER_ERROR = "http_server_error"
    REDIRECT_LOOP = "redirect_loop"
    PRIVATE_ADDRESS = "private_address"
    BAD_URL = "bad_url"
    BODY_TOO_LARGE = "body_too_large"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    UNDECODABLE = "undecodable"
    MOJIBAKE = "mojibake"
    UNREADABLE_FILE = "unreadable_file"
    EMPTY_BODY = "empty_body"
    HTML_INSTEAD_OF_FEED = "html_instead_of_feed"
    UNPARSABLE_FEED = "unparsable_feed"
    UNPARSABLE_PAGE = "unparsable_page"
    EXTRACTION_TIMEOUT = "extraction_timeout"
    BAD_RECORD = "bad_record"
    INDEX_REJECTED = "index_rejected"
    INTERNAL_ERROR = "internal_error"


class StraitwireError(Exception):
    """Base of every error that straitwire raises on purpose."""


class ConfigError(StraitwireError):
    """Wrong settings, rules or feed list: the message names the thing and what to do. Exit code 2."""


class IndexUnavailableError(StraitwireError):
    """The index cannot be reached or opened. One plain sentence, exit code 2."""


class KibanaError(StraitwireError):
    """A Kibana cannot be reached, or did not take everything. One plain sentence, exit code 2."""


class _TypedError(StraitwireError):
    """An error with a reason that a dead letter can carry; survives pickling."""

    def __init__(self, reason: FailReason, detail: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason, detail, retry_after_seconds)
        self.reason = reason
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.detail}"


class TransientError(_TypedError):
    """May pass: a timeout, a 429, a 5xx. Retried within bounds by the connector, then dead-lettered."""


class PermanentError(_TypedError):
    """Will not pass: a 404, an undecodable body. Dead-lettered at once."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An element that was understood and turned away.

    Attributes:
        stage: the stage's name, such as ``extract_article``.
        reason: why.
        url: the entry's URL or file location.
        entry_key: the entry document that remembers the decision, or "" when there is none.
        revision: the entry's revision at that time.
        detail: one line for a person.
    """

    stage: str
    reason: RejectReason
    url: str
    entry_key: str = ""
    revision: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """An element that broke, as it is kept in the dead-letter index.

    Attributes:
        stage: the stage's name, such as ``fetch_pages``.
        reason: why.
        url: the entry's URL or file location.
        detail: one line for a person; never a secret, never article text.
        entry_json: the entry as JSON, so that ``straitwire replay`` can run it again.
        permanent: whether a later round should leave it alone until it is replayed.
        entry_key: the entry document that remembers the decision, or "".
        revision: the entry's revision at that time.
        article_id: of the article that broke, when there was one; several entries may have led to it.
    """

    stage: str
    reason: FailReason
    url: str
    detail: str = ""
    entry_json: str = ""
    permanent: bool = True
    entry_key: str = ""
    revision: str = ""
    article_id: str = ""


def where_it_broke(error: Exception) -> str:
    """Type and place of an error that nobody foresaw; not its message, which may quote what was being read.

    >>> try:
    ...     int("secret")
    ... except ValueError as error:
    ...     "secret" in where_it_broke(error), where_it_broke(error).split()[0]
    (False, 'ValueError')
    """
    frames = extract_tb(error.__traceback__)[-_FRAMES_SHOWN:]
    places = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"
