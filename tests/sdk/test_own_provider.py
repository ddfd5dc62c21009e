"""The tracer provider that ``init`` makes where the application has none: OpenTelemetry's own in all but the time it takes."""

import logging
from typing import Any, NoReturn

import opentelemetry.trace
import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState

import spanhouse
from spanhouse import faults
from spanhouse.pipelines import Pipelines
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


class Raising(SpanProcessor):
    """Raises at a span's start, just before its end and at its end; writes down that it was asked."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.asked: list[str] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._raise("start", span, parent_context)

    def _on_ending(self, span: Span) -> None:
        self._raise("ending", span)

    def on_end(self, span: ReadableSpan) -> None:
        self._raise("end", span)

    def _raise(self, where: str, *_: object) -> None:
        self.asked.append(where)
        raise self.error


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
def test_processor_that_fails_costs_neither_the_application_nor_the_others_anything(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a span that another library makes, around a call of the application's."""
    caplog.set_level(logging.CRITICAL)
    before = faults.counts()
    spanhouse.init(receiver.url, instrument=False)
    provider = opentelemetry.trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    raising, watching = Raising(ValueError("theirs")), Watching()
    provider.add_span_processor(raising)
    provider.add_span_processor(watching)

    with opentelemetry.trace.get_tracer("another library").start_as_current_span("work"):
        pass

    assert spanhouse.flush()
    assert [span.name for span in receiver.spans] == ["work"]
    assert raising.asked == ["start", "ending", "end"]
    assert watching.told == ["start work below 0", "end work"]
    new = {where: count - before.get(where, 0) for where, count in faults.counts().items() if count > before.get(where, 0)}
    assert new == {"processor.on_start": 1, "processor.on_ending": 1, "processor.on_end": 1}


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_end_of_the_application_that_begins_in_its_processor_passes(receiver: Receiver, error: type[BaseException]) -> None:
    """A signal's handler raises wherever the main thread is."""
    spanhouse.init(receiver.url, instrument=False)
    provider = opentelemetry.trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(Raising(error()))
    with pytest.raises(error), spanhouse.span("step"):
        pass


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
def test_flush_of_ours_that_fails_is_a_flush_that_did_not_succeed(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.CRITICAL)

    def fail(*_: object) -> NoReturn:
        raise ValueError

    monkeypatch.setattr(Pipelines, "flush", fail)
    spanhouse.init(receiver.url, instrument=False)
    provider = opentelemetry.trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    watching = Watching()
    provider.add_span_processor(watching)
    assert provider.force_flush() is False
    assert watching.told == ["flush"]
