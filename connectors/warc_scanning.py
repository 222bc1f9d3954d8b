"""Walking through a WARC file record by record, and past what is damaged."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Generic, TypeVar

from fastwarc.warc import ArchiveIterator

Item = TypeVar("Item")

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_START = b"\x1f\x8b\x08"
_PLAIN_START = b"WARC/1."
_PIECE_BYTES = 1024 * 1024
_MEMBER_START_BYTES = 4096
_START_CHARS = 64
_BLANK_LINES_BYTES = 4  # CR LF CR LF after each record


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes [start, end) hold no record that can be read; ``hint`` says what to do, where that is known."""

    start: int
    end: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Found(Generic[Item]):
    """What ``read`` made of the record in bytes [start, end)."""

    start: int
    end: int
    item: Item


def walk_records(
    file: BinaryIO, probe: BinaryIO, size: int, read: Callable[[Any], Item]
) -> Iterator[Found[Item] | Damage]:
    """Every record in order, and between them what is damaged; nothing of the file is passed over in silence.

    Args:
        file: the archive, plain or compressed record by record; ``probe`` is the same file opened a second time.
        probe: see ``file``.
        size: of the file.
        read: called with each fastwarc record while it can be read.
    """
    start = 0
    while start < size:
        start = yield from _walk_from(start, file, probe, size, read)


def _walk_from(
    start: int, file: BinaryIO, probe: BinaryIO, size: int, read: Callable[[Any], Item]
) -> Generator[Found[Item] | Damage, None, int]:
    """Walk until the end or the next damage; returns where to go on."""
    compressed = _bytes_at(probe, 0, 2) == _GZIP_MAGIC
    file.seek(start)
    waiting: tuple[int, Item] | None = None  # a record whose end the next one will show
    try:
        records = iter(ArchiveIterator(file, parse_http=False))
        while (record := next(records, None)) is not None:
            position = record.stream_pos
            if compressed and _bytes_at(probe, position, 2) != _GZIP_MAGIC:
                yield Damage(0, size, "compressed as one piece: a WARC must be compressed record by record")
                return size
            if waiting is not None:
                yield Found(waiting[0], position, waiting[1])
                waiting = None
            start = position
            waiting = position, read(record)
    except (OSError, ValueError):
        pass  # how far the damage goes is found out below; fastwarc also ends in silence at a broken tail
    end = _record_end(probe, start, compressed) if waiting is not None else None
    if waiting is not None and end is not None:
        yield Found(start, end, waiting[1])
        if size - end <= _PIECE_BYTES and not _bytes_at(probe, end, size - end).strip(b"\0\r\n"):
            return size
        start = end
    following = _next_record(probe, start if end is not None else start + 1, compressed, size)
    if following > start:
        yield Damage(start, following)
    return following


def _record_end(probe: BinaryIO, start: int, compressed: bool) -> int | None:
    """Where the record that starts there ends, or None when its end is missing."""
    probe.seek(start)
    return _member_end(probe) if compressed else _plain_end(probe)


def _member_end(probe: BinaryIO) -> int | None:
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        while not member.eof and (piece := probe.read(_PIECE_BYTES)):
            while piece and not member.eof:
                member.decompress(piece, _PIECE_BYTES)
                piece = member.unconsumed_tail
    except zlib.error:
        return None
    return probe.tell() - len(member.unused_data) if member.eof else None


def _plain_end(probe: BinaryIO) -> int | None:
    length = -1
    while (line := probe.readline(_PIECE_BYTES)).strip():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit() and len(value) < 20:
            length = int(value)
    end = probe.tell() + length
    probe.seek(0, io.SEEK_END)
    size = probe.tell()
    return min(end + _BLANK_LINES_BYTES, size) if line and length >= 0 and end <= size else None


def _next_record(probe: BinaryIO, position: int, compressed: bool, size: int) -> int:
    """The next place where a record can start, or the end of the file."""
    mark = _GZIP_START if compressed else _PLAIN_START
    overlap = len(mark) - 1
    while piece := _bytes_at(probe, position, _PIECE_BYTES):
        found = piece.find(mark)
        while found >= 0:
            if not compressed or _starts_a_record(_bytes_at(probe, position + found, _MEMBER_START_BYTES)):
                return position + found
            found = piece.find(mark, found + 1)
        if len(piece) <= overlap:
            break
        position += len(piece) - overlap
    return size


def _starts_a_record(compressed: bytes) -> bool:
    """Whether the bytes decompress to the start of a record: the mark of gzip alone is found in any data."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(compressed, _START_CHARS).startswith(_PLAIN_START)
    except zlib.error:
        return False


def _bytes_at(probe: BinaryIO, position: int, count: int) -> bytes:
    probe.seek(position)
    return probe.read(count)
