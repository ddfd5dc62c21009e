"""Starts spans of our own tracer provider in less time than OpenTelemetry's ``start_span``, where it could give one verdict only.

It asks fifteen functions one after the other, whether it is enabled, who the parent is, what the sampler says; that is a sixth of
what a span costs. Knows how OpenTelemetry's tracer makes a span; whatever is not as known here is left to ``start_span`` itself.
"""

from collections.abc import Callable
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer, _Span
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from spanhouse.processing import KeepAll

Start = Callable[[str, Context], trace.Span]  # a span of this name in this context

SPAN_KEY: Final = next(iter(trace.set_span_in_context(trace.INVALID_SPAN, Context())))  # under which a context holds its span
# A span of a version of OpenTelemetry that takes anything else is made by that version.
_TAKEN: Final = (
    *("self", "name", "context", "parent", "sampler", "trace_config", "resource", "attributes", "events", "links", "kind"),
    *("span_processor", "instrumentation_info", "record_exception", "set_status_on_exception", "limits"),
    *("instrumentation_scope", "record_end_metrics"),
)
# And what a tracer keeps, so that nothing that it would ask is left out.
_KEPT: Final = {
    *("sampler", "resource", "span_processor", "id_generator", "instrumentation_info", "_span_limits"),
    *("_instrumentation_scope", "_tracer_config", "_tracer_metrics"),
}


def starter(tracer: trace.Tracer, kind: SpanKind) -> Start:
    """What starts spans of ``tracer``, without attributes and links: the same as its ``start_span`` does."""

    def start_any(name: str, context: Context) -> trace.Span:
        return tracer.start_span(name, context, kind)

    if not isinstance(tracer, Tracer) or not _is_as_known(tracer):
        return start_any
    make_trace_id, make_span_id = tracer.id_generator.generate_trace_id, tracer.id_generator.generate_span_id
    random = TraceFlags.RANDOM_TRACE_ID if tracer.id_generator.is_trace_id_random() else 0
    root_flags = TraceFlags(TraceFlags.SAMPLED | random)

    def start(name: str, context: Context) -> trace.Span:
        outer, parent = context.get(SPAN_KEY), None
        if outer is not None:
            parent = outer._context if type(outer) is _Span else None  # noqa: SLF001 - the property is a function that is called
            if parent is None or not parent.trace_flags & TraceFlags.SAMPLED:
                return start_any(name, context)
        if not tracer._tracer_config.is_enabled:  # noqa: SLF001 - see _KEPT
            return start_any(name, context)
        if parent is None:
            own = SpanContext(make_trace_id(), make_span_id(), is_remote=False, trace_flags=root_flags)
        else:
            flags = TraceFlags(TraceFlags.SAMPLED | (parent.trace_flags & TraceFlags.RANDOM_TRACE_ID))
            own = SpanContext(parent.trace_id, make_span_id(), is_remote=False, trace_flags=flags, trace_state=parent.trace_state)
        span = _Span(
            name=name,
            context=own,
            parent=parent,
            sampler=tracer.sampler,
            resource=tracer.resource,
            span_processor=tracer.span_processor,
            kind=kind,
            instrumentation_info=tracer.instrumentation_info,
            limits=tracer._span_limits,  # noqa: SLF001 - see _KEPT
            instrumentation_scope=tracer._instrumentation_scope,  # noqa: SLF001 - see _KEPT
        )
        span.start(parent_context=context)
        return span

    return start


def _is_as_known(tracer: Tracer) -> bool:
    """Whether the tracer keeps every span that has no parent, counts none, and makes them from what is known here."""
    made = _Span.__init__.__code__
    return (
        type(tracer) is Tracer
        and made.co_varnames[: made.co_argcount + made.co_kwonlyargcount] == _TAKEN
        and vars(tracer).keys() == _KEPT
        and hasattr(TraceFlags, "RANDOM_TRACE_ID")  # the oldest versions that are supported have none
        and type(tracer.sampler) is KeepAll
        and type(tracer._tracer_metrics).__name__ == "NoOpTracerMetrics"  # noqa: SLF001 - see _KEPT
    )
