from __future__ import annotations

import asyncio
import errno
import inspect
import pickle
import socket
import ssl
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import client_exceptions, http_exceptions
from aiohttp.client_reqrep import ConnectionKey

from connectors.http_errors import LIBRARY_ERRORS, status_error, translate
from schemas.errors import FailReason, PermanentError, TransientError

# We open no web sockets and read no multipart bodies; EofStream is a signal between aiohttp's own readers.
_OF_NO_GET = {
    "BadContentDispositionHeader",
    "BadContentDispositionParam",
    "EofStream",
    "WebSocketError",
    "WSMessageTypeError",
}
KEY = ConnectionKey("news.example", 443, True, True, None, None, None)


def _exceptions() -> list[type[BaseException]]:
    found = {
        item
        for module in (aiohttp, client_exceptions, http_exceptions)
        for _, item in inspect.getmembers(module, inspect.isclass)
        if issubclass(item, BaseException) and item.__module__.startswith("aiohttp") and item.__name__ not in _OF_NO_GET
    }
    found |= {TimeoutError, asyncio.TimeoutError, socket.gaierror, socket.herror, ConnectionResetError, EOFError}
    found |= {
        ssl.SSLError,
        ssl.SSLZeroReturnError,
        ssl.SSLEOFError,
        ssl.SSLCertVerificationError,
        UnicodeError,
        OSError,
    }
    return sorted(found, key=lambda item: item.__name__)


def _made(kind: type[BaseException]) -> BaseException:
    """An instance as aiohttp makes it; its fields hold a secret, as a URL may."""
    request = SimpleNamespace(real_url="http://news.example/?hushhush", url="http://news.example/?hushhush")
    attempts = [
        (KEY, OSError(errno.ECONNREFUSED, "hushhush")),
        (KEY, ssl.SSLCertVerificationError(1, "hushhush")),
        ("/socket", KEY, OSError(errno.ECONNREFUSED, "hushhush")),
        (b"a", b"b", "news.example", 443),
        (request, ()),
        ("hushhush", "hushhush"),
        ("hushhush",),
        (),
    ]
    for arguments in attempts:
        try:
            return kind(*arguments)
        except TypeError:
            continue
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", _exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_the_library_becomes_ours(kind: type[BaseException]) -> None:
    error = _made(kind)

    assert isinstance(error, LIBRARY_ERRORS)
    translated = translate(error, "news.example")
    assert isinstance(translated, TransientError | PermanentError)
    assert "news.example" in translated.detail
    assert "hushhush" not in str(translated)
    assert str(pickle.loads(pickle.dumps(translated))) == str(translated)  # noqa: S301  # our own


def test_the_walk_meets_the_exceptions_that_matter() -> None:
    names = {kind.__name__ for kind in _exceptions()}

    assert {"ClientConnectorError", "ServerTimeoutError", "ClientPayloadError", "InvalidURL", "LineTooLong"} <= names
    assert len(names) > 35


@pytest.mark.parametrize(
    ("error", "reason", "kind"),
    [
        (TimeoutError(), FailReason.TIMEOUT, TransientError),
        (aiohttp.ServerTimeoutError(), FailReason.TIMEOUT, TransientError),
        (aiohttp.ConnectionTimeoutError(), FailReason.TIMEOUT, TransientError),
        (aiohttp.ServerDisconnectedError(), FailReason.RESET, TransientError),
        (aiohttp.ClientPayloadError(), FailReason.RESET, TransientError),
        (ConnectionResetError(), FailReason.RESET, TransientError),
        (aiohttp.InvalidURL("x"), FailReason.BAD_URL, PermanentError),
        (UnicodeError("label too long"), FailReason.BAD_URL, PermanentError),
        (ValueError("newline in header"), FailReason.BAD_URL, PermanentError),
        (ssl.SSLCertVerificationError(1, "expired"), FailReason.TLS, PermanentError),
        (ssl.SSLEOFError(), FailReason.TLS, TransientError),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror()), FailReason.DNS, TransientError),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "")), FailReason.CONNECT, TransientError),
        (OSError(errno.ENETUNREACH, ""), FailReason.CONNECT, TransientError),
        (TransientError(FailReason.DNS, "kept"), FailReason.DNS, TransientError),
    ],
)
def test_reason_says_what_went_wrong(error: Exception, reason: FailReason, kind: type[Exception]) -> None:
    translated = translate(error, "news.example")

    assert translated.reason is reason
    assert isinstance(translated, kind)


@pytest.mark.parametrize("status", range(400, 600))
def test_every_error_status_has_a_reason(status: int) -> None:
    error = status_error(status, "news.example", 7.0)

    assert error.reason.value.startswith("http_")
    assert str(status) in error.detail
    if status in (429, 503):
        assert isinstance(error, TransientError)
        assert error.retry_after_seconds == 7.0
