"""What happens to a span between its start and the outbox: context attributes, sampling, the application's processors.

One ``Gate`` stands in a tracer provider for the life of the process; ``startup`` opens and closes it.
"""

from collections.abc import Callable, Sequence

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, SynchronousMultiSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from spanhouse import call_context, faults
from spanhouse.endings import Ending


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


def _lower_half(span: ReadableSpan) -> int:
    return 0 if span.context is None else span.context.trace_id & TraceIdRatioBased.TRACE_ID_LIMIT
