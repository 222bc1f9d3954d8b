"""Import saved objects into a running Kibana, over its HTTP API.

Source: POST /api/saved_objects/_import (Kibana API reference): multipart form, ``kbn-xsrf``, ``overwrite``; the
answer's ``success``, ``successCount`` and ``errors`` with type, id and an error type each.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import secrets
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.elasticsearch_client import secret_from_environment
from connectors.kibana.saved_objects import Body, ndjson
from schemas.errors import ConfigError, KibanaError

OLDEST = (8, 19)
"""The Kibana whose shapes we write; it imports nothing that is newer than itself."""

READY_SECONDS = 180.0
"""How long a Kibana that is starting is waited for: it takes a minute or two with a new Elasticsearch."""

_TIMEOUT_SECONDS = 60.0
_PAUSE_SECONDS = 3.0
_SHOWN = 5
_ADDRESS_ADVICE = "write it as http://host:5601, or http://host:5601/s/space for a space"


@dataclass(frozen=True, slots=True)
class KibanaAddress:
    """Where a Kibana is: ``path`` is its base path and space, without a slash at the end."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def location(self) -> str:
        """For messages; it never holds credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def parse_kibana_address(location: str) -> KibanaAddress:
    """The address that a location names.

    Errors: ConfigError for what is no such address, or one with credentials in it.

    >>> parse_kibana_address("http://127.0.0.1:5601/s/press/").location
    'http://127.0.0.1:5601/s/press'
    """
    try:
        parts = urlsplit(location)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the Kibana address is not a URL ({error}); {_ADDRESS_ADVICE}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"the Kibana address is not a URL; {_ADDRESS_ADVICE}")
    if parts.username or parts.password:
        raise ConfigError(
            "the Kibana address must not hold credentials; set STRAITWIRE_ES_USER and STRAITWIRE_ES_PASSWORD, "
            "or STRAITWIRE_ES_API_KEY, instead"
        )
    return KibanaAddress(
        parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 5601), parts.path.rstrip("/")
    )


def import_objects(
    location: str,
    objects: Sequence[Body],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Put the objects into the Kibana, over those with the same ids; how many. Safe to repeat.

    Kibana asks its Elasticsearch who may do this, so the credentials are those of the index
    (STRAITWIRE_ES_USER and STRAITWIRE_ES_PASSWORD, or STRAITWIRE_ES_API_KEY); STRAITWIRE_KIBANA_CA says which
    certificate to trust. One that is starting is waited for.

    Errors: ConfigError for a wrong address or contradicting credentials; KibanaError, one plain sentence, when it
        is out of reach, refuses us, is too old, is no Kibana, or does not take everything.
    """
    kibana = _Kibana(parse_kibana_address(location), sleep, clock)
    kibana.check_version()
    answer = kibana.post_file("/api/saved_objects/_import?overwrite=true", ndjson(objects))
    taken = answer.get("successCount")
    if answer.get("success") is not True or taken != len(objects):
        raise KibanaError(_not_taken(kibana.location, answer, objects))
    return len(objects)


def _not_taken(location: str, answer: Mapping[str, Any], objects: Sequence[Body]) -> str:
    """What is missing and why, in one sentence; what did go in stays."""
    errors = [row for row in answer.get("errors") or () if isinstance(row, dict)]
    reasons = [f"{row.get('type')} {row.get('id')} ({_import_error(row.get('error'))})" for row in errors[:_SHOWN]]
    more = f" and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    return (
        f"the Kibana at {location} took {answer.get('successCount', 0)} of {len(objects)} objects"
        f"; not: {', '.join(reasons) or 'it does not say which'}{more}; repeat the command once that is put right"
    )


def _import_error(error: object) -> str:
    if not isinstance(error, dict):
        return "no reason given"
    kind = str(error.get("type", "unknown"))
    if kind == "missing_references":
        missing = [f"{row.get('type')} {row.get('id')}" for row in error.get("references") or ()]
        return f"it needs {', '.join(missing[:_SHOWN])}, which this Kibana does not have"
    said = error.get("message") or error.get("statusCode") or ""
    return " ".join(f"{kind.replace('_', ' ')} {said}".split())[:200]


