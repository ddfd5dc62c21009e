"""Reading and decompressing bodies within a limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_collector.errors import InvalidRequest, TooLarge
from spanhouse_collector.otlp import body

LIMIT = 10_000


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_chunks_are_joined() -> None:
    assert await body.read(chunks(b"a", b"", b"bc"), limit_bytes=3) == b"abc"


async def test_reading_stops_at_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    with pytest.raises(TooLarge, match="larger than 1000 bytes"):
        await body.read(endless(), limit_bytes=1_000)


@given(st.binary(max_size=2_000), st.sampled_from(["gzip", "deflate", "zstd"]), st.integers(1, 3))
def test_a_compressed_body_comes_back_whole(data: bytes, encoding: str, pieces: int) -> None:
    """Also when it was compressed in pieces: gzip members and zstd frames may follow each other (RFC 1952 2.2, RFC 8878 3)."""
    pieces = 1 if encoding == "deflate" else pieces
    cuts = [len(data) * piece // pieces for piece in range(pieces + 1)]
    packed = b"".join(compress(data[start:end], encoding) for start, end in pairwise(cuts))
    assert body.decompress(packed, encoding, limit_bytes=LIMIT) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_exactly_the_limit_is_taken_and_a_byte_more_is_not(encoding: str) -> None:
    assert len(body.decompress(compress(b"x" * LIMIT, encoding), encoding, limit_bytes=LIMIT)) == LIMIT
    with pytest.raises(TooLarge):
        body.decompress(compress(b"x" * (LIMIT + 1), encoding), encoding, limit_bytes=LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_L04_a_bomb_is_stopped_while_it_inflates(encoding: str) -> None:
    bomb = compress(bytes(64 * 1024 * 1024), encoding)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            body.decompress(bomb, encoding, limit_bytes=LIMIT)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("part", [slice(0, -1), slice(0, 5), slice(0, 0), slice(1, None)])
def test_a_damaged_body_is_refused(encoding: str, part: slice) -> None:
    with pytest.raises(InvalidRequest, match=encoding):
        body.decompress(compress(b"some text" * 50, encoding)[part], encoding, limit_bytes=LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_bytes_after_the_end_are_refused(encoding: str) -> None:
    with pytest.raises(InvalidRequest, match=encoding):
        body.decompress(compress(b"some text", encoding) + b"more", encoding, limit_bytes=LIMIT)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "zstd"]))
def test_any_bytes_are_decompressed_or_refused(data: bytes, encoding: str) -> None:
    try:
        body.decompress(data, encoding, limit_bytes=LIMIT)
    except InvalidRequest:
        return


def compress(data: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(data)
    return zlib.compress(data) if encoding == "deflate" else zstd.compress(data)
