"""OTLP JSON to protobuf messages, by the encoding rules of the specification (1.11, "JSON Protobuf Encoding").

Ids are hex, other bytes base64, enums integers, 64-bit integers numbers or strings, unknown fields ignored, null means
absent. The protobuf library's own JSON reader takes hex ids for base64, hence this one. Must not know transports.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp.protobuf import Request, Signal, new_request

_HEX_FIELDS = frozenset({"trace_id", "span_id", "parent_span_id"})
# Where protobuf's own reader ends, in nested messages: 47 lists within lists as a span's attribute, or 31 maps within maps.
_MAX_DEPTH = 100

_INTEGER_RANGES = {
    FieldDescriptor.TYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.TYPE_SINT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.TYPE_ENUM: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.TYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.TYPE_FIXED32: (0, (1 << 32) - 1),
    FieldDescriptor.TYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.TYPE_UINT64: (0, (1 << 64) - 1),
    FieldDescriptor.TYPE_FIXED64: (0, (1 << 64) - 1),
}
# No 64-bit integer is longer, and int() would read blanks, underscores and other scripts' digits too.
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_SPECIAL_FLOATS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def decode(signal: Signal, body: bytes) -> Request:
    """A request from its JSON text; raises InvalidRequest with the place of the fault."""
    try:
        data = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the body is not valid JSON ({error}); send OTLP JSON") from error
    request = new_request(signal)
    _fill(request, data, "$", 0)
    return request


def _refuse_constant(name: str) -> float:
    raise ValueError(f'{name} is not JSON; write it as the string "{name}"')


def _fill(message: Message, data: Any, place: str, depth: int) -> None:
    if not isinstance(data, dict):
        raise InvalidRequest(f"{place} is {_kind(data)}; OTLP JSON wants an object there")
    if depth > _MAX_DEPTH:
        raise InvalidRequest(f"{place} is nested more than {_MAX_DEPTH} messages deep; flatten the value")
    field: FieldDescriptor
    for field in message.DESCRIPTOR.fields:  # type: ignore[assignment]  # the stubs name two classes for one
        value = data.get(field.json_name)
        if value is None:
            continue
        here = f"{place}.{field.json_name}"
        if field.is_repeated:
            _fill_list(message, field, value, here, depth)
        elif field.message_type is not None:
            child = getattr(message, field.name)
            # An empty object still says that the field is there: {"arrayValue": {}} is an empty array, not no value.
            child.SetInParent()
            _fill(child, value, here, depth + 1)
        else:
            setattr(message, field.name, _scalar(field, value, here))


def _fill_list(message: Message, field: FieldDescriptor, value: Any, place: str, depth: int) -> None:
    if not isinstance(value, list):
        raise InvalidRequest(f"{place} is {_kind(value)}; OTLP JSON wants a list there")
    items = getattr(message, field.name)
    for index, item in enumerate(value):
        here = f"{place}[{index}]"
        if field.message_type is not None:
            _fill(items.add(), {} if item is None else item, here, depth + 1)
        else:
            items.append(_scalar(field, item, here))


def _scalar(field: FieldDescriptor, value: Any, place: str) -> Any:
    if field.type in _INTEGER_RANGES:
        return _integer(field, value, place)
    return _SCALARS[field.type](field, value, place)


def _integer(field: FieldDescriptor, value: Any, place: str) -> int:
    low, high = _INTEGER_RANGES[field.type]
    number: int | None = None
    if isinstance(value, str):
        number = int(value) if _INTEGER.fullmatch(value) else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    if number is None or not low <= number <= high:
        raise InvalidRequest(f"{place} is {value!r}; give an integer from {low} to {high}, as a number or a string")
    return number


def _float(_field: FieldDescriptor, value: Any, place: str) -> float:
    if isinstance(value, str) and value in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[value]
    try:
        return float("" if isinstance(value, bool) else value)
    except (ValueError, TypeError, OverflowError):
        raise InvalidRequest(f'{place} is {value!r}; give a number, "NaN", "Infinity" or "-Infinity"') from None


def _text(_field: FieldDescriptor, value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"{place} is {_kind(value)}; give a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        # A lone surrogate cannot be stored as UTF-8; the replacement character says that something stood there.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _boolean(_field: FieldDescriptor, value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequest(f"{place} is {value!r}; give true or false")
    return value


def _bytes(field: FieldDescriptor, value: Any, place: str) -> bytes:
    text = _text(field, value, place)
    try:
        if field.name in _HEX_FIELDS:
            return binascii.unhexlify(text)
        return base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_" if "-" in text or "_" in text else None, validate=True
        )
    except (ValueError, binascii.Error):
        form = "hex digits" if field.name in _HEX_FIELDS else "base64"
        raise InvalidRequest(f"{place} is {text[:40]!r}; give {form}") from None


_SCALARS: dict[int, Callable[[FieldDescriptor, Any, str], Any]] = {
    FieldDescriptor.TYPE_DOUBLE: _float,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_BOOL: _boolean,
    FieldDescriptor.TYPE_BYTES: _bytes,
}


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
