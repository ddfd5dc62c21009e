"""Spans and scores as they leave the process: masked in every place that can hold a text, bounded, with our resource.

Runs in the sending threads. Knows neither rules nor the network.
"""

import copy
import dataclasses
import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status, TraceState
from opentelemetry.util.types import AnyValue, Attributes

from spanhouse import content, conventions, faults, messages
from spanhouse.runtime import Mask

if TYPE_CHECKING:  # an application that only imports this package loads no logs
    from opentelemetry.sdk._logs import ReadableLogRecord

# What ``values_of`` goes by; a version of OpenTelemetry that keeps attributes otherwise is asked for a copy.
_KEEPS_DICTIONARY: Final = {"_dict", "_immutable"} <= vars(BoundedAttributes()).keys()

_BODY: Final = "body"
_MOST_ORIGINS: Final = 256
_STATE_VALUE: Final = re.compile(r"[ -+\--<>-~]{0,255}[!-+\--<>-~]")  # W3C Trace Context, 3.3.1.3.2
Origin = TypeVar("Origin", Resource, InstrumentationScope)

MASK_FAILED: Final = "[not sent: the mask failed]"


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

    def trace_state(self, pair: str) -> str:
        """One ``key=value`` of a trace state as it leaves."""
        ...


class CallableMasking:
    """Masks with the application's own function, which sees the texts in attributes, trace states and statuses; not names."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask

    def attributes(self, attributes: Mapping[str, AnyValue]) -> dict[str, AnyValue]:
        return {key: _each_text(value, partial(self._text, key)) for key, value in attributes.items()}

    def name(self, name: str) -> str:
        return name

    def status(self, description: str) -> str:
        return self._text("status.description", description)

    def trace_state(self, pair: str) -> str:
        key, _, value = pair.partition("=")  # which the function may not undo
        return f"{key}={self._text('trace_state', value)}"

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

    def trace_state(self, pair: str) -> str:
        return pair if self._masking is None else self._masking.trace_state(pair)

    def _text(self, text: str) -> str:
        return content.encodable(messages.bounded(text, self._limit_chars))


class Origins:
    """Where spans come from as it may be told: resources, with ours on top, and instrumentation scopes, masked once each.

    For one sending thread. An application that asks for a new tracer each time makes a new scope each time, so few are kept.
    """

    def __init__(self, masking: Masking | None, *, on_top: Resource | None = None) -> None:
        self._masking = masking
        self._on_top = on_top
        # By identity, since the hash of a resource writes it as JSON. What is kept is alive, so that its id is nobody else's.
        self._resources: dict[int, tuple[Resource, Resource]] = {}
        self._scopes: dict[int, tuple[InstrumentationScope, InstrumentationScope]] = {}

    @property
    def change(self) -> bool:
        """Whether any of them may leave as something else."""
        return self._masking is not None or self._on_top is not None

    def resource(self, resource: Resource) -> Resource:
        """The resource as it leaves."""
        return _once(self._resources, resource, make=self._told_resource) if self.change else resource

    def scope(self, scope: InstrumentationScope | None) -> InstrumentationScope | None:
        """The scope as it leaves."""
        if scope is None or self._masking is None:
            return scope
        return _once(self._scopes, scope, make=partial(_masked_scope, self._masking))

    def _told_resource(self, resource: Resource) -> Resource:
        merged = resource if self._on_top is None else resource.merge(self._on_top)
        if self._masking is None:
            return merged
        return Resource(self._masking.attributes(merged.attributes), self._masking.name(merged.schema_url))


def _masked_scope(masking: Masking, scope: InstrumentationScope) -> InstrumentationScope:
    return InstrumentationScope(
        masking.name(scope.name),
        scope.version and masking.name(scope.version),
        scope.schema_url and masking.name(scope.schema_url),
        _attributes(masking, scope.attributes),
    )


def _once(made: dict[int, tuple[Origin, Origin]], origin: Origin, *, make: Callable[[Origin], Origin]) -> Origin:
    found = made.get(id(origin))
    if found is None:
        if len(made) >= _MOST_ORIGINS:
            made.clear()
        found = made[id(origin)] = (origin, make(origin))
    return found[1]


def outgoing_spans(spans: Sequence[ReadableSpan], bounds: Bounds, *, origins: Origins) -> list[ReadableSpan]:
    """The spans as they leave: masked, bounded, and from the origins as they may be told.

    Runs in the sending thread, since reading a long text again takes milliseconds. Spans in which nothing changes are not copied.
    """
    return [
        span if not origins.change and bounds.leave_alone(span) else _outgoing_span(span, bounds, origins=origins)
        for span in spans
    ]


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


def outgoing_scores(
    records: "Sequence[ReadableLogRecord]", masking: Masking | None, *, origins: Origins
) -> "Sequence[ReadableLogRecord]":
    """The score records as they leave: masked. What the SDK itself tells of losses holds no texts, but comes from somewhere."""
    return records if masking is None else [_outgoing_score(record, masking, origins=origins) for record in records]


def _outgoing_score(record: "ReadableLogRecord", masking: Masking, *, origins: Origins) -> "ReadableLogRecord":
    masked = copy.copy(record.log_record)
    if masked.event_name != conventions.DROPPED_EVENT:
        masked.attributes = masking.attributes(masked.attributes or {})
        masked.event_name = masked.event_name and masking.name(masked.event_name)
        masked.severity_text = masked.severity_text and masking.name(masked.severity_text)
        masked.body = None if masked.body is None else masking.attributes({_BODY: masked.body}).get(_BODY)
    return dataclasses.replace(
        record,
        log_record=masked,
        resource=origins.resource(record.resource),
        instrumentation_scope=origins.scope(record.instrumentation_scope),
    )


def _outgoing_span(span: ReadableSpan, bounds: Bounds, *, origins: Origins) -> ReadableSpan:
    status = span.status
    if status.description is not None:
        status = Status(status.status_code, bounds.status(status.description))
    return ReadableSpan(
        name=bounds.name(span.name),
        context=span.context and _context(span.context, bounds),
        parent=span.parent,
        resource=origins.resource(span.resource),
        attributes=_attributes(bounds, span.attributes),
        events=[Event(bounds.name(event.name), _attributes(bounds, event.attributes), event.timestamp) for event in span.events],
        links=[Link(_context(link.context, bounds), _attributes(bounds, link.attributes)) for link in span.links],
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=origins.scope(span.instrumentation_scope),
    )


def _context(context: SpanContext, masking: Masking) -> SpanContext:
    """The context with its trace state masked; the same one where nothing changes, as it is with nearly all."""
    state = context.trace_state
    if not state:
        return context
    pairs = [(key, _state_value(key, value, masking=masking)) for key, value in state.items()]
    if pairs == list(state.items()):
        return context
    kept = TraceState([(key, value) for key, value in pairs if value is not None])
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags, kept)


def _state_value(key: str, value: str, *, masking: Masking) -> str | None:
    """The value as it leaves; None for a pair that cannot stand in a trace state any more, as when its key is masked."""
    before = f"{key}={value}"
    after = masking.trace_state(before)
    if after == before:
        return value
    left, _, masked = after.partition("=")
    return masked if left == key and _STATE_VALUE.fullmatch(masked) else None


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
        and all(_are_within(plain(link.attributes), limit_chars) for link in span.links)
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
