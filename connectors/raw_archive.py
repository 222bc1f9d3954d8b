"""The raw archive: every fetched page as a WARC record, from which ``--warc`` reads the same entry and page again."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

from connectors.http_exchange import Response
from schemas.entry_json import entry_to_json
from schemas.errors import ConfigError
from schemas.records import Entry

ENTRY_RECORD_TYPE = "application/vnd.straitwire.entry+json"
"""Content type of the metadata record before each response: the entry that asked for the page."""

_ROTATE_BYTES = 1_000_000_000
# What described the body on the wire, not as it is kept; Common Crawl renames the same headers in the same way.
_WIRE_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


@cache
def archive_in(folder: str) -> RawArchive:
    """The process's archive in that folder, so that bundles and rounds share a file."""
    return RawArchive(Path(folder))


class RawArchive:
    """Appends to one file per process and gigabyte; safe to share between threads.

    Guarantees: a page's two records are written with one call, before the page goes on. A kill can cut the last page
        off, which reading reports, and never touches another.

    Args:
        folder: made when missing.
    Errors: ConfigError for a folder that cannot be written to. OSError from :meth:`write`, such as a full disk:
        a run that was told to archive must not go on without.
    Source: WARC 1.1 (ISO 28500:2017), gzip per record (annex D).
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"archive folder {folder} cannot be made: {error.strerror}") from error
        if not os.access(folder, os.W_OK):
            raise ConfigError(f"archive folder {folder} cannot be written to")
        self._folder = folder
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._process = 0

    def write(self, entry: Entry, response: Response) -> None:
        """Append the entry and its answer."""
        target = response.url
        response_id = _record_id()
        about = entry_to_json(entry).encode("utf-8", "replace")
        named = [("WARC-Concurrent-To", response_id)]
        records = _compressed("metadata", _record_id(), target, response.fetched_at, ENTRY_RECORD_TYPE, about, named)
        block = _http_block(response)
        payload = [("WARC-Payload-Digest", _digest(response.content))]
        kind = "application/http; msgtype=response"
        records += _compressed("response", response_id, target, response.fetched_at, kind, block, payload)
        with self._lock, self._current().open("ab") as file:
            file.write(records)

    def _current(self) -> Path:
        mine = self._path is not None and self._process == os.getpid() and self._path.exists()
        if self._path is None or not mine or self._path.stat().st_size >= _ROTATE_BYTES:
            self._process = os.getpid()
            moment = datetime.now(UTC)
            self._path = self._folder / f"straitwire-{moment:%Y%m%d%H%M%S%f}-{os.getpid()}.warc.gz"
            about = "software: straitwire\r\nformat: WARC File Format 1.1\r\nbodies: decoded\r\n"
            fields = "application/warc-fields"
            self._path.write_bytes(_compressed("warcinfo", _record_id(), "", moment, fields, about.encode(), ()))
        return self._path


def _http_block(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status} archived"]
    for name, value in response.headers.items():
        lines.append(f"x-crawl-{name}: {value}" if name in _WIRE_HEADERS else f"{name}: {value}")
    lines.append(f"content-length: {len(response.content)}")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + response.content


def _compressed(
    kind: str,
    record_id: str,
    target: str,
    moment: datetime,
    content_type: str,
    block: bytes,
    further: Iterable[tuple[str, str]],
) -> bytes:
    fields = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"),
        *((("WARC-Target-URI", target),) if target else ()),
        ("WARC-Block-Digest", _digest(block)),
        *further,
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return gzip.compress(b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n")


def _record_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
