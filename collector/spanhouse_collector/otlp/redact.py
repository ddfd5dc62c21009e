"""Redaction of OTLP requests, before anything of them is written: every text in every message, wherever it stands.

A request is searched as it was received, in one pass; only where something may be found are its messages taken apart, and
then only those that may hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from spanhouse_collector.otlp.protobuf import AnyValue, Checked, KeyValue, Request

_ATTRIBUTES = "attributes"
# A request is little more than these; to search each of them would be to read it all again.
_CONTAINERS = ("Resource", "Scope")


class Redactor(Protocol):
    """The rules of the project that a request belongs to (spanhouse_collector.redaction.redactor)."""

    @property
    def redacts_numbers(self) -> bool: ...
    @property
    def summary(self) -> str: ...
    def suspects(self, message: bytes) -> bool: ...
    def text(self, text: str) -> str: ...
    def masked(self, key: str, text: str) -> str: ...
    def blocks(self, key: str, is_text: bool) -> bool: ...
    def ignores(self, key: str) -> bool: ...
    def leaves_out(self, key: str) -> bool: ...


def redacted(request: Request, checked: Checked, *, redactor: Redactor) -> Checked:
    """What may be stored of a checked request; `request` is what it was parsed to, and is changed."""
    if not redactor.suspects(checked.body):
        return checked
    # What no field of ours holds would pass unseen.
    request.DiscardUnknownFields()
    _fields(request, redactor)
    return replace(checked, body=request.SerializeToString())


@dataclass(slots=True, kw_only=True)
class _Done:
    """What was done to the attributes of one span, record or point, by key."""

    masked: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def _message(message: Message, redactor: Redactor) -> None:
    if message.DESCRIPTOR.name.startswith(_CONTAINERS) or redactor.suspects(message.SerializeToString()):
        _fields(message, redactor)


def _fields(message: Message, redactor: Redactor) -> None:
    for descriptor, content in message.ListFields():
        if descriptor.name == _ATTRIBUTES:
            _attributes(content, redactor)
        elif descriptor.message_type is not None:
            for child in content if descriptor.is_repeated else (content,):
                _child(child, redactor)
        elif descriptor.type == FieldDescriptor.TYPE_STRING and not descriptor.is_repeated:
            _set(message, descriptor.name, content, redactor.text(content))


def _child(child: Message, redactor: Redactor) -> None:
    if isinstance(child, AnyValue):
        _value(child, redactor)
    elif isinstance(child, KeyValue):
        _pair(child, redactor)
    else:
        _message(child, redactor)


def _set(message: Message, name: str, before: str, after: str) -> None:
    if after != before:
        setattr(message, name, after)


def _attributes(pairs: Any, redactor: Redactor) -> None:
    """The attributes of one message, with what its project wants to know about it."""
    done = _Done()
    for index in reversed(range(len(pairs))):
        pair = pairs[index]
        if redactor.leaves_out(pair.key):
            done.left_out.append(pair.key)
            del pairs[index]
        elif redactor.ignores(pair.key):
            done.ignored.append(pair.key)
        elif redactor.suspects(pair.SerializeToString()) and _pair(pair, redactor):
            done.masked.append(pair.key)
    if redactor.summary != "silent":
        pairs.extend(_summary(done, with_keys=redactor.summary == "debug"))


def _pair(pair: KeyValue, redactor: Redactor) -> bool:
    """Whether anything in an attribute, or in a member of a nested value, was masked."""
    if redactor.ignores(pair.key):
        return False
    before = pair.SerializeToString()
    _set(pair, "key", pair.key, redactor.text(pair.key))
    is_text = pair.value.WhichOneof("value") in ("string_value", "array_value", "bytes_value")
    if redactor.blocks(pair.key, is_text):
        _mask(pair, redactor)
    else:
        _value(pair.value, redactor)
    return pair.SerializeToString() != before


def _mask(pair: KeyValue, redactor: Redactor) -> None:
    texts = list(_strings(pair.value))
    if texts == [""]:
        return
    mark = redactor.masked(pair.key, texts[0] if len(texts) == 1 else "")
    pair.value.Clear()
    pair.value.string_value = mark


def _strings(value: AnyValue) -> Iterator[str]:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        yield value.string_value
    elif kind == "array_value":
        for item in value.array_value.values:
            yield from _strings(item)
    else:
        yield value.SerializeToString().hex()


def _value(value: AnyValue, redactor: Redactor) -> None:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        _set(value, kind, value.string_value, redactor.text(value.string_value))
    elif kind == "array_value":
        for item in value.array_value.values:
            _value(item, redactor)
    elif kind == "kvlist_value":
        for pair in value.kvlist_value.values:
            _pair(pair, redactor)
    elif kind == "bytes_value":
        # Bytes have no characters; as Latin-1 every one of them is one, and comes back as it was.
        text = value.bytes_value.decode("latin-1")
        after = redactor.text(text)
        if after != text:
            value.bytes_value = after.encode("latin-1")
    elif redactor.redacts_numbers and kind in ("int_value", "double_value"):
        _number(value, str(getattr(value, kind)), redactor)


def _number(value: AnyValue, text: str, redactor: Redactor) -> None:
    after = redactor.text(text)
    if after != text:
        value.string_value = after


def _summary(done: _Done, *, with_keys: bool) -> Iterator[KeyValue]:
    """The attributes that OpenTelemetry's redaction processor tells its work by."""
    for name, keys in (("masked", done.masked), ("redacted", done.left_out), ("ignored", done.ignored)):
        if not keys:
            continue
        count = KeyValue(key=f"redaction.{name}.count")
        count.value.int_value = len(keys)
        yield count
        if with_keys:
            named = KeyValue(key=f"redaction.{name}.keys")
            named.value.string_value = ",".join(sorted(keys))
            yield named
