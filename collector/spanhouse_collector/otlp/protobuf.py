"""OTLP messages as protobuf; the one file that imports the generated classes.

Checks that a request is well-formed and takes out what has no valid identity. Must not know transports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from google.rpc.error_details_pb2 import BadRequest, RetryInfo  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest, ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanhouse_collector.errors import InvalidRequest

__all__ = [
    "SIGNALS",
    "AnyValue",
    "Checked",
    "KeyValue",
    "Request",
    "Signal",
    "check",
    "check_request",
    "new_request",
    "parse",
    "response",
    "status",
    "to_json",
]

Signal = Literal["traces", "logs", "metrics"]
#: What can be wrong with one item of a request: an id that is none, a time that cannot be kept.
Fault = Literal["trace_id", "span_id", "time"]
#: What may be wrong with an item of each signal.
FAULTS: Mapping[Signal, tuple[Fault, ...]] = {"traces": ("trace_id", "span_id", "time"), "logs": ("time",), "metrics": ("time",)}
Request = ExportTraceServiceRequest | ExportLogsServiceRequest | ExportMetricsServiceRequest

_TRACE_ID_BYTES = 16
_SPAN_ID_BYTES = 8
_ZERO_TRACE_ID = bytes(_TRACE_ID_BYTES)
_ZERO_SPAN_ID = bytes(_SPAN_ID_BYTES)
#: Every signal, in the order in which they are set up.
SIGNALS: tuple[Signal, ...] = ("traces", "logs", "metrics")
_REQUESTS: dict[Signal, Callable[[], Request]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
# google.rpc.Code
_INVALID_ARGUMENT = 3
# The end of 2105. Minutes are kept as DateTime, whose 32 bits of seconds end a month later.
_MAX_TIME_UNIX_NANO = 4_291_747_200 * 1_000_000_000 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A request that may be stored: its bytes, how many items they hold, how many were left out by what, and why the last one."""

    body: bytes
    items: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


def new_request(signal: Signal) -> Request:
    """An empty request of a signal."""
    return _REQUESTS[signal]()


def parse(signal: Signal, body: bytes) -> Request:
    """A request from its protobuf bytes; raises InvalidRequest if they are not one."""
    request = new_request(signal)
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise InvalidRequest(f"the body is not a valid {type(request).__name__} ({error}); send OTLP protobuf") from error
    return request


def check(signal: Signal, body: bytes) -> Checked:
    """Checks protobuf bytes; they are kept as they are unless something must be left out. Raises InvalidRequest."""
    return check_request(parse(signal, body), body)


def check_request(request: Request, body: bytes | None = None) -> Checked:
    """Checks a parsed request; `body` is its serialized form where that is at hand."""
    if len(UnknownFieldSet(request)):
        # A field of a later protocol, or one that forges ours (ingest.frames): two of those leave the engine without a project.
        request.DiscardUnknownFields()
        body = None
    kept = 0
    rejected: Counter[str] = Counter()
    reason = ""
    for items in _scoped(request):
        bad = [(index, fault) for index, item in enumerate(items) if (fault := _fault(item)) is not None]
        for index, (what, why) in reversed(bad):
            rejected[what] += 1
            reason = why
            del items[index]
        kept += len(items)
    if rejected or body is None:
        body = request.SerializeToString()
    return Checked(body=body, items=kept, rejected=rejected, reason=reason)


def _scoped(request: Request) -> Iterator[Any]:
    """The lists of spans, log records or data points that a request holds; what is deleted in them is gone."""
    if isinstance(request, ExportTraceServiceRequest):
        return (scope.spans for resource in request.resource_spans for scope in resource.scope_spans)
    if isinstance(request, ExportLogsServiceRequest):
        return (scope.log_records for resource in request.resource_logs for scope in resource.scope_logs)
    metrics = (metric for resource in request.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics)
    return (getattr(metric, kind).data_points for metric in metrics if (kind := metric.WhichOneof("data")))


def response(signal: Signal, checked: Checked) -> Message:
    """The answer to a stored request; partial success is unset when nothing was left out."""
    partial: dict[str, Any] = {}
    if checked.rejected:
        count = sum(checked.rejected.values())
        partial = {"partial_success": {_REJECTED[signal]: count, "error_message": checked.reason}}
    return _RESPONSES[signal](**partial)


_RESPONSES: dict[Signal, Callable[..., Message]] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
_REJECTED: dict[Signal, str] = {"traces": "rejected_spans", "logs": "rejected_log_records", "metrics": "rejected_data_points"}


def status(code: int, message: str, *, retry_after_s: int | None = None) -> Message:
    """A google.rpc.Status; with RetryInfo if the sender may try again, with BadRequest if what it sent is wrong."""
    told = Status(code=code, message=message)
    if retry_after_s is not None:
        told.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=retry_after_s)))
    if code == _INVALID_ARGUMENT:
        violation = BadRequest.FieldViolation(description=message)
        told.details.add().Pack(BadRequest(field_violations=[violation]))
    return cast("Message", told)


def to_json(message: Message) -> str:
    """A response or status as OTLP JSON: lowerCamelCase, 64-bit integers as strings, `{}` when empty."""
    return MessageToJson(message, indent=None)


def _fault(item: Any) -> tuple[Fault, str] | None:
    """What is wrong with an item that cannot be stored, also as a sentence. Records and points need not belong to a span."""
    if isinstance(item, Span):
        return _span_fault(item)
    is_record = isinstance(item, LogRecord)
    latest = max(item.time_unix_nano, item.observed_time_unix_nano if is_record else item.start_time_unix_nano)
    if latest > _MAX_TIME_UNIX_NANO:
        return "time", f"time {latest} ns lies beyond the year 2105; the item was left out"
    return None


def _span_fault(span: Span) -> tuple[Fault, str] | None:
    trace_id, span_id = span.trace_id, span.span_id
    if len(trace_id) != _TRACE_ID_BYTES or trace_id == _ZERO_TRACE_ID:
        return "trace_id", f"trace id {trace_id.hex()!r} is not 16 bytes with at least one set; the span was left out"
    if len(span_id) != _SPAN_ID_BYTES or span_id == _ZERO_SPAN_ID:
        return "span_id", f"span id {span_id.hex()!r} is not 8 bytes with at least one set; the span was left out"
    latest = max(span.start_time_unix_nano, span.end_time_unix_nano)
    if latest > _MAX_TIME_UNIX_NANO:
        return "time", f"start or end time {latest} ns lies beyond the year 2105; the span was left out"
    return None
