"""Takes out of an OTLP request what tells about the machine it was captured on. Must not change anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS: dict[str, type[Message]] = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}

_MACHINE_KEYS = ("host.", "process.", "os.", "service.instance.id", "container.", "user.name")


def scrubbed(signal: str, body: bytes, replacements: Mapping[str, str]) -> bytes:
    """The request without resource attributes of the machine, and with `replacements` made in every text."""
    request = REQUESTS[signal].FromString(body)
    for message in _messages(request):
        if message.DESCRIPTOR.name == "Resource":
            attributes: Any = message.attributes  # type: ignore[attr-defined]  # the descriptor says which message this is
            kept = [one for one in attributes if not one.key.startswith(_MACHINE_KEYS)]
            del attributes[:]
            attributes.extend(kept)
        elif message.DESCRIPTOR.name == "AnyValue" and message.WhichOneof("value") == "string_value":
            for text, instead in replacements.items():
                message.string_value = message.string_value.replace(text, instead)  # type: ignore[attr-defined]  # as above
    return request.SerializeToString(deterministic=True)


def _messages(message: Message) -> Iterator[Message]:
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for child in [value] if isinstance(value, Message) else value:
                yield from _messages(child)
