"""ClickHouse's own compressed blocks, which clients ask for by compress=1 and send by decompress=1.

A block is a checksum (CityHash128 1.0.2, ClickHouse's version, over all that follows), the method, the block's size with its
9 bytes of head, the size of the data, and the compressed data; numbers are little-endian. The same blocks make up the columns
that the engine keeps on disk. Layout: ClickHouse's CompressedWriteBuffer. Must not know requests.
"""

from __future__ import annotations

import struct

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp import body

_LZ4, _ZSTD, _NONE = 0x82, 0x90, 0x02
_CHECKSUM = struct.Struct("<QQ")
_HEAD = struct.Struct("<BII")
_LOW = (1 << 64) - 1
# As the server cuts its output (DBMS_DEFAULT_BUFFER_SIZE).
_PIECE_BYTES = 1 << 20


def compress(data: bytes) -> bytes:
    """The data in blocks of at most 1 MiB each, by LZ4, the server's own choice; nothing is no block."""
    pieces = range(0, len(data), _PIECE_BYTES)
    return b"".join(_block(data[begin : begin + _PIECE_BYTES]) for begin in pieces)


def decompress(data: bytes, *, limit_bytes: int) -> bytes:
    """What the blocks hold. Raises InvalidRequest for anything but whole blocks, TooLarge beyond the limit."""
    parts: list[bytes] = []
    position = size = 0
    while position < len(data):
        content, position = _content(data, position, limit_bytes - size)
        parts.append(content)
        size += len(content)
    return b"".join(parts)


def _block(data: bytes) -> bytes:
    packed: bytes = lz4.block.compress(data, store_size=False)
    content = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return _checksum(content) + content


def _content(data: bytes, begin: int, room_bytes: int) -> tuple[bytes, int]:
    """The content of the block that begins there, and where the next one does."""
    head = begin + _CHECKSUM.size
    if len(data) < head + _HEAD.size:
        raise InvalidRequest("the last compressed block ends early; send it whole")
    method, packed_bytes, plain_bytes = _HEAD.unpack_from(data, head)
    block = data[head : head + packed_bytes]
    if not _HEAD.size <= packed_bytes == len(block):
        raise InvalidRequest(f"a compressed block says it has {packed_bytes} bytes and has {len(block)}; send it whole")
    if _checksum(block) != data[begin:head]:
        raise InvalidRequest("the checksum of a compressed block does not fit its bytes; compress the statement again")
    # Read before anything is unpacked, and nothing is unpacked beyond it.
    if plain_bytes > room_bytes:
        raise body.too_large(room_bytes)
    content = _unpacked(block[_HEAD.size :], method, plain_bytes)
    if len(content) != plain_bytes:
        raise InvalidRequest(f"a compressed block says it holds {plain_bytes} bytes and holds {len(content)}; compress it again")
    return content, head + packed_bytes


def _unpacked(packed: bytes, method: int, plain_bytes: int) -> bytes:
    if method == _NONE:
        return packed
    if method == _ZSTD:
        return body.decompress(packed, "zstd", limit_bytes=plain_bytes)
    if method != _LZ4:
        raise InvalidRequest(f"the compressed block's method is {method:#04x}; use LZ4, ZSTD or none")
    try:
        content: bytes = lz4.block.decompress(packed, uncompressed_size=plain_bytes)
    except lz4.block.LZ4BlockError as error:
        raise InvalidRequest(f"a compressed block is not valid lz4 ({error}); compress it again") from error
    return content


def _checksum(content: bytes) -> bytes:
    value = CityHash128(content)
    return _CHECKSUM.pack(value >> 64, value & _LOW)
