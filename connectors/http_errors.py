"""aiohttp's, ssl's and the system's exceptions, and HTTP statuses, as straitwire's own errors."""

from __future__ import annotations

import errno
import ssl

import aiohttp
from aiohttp import http_exceptions

from schemas.errors import FailReason, PermanentError, TransientError

LIBRARY_ERRORS = (
    aiohttp.ClientError,
    http_exceptions.HttpProcessingError,
    OSError,  # with ssl.SSLError, TimeoutError, ConnectionError and socket.gaierror
    EOFError,
    UnicodeError,
    ValueError,  # yarl and aiohttp raise it for hosts, headers and URLs that cannot be sent
)
"""What one HTTP exchange may raise. Anything else is a bug and is not caught."""

_STATUS_REASONS = {
    401: FailReason.HTTP_FORBIDDEN,
    402: FailReason.HTTP_FORBIDDEN,
    403: FailReason.HTTP_FORBIDDEN,
    404: FailReason.HTTP_NOT_FOUND,
    407: FailReason.HTTP_FORBIDDEN,
    410: FailReason.HTTP_GONE,
    429: FailReason.HTTP_TOO_MANY_REQUESTS,
    451: FailReason.HTTP_FORBIDDEN,
}
_TRANSIENT_CLIENT_STATUSES = frozenset({408, 421, 425})
_PERMANENT_SERVER_STATUSES = frozenset({501, 505, 506, 508, 510, 511})


def translate(error: Exception, host: str) -> TransientError | PermanentError:
    """The typed error for a library's exception. The text names the host only: a URL may hold a secret.

    >>> translate(TimeoutError(), "news.example").reason.value
    'timeout'
    """
    if isinstance(error, TransientError | PermanentError):
        return error
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return PermanentError(FailReason.BAD_URL, f"{host}: the address cannot be requested")
    certificate = _certificate_error(error)
    if certificate:
        return PermanentError(FailReason.TLS, f"{host}: {certificate}")
    if isinstance(error, ssl.SSLError | aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        return TransientError(FailReason.TLS, f"{host}: no TLS connection ({_tls_reason(error)})")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return TransientError(FailReason.DNS, f"{host} could not be looked up")
    if isinstance(error, TimeoutError):
        return TransientError(FailReason.TIMEOUT, f"{host} did not answer in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return TransientError(FailReason.CONNECT, f"{host}: no connection ({_system_reason(error)})")
    if isinstance(error, http_exceptions.HttpProcessingError | aiohttp.ClientResponseError):
        return PermanentError(FailReason.HTTP_SERVER_ERROR, f"{host} does not answer in valid HTTP")
    if isinstance(error, OSError) and error.errno in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH):
        return TransientError(FailReason.CONNECT, f"{host}: no connection ({_system_reason(error)})")
    if isinstance(error, ValueError):
        return PermanentError(FailReason.BAD_URL, f"{host}: the request cannot be sent")
    return TransientError(FailReason.RESET, f"{host} broke off ({type(error).__name__})")


def is_transient_status(status: int) -> bool:
    """Whether the same request may well be answered differently later."""
    if status >= 500:
        return status not in _PERMANENT_SERVER_STATUSES
    return status == 429 or status in _TRANSIENT_CLIENT_STATUSES


def status_error(status: int, host: str, asked_seconds: float | None) -> TransientError | PermanentError:
    """The typed error for a status that is no success, no redirect and no 304."""
    detail = f"{host} answered {status}"
    if is_transient_status(status):
        return TransientError(_status_reason(status), detail, asked_seconds)
    return PermanentError(_status_reason(status), detail)


def _status_reason(status: int) -> FailReason:
    if status in _STATUS_REASONS:
        return _STATUS_REASONS[status]
    return FailReason.HTTP_SERVER_ERROR if status >= 500 else FailReason.HTTP_CLIENT_ERROR


def _certificate_error(error: BaseException | None) -> str:
    """Why the certificate was not accepted, or "". It is looked for in the chain of causes."""
    seen = 0
    while error is not None and seen < 8:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            error = error.certificate_error
        if isinstance(error, ssl.CertificateError):
            return f"certificate not accepted: {getattr(error, 'verify_message', '') or 'not valid'}"
        error = error.__cause__ or error.__context__
        seen += 1
    return ""


def _tls_reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or type(error).__name__)


def _system_reason(error: OSError) -> str:
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno is not None:
        return errno.errorcode.get(error.os_error.errno, "")
    return errno.errorcode.get(error.errno, "") if error.errno is not None else type(error).__name__
