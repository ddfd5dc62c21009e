"""Content encodings of the ClickHouse HTTP interface: results as the client accepts them, statements as it sent them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import lz4.frame

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp import body

_RESULT: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: body.compress_zstd(data, level=1),
    "lz4": lz4.frame.compress,
    "gzip": lambda data: gzip.compress(data, compresslevel=1),
    "deflate": lambda data: zlib.compress(data, level=1),
}


def accepted(header: str) -> str:
    """The encoding to use among those of an Accept-Encoding header, the fastest first; '' if none of them is known."""
    parts = [part.replace(" ", "").lower().partition(";") for part in header.split(",")]
    offered = {name for name, _, weight in parts if weight != "q=0"}
    return next((encoding for encoding in _RESULT if encoding in offered), "")


def encode(data: bytes, encoding: str) -> bytes:
    """The data in one of the encodings that `accepted` gives; '' leaves it as it is."""
    return _RESULT[encoding](data) if encoding else data


def decode(data: bytes, encoding: str, *, limit_bytes: int) -> bytes:
    """A request's body under its Content-Encoding. Raises InvalidRequest, or TooLarge beyond the limit."""
    if encoding in ("", "identity"):
        return data
    if encoding in body.COMPRESSIONS:
        return body.decompress(data, encoding, limit_bytes=limit_bytes)
    if encoding != "lz4":
        raise InvalidRequest(f"content encoding {encoding!r} is unknown; send gzip, deflate, zstd, lz4 or none")
    try:
        decoded: bytes = lz4.frame.LZ4FrameDecompressor().decompress(data, limit_bytes + 1)
    except RuntimeError as error:
        raise InvalidRequest(f"the body is not valid lz4 ({error}); compress it again or send it plain") from error
    if len(decoded) > limit_bytes:
        raise body.too_large(limit_bytes)
    return decoded
