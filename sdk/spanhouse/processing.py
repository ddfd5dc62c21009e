"""What happens to a span between its start and the exporter: context attributes, sampling, resource, masking, bounds.

One ``Gate`` stands in a tracer provider for the life of the process; ``startup`` opens and closes it.
"""

import copy
import dataclasses
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor, SynchronousMultiSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, Status, TraceState
from opentelemetry.util.types import AnyValue, Attributes

from spanhouse import call_context, content, conventions, faults, messages
from spanhouse.endings import Ending
from spanhouse.runtime import Mask

if TYPE_CHECKING:  # an application that only imports this package loads no logs
    from opentelemetry.sdk._logs import ReadableLogRecord

# What ``values_of`` goes by; a version of OpenTelemetry that keeps attributes otherwise is asked for a copy.
_KEEPS_DICTIONARY: Final = {"_dict", "_immutable"} <= vars(BoundedAttributes()).keys()

MASK_FAILED: Final = "[not sent: the mask failed]"


class Gate(SynchronousMultiSpanProcessor):
    """Adds the attributes of ``context`` to every span, and hands ended spans on while it is open.

    One of an application's processors, or all that a provider of ours has: then the application's come behind it. One that fails
    costs neither the others the span nor the application its call: the specification lets no span's start or end raise.
    A flush or a shutdown that the application calls raises what its processors raise, as OpenTelemetry's do; ``endings`` are
    their shutdowns for the end of the process, when nobody calls it.
    ``keep_below`` drops traces whose id's lower half is not below it: head sampling where the provider's own sampler
    cannot be set.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types
        self._onward: Callable[[ReadableSpan], None] | None = None
        self._flush: Callable[[float], bool] | None = None
        self._keep_below: int | None = None
        self._endings: tuple[Ending, ...] = ()

    @property
    def endings(self) -> tuple[Ending, ...]:
        """One for each processor of the application; none after ``shutdown``, which was theirs, too."""
        return self._endings

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        ending = Ending(span_processor.shutdown, of=type(span_processor).__name__)
        super().add_span_processor(span_processor)
        with self._lock:
            self._endings += (ending,)

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
        if self._onward is not None and (parent_context is None or parent_context):  # an empty one has nothing
            try:
                attributes = call_context.attributes_in(parent_context)
                if attributes:
                    span.set_attributes(attributes)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span start
                faults.record("gate.on_start", error)
        for processor in self._span_processors:
            try:
                processor.on_start(span, parent_context=parent_context)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span start
                faults.record("processor.on_start", error)

    def _on_ending(self, span: Span) -> None:
        for processor in self._span_processors:
            try:
                processor._on_ending(span)  # noqa: SLF001 - OpenTelemetry's own hook, which it does not call final yet
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span end
                faults.record("processor.on_ending", error)

    def on_end(self, span: ReadableSpan) -> None:
        onward = self._onward
        if onward is not None:
            try:
                if self._keep_below is None or _lower_half(span) < self._keep_below:
                    onward(span)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span end
                faults.record("gate.on_end", error)
        for processor in self._span_processors:
            try:
                processor.on_end(span)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own span end
                faults.record("processor.on_end", error)

    def shutdown(self) -> None:
        self.close()
        self._endings = ()
        super().shutdown()

    def force_flush(self, timeout_millis: int | None = 30_000) -> bool:
        flush, timeout_ms = self._flush, 30_000 if timeout_millis is None else timeout_millis
        flushed = True
        if flush is not None:
            try:
                flushed = flush(timeout_ms / 1_000)
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: runs inside the host's own flush
                faults.record("gate.force_flush", error)
                flushed = False
        return super().force_flush(timeout_ms) and flushed


class KeepAll(ParentBased):
    """OpenTelemetry's default sampler: keeps all but what the parent's sampler dropped.

    Gives the commonest verdict as it is made once. The default asks three objects for it, a twelfth of a span's time.
    """

    def __init__(self) -> None:
        super().__init__(ALWAYS_ON)
        self._kept = SamplingResult(Decision.RECORD_AND_SAMPLE)

    def should_sample(
        self,
        parent_context: otel_context.Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        try:
            # A context that is empty holds no span; only None is the current one, which has to be looked up.
            is_empty = parent_context is not None and not parent_context
            if not attributes and (is_empty or trace.get_current_span(parent_context) is trace.INVALID_SPAN):
                return self._kept
            return super().should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: instrumentations start spans inside the application's calls
            faults.record("sampler", error)
            return self._kept


class Masking(Protocol):
    """What changes texts before they leave. Fails closed and raises nothing."""

    def attributes(self, attributes: Mapping[str, AnyValue]) -> dict[str, AnyValue]:
        """The attributes as they leave."""
        ...

    def name(self, name: str) -> str:
        """A span's or an event's name as it leaves."""
        ...

    def status(self, description: str) -> str:
        """A status's description as it leaves."""
        ...


