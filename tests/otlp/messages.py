"""OTLP requests for tests, built from plain values with the published protobuf classes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Gauge, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

#: An instant of no importance: 2026-11-20 10:00:00 UTC.
NOON_NS = 1_795_168_800_000_000_000
SECOND_NS = 1_000_000_000
_SCALARS = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value", bytes: "bytes_value"}


def any_value(value: Any) -> AnyValue:
    """An AnyValue of the kind that the Python value is; None is an empty one."""
    if value is None:
        return AnyValue()
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(value)))
    return AnyValue(**{_SCALARS[type(value)]: value})


def attributes(values: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes from a mapping."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def span(name: str = "chat", given: Mapping[str, Any] | None = None, **fields: Any) -> Span:
    """A span of one second with ids of its own; `fields` are those of the message and win."""
    defaults = {
        "trace_id": random.randbytes(16),
        "span_id": random.randbytes(8),
        "start_time_unix_nano": NOON_NS,
        "end_time_unix_nano": NOON_NS + SECOND_NS,
        "attributes": attributes(given or {}),
    }
    return Span(name=name, **{**defaults, **fields})


def traces(
    *spans: Span, resource: Mapping[str, Any] | None = None, scope: Mapping[str, Any] | None = None
) -> ExportTraceServiceRequest:
    """A request of one resource and one scope."""
    request = ExportTraceServiceRequest()
    holder = request.resource_spans.add()
    holder.resource.attributes.extend(attributes(resource or {"service.name": "shop"}))
    scoped = holder.scope_spans.add()
    scoped.scope.attributes.extend(attributes(scope or {}))
    scoped.spans.extend(spans)
    return request


def record(body: Any = "hello", given: Mapping[str, Any] | None = None, **fields: Any) -> LogRecord:
    """A log record."""
    defaults = {"time_unix_nano": NOON_NS, "body": any_value(body), "attributes": attributes(given or {})}
    return LogRecord(**{**defaults, **fields})


def logs(
    *records: LogRecord, resource: Mapping[str, Any] | None = None, scope: Mapping[str, Any] | None = None
) -> ExportLogsServiceRequest:
    """A request of one resource and one scope."""
    request = ExportLogsServiceRequest()
    holder = request.resource_logs.add()
    holder.resource.attributes.extend(attributes(resource or {"service.name": "shop"}))
    scoped = holder.scope_logs.add()
    scoped.scope.attributes.extend(attributes(scope or {}))
    scoped.log_records.extend(records)
    return request


def metrics(
    *sent: Metric, resource: Mapping[str, Any] | None = None, scope: Mapping[str, Any] | None = None
) -> ExportMetricsServiceRequest:
    """A request of one resource and one scope."""
    request = ExportMetricsServiceRequest()
    holder = request.resource_metrics.add()
    holder.resource.attributes.extend(attributes(resource or {"service.name": "shop"}))
    scoped = holder.scope_metrics.add()
    scoped.scope.attributes.extend(attributes(scope or {}))
    scoped.metrics.extend(sent)
    return request


def gauge(name: str = "temperature", value: float = 1.0, given: Mapping[str, Any] | None = None, **fields: Any) -> Metric:
    """A metric of one point."""
    point = NumberDataPoint(**{"time_unix_nano": NOON_NS, "as_double": value, "attributes": attributes(given or {}), **fields})
    return Metric(name=name, gauge=Gauge(data_points=[point]))


def one_of(signal: str, name: str) -> Message:
    """A request of one span, log record or data point that is told by its name."""
    if signal == "metrics":
        return metrics(gauge(name))
    return traces(span(name)) if signal == "traces" else logs(record(name))
