"""WARC files as other tools write them, byte by byte."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

DATE = "2026-02-03T04:05:06Z"


def record(
    url: str,
    body: bytes,
    *,
    http: Iterable[str] = ("HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8"),
    kind: str = "response",
    date: str = DATE,
) -> bytes:
    """One record, uncompressed."""
    block = "\r\n".join(http).encode() + b"\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
        f"WARC-Date: {date}\r\nWARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype={kind}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def write_warc(path: Path, records: Iterable[bytes]) -> Path:
    """The file, compressed record by record when its name ends with ``.gz``."""
    packed = [gzip.compress(each) if path.suffix == ".gz" else each for each in records]
    path.write_bytes(b"".join(packed))
    return path