class CallableMasking:
    """Masks with the application's own function, which sees the texts in attributes and statuses."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def attributes(self, attributes: Mapping[str, AnyValue]) -> dict[str, AnyValue]:
        return {key: _each_text(value, partial(self._text, key)) for key, value in attributes.items()}

    def name(self, name: str) -> str:
        return name

    def status(self, description: str) -> str:
        return self._text("status.description", description)

    def _text(self, key: str, text: str) -> str:
        try:
            masked: object = self._mask(key, text)
        except BaseException as error:  # the SDK's boundary: the host's code in our thread, and it fails closed
            if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                raise  # at the very end it runs there, and a signal's handler raises there: the application is to end
            faults.record("mask", error)
            return MASK_FAILED
        return content.encodable(masked) if isinstance(masked, str) else MASK_FAILED


class Bounds:
    """Cuts the texts that ``masking`` leaves; the other way round it would not find half a secret."""

    def __init__(self, masking: Masking | None, *, limit_chars: int, keeps_content: bool = True) -> None:
        self._masking = masking
        self._limit_chars = limit_chars
        self._keeps_content = keeps_content

    def leave_alone(self, span: ReadableSpan) -> bool:
        """Whether the span is within them, so that nothing in it changes."""
        return self._masking is None and self._keeps_content and _fits(span, self._limit_chars)

    def attributes(self, attributes: Mapping[str, AnyValue]) -> dict[str, AnyValue]:
        if not self._keeps_content:
            attributes = {key: value for key, value in attributes.items() if not _is_content(key)}
        masked = attributes if self._masking is None else self._masking.attributes(attributes)
        return {key: _each_text(value, self._text) for key, value in masked.items()}

    def name(self, name: str) -> str:
        return content.encodable(name if self._masking is None else self._masking.name(name))

    def status(self, description: str) -> str:
        return self._text(description if self._masking is None else self._masking.status(description))

    def _text(self, text: str) -> str:
        return content.encodable(messages.bounded(text, self._limit_chars))


def outgoing_spans(spans: Sequence[ReadableSpan], resource: Resource | None, *, bounds: Bounds) -> list[ReadableSpan]:
    """The spans as they leave: masked, bounded, and with ``resource`` on top of their own.

    Runs in the sending thread, since reading a long text again takes milliseconds. Spans in which nothing changes are not copied.
    """
    merged: dict[int, Resource] = {}
    leaving = []
    for span in spans:
        if resource is None and bounds.leave_alone(span):
            leaving.append(span)
            continue
        if id(span.resource) not in merged:
            merged[id(span.resource)] = span.resource if resource is None else span.resource.merge(resource)
        leaving.append(_outgoing_span(span, merged[id(span.resource)], bounds))
    return leaving


def plain(attributes: object) -> dict[str, AnyValue]:
    """The attributes of a span, an event or a record as a plain dictionary, whose values come ten times as fast."""
    copy_of = getattr(attributes, "copy", None)
    return {} if copy_of is None else copy_of()


def values_of(span: ReadableSpan) -> Mapping[str, AnyValue]:
    """The attributes of a span that ended, to be read: as OpenTelemetry keeps them, for nothing changes them any more."""
    kept = getattr(span, "_attributes", None)
    if _KEEPS_DICTIONARY and type(kept) is BoundedAttributes and kept._immutable:  # noqa: SLF001 - see above
        return kept._dict  # noqa: SLF001 - see above
    return plain(span.attributes)


def outgoing_scores(records: "Sequence[ReadableLogRecord]", masking: Masking | None) -> "Sequence[ReadableLogRecord]":
    """The score records as they leave: masked. What the SDK itself tells of losses holds no texts."""
    if masking is None:
        return records
    return [
        record if record.log_record.event_name == conventions.DROPPED_EVENT else _outgoing_score(record, masking)
        for record in records
    ]


def _outgoing_score(record: "ReadableLogRecord", masking: Masking) -> "ReadableLogRecord":
    masked = copy.copy(record.log_record)
    masked.attributes = masking.attributes(masked.attributes or {})
    return dataclasses.replace(record, log_record=masked)


def _outgoing_span(span: ReadableSpan, resource: Resource, masking: Masking) -> ReadableSpan:
    status = span.status
    if status.description is not None:
        status = Status(status.status_code, masking.status(status.description))
    return ReadableSpan(
        name=masking.name(span.name),
        context=span.context,
        parent=span.parent,
        resource=resource,
        attributes=_attributes(masking, span.attributes),
        events=[
            Event(masking.name(event.name), _attributes(masking, event.attributes), event.timestamp) for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _is_content(key: str) -> bool:
    return key in conventions.CONTENT_KEYS or key.startswith(conventions.CONTENT_PREFIXES)


def _attributes(masking: Masking, attributes: Attributes) -> Attributes:
    return cast("Attributes", masking.attributes(attributes)) if attributes else attributes


def _each_text(value: AnyValue, change: Callable[[str], str]) -> AnyValue:
    """The value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each_text(item, change) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_each_text(item, change) for item in value]
    return value


def _fits(span: ReadableSpan, limit_chars: int) -> bool:
    return (
        _is_within(span.name, sys.maxsize)
        and _is_within(span.status.description or "", limit_chars)
        and _are_within(values_of(span), limit_chars)
        and all(_are_within(plain(event.attributes), limit_chars) for event in span.events)
    )


def _are_within(attributes: Mapping[str, AnyValue], limit_chars: int) -> bool:
    """Whether no text is longer. Texts in a list count together, which at most costs a copy."""
    for value in attributes.values():
        if type(value) is str:
            if not _is_within(value, limit_chars):
                return False
        elif type(value) is tuple and not _is_within("".join(item for item in value if type(item) is str), limit_chars):
            return False
    return True


def _is_within(text: str, limit_chars: int) -> bool:
    """Whether the text is not longer, and can be sent: half of a surrogate pair cannot."""
    return len(text) <= limit_chars and content.encodable(text) is text


def _lower_half(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.trace_id & TraceIdRatioBased.TRACE_ID_LIMIT
