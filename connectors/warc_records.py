"""WARC archives: HTML responses as entries, and one record read again by its place in the file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xxhash
from fastwarc.warc import ArchiveIterator, WarcRecordType

from connectors.body_decoding import decode_body
from connectors.content_types import PAGE_TYPES, guessed_type, parse_content_type
from connectors.raw_archive import ENTRY_RECORD_TYPE
from connectors.source_locations import SourceFile, failed_source, shown
from connectors.warc_scanning import Damage, walk_records
from connectors.web_address import web_address
from schemas.entry_json import entry_from_json
from schemas.errors import ConfigError, Failed, FailReason, PermanentError
from schemas.records import Entry, Page, SourceKind

WARC_RECORD_TYPE = "application/http"
"""Content type of an entry whose payload is a whole WARC record."""

_LARGEST_RECORD_BYTES = 64 * 1024 * 1024


def read_warc(path: Path) -> Iterator[Entry | Failed]:
    """Every response with status 200 and HTML or plain text; other records are no articles and are passed over.

    Errors: a truncated or oversized record, data that is no WARC, and damaged bytes between two records are
        Failed(bad_record | body_too_large) with their place; what can be read after them is read.
    """
    source = SourceFile(path)
    reader = _Reader(source)
    try:
        with path.open("rb") as file, path.open("rb") as probe:
            for found in walk_records(file, probe, path.stat().st_size, reader.read):
                if isinstance(found, Damage):
                    yield _damaged(source, found)
                elif isinstance(found.item, Entry):
                    yield replace(found.item, offset=found.start, length=found.end - found.start)
                elif found.item is not None:
                    yield found.item
    except OSError as error:
        yield failed_source(FailReason.UNREADABLE_FILE, source.url(), f"{path}: {error.strerror or 'not readable'}")


def load_warc_page(entry: Entry, now: datetime, limit_bytes: int) -> Page:
    """The page in a record; ``now`` stands in for a record date that is missing or unreadable.

    Errors: PermanentError(unreadable_file | bad_record | body_too_large | undecodable).
    """
    path = Path(entry.path)
    try:
        with path.open("rb") as file:
            file.seek(entry.offset)
            data = file.read(entry.length)
    except OSError as error:
        raise PermanentError(FailReason.UNREADABLE_FILE, f"{shown(path)}: {error.strerror}") from error
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=True)), None)
        if record is None:
            raise ValueError("no record")
        headers = _http_headers(record)
        target = _target(record)
        content = record.reader.read()
        fetched_at = record.record_date or now
    except (OSError, ValueError, PermanentError) as error:
        detail = f"{shown(path)}: no page in a record at byte {entry.offset}"
        raise PermanentError(FailReason.BAD_RECORD, detail) from error
    if "chunked" in headers.get("transfer-encoding", "").lower():
        content = _dechunked(content)
    content = _decoded(content, headers.get("content-encoding", ""), limit_bytes)
    content_type, charset = parse_content_type(headers.get("content-type", ""))
    return Page(entry, target, content, content_type or guessed_type(content), charset, fetched_at.astimezone(UTC))


def _http_headers(record: Any) -> dict[str, str]:
    """Headers of a response, names in lower case.

    Errors: ValueError when the record holds no HTTP answer.
    """
    if record.http_headers is None:
        raise ValueError("no HTTP answer")
    raw: Iterable[tuple[bytes, bytes]] = record.http_headers.items_bytes()
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _target(record: Any) -> str:
    """The record's URL; WARC 1.0 writers put it in angle brackets.

    Errors: PermanentError(bad_url).
    """
    raw: bytes = record.headers.get_bytes(b"WARC-Target-URI") or b""
    return str(web_address(raw.decode("utf-8", "replace").strip("<> ")))


class _Reader:
    """Makes entries of records; remembers the entry that our own archive announces before a response."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._announced: Entry | None = None

    def read(self, record: Any) -> Entry | Failed | None:
        """The entry in a record, why it is none, or None for a record of another kind."""
        if record.record_type == WarcRecordType.metadata:
            self._announced = _announced(record)
        if record.record_type != WarcRecordType.response:
            return None
        announced, self._announced = self._announced, None
        return _entry(self._source, record, announced)


def _damaged(source: SourceFile, damage: Damage) -> Failed:
    what = damage.hint or f"bytes {damage.start} to {damage.end} hold no readable WARC record"
    return failed_source(FailReason.BAD_RECORD, source.url(f"byte-{damage.start}"), f"{source.path}: {what}")


def _entry(source: SourceFile, record: Any, announced: Entry | None) -> Entry | Failed | None:
    """The entry of an HTML response, or None for a response that is no article."""
    location = source.url(f"byte-{record.stream_pos}")
    where = f"{source.path}: record at byte {record.stream_pos}"
    if record.content_length > _LARGEST_RECORD_BYTES:
        return failed_source(
            FailReason.BODY_TOO_LARGE, location, f"{where} is larger than {_LARGEST_RECORD_BYTES} bytes"
        )
    record.parse_http()
    if record.http_headers is None or record.http_headers.status_code != 200:
        return None
    content_type, _ = parse_content_type(_http_headers(record).get("content-type", ""))
    if content_type and content_type not in PAGE_TYPES:
        return None
    content = record.reader.read()
    if len(content) < record.content_length:
        return failed_source(FailReason.BAD_RECORD, location, f"{where} is cut short")
    try:
        url = _target(record)
    except PermanentError as error:
        return failed_source(FailReason.BAD_RECORD, location, f"{where}: WARC-Target-URI: {error.detail}")
    entry = announced or Entry(
        key=source.key(SourceKind.WARC, record.stream_pos),
        url=url,
        kind=SourceKind.WARC,
        source_id=source.name,
        revision=xxhash.xxh3_128_hexdigest(content),
    )
    return replace(entry, path=source.resolved, content_type=WARC_RECORD_TYPE)


def _announced(record: Any) -> Entry | None:
    """The entry that our own archive puts before each response (see ``raw_archive``)."""
    if record.headers.get_bytes(b"Content-Type") != ENTRY_RECORD_TYPE.encode():
        return None
    if record.content_length > _LARGEST_RECORD_BYTES:
        return None
    try:
        return entry_from_json(record.reader.read().decode("utf-8", "replace"))
    except ConfigError:
        return None


def _decoded(content: bytes, content_encoding: str, limit_bytes: int) -> bytes:
    """Undo the content coding, unless the archive's writer already did and kept the header."""
    if content_encoding and content[:200].lstrip().startswith(b"<"):
        content_encoding = ""
    return decode_body(content, content_encoding, limit_bytes)


def _dechunked(content: bytes) -> bytes:
    """Undo chunked transfer coding; content that is not chunked (its writer undid it) stays as it is."""
    whole = bytearray()
    rest = memoryview(content)
    while True:
        head, separator, _ = bytes(rest[:100]).partition(b"\r\n")
        try:
            size = int(head.partition(b";")[0].strip(), 16)
        except ValueError:
            return content
        if not separator or size < 0 or size > len(rest):
            return content
        if size == 0:
            return bytes(whole)
        start = len(head) + 2
        whole += rest[start : start + size]
        rest = rest[start + size + 2 :]
