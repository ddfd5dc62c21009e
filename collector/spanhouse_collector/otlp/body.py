"""Request bodies: read and decompressed within a limit, so that neither a large body nor a compression bomb costs memory."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable, Callable, Mapping
from typing import Protocol, cast

from isal import isal_zlib

from spanhouse_collector.errors import InvalidRequest, TooLarge

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class _Decompressor(Protocol):
    """One stream being decompressed, as isal and zstd both have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _zlib() -> _Decompressor:
    # Window bits that make it read gzip and zlib headers alike (zlib manual, inflateInit2).
    return isal_zlib.decompressobj(47)


#: Content encodings besides identity, with what decompresses them.
COMPRESSIONS: Mapping[str, Callable[[], _Decompressor]] = {"gzip": _zlib, "deflate": _zlib, "zstd": zstd.ZstdDecompressor}
# What they raise; the stubs of isal take its class for an instance.
_BROKEN = (cast("type[Exception]", isal_zlib.error), zstd.ZstdError)
# Each piece costs a copy of what follows it, so their number is bounded; compressors that write in parallel make a few.
_MAX_MEMBERS = 256


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
    """The body under a Content-Encoding of COMPRESSIONS; raises TooLarge or InvalidRequest."""
    data = b""
    rest = body
    try:
        # gzip members and zstd frames may follow each other (RFC 1952 2.2, RFC 8878 3); what they hold is one body.
        for _ in range(_MAX_MEMBERS):
            stream = COMPRESSIONS[encoding]()
            data += stream.decompress(rest, limit_bytes + 1 - len(data))
            if len(data) > limit_bytes:
                raise too_large(limit_bytes)
            if not stream.eof:
                raise InvalidRequest(f"the {encoding} body ends early; send it whole")
            rest = stream.unused_data
            if not rest:
                return data
    except _BROKEN as error:
        raise InvalidRequest(f"the body is not valid {encoding} ({error}); compress it again or send it plain") from error
    raise InvalidRequest(f"the {encoding} body is in more than {_MAX_MEMBERS} pieces; compress it as one")


def compress_zstd(data: bytes, *, level: int) -> bytes:
    """The data as one zstd frame; levels as the library counts them, 1 the fastest."""
    return zstd.compress(data, level=level)


def too_large(limit_bytes: int) -> TooLarge:
    """The error for a body beyond the limit."""
    return TooLarge(f"the request is larger than {limit_bytes} bytes after decompression; send smaller batches")
