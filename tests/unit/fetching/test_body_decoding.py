from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.body_decoding import BodyDecoder, decode_body
from schemas.errors import FailReason, PermanentError, TransientError
from tests.misbehaving_site import brotli_bomb, gzip_bomb, zstd_bomb

ENCODERS = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
BOMBS = {"gzip": gzip_bomb, "br": brotli_bomb, "zstd": zstd_bomb}


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=5000), st.lists(st.integers(1, 700), max_size=30))
def test_pieces_of_any_size_decode_to_the_whole(coding: str, data: bytes, sizes: list[int]) -> None:
    encoded = ENCODERS[coding](data)
    decoder = BodyDecoder(coding, 10_000)
    for size in sizes:
        decoder.feed(encoded[:size])
        encoded = encoded[size:]
    decoder.feed(encoded)

    assert decoder.finish() == data


@given(st.sampled_from(sorted(ENCODERS)), st.sampled_from(sorted(ENCODERS)), st.binary(max_size=2000))
def test_codings_are_undone_in_reverse_order(first: str, second: str, data: bytes) -> None:
    assert decode_body(ENCODERS[second](ENCODERS[first](data)), f"{first}, {second}", 10_000) == data


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=3000))
def test_any_bytes_decode_or_are_a_typed_error(coding: str, data: bytes) -> None:
    reason = None
    try:
        decode_body(data, coding, 10_000)
    except (PermanentError, TransientError) as error:
        reason = error.reason

    assert reason in (None, FailReason.UNDECODABLE, FailReason.BODY_TOO_LARGE, FailReason.RESET)


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(min_size=1, max_size=500), st.data())
def test_body_that_ends_early_is_noticed(coding: str, data: bytes, choice: st.DataObject) -> None:
    encoded = ENCODERS[coding](data)
    cut = encoded[: choice.draw(st.integers(1, len(encoded) - 1))]

    with pytest.raises(TransientError, match="ends early"):
        decode_body(cut, coding, 10_000)


@pytest.mark.parametrize("coding", sorted(BOMBS))
def test_bomb_is_stopped_while_it_is_small(coding: str) -> None:
    bomb = BOMBS[coding](200_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(PermanentError) as caught:
            decode_body(bomb, coding, 2_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert caught.value.reason is FailReason.BODY_TOO_LARGE
    assert peak < 25_000_000


def test_limit_itself_is_permitted() -> None:
    assert len(decode_body(gzip.compress(bytes(1000)), "gzip", 1000)) == 1000
    with pytest.raises(PermanentError):
        decode_body(gzip.compress(bytes(1001)), "gzip", 1000)


def test_cut_keeps_the_start() -> None:
    decoder = BodyDecoder("gzip", 10, cut=True)
    decoder.feed(gzip.compress(b"0123456789abc" * 1000))

    assert decoder.is_full
    assert decoder.finish() == b"0123456789"


def test_window_beyond_what_http_allows_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    wide = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(b"a" * 100)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    wide = stream.compress(b"a" * 100) + stream.flush()

    with pytest.raises(PermanentError):
        decode_body(wide, "zstd", 1000)


def test_garbage_after_gzip_is_ignored_as_browsers_do() -> None:
    assert decode_body(gzip.compress(b"news") + b"\0\0garbage", "gzip", 100) == b"news"


@pytest.mark.parametrize("coding", ["rot13", "gzip, gzip, gzip, gzip"])
def test_coding_that_nobody_needs_is_refused(coding: str) -> None:
    with pytest.raises(PermanentError) as caught:
        BodyDecoder(coding, 100)

    assert caught.value.reason is FailReason.UNDECODABLE
