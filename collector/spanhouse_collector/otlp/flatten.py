"""Rewrites attribute values that are nested deeper than the engine decodes: their JSON text takes their place.

The kind that a value had is kept beside the text (`flattened_kind`, wire/any_value.proto), so nothing is lost but the
nesting of the encoding. Applied to the few requests that need it. Must not know why they do.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Collection, Iterator

from google.protobuf.message import Message

from spanhouse_collector.otlp.protobuf import AnyValue, Signal, parse

_ARRAY_KIND = 5
_KVLIST_KIND = 6
# Field 1000 as a varint (wire/any_value.proto); a kind is below 128, so its varint is one byte.
_FLATTENED_KIND_TAG = b"\xc0\x3e"


def flatten(signal: Signal, body: bytes, *, spans: Collection[tuple[bytes, bytes]] | None = None) -> bytes:
    """The request with every deeply nested value turned into text, and every field written once, without unknown ones.

    With `spans`, pairs of trace id and span id, of a trace request only these spans; empty if it has none of them.
    `body` must be well-formed.
    """
    request = parse(signal, body)
    if spans is not None and not _keep(request, spans):
        return b""
    request.DiscardUnknownFields()
    for value in _values(request):
        if _is_deep(value):
            kind = _ARRAY_KIND if value.HasField("array_value") else _KVLIST_KIND
            text = AnyValue(string_value=value_json(value)).SerializeToString()
            value.Clear()
            # Parsing keeps the unknown field, and serializing writes it out again.
            value.MergeFromString(text + _FLATTENED_KIND_TAG + bytes([kind]))
    return request.SerializeToString()


def _keep(request: Message, spans: Collection[tuple[bytes, bytes]]) -> int:
    """Takes all other spans out of a trace request; returns how many are left."""
    count = 0
    for resource in getattr(request, "resource_spans"):  # noqa: B009 - the type checker knows a message as such only
        for scope in resource.scope_spans:
            kept = [span for span in scope.spans if (span.trace_id, span.span_id) in spans]
            count += len(kept)
            del scope.spans[:]
            scope.spans.extend(kept)
    return count


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


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


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
