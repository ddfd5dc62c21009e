"""Builds the way out: batches, masks and exports spans and scores over OTLP/HTTP.

Imported by ``startup`` when ``init`` is called, and by nothing else.
"""

from typing import Final

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from spanhouse.processing import OutgoingScores, OutgoingSpans
from spanhouse.settings import Settings

_QUEUE_SPANS: Final = 8_192
_BATCH_SPANS: Final = 512
_DELAY_MS: Final = 1_000


def span_pipeline(chosen: Settings, *, rewrite: bool) -> BatchSpanProcessor:
    """Takes ended spans, sends them in batches. ``rewrite`` gives spans of another provider our resource."""
    exporter: SpanExporter = OTLPSpanExporter(chosen.traces_url, headers=dict(chosen.headers))
    if rewrite or chosen.options.mask is not None:
        exporter = OutgoingSpans(exporter, resource=chosen.resource, mask=chosen.options.mask)
    return BatchSpanProcessor(
        exporter,
        max_queue_size=_QUEUE_SPANS,
        schedule_delay_millis=_DELAY_MS,
        max_export_batch_size=_BATCH_SPANS,
    )


def score_pipeline(chosen: Settings) -> LoggerProvider:
    """Takes score records, sends them in batches; apart from any logger provider of the application."""
    exporter = OTLPLogExporter(chosen.logs_url, headers=dict(chosen.headers))
    provider = LoggerProvider(resource=Resource.create(dict(chosen.resource)), shutdown_on_exit=False)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(
            OutgoingScores(exporter, mask=chosen.options.mask),
            schedule_delay_millis=_DELAY_MS,
            max_export_batch_size=_BATCH_SPANS,
            max_queue_size=_QUEUE_SPANS,
        )
    )
    return provider
