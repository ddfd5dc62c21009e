"""The Native format as clients of a newer protocol want it: with block information, and a mark at every column.

The embedded engine writes Native as of protocol version 0. clickhouse-go (and so Grafana) announces a version at which
every block begins with its information and every column says whether its serialization is a special one. What differs are
those bytes alone, so blocks are walked, not decoded. Layouts: ClickHouse's NativeWriter and the SerializationX classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spanhouse_collector.api.clickhouse_errors import rejected
from spanhouse_collector.varint import varint

#: DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION. Older protocols between 1 and this one are answered as 0, which clients test for.
MARKED_COLUMNS = 54454

# Field 1 is_overflows = 0, field 2 bucket_num = -1, end.
_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_DEFAULT_SERIALIZATION = b"\x00"

_WIDTHS = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "DateTime", "Date32", "IPv4", "Decimal32", "Time"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}
# Geo types are names for these.
_ALIASES = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Tuple(Float64, Float64))",
    "LineString": "Array(Tuple(Float64, Float64))",
    "Polygon": "Array(Array(Tuple(Float64, Float64)))",
    "MultiLineString": "Array(Array(Tuple(Float64, Float64)))",
    "MultiPolygon": "Array(Array(Array(Tuple(Float64, Float64))))",
}
_INTERVAL = re.compile(r"Interval[A-Z][a-z]+")
_ELEMENT_NAME = re.compile(r"^(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`) (?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    name: str
    arguments: tuple[str, ...]


def with_revision(data: bytes, revision: int) -> bytes:
    """The blocks in the form of this protocol version. Raises QueryRejected for a type whose length is not known here."""
    if revision < MARKED_COLUMNS:
        return data
    parts: list[bytes] = []
    walk = _Walk(data)
    while walk.position < len(data):
        _mark_block(walk, parts)
    return b"".join(parts)


def _mark_block(walk: _Walk, parts: list[bytes]) -> None:
    parts.append(_BLOCK_INFO)
    begin = walk.position
    columns, rows = walk.varint(), walk.varint()
    for _ in range(columns):
        walk.text()
        kind = walk.text()
        parts += (walk.data[begin : walk.position], _DEFAULT_SERIALIZATION)
        begin = walk.position
        if rows:
            walk.column(kind, rows)
    parts.append(walk.data[begin : walk.position])


def header_block(columns: Iterable[tuple[str, str]]) -> bytes:
    """A block without rows, of columns by name and type, in the form of protocol version 0."""
    named = list(columns)
    texts = b"".join(_text(part) for column in named for part in column)
    return varint(len(named)) + b"\x00" + texts


def _text(text: str) -> bytes:
    data = text.encode()
    return varint(len(data)) + data


class _Walk:
    """A place in Native data, moved over values by their types."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def varint(self) -> int:
        result = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    def text(self) -> str:
        length = self.varint()
        self.position += length
        return self.data[self.position - length : self.position].decode()

    def column(self, kind: str, rows: int) -> None:
        self._prefix(kind)
        self._values(kind, rows)

    def _uint64(self) -> int:
        self.position += 8
        return int.from_bytes(self.data[self.position - 8 : self.position], "little")

    def _prefix(self, kind: str) -> None:
        """What precedes a column's values, for it and the types inside it: dictionaries announce their version."""
        of = _parse(kind)
        if of.name == "LowCardinality":
            self.position += 8
        elif of.name in ("Array", "Nullable", "Tuple", "Map", "Nested", "SimpleAggregateFunction"):
            for inner in _inner(of):
                self._prefix(inner)

    def _values(self, kind: str, rows: int) -> None:
        if not rows:
            return
        of = _parse(kind)
        if of.name in ("String", "FixedString"):
            self._strings(of, rows)
        elif of.name == "Nullable":
            self.position += rows
            self._values(of.arguments[0], rows)
        elif of.name in ("Array", "Map", "Nested"):
            self._array(of, rows)
        elif of.name == "LowCardinality":
            self._dictionary(of.arguments[0])
        elif of.name in ("Tuple", "SimpleAggregateFunction"):
            # An empty tuple is written as one byte a row.
            self.position += 0 if of.arguments else rows
            for inner in _inner(of):
                self._values(inner, rows)
        else:
            self.position += rows * _width(of)

    def _strings(self, of: _Type, rows: int) -> None:
        if of.name == "FixedString":
            self.position += rows * int(of.arguments[0])
            return
        for _ in range(rows):
            length = self.varint()
            self.position += length

    def _array(self, of: _Type, rows: int) -> None:
        """Offsets, then the elements of all rows; a Map is an array of pairs, Nested one of tuples."""
        self.position += 8 * (rows - 1)
        elements = self._uint64()
        for inner in _inner(of):
            self._values(inner, elements)

    def _dictionary(self, kind: str) -> None:
        """Flags with the width of an index, the dictionary, the indexes; the dictionary of a Nullable holds plain values."""
        width = 1 << (self._uint64() & 0xFF)
        self._values(re.sub(r"^Nullable\((.*)\)$", r"\1", kind), self._uint64())
        indexes = self._uint64()
        self.position += indexes * width


def _parse(kind: str) -> _Type:
    kind = _ALIASES.get(kind, kind)
    name, _, rest = kind.partition("(")
    return _Type(name=name, arguments=_split(rest[:-1]) if rest[:-1] else ())


def _inner(of: _Type) -> tuple[str, ...]:
    """The types inside a type, without the names of a tuple's elements."""
    if of.name == "SimpleAggregateFunction":
        return of.arguments[1:]
    if of.name in ("Tuple", "Nested"):
        return tuple(_ELEMENT_NAME.sub("", argument, count=1) for argument in of.arguments)
    return of.arguments


def _split(text: str) -> tuple[str, ...]:
    """Splits at commas that lie outside brackets and quotes."""
    parts, depth, begin = [], 0, 0
    for found in re.finditer(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|[(),]", text):
        token = found.group()
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and not depth:  # noqa: S105 - a comma
            parts.append(text[begin : found.start()].strip())
            begin = found.end()
    parts.append(text[begin:].strip())
    return tuple(parts)


def _width(of: _Type) -> int:
    if of.name == "Decimal":
        # Digits that fit 32, 64, 128 and 256 bits.
        digits = int(of.arguments[0])
        return 4 if digits <= 9 else 8 if digits <= 18 else 16 if digits <= 38 else 32
    if _INTERVAL.fullmatch(of.name):
        return 8
    if of.name not in _WIDTHS:
        raise rejected("NOT_IMPLEMENTED", f"type {of.name} cannot be sent in format Native; wrap it in toString()")
    return _WIDTHS[of.name]
