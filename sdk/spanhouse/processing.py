"""What happens to a span between its start and the exporter: context attributes, sampling, resource, masking.

One ``Gate`` stands in a tracer provider for the life of the process; ``startup`` opens and closes it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import Status
from opentelemetry.util.types import Attributes, AttributeValue

from spanhouse import call_context, faults
from spanhouse.settings import Mask

MASK_FAILED: Final = "[not sent: the mask failed]"


class Gate(SpanProcessor):
    """Adds the attributes of ``context`` to every span, and hands ended spans on while it is open.

    ``keep_below`` drops traces whose id's lower half is not below it: head sampling where the provider's own sampler
    cannot be set.
    """

    def __init__(self) -> None:
        self._onward: SpanProcessor | None = None
        self._keep_below: int | None = None

    def open(self, onward: SpanProcessor, *, sample_rate: float = 1.0) -> None:
        """Sends spans that end from now on to ``onward``."""
        self._keep_below = None if sample_rate >= 1.0 else TraceIdRatioBased.get_bound_for_rate(sample_rate)
        self._onward = onward

    def close(self) -> None:
        """Lets nothing more through; the processor behind is the opener's to shut down."""
        self._onward = None

    def on_start(self, span: Span, parent_context: otel_context.Context | None = None) -> None:
        if self._onward is None:
            return
        try:
            attributes = call_context.attributes_in(parent_context)
            if attributes:
                span.set_attributes(attributes)
        except Exception as error:  # the SDK's boundary: runs inside the host's own span start
            faults.record("gate.on_start", error)

    def on_end(self, span: ReadableSpan) -> None:
        onward = self._onward
        if onward is None:
            return
        try:
            if self._keep_below is None or _lower_half(span) < self._keep_below:
                onward.on_end(span)
        except Exception as error:  # the SDK's boundary: runs inside the host's own span end
            faults.record("gate.on_end", error)

    def shutdown(self) -> None:
        self.close()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        onward = self._onward
        return True if onward is None else onward.force_flush(timeout_millis)


class OutgoingSpans(SpanExporter):
    """Masks spans and gives them our resource, in the exporting thread, just before they are serialised."""

    def __init__(self, exporter: SpanExporter, *, resource: Mapping[str, str], mask: Mask | None) -> None:
        self._exporter = exporter
        self._resource = Resource(dict(resource))
        self._merged: dict[int, tuple[Resource, Resource]] = {}
        self._mask = mask

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([self._outgoing(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _outgoing(self, span: ReadableSpan) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=self._merge(span.resource),
            attributes=_masked(span.attributes, self._mask),
            events=span.events if self._mask is None else self._masked_events(span.events),
            links=span.links,
            kind=span.kind,
            status=self._masked_status(span.status),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _masked_events(self, events: Sequence[Event]) -> list[Event]:
        return [Event(event.name, _masked(event.attributes, self._mask), event.timestamp) for event in events]

    def _masked_status(self, status: Status) -> Status:
        if self._mask is None or status.description is None:
            return status
        return Status(status.status_code, _masked_text("status.description", status.description, self._mask))

    def _merge(self, resource: Resource) -> Resource:
        """The span's resource with what ``init`` was told on top, made once for each resource object."""
        known = self._merged.get(id(resource))
        if known is None or known[0] is not resource:  # an id may come back after its object is gone
            known = self._merged[id(resource)] = (resource, resource.merge(self._resource))
        return known[1]


class OutgoingScores(LogRecordExporter):
    """Masks score records just before they are serialised."""

    def __init__(self, exporter: LogRecordExporter, *, mask: Mask | None) -> None:
        self._exporter = exporter
        self._mask = mask

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        for record in batch:
            record.log_record.attributes = _masked(record.log_record.attributes, self._mask)
        return self._exporter.export(batch)

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _masked(attributes: Attributes, mask: Mask | None) -> Attributes:
    if mask is None or not attributes:
        return attributes
    return {key: _masked_value(key, value, mask) for key, value in attributes.items()}


def _masked_value(key: str, value: AttributeValue, mask: Mask) -> AttributeValue:
    if isinstance(value, str):
        return _masked_text(key, value, mask)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_masked_text(key, item, mask) if isinstance(item, str) else item for item in value]
    return value


def _masked_text(key: str, text: str, mask: Mask) -> str:
    try:
        masked = mask(key, text)
    except Exception as error:  # the SDK's boundary: the mask is the host's code, and fails closed
        faults.record("mask", error)
        return MASK_FAILED
    return masked if isinstance(masked, str) else MASK_FAILED


def _lower_half(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.trace_id & TraceIdRatioBased.TRACE_ID_LIMIT
