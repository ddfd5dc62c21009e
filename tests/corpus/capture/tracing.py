"""OpenTelemetry's own SDK and exporter, set up as an application does. Runs in the capture's own environment."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def start(service: str = "furniture-shop") -> TracerProvider:
    """A provider whose spans go where OTEL_EXPORTER_OTLP_ENDPOINT says; the caller shuts it down."""
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.version": "1.4.2"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def start_logs(service: str = "furniture-shop") -> LoggerProvider:
    """The same for log records, and so for events."""
    provider = LoggerProvider(resource=Resource.create({"service.name": service, "service.version": "1.4.2"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    set_logger_provider(provider)
    return provider
