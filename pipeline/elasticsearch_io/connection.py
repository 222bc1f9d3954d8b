"""Where the server is and who asks. Secrets are looked up on the worker: options and pickles never hold one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from elasticsearch import Elasticsearch


class Credentials(Protocol):
    """A provider: it is pickled, what it gives is not."""

    def resolve(self) -> Mapping[str, Any]:
        """Arguments of ``Elasticsearch(...)`` such as ``api_key``, ``basic_auth``, ``bearer_auth``; on the worker."""
        ...


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """For a server without security."""

    def resolve(self) -> Mapping[str, Any]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class EnvironmentCredentials:
    """From environment variables, whose *names* are given: an API key, or user and password.

    Errors: ValueError, naming the variables, when neither is set.
    """

    api_key: str = "ELASTICSEARCH_API_KEY"
    user: str = "ELASTICSEARCH_USER"
    password: str = "ELASTICSEARCH_PASSWORD"  # noqa: S105 - the name of a variable

    def resolve(self) -> Mapping[str, Any]:
        """What is set."""
        if key := os.environ.get(self.api_key):
            return {"api_key": key}
        if user := os.environ.get(self.user):
            return {"basic_auth": (user, os.environ.get(self.password, ""))}
        raise ValueError(f"set {self.api_key}, or {self.user} and {self.password}, where the pipeline's workers run")


@dataclass(frozen=True, slots=True)
class FileCredentials:
    """From a JSON file on the worker: ``{"api_key": ...}``, ``{"bearer_auth": ...}`` or user and password.

    Errors: ValueError, naming the file and never quoting it, when it cannot be used.
    """

    path: str

    def resolve(self) -> Mapping[str, Any]:
        """What the file holds."""
        try:
            held = json.loads(Path(self.path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.path} cannot be read as JSON ({type(error).__name__})") from None
        if isinstance(held, dict):
            for name in ("api_key", "bearer_auth"):
                if held.get(name):
                    return {name: held[name]}
            if held.get("user"):
                return {"basic_auth": (held["user"], held.get("password", ""))}
        raise ValueError(f"{self.path} holds neither api_key nor bearer_auth nor user and password")


@dataclass(frozen=True, slots=True)
class Connection:
    """The servers of one cluster, and how their certificate is known.

    Attributes:
        urls: such as ``http://host:9200``; without credentials.
        ca_certs: file with the authority's certificate, on the worker.
        fingerprint: SHA-256 of the certificate, in place of an authority.
        compress: gzip requests.
    """

    urls: tuple[str, ...]
    ca_certs: str = ""
    fingerprint: str = ""
    compress: bool = False

    def __post_init__(self) -> None:
        if not self.urls:
            raise ValueError("a connection needs the URL of a server")
        for url in self.urls:
            parts = urlsplit(url)
            if parts.username or parts.password:
                raise ValueError(f"the URL of {parts.hostname} must not hold credentials; pass a Credentials provider")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"'{url}' is no server's URL; write it as http://host:9200")

    def open(self, credentials: Credentials, connections: int) -> Elasticsearch:
        """A client that tries nothing twice by itself; nothing is sent yet."""
        options: dict[str, Any] = dict(credentials.resolve())
        if self.ca_certs:
            options["ca_certs"] = self.ca_certs
        elif self.fingerprint:
            options |= {"ssl_assert_fingerprint": self.fingerprint, "verify_certs": False, "ssl_show_warn": False}
        return Elasticsearch(
            [_with_port(url) for url in self.urls],
            max_retries=0,
            retry_on_status=(),
            http_compress=self.compress,
            connections_per_node=max(1, connections),
            **options,
        )


def _with_port(url: str) -> str:
    """The client insists on a port."""
    parts = urlsplit(url)
    if parts.port:
        return url
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{443 if parts.scheme == 'https' else 9200}{parts.path}"
