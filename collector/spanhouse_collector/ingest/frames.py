"""Frames: how a request lies in the journal, so that a segment is at the same time an input file of the engine.

A frame is a varint length and one protobuf message: the request's own bytes, then the collector's fields (project,
received time, checksum) under numbers that OTLP does not use; the door lets no body through that carries them already.
Concatenating encoded fields to a protobuf message gives a valid message (protobuf encoding guide), so nothing is parsed
here. Must not know what a request holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isal.isal_zlib import crc32

from spanhouse_collector.varint import varint

# Tags (field number << 3 | wire type) of the fields in wire/*.proto: 1000 string, 1001 fixed64, 1002 fixed32.
_PROJECT_TAG = b"\xc2\x3e"
_RECEIVED_TAG = b"\xc9\x3e"
_RECEIVED_BYTES = len(_RECEIVED_TAG) + 8
_CHECKSUM_TAG = b"\xd5\x3e"
_CHECKSUM_BYTES = len(_CHECKSUM_TAG) + 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One request as read back: where it lies in the segment, and its message without the checksum, not copied from there."""

    start: int
    end: int
    message: bytes | memoryview


def pieces(body: bytes, *, project: str, received_ms: int) -> tuple[bytes, bytes, bytes]:
    """One frame in three pieces that follow each other, of which the second is `body`, so that nobody has to copy it.

    `body` is a serialized OTLP request; `received_ms` is Unix time in milliseconds.
    """
    name = project.encode()
    fields = b"".join((_PROJECT_TAG, varint(len(name)), name, _RECEIVED_TAG, received_ms.to_bytes(8, "little"), _CHECKSUM_TAG))
    checksum = crc32(fields, crc32(body)).to_bytes(4, "little")
    return varint(len(body) + len(fields) + 4), body, fields + checksum


def encode(body: bytes, *, project: str, received_ms: int) -> bytes:
    """One frame, as `pieces` has it."""
    return b"".join(pieces(body, project=project, received_ms=received_ms))


def decode(data: bytes) -> Iterator[Frame]:
    """The frames of a segment in order, up to the first one that is cut off or damaged."""
    view = memoryview(data)
    position = 0
    while position < len(data):
        start = position
        length, position = _read_varint(data, position)
        end = position + length
        if length < _CHECKSUM_BYTES or end > len(data):
            return
        message = view[position : end - 4]
        if crc32(message).to_bytes(4, "little") != view[end - 4 : end]:
            return
        yield Frame(start=start, end=end, message=message[: -len(_CHECKSUM_TAG)])
        position = end


def parts(frame: Frame) -> tuple[str, int, bytes]:
    """Project, received time (Unix milliseconds) and the request's own bytes of a frame.

    The collector's fields are the last ones of the message, so they are found from the end. No name of a project holds
    the tag that stands before it, because 0xC2 never stands before 0x3E in UTF-8.
    """
    end = len(frame.message) - _RECEIVED_BYTES
    received_ms = int.from_bytes(frame.message[-8:], "little")
    for size in range(end):
        start = end - size
        head = _PROJECT_TAG + varint(size)
        if frame.message[start - len(head) : start] == head:
            return str(frame.message[start:end], "utf-8"), received_ms, bytes(frame.message[: start - len(head)])
    raise ValueError("the frame carries no project; it was not written by this collector")


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position` and the position behind it; a cut-off number reads as larger than any segment."""
    value = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    return 1 << 63, position