class _Kibana:
    """Requests to one Kibana, each on a connection of its own."""

    def __init__(self, address: KibanaAddress, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._address = address
        self.location = address.location
        self._sleep, self._clock = sleep, clock
        self._headers = {"kbn-xsrf": "straitwire", "Accept": "application/json", **_authorization()}
        self._tls = _tls_context() if address.scheme == "https" else None

    def check_version(self) -> None:
        """Errors: KibanaError when it is no Kibana, or one that is too old."""
        status = self._patiently("GET", "/api/status", b"", {})
        number = (status.get("version") or {}).get("number", "")
        found = re.match(r"(\d+)\.(\d+)", str(number))
        if found and (int(found[1]), int(found[2])) < OLDEST:
            raise KibanaError(
                f"the Kibana at {self.location} is version {number}; these dashboards need {OLDEST[0]}.{OLDEST[1]} or "
                "newer, so upgrade it first"
            )

    def post_file(self, path: str, text: str) -> dict[str, Any]:
        """Send a file as a form does; the answer."""
        boundary = f"straitwire-{secrets.token_hex(16)}"
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="straitwire.ndjson"\r\n'
            "Content-Type: application/ndjson\r\n\r\n"
        )
        body = head.encode() + text.encode() + f"\r\n--{boundary}--\r\n".encode()
        return self._patiently("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _patiently(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """Repeat while it is starting or overloaded: both requests may be repeated."""
        give_up_at = self._clock() + READY_SECONDS
        while True:
            status, server, said = self._exchange(method, path, body, headers)
            if status not in (429, 502, 503, 504):
                return self._understood(status, server, said)
            if self._clock() + _PAUSE_SECONDS > give_up_at:
                raise KibanaError(
                    f"the Kibana at {self.location} is not ready (status {status}); look at its log, or try again later"
                )
            self._sleep(_PAUSE_SECONDS)

    def _exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        address = self._address
        connection: http.client.HTTPConnection
        if self._tls is not None:
            connection = http.client.HTTPSConnection(
                address.host, address.port, timeout=_TIMEOUT_SECONDS, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(address.host, address.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, address.path + path, body or None, {**self._headers, **headers})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()
        except ssl.SSLCertVerificationError as error:
            raise KibanaError(
                f"the certificate of {self.location} is not trusted; set STRAITWIRE_KIBANA_CA to the file of the "
                "authority that signed it"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise KibanaError(
                f"no Kibana answers at {self.location}; start it, or check the address and the network"
            ) from error
        finally:
            connection.close()

    def _understood(self, status: int, headers: Mapping[str, str], said: bytes) -> dict[str, Any]:
        """The answer as JSON. Errors: KibanaError for every refusal."""
        if "x-elastic-product" in headers:
            raise KibanaError(f"{self.location} is an Elasticsearch; Kibana usually listens on port 5601")
        if 300 <= status < 400:
            to = headers.get("location", "")
            raise KibanaError(f"the Kibana at {self.location} redirects to {to[:200]}; name the address that it has")
        if status == 401:
            raise KibanaError(
                f"the Kibana at {self.location} wants to know who asks; set STRAITWIRE_ES_USER and "
                "STRAITWIRE_ES_PASSWORD, or STRAITWIRE_ES_API_KEY"
            )
        try:
            answer = json.loads(said)
        except ValueError:
            answer = None
        message = answer.get("message", "") if isinstance(answer, dict) else ""
        if status == 403:
            raise KibanaError(
                f"the Kibana at {self.location} does not allow this ({str(message)[:200] or 'status 403'}); use an "
                "account that may manage saved objects"
            )
        if status != 200 and message:
            raise KibanaError(f"the Kibana at {self.location} refuses the import (status {status}: {message[:300]})")
        if status != 200 or not isinstance(answer, dict):
            raise KibanaError(f"what answers at {self.location} is no Kibana (status {status}); {_ADDRESS_ADVICE}")
        return answer


def _authorization() -> dict[str, str]:
    user, key = os.environ.get("STRAITWIRE_ES_USER"), secret_from_environment("STRAITWIRE_ES_API_KEY")
    if key and user:
        raise ConfigError("set either STRAITWIRE_ES_API_KEY or STRAITWIRE_ES_USER, not both")
    if key:
        return {"Authorization": f"ApiKey {key}"}
    if user:
        pair = f"{user}:{secret_from_environment('STRAITWIRE_ES_PASSWORD') or ''}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _tls_context() -> ssl.SSLContext:
    authority = os.environ.get("STRAITWIRE_KIBANA_CA") or None
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise ConfigError(f"STRAITWIRE_KIBANA_CA names {authority}, which is no file of certificates") from error
