"""What happens to a span between its start and the exporter: context attributes, sampling, resource, masking.

One ``Gate`` stands in a tracer provider for the life of the process; ``startup`` opens and closes it.
"""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
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
        self._onward: Callable[[ReadableSpan], None] | None = None
        self._flush: Callable[[float], bool] | None = None
        self._keep_below: int | None = None

    def open(
        self,
        onward: Callable[[ReadableSpan], None],
        *,
        flush: Callable[[float], bool] | None = None,
        sample_rate: float = 1.0,
    ) -> None:
        """Gives spans that end from now on to ``onward``. ``flush`` sends what is there, within so many seconds."""
        self._flush = flush
        self._keep_below = None if sample_rate >= 1.0 else TraceIdRatioBased.get_bound_for_rate(sample_rate)
        self._onward = onward

    def close(self) -> None:
        """Lets nothing more through."""
        self._onward = self._flush = None

    def on_start(self, span: Span, parent_context: otel_context.Context | None = None) -> None:
        if self._onward is None:
            return
        try:
            attributes = call_context.attributes_in(parent_context)
            if attributes:
                span.set_attributes(attributes)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span start
            faults.record("gate.on_start", error)

    def on_end(self, span: ReadableSpan) -> None:
        onward = self._onward
        if onward is None:
            return
        try:
            if self._keep_below is None or _lower_half(span) < self._keep_below:
                onward(span)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span end
            faults.record("gate.on_end", error)

    def shutdown(self) -> None:
        self.close()

    def force_flush(self, timeout_millis: int | None = 30_000) -> bool:
        flush = self._flush
        return flush is None or flush((30_000 if timeout_millis is None else timeout_millis) / 1_000)


def outgoing_spans(spans: Sequence[ReadableSpan], resource: Resource, *, mask: Mask | None) -> list[ReadableSpan]:
    """The spans as they leave: masked, and with ``resource`` on top of their own. Runs in the sending thread."""
    merged: dict[int, Resource] = {}
    for span in spans:
        if id(span.resource) not in merged:
            merged[id(span.resource)] = span.resource.merge(resource)
    return [_outgoing_span(span, merged[id(span.resource)], mask) for span in spans]


def outgoing_scores(records: Sequence[ReadableLogRecord], mask: Mask | None) -> Sequence[ReadableLogRecord]:
    """The score records as they leave: masked."""
    if mask is None:
        return records
    return [_outgoing_score(record, mask) for record in records]


def _outgoing_score(record: ReadableLogRecord, mask: Mask) -> ReadableLogRecord:
    masked = copy.copy(record.log_record)
    masked.attributes = _masked(masked.attributes, mask)
    return dataclasses.replace(record, log_record=masked)


def _outgoing_span(span: ReadableSpan, resource: Resource, mask: Mask | None) -> ReadableSpan:
    events: Sequence[Event] = span.events
    status = span.status
    if mask is not None:
        events = [Event(event.name, _masked(event.attributes, mask), event.timestamp) for event in events]
        if status.description is not None:
            status = Status(status.status_code, _masked_text("status.description", status.description, mask))
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=resource,
        attributes=_masked(span.attributes, mask),
        events=events,
        links=span.links,
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


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
        masked: object = mask(key, text)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the mask is the host's code, and fails closed
        faults.record("mask", error)
        return MASK_FAILED
    return masked if isinstance(masked, str) else MASK_FAILED


def _lower_half(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.trace_id & TraceIdRatioBased.TRACE_ID_LIMIT
