"""OTLP's messages as the engine reads them, where what an attribute's value holds cannot hold anything: to find what is deeper.

They are derived from the generated ones: a list inside a list lacks a required field here, so the protobuf library itself
finds where one stands, several times faster than Python can look at every value. Must not know why they are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp.protobuf import SIGNALS, AnyValue, Signal, new_request
from spanhouse_collector.varint import varint

#: The field of a value that wire/any_value.proto adds: the kind it had before it became text.
_FLATTENED_KIND = FieldDescriptorProto(
    name="flattened_kind", number=1000, label=FieldDescriptorProto.LABEL_OPTIONAL, type=FieldDescriptorProto.TYPE_UINT32
)
#: No sender knows this field.
_MISSING = FieldDescriptorProto(
    name="missing", number=1000, label=FieldDescriptorProto.LABEL_REQUIRED, type=FieldDescriptorProto.TYPE_BOOL
)
#: Of resources, scopes and items.
_LEVELS = 3
#: How protobuf marks a field whose length stands before it.
_LENGTH_WIRE_TYPE = 2
_LENGTH_DELIMITED = (FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_BYTES)


def parse(signal: Signal, body: bytes) -> Any:
    """A request from its protobuf bytes, with all they hold; raises InvalidRequest if they are none."""
    try:
        return _REQUESTS[signal].FromString(body)
    except DecodeError as error:
        raise InvalidRequest(f"the body is not a valid request of {signal} ({error}); send OTLP protobuf") from error


def deep_values(message: Message) -> Iterator[Any]:
    """Every value of a request that is nested too deeply; each has the fields of AnyValue, and `flattened_kind`."""
    for field, content in message.ListFields():
        if field.message_type is None:
            continue
        children = content if field.is_repeated else (content,)
        for child in children:
            # A lone message is not asked, its parts are: asking goes through all of them.
            if len(children) > 1 and child.IsInitialized():
                continue
            if field.message_type is not _VALUE:
                yield from deep_values(child)
            elif not child.IsInitialized():
                yield child


def pieces(request: Any) -> list[bytes]:
    """The protobuf bytes of a request in pieces that follow each other; takes the request apart.

    Item by item it costs a third of what it costs whole: the library moves what it has of a large message again and again.
    """
    return _pieces(request, levels=_LEVELS)


def _pieces(message: Any, *, levels: int) -> list[bytes]:
    found: list[bytes] = []
    for field, content in message.ListFields() if levels else ():
        if field.message_type is not None and field.is_repeated:
            for child in content:
                inner = _pieces(child, levels=levels - 1)
                found += (varint(field.number << 3 | _LENGTH_WIRE_TYPE), varint(sum(map(len, inner))), *inner)
            message.ClearField(field.name)
    return [*found, message.SerializeToString()]


def _derive(pool: DescriptorPool, file: FileDescriptor, done: set[str]) -> None:
    """Adds a file to the pool, and before it those that it needs."""
    for needed in file.dependencies:
        _derive(pool, needed, done)
    if file.name in done:
        return
    done.add(file.name)
    derived = FileDescriptorProto()
    file.CopyToProto(derived)
    # The older syntax has required fields. It also keeps apart what was sent as zero from what was not sent.
    derived.syntax = "proto2"
    if file.name == AnyValue.DESCRIPTOR.file.name:
        _bound_depth(derived)
    for message in derived.message_type:
        _loosen(message)
    pool.Add(derived)


def _bound_depth(file: FileDescriptorProto) -> None:
    """Lets a value's items be values that hold none."""
    messages = {message.name: message for message in file.message_type}
    prefix = f".{file.package}."
    _copied(file, messages["AnyValue"], name="Leaf", holds=f"{prefix}Deep")
    _copied(file, messages["KeyValue"], name="LeafPair", holds=f"{prefix}Leaf")
    file.message_type.add(name="Deep").field.append(_MISSING)
    messages["AnyValue"].field.append(_FLATTENED_KIND)
    messages["ArrayValue"].field[0].type_name = f"{prefix}Leaf"
    messages["KeyValueList"].field[0].type_name = f"{prefix}LeafPair"


def _copied(file: FileDescriptorProto, message: DescriptorProto, *, name: str, holds: str) -> None:
    """A message once more, by another name, whose messages are of the type `holds`."""
    copy = file.message_type.add()
    copy.CopyFrom(message)
    copy.name = name
    for field in copy.field:
        if field.type == FieldDescriptorProto.TYPE_MESSAGE:
            field.type_name = holds


def _loosen(message: DescriptorProto) -> None:
    """Writes down in the older syntax what the newer one means, and enumerations as numbers, so that unknown ones stay."""
    for nested in message.nested_type:
        _loosen(nested)
    for field in message.field:
        if field.type == FieldDescriptorProto.TYPE_ENUM:
            field.type = FieldDescriptorProto.TYPE_INT32
            field.ClearField("type_name")
        if field.proto3_optional:
            field.ClearField("proto3_optional")
            field.ClearField("oneof_index")
        if field.label == FieldDescriptorProto.LABEL_REPEATED and field.type not in _LENGTH_DELIMITED:
            field.options.packed = True
    # Those of optional fields come last.
    del message.oneof_decl[len({field.oneof_index for field in message.field if field.HasField("oneof_index")}) :]


_POOL = DescriptorPool()
_NAMES = {signal: new_request(signal).DESCRIPTOR for signal in SIGNALS}
_DONE: set[str] = set()
for _descriptor in _NAMES.values():
    _derive(_POOL, _descriptor.file, _DONE)
_REQUESTS: dict[Signal, Any] = {
    signal: GetMessageClass(_POOL.FindMessageTypeByName(descriptor.full_name)) for signal, descriptor in _NAMES.items()
}
_VALUE = _POOL.FindMessageTypeByName(AnyValue.DESCRIPTOR.full_name)
