"""Numbers in as many bytes as they need, seven bits a byte, lowest first: protobuf's lengths and tags, ClickHouse's counts."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """The bytes of a number that is not negative (LEB128)."""
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)
