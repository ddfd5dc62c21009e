"""What is nested deeper than the engine decodes, as JSON: in texts that the engine made of it, or before it reads a request.

The engine leaves a list inside a list as the bytes it came in, between marks (ingest/sql/any_value.part). Of what it cannot read
at all, the request is rewritten: a value's JSON text takes its place, and its kind is kept beside the text (`flattened_kind`,
wire/any_value.proto), so nothing is lost but the nesting of the encoding. Must not know which requests and texts need it.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator

from google.protobuf.message import Message

from spanhouse_collector.otlp.protobuf import AnyValue, Signal, parse
from spanhouse_collector.varint import varint

_ARRAY_KIND = 5
_KVLIST_KIND = 6
# Field 1000 as a varint (wire/any_value.proto); a kind is below 128, so its varint is one byte.
_FLATTENED_KIND_TAG = b"\xc0\x3e"
# How protobuf marks a field whose length stands before it; the kinds are the numbers of AnyValue's fields.
_LENGTH_WIRE_TYPE = 2
#: No JSON text holds this letter otherwise.
_PACKED = re.compile("\x01([56])([A-Za-z0-9+/=]*)\x01")
_string = json.JSONEncoder(ensure_ascii=False).encode


def unpacked(text: str) -> str:
    """The JSON text of an array or a map in which the engine left inner ones as the bytes they came in."""
    return _PACKED.sub(_packed_json, text)


def _packed_json(packed: re.Match[str]) -> str:
    kind, encoded = packed.groups()
    data = base64.b64decode(encoded)
    return value_json(AnyValue.FromString(bytes([int(kind) << 3 | _LENGTH_WIRE_TYPE]) + varint(len(data)) + data))


def flatten(signal: Signal, body: bytes) -> bytes:
    """The request with every deeply nested value turned into text, and every field written once, without unknown ones.

    `body` must be well-formed.
    """
    request = parse(signal, body)
    request.DiscardUnknownFields()
    for value in _values(request):
        if _is_deep(value):
            kind = _ARRAY_KIND if value.HasField("array_value") else _KVLIST_KIND
            text = AnyValue(string_value=value_json(value)).SerializeToString()
            value.Clear()
            # Parsing keeps the unknown field, and serializing writes it out again.
            value.MergeFromString(text + _FLATTENED_KIND_TAG + bytes([kind]))
    return request.SerializeToString()


def value_json(value: AnyValue) -> str:
    """JSON text of a value, in the same form as the engine writes it.

    Floats show a point. Bytes are base64 with a space behind the string, NaN and the infinities a string with a space before it,
    so that neither is taken for a string.
    """
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return "[" + ",".join(value_json(item) for item in value.array_value.values) + "]"
    if kind == "kvlist_value":
        pairs = (f"{_string(pair.key)}:{value_json(pair.value)}" for pair in value.kvlist_value.values)
        return "{" + ",".join(pairs) + "}"
    return _leaf_json(value, kind)


def _leaf_json(value: AnyValue, kind: str | None) -> str:
    if kind == "string_value":
        return _string(value.string_value)
    if kind == "bytes_value":
        return _string(base64.b64encode(value.bytes_value).decode()) + " "
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "int_value":
        return str(value.int_value)
    if kind == "double_value":
        return repr(value.double_value) if math.isfinite(value.double_value) else f' "{json.dumps(value.double_value)}"'
    return "null"


def _is_deep(value: AnyValue) -> bool:
    items = list(value.array_value.values) or [pair.value for pair in value.kvlist_value.values]
    return any(item.WhichOneof("value") in ("array_value", "kvlist_value") for item in items)


def _values(message: Message) -> Iterator[AnyValue]:
    """Every attribute value and body in a message, wherever it stands, without what lies inside such a value."""
    for field, content in message.ListFields():
        if field.message_type is None:
            continue
        for child in content if field.is_repeated else (content,):
            if isinstance(child, AnyValue):
                yield child
            else:
                yield from _values(child)
