"""Undoing Content-Encoding piece by piece, so that a compressed bomb is stopped while it is still small."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types
import zstandard

from schemas.errors import FailReason, PermanentError, TransientError

_STEP_BYTES = 256 * 1024  # most that one decoding step may put out before the limit is looked at
_ZSTD_SLICE_BYTES = 64  # zstd repeats 128 KiB in 4 bytes, so a slice grows to 2 MiB at most
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024  # RFC 9659: a decoder need not take more over HTTP
_MOST_CODINGS = 3
ACCEPT_ENCODING = "gzip, deflate, br, zstd"


class _Decoder(Protocol):
    def feed(self, piece: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


def body_too_large(limit_bytes: int) -> PermanentError:
    """The error for a body beyond the limit."""
    return PermanentError(FailReason.BODY_TOO_LARGE, f"the body is larger than {limit_bytes} bytes")


class BodyDecoder:
    """Decodes a body as it arrives.

    Args:
        content_encoding: the header's value, "" for none; codings are undone in reverse order.
        limit_bytes: most that may come out.
        cut: whether to keep the first ``limit_bytes`` and ignore the rest instead of failing.
    Errors: PermanentError(body_too_large) as soon as the limit is passed; PermanentError(undecodable) for
        an unknown coding or broken data; TransientError(reset) from :meth:`finish` when the data ends early.
    Source: RFC 9110, section 8.4; RFC 1950-1952, 7932, 8878, 9659.

    """

    def __init__(self, content_encoding: str, limit_bytes: int, cut: bool = False) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        codings = [name for name in names if name not in ("", "identity")]
        if len(codings) > _MOST_CODINGS:
            raise PermanentError(FailReason.UNDECODABLE, f"{len(codings)} content codings on top of each other")
        self._decoders = [_decoder(name) for name in reversed(codings)]
        self._limit_bytes = limit_bytes
        self._cut = cut
        self._content = bytearray()
        self._received_any = False
        self.is_full = False

    def feed(self, piece: bytes) -> None:
        """Take the next piece as received."""
        self._received_any = self._received_any or bool(piece)
        for decoded in self._through(piece, 0):
            self._content += decoded
            if len(self._content) <= self._limit_bytes:
                continue
            if self._cut:
                del self._content[self._limit_bytes :]
                self.is_full = True
                return
            raise body_too_large(self._limit_bytes)

    def finish(self) -> bytes:
        """The whole body, once everything was received."""
        if self._received_any and not self.is_full and not all(decoder.is_complete() for decoder in self._decoders):
            raise TransientError(FailReason.RESET, "the compressed body ends early")
        return bytes(self._content)

    @property
    def size_bytes(self) -> int:
        """How much was decoded so far."""
        return len(self._content)

    def _through(self, piece: bytes, position: int) -> Iterator[bytes]:
        if position == len(self._decoders):
            yield piece
            return
        for decoded in self._decoders[position].feed(piece):
            yield from self._through(decoded, position + 1)


def decode_body(content: bytes, content_encoding: str, limit_bytes: int) -> bytes:
    """A whole body decoded at once.

    >>> decode_body(zlib.compress(b"news"), "deflate", 100)
    b'news'

    Errors: as :class:`BodyDecoder`.
    """
    decoder = BodyDecoder(content_encoding, limit_bytes)
    decoder.feed(content)
    return decoder.finish()


def _decoder(name: str) -> _Decoder:
    if name in ("gzip", "x-gzip"):
        return _ZlibDecoder(zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _ZlibDecoder(zlib.MAX_WBITS)
    if name == "br":
        return _BrotliDecoder()
    if name == "zstd":
        return _ZstdDecoder()
    raise PermanentError(FailReason.UNDECODABLE, f"unknown content coding {name[:40]!r}")


class _ZlibDecoder:
    """gzip (any number of members) and deflate (with or without the zlib header that servers forget)."""

    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._stream = zlib.decompressobj(window_bits)
        self._started = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._stream.eof:
                piece = piece.lstrip(b"\0")  # padding after a member is allowed
                if self._window_bits <= zlib.MAX_WBITS or not piece.startswith(b"\x1f"):
                    return  # garbage after the end, which every browser ignores
                self._stream = zlib.decompressobj(self._window_bits)
            yield self._step(piece)
            piece = self._stream.unconsumed_tail or self._stream.unused_data

    def is_complete(self) -> bool:
        return self._stream.eof

    def _step(self, piece: bytes) -> bytes:
        try:
            decoded = self._stream.decompress(piece, _STEP_BYTES)
        except zlib.error as error:
            if self._started or self._window_bits != zlib.MAX_WBITS:
                raise PermanentError(FailReason.UNDECODABLE, "the compressed body is broken") from error
            self._window_bits = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._window_bits)
            return self._step(piece)
        self._started = self._started or bool(decoded)
        return decoded


class _BrotliDecoder:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        try:
            yield self._stream.process(piece, output_buffer_limit=_STEP_BYTES)
            while not self._stream.is_finished() and not self._stream.can_accept_more_data():
                yield self._stream.process(b"", output_buffer_limit=_STEP_BYTES)
        except brotli.error as error:
            raise PermanentError(FailReason.UNDECODABLE, "the compressed body is broken") from error

    def is_complete(self) -> bool:
        return bool(self._stream.is_finished())


class _ZstdDecoder:
    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._stream = self._context.decompressobj()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        view = memoryview(piece)
        for start in range(0, len(view), _ZSTD_SLICE_BYTES):
            pending = bytes(view[start : start + _ZSTD_SLICE_BYTES])
            while pending:
                if self._stream.eof:
                    self._stream = self._context.decompressobj()
                try:
                    decoded = self._stream.decompress(pending)
                except zstandard.ZstdError as error:
                    raise PermanentError(FailReason.UNDECODABLE, "the compressed body is broken") from error
                pending = self._stream.unused_data if self._stream.eof else b""
                yield decoded

    def is_complete(self) -> bool:
        return bool(self._stream.eof)
