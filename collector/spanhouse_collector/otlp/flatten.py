"""Rewrites attribute values that are nested deeper than the engine decodes: their JSON text takes their place.

The kind that a value had is kept beside the text (`flattened_kind`, wire/any_value.proto), so nothing is lost but the
nesting of the encoding. Applied to the few requests that need it. Must not know why they do.
"""

from __future__ import annotations

import base64
import json
import math

from spanhouse_collector.otlp import shallow
from spanhouse_collector.otlp.protobuf import AnyValue, Signal

_ARRAY_KIND = 5
_KVLIST_KIND = 6
_string = json.JSONEncoder(ensure_ascii=False).encode


def flatten(signal: Signal, body: bytes) -> bytes:
    """The request with every deeply nested value turned into text, and every field written once, without unknown ones.

    Raises InvalidRequest if `body` is not a well-formed request.
    """
    request = shallow.parse(signal, body)
    # What lies too deep is unknown to these messages, so it is read before it is let go.
    found = [(value, AnyValue.FromString(value.SerializePartialToString())) for value in shallow.deep_values(request)]
    request.DiscardUnknownFields()
    for value, whole in found:
        value.Clear()
        value.string_value = value_json(whole)
        value.flattened_kind = _ARRAY_KIND if whole.HasField("array_value") else _KVLIST_KIND
    return b"".join(shallow.pieces(request))


def value_json(value: AnyValue) -> str:
    """JSON text of a value, in the same form as the engine writes it: floats show a point, bytes are base64."""
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
        return _string(base64.b64encode(value.bytes_value).decode())
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "int_value":
        return str(value.int_value)
    if kind == "double_value":
        return json.dumps(value.double_value) if not math.isfinite(value.double_value) else repr(value.double_value)
    return "null"
