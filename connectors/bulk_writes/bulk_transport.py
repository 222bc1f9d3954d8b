"""How a bulk request reaches the server: a small interface, and one implementation on the official client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from elastic_transport import ConnectionTimeout, SerializationError, TlsError
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError
from urllib3.exceptions import NewConnectionError

from connectors.bulk_writes.bulk_retries import retry_after_seconds

_HEADERS = {"accept": "application/json", "content-type": "application/x-ndjson"}
# Half of an answer is about shards, sequence numbers and index names that nobody reads here.
_FILTER = "errors,items.*._id,items.*.status,items.*.result,items.*.error"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: ``body`` as parsed JSON, or None when that could not be read."""

    status: int
    body: object
    retry_after_seconds: float = 0.0


class NoReplyError(Exception):
    """No answer came.

    ``sent``: whether the request may have arrived. ``final``: why trying again cannot help (``untrusted_certificate``,
    ``not_elasticsearch``), or "".
    """

    def __init__(self, detail: str, sent: bool, final: str = "") -> None:
        super().__init__(detail, sent, final)
        self.detail = detail
        self.sent = sent
        self.final = final


class BulkTransport(Protocol):
    """Sends one request, once."""

    def send(self, payload: bytes, timeout_seconds: float) -> Reply:
        """The answer. Errors: NoReplyError."""
        ...


class ClientTransport:
    """Requests through ``elasticsearch.Elasticsearch``; serves several threads.

    Args:
        client: one that does not retry by itself (``max_retries=0``).
        index: for actions that name none.
        parameters: of the request, such as ``refresh`` and ``require_alias``.
    """

    def __init__(self, client: Elasticsearch, index: str = "", parameters: Mapping[str, Any] | None = None) -> None:
        self._client = client
        self._path = f"/{index}/_bulk" if index else "/_bulk"
        self._parameters = {"filter_path": _FILTER, **(parameters or {})}

    def send(self, payload: bytes, timeout_seconds: float) -> Reply:
        """The answer. Errors: NoReplyError."""
        client = self._client.options(request_timeout=timeout_seconds)
        try:
            answer = client.perform_request("POST", self._path, params=self._parameters, headers=_HEADERS, body=payload)
        except UnsupportedProductError as error:
            raise NoReplyError("what answers is not an Elasticsearch", sent=True, final="not_elasticsearch") from error
        except ApiError as error:
            return Reply(error.status_code, error.body, retry_after_seconds(error.meta.headers.get("retry-after")))
        except SerializationError:
            return Reply(200, None)  # cut off somewhere on its way
        except TlsError as error:
            raise NoReplyError("its certificate is not trusted", sent=False, final="untrusted_certificate") from error
        except TransportError as error:
            never_sent = any(isinstance(cause, NewConnectionError) for cause in error.errors)
            words = "no answer in time" if isinstance(error, ConnectionTimeout) else "the connection broke"
            raise NoReplyError("no connection" if never_sent else words, sent=not never_sent) from error
        return Reply(answer.meta.status, answer.body)
