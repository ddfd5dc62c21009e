"""The tracer provider that ``init`` makes where the application has none: OpenTelemetry's own in all but the time it takes."""

from typing import Any

import opentelemetry.trace
import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState

import spanhouse
from spanhouse.processing import KeepAll
from tests.sdk.otlp_receiver import Receiver

STATES = {"without a state": None, "with a state": TraceState([("vendor", "7")])}


class Watching(SpanProcessor):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.told.append(f"start {span.name} below {trace.get_current_span(parent_context).get_span_context().span_id}")

    def on_end(self, span: ReadableSpan) -> None:
        self.told.append(f"end {span.name}")

    def shutdown(self) -> None:
        self.told.append("shutdown")

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self.told.append("flush at once" if timeout_millis <= 5_000 else "flush")
        return False


@pytest.mark.parametrize("attributes", [None, {}, {"gen_ai.operation.name": "chat"}])
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("flags", [None, TraceFlags.DEFAULT, TraceFlags.SAMPLED])
def test_same_spans_are_kept_as_by_the_default_sampler(
    flags: int | None, remote: bool, state: TraceState | None, attributes: dict[str, Any] | None
) -> None:
    parent = Context()
    if flags is not None:
        above = SpanContext(trace_id=7, span_id=7, is_remote=remote, trace_flags=TraceFlags(flags), trace_state=state)
        parent = trace.set_span_in_context(NonRecordingSpan(above), parent)

    ours = KeepAll().should_sample(parent, 7, "chat", attributes=attributes)

    theirs = DEFAULT_ON.should_sample(parent, 7, "chat", attributes=attributes)
    assert (ours.decision, dict(ours.attributes or {}), ours.trace_state) == (
        theirs.decision,
        dict(theirs.attributes or {}),
        theirs.trace_state,
    )


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
def test_processor_of_the_application_is_told_all_that_happens(receiver: Receiver) -> None:
    spanhouse.init(receiver.url, instrument=False)
    provider = opentelemetry.trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    watching = Watching()
    provider.add_span_processor(watching)

    with spanhouse.span("step"):
        pass
    assert provider.force_flush(5_000) is False
    assert [span.name for span in receiver.spans] == ["step"]
    provider.shutdown()

    assert watching.told == ["start step below 0", "end step", "flush at once", "shutdown"]
