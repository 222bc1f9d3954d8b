"""WARC archives: HTML responses as entries, and one record read again by its place in the file."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import xxhash
from fastwarc.warc import ArchiveIterator, WarcRecordType

from connectors.body_decoding import decode_body
from connectors.http_client import PAGE_TYPES, parse_content_type
from connectors.source_locations import SourceFile, failed_source
from connectors.web_address import web_address
from schemas.errors import Failed, FailReason, PermanentError
from schemas.records import Entry, Page, SourceKind

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 1024 * 1024
_LARGEST_RECORD_BYTES = 64 * 1024 * 1024


def read_warc(path: Path) -> Iterator[Entry | Failed]:
    """Every response with status 200 and HTML or plain text; other records are no articles and are passed over.

    Errors: a truncated or oversized record, and data that is no WARC, are Failed(bad_record) with the offset;
        what follows broken data in the file cannot be found and is named as lost.
    """
    source = SourceFile(path)
    try:
        with path.open("rb") as file, path.open("rb") as probe:
            yield from _with_lengths(_read_records(source, file, probe), path.stat().st_size)
    except OSError as error:
        yield failed_source(FailReason.UNREADABLE_FILE, source.url(), f"{path}: {error.strerror or 'not readable'}")


def load_warc_page(entry: Entry, limit_bytes: int) -> Page:
    """The page in a record.

    Errors: PermanentError(unreadable_file | bad_record | body_too_large | undecodable).
    """
    path = Path(entry.path)
    try:
        with path.open("rb") as file:
            file.seek(entry.offset)
            data = file.read(entry.length)
    except OSError as error:
        raise PermanentError(FailReason.UNREADABLE_FILE, f"{path}: {error.strerror}") from error
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=True)), None)
        if record is None:
            raise PermanentError(FailReason.BAD_RECORD, f"{path}: no WARC record at byte {entry.offset}")
        content = record.reader.read()
        headers = {name.lower(): value for name, value in record.http_headers.items()}
        fetched_at = record.record_date
    except OSError as error:
        raise PermanentError(FailReason.BAD_RECORD, f"{path}: broken WARC record at byte {entry.offset}") from error
    if "chunked" in headers.get("transfer-encoding", "").lower():
        content = _dechunked(content)
    content = _decoded(content, headers.get("content-encoding", ""), limit_bytes)
    content_type, charset = parse_content_type(headers.get("content-type", ""))
    return Page(entry, entry.url, content, content_type, charset, fetched_at.astimezone(UTC))


def _with_lengths(found: Iterator[tuple[int, Entry | Failed | None]], size: int) -> Iterator[Entry | Failed]:
    """Give each entry its length: up to the next record, or the end of the file."""
    waiting: Entry | None = None
    for position, item in found:
        if waiting is not None:
            yield _with_length(waiting, position)
            waiting = None
        if isinstance(item, Entry):
            waiting = item
        elif item is not None:
            yield item
    if waiting is not None:
        yield _with_length(waiting, size)


def _with_length(entry: Entry, end: int) -> Entry:
    return replace(entry, length=end - entry.offset)


def _read_records(source: SourceFile, file: Any, probe: Any) -> Iterator[tuple[int, Entry | Failed | None]]:
    size = source.path.stat().st_size
    compressed = probe.read(2) == _GZIP_MAGIC
    position = 0
    records = iter(ArchiveIterator(file, parse_http=False))
    while True:
        try:
            record = next(records, None)
            if record is None:
                break
            position = record.stream_pos
            probe.seek(position)
            if compressed and probe.read(2) != _GZIP_MAGIC:
                detail = f"{source.path}: compressed as one piece: a WARC must be compressed record by record"
                yield position, failed_source(FailReason.BAD_RECORD, source.url(), detail)
                return
            item = _entry(source, record)
        except OSError:
            yield size, _lost(source, position)
            return
        yield position, item
    probe.seek(position)
    if size and not _ends_with_a_record(probe, compressed):
        yield size, _lost(source, position)


def _ends_with_a_record(probe: Any, compressed: bool) -> bool:
    """Whether the file ends where the record at the probe's position ends; fastwarc drops a broken tail in silence."""
    if compressed:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not member.eof and (piece := probe.read(_PIECE_BYTES)):
            while piece and not member.eof:
                member.decompress(piece, _PIECE_BYTES)
                piece = member.unconsumed_tail
        return not (member.unused_data + probe.read(_PIECE_BYTES)).strip(b"\0")
    length = 0
    while (line := probe.readline(_PIECE_BYTES)).strip():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    probe.seek(length, io.SEEK_CUR)
    return bool(line) and not probe.read(_PIECE_BYTES).strip()


def _lost(source: SourceFile, position: int) -> Failed:
    detail = f"{source.path}: no readable WARC record after the one at byte {position}; the rest of the file is lost"
    return failed_source(FailReason.BAD_RECORD, source.url(f"after-byte-{position}"), detail)


def _entry(source: SourceFile, record: Any) -> Entry | Failed | None:
    if record.record_type != WarcRecordType.response:
        return None
    location = source.url(f"byte-{record.stream_pos}")
    if record.content_length > _LARGEST_RECORD_BYTES:
        return failed_source(FailReason.BODY_TOO_LARGE, location, f"{source.path}: record at byte {record.stream_pos}")
    record.parse_http()
    if record.http_headers is None or record.http_headers.status_code != 200:
        return None
    content_type, _ = parse_content_type(record.http_headers.get("Content-Type") or "")
    if content_type and content_type not in PAGE_TYPES:
        return None
    content = record.reader.read()
    if len(content) < record.content_length:
        return failed_source(
            FailReason.BAD_RECORD, location, f"{source.path}: record at byte {record.stream_pos} is cut short"
        )
    target = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    try:
        url = str(web_address(target))
    except PermanentError as error:
        return failed_source(FailReason.BAD_RECORD, location, f"{source.path}: WARC-Target-URI: {error.detail}")
    return Entry(
        key=source.key(SourceKind.WARC, record.stream_pos),
        url=url,
        kind=SourceKind.WARC,
        source_id=source.name,
        revision=xxhash.xxh3_128_hexdigest(content),
        path=source.resolved,
        offset=record.stream_pos,
        content_type=content_type,
    )


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
