"""Request bodies: read and decompressed within a limit, so that neither a large body nor a gzip bomb costs memory."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from spanhouse_collector.errors import InvalidRequest, TooLarge

# window bits that make zlib read gzip and zlib headers alike (zlib manual, inflateInit2).
_GZIP_OR_ZLIB = 47


async def read(chunks: AsyncIterable[bytes], *, limit_bytes: int) -> bytes:
    """The whole body; raises TooLarge as soon as it exceeds the limit."""
    parts = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise too_large(limit_bytes)
        parts.append(chunk)
    return b"".join(parts)


def decompress(body: bytes, encoding: str, *, limit_bytes: int) -> bytes:
    """The body under a Content-Encoding of gzip or deflate; raises TooLarge or InvalidRequest."""
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        data = inflater.decompress(body, limit_bytes + 1)
    except zlib.error as error:
        raise InvalidRequest(f"the body is not valid {encoding} ({error}); compress it again or send it plain") from error
    if len(data) > limit_bytes:
        raise too_large(limit_bytes)
    if not inflater.eof:
        raise InvalidRequest(f"the {encoding} body ends early; send it whole")
    return data


def too_large(limit_bytes: int) -> TooLarge:
    """The error for a body beyond the limit."""
    return TooLarge(f"the request is larger than {limit_bytes} bytes after decompression; send smaller batches")
