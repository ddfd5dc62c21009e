"""Sends two spans, a log record and two metrics through OpenTelemetry's exporters of JSON, to where OTEL_EXPORTER_OTLP_* say.

They live in an environment of their own: their versions exclude those of the exporters of protobuf. Prints the codes of the
exports: 0 is success.
"""

from __future__ import annotations

import json
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, StatusCode

RESOURCE = Resource({"service.name": "shop", "service.version": "2.0"})
codes: list[int] = []


def remembering(exporter: Any) -> Any:
    """The exporter, whose results are kept."""
    inner = exporter.export

    def export(*arguments: Any, **named: Any) -> Any:
        result = inner(*arguments, **named)
        codes.append(result.value)
        return result

    exporter.export = export
    return exporter


def send_spans() -> None:
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(remembering(OTLPSpanExporter())))
    tracer = provider.get_tracer("shop.tracer", "1.0")
    values = {"user.id": "u", "n": 2**53 - 1, "half": 0.5, "yes": True, "tags": ["a", "b"]}
    with tracer.start_as_current_span("parent", kind=SpanKind.SERVER, attributes=values) as parent:
        link = Link(parent.get_span_context(), {"why": "test"})
        with tracer.start_as_current_span("child", kind=SpanKind.CLIENT, links=[link]) as child:
            child.add_event("thinking", {"step": 1})
            child.set_status(StatusCode.ERROR, "boom")
    provider.shutdown()


def send_log() -> None:
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(remembering(OTLPLogExporter())))
    record = LogRecord(
        event_name="gen_ai.choice",
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body={"content": "hello ✓", "parts": [1, 2.5, None]},
        attributes={"gen_ai.provider.name": "openai"},
    )
    provider.get_logger("shop.logger").emit(record)
    provider.shutdown()


def send_metrics() -> None:
    reader = PeriodicExportingMetricReader(remembering(OTLPMetricExporter()))
    meter = MeterProvider([reader], resource=RESOURCE).get_meter("shop.meter")
    meter.create_counter("requests", unit="{request}").add(3, {"path": "/"})
    meter.create_histogram("latency", unit="s", explicit_bucket_boundaries_advisory=[1, 2]).record(1.5)
    reader.shutdown()


if __name__ == "__main__":
    send_spans()
    send_log()
    send_metrics()
    print(json.dumps(codes))
