"""An Elasticsearch with TLS and users of its own, and with the roles that ``setup --show roles`` prints."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from connectors.elasticsearch_roles import roles_file
from tests.elasticsearch_server import ElasticsearchServer

PREFIX = "straitwire"
PASSWORD = "not-a-secret-outside-of-tests"  # noqa: S105 - of a server that lives as long as the test
USERS = ("setup", "ingest", "writer", "reader")


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_certificates(folder: Path) -> None:
    """A certificate authority (ca.crt) and a server's key and certificate (http.key, http.crt) for 127.0.0.1."""
    _openssl(
        folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt",
        "-days", "2", "-subj", "/CN=straitwire tests",
    )  # fmt: skip
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "http.key", "-out", "http.csr",
        "-subj", "/CN=localhost",
    )  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    _openssl(
        folder, "x509", "-req", "-in", "http.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "names", "-out", "http.crt",
    )  # fmt: skip


def password_hash(password: str) -> str:
    """As the file realm keeps it (PBKDF2 with HMAC-SHA512, 256 bits)."""
    salt, cost = os.urandom(32), 10_000
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, cost, 32)
    return f"{{PBKDF2}}{cost}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


class SecuredServer(ElasticsearchServer):
    """One node with TLS, and a user of the file realm for each role.

    Attributes:
        authority: the certificate of the authority, as a file.
        fingerprint: of the server's certificate (SHA-256).
    """

    scheme = "https"

    def __init__(self) -> None:
        self._certificates = Path(tempfile.mkdtemp(prefix="straitwire-certificates-"))
        make_certificates(self._certificates)
        self.authority = self._certificates / "ca.crt"
        certificate = ssl.PEM_cert_to_DER_cert((self._certificates / "http.crt").read_text())
        self.fingerprint = hashlib.sha256(certificate).hexdigest()
        super().__init__(
            settings={
                "xpack.security.enabled": "true",
                "xpack.security.http.ssl.enabled": "true",
                "xpack.security.http.ssl.key": "http.key",
                "xpack.security.http.ssl.certificate": "http.crt",
                "xpack.security.transport.ssl.enabled": "false",
                "xpack.security.authc.realms.file.tests.order": "0",
            }
        )

    def config_files(self) -> Mapping[str, str]:
        users = "".join(f"{name}:{password_hash(PASSWORD)}\n" for name in USERS)
        assigned = "".join(f"{PREFIX}_{name}:{name}\n" for name in USERS)
        keys = {name: (self._certificates / name).read_text() for name in ("http.key", "http.crt")}
        return {**keys, "roles.yml": roles_file(PREFIX), "users": users, "users_roles": assigned}

    def answers(self, url: str) -> bool:
        """With TLS and a password; a user without the privilege to ask for the health is an answer, too."""
        try:
            return self.ask("setup", "GET", url.removeprefix(self.url)) == 200
        except (urllib.error.URLError, OSError):
            return False

    def ask(self, user: str, method: str, path: str, body: str = "") -> int:
        """The status of one request as this user."""
        request = urllib.request.Request(f"{self.url}{path}", data=body.encode() or None, method=method)
        request.add_header("content-type", "application/json")
        secret = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        request.add_header("authorization", f"Basic {secret}")
        trusted = ssl.create_default_context(cafile=str(self.authority))
        try:
            with urllib.request.urlopen(request, timeout=60, context=trusted) as answer:
                status: int = answer.status
                answer.read()
                return status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
