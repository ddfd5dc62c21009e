"""Spans that are started in the short way are those that OpenTelemetry's tracer starts."""

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, Tracer, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, TraceState

from spanhouse import span_starts
from spanhouse.processing import KeepAll
from spanhouse.testing import CountingIds


class _Started(SpanProcessor):
    """Notes what a processor is told when a span starts."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, Context | None]] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.told.append((span, parent_context))


def _tracer(ids: IdGenerator, *, sampler: Sampler | None = None) -> tuple[Tracer, _Started]:
    started = _Started()
    provider = TracerProvider(
        resource=Resource({"service.name": "shop"}), sampler=sampler or KeepAll(), id_generator=ids, shutdown_on_exit=False
    )
    provider.add_span_processor(started)
    tracer = provider.get_tracer("scope", "1.0")
    assert isinstance(tracer, Tracer)
    return tracer, started


def _within(span: trace.Span) -> Context:
    return trace.set_span_in_context(span, Context({"other": 1}))


def _remote(flags: int) -> NonRecordingSpan:
    state = TraceState([("vendor", "7")])
    return NonRecordingSpan(SpanContext(5, 6, is_remote=True, trace_flags=TraceFlags(flags), trace_state=state))


CONTEXTS: dict[str, Callable[[Tracer], Context]] = {
    "empty": lambda _: Context(),
    "no span": lambda _: Context({"other": 1}),
    "a span of ours": lambda tracer: _within(tracer.start_span("outer", Context())),
    "a span below a remote one": lambda tracer: _within(tracer.start_span("outer", _within(_remote(3)))),
    "a remote span": lambda _: _within(_remote(3)),
    "a remote span that is not sampled": lambda _: _within(_remote(0)),
    "a span that is none": lambda _: _within(trace.INVALID_SPAN),
}


# Objects of one span alone, or of its provider; parent and context are compared by value.
_OF_ITS_OWN = {"_start_time", "_lock", "_events", "_links", "_attributes", "_parent", "_context"}
_OF_ITS_PROVIDER = {"_sampler", "_resource", "_limits", "_span_processor", "_record_end_metrics"}


def _seen(span: trace.Span) -> dict[str, Any]:
    """All that a span keeps, and no two spans share."""
    attributes, parent, context = getattr(span, "_attributes", None), getattr(span, "parent", None), span.get_span_context()
    return {
        **{name: value for name, value in vars(span).items() if name not in _OF_ITS_OWN | _OF_ITS_PROVIDER},
        "type": type(span),
        "attributes": None if attributes is None else (dict(attributes), attributes.maxlen, attributes.max_value_len),
        "context": (tuple(context), type(context.trace_flags)),
        "parent": None if parent is None else tuple(parent),
        "keeps": vars(span).keys(),
    }


def _asked(tracer: trace.Tracer, kind: SpanKind) -> span_starts.Start:
    return lambda name, context: tracer.start_span(name, context, kind)


@pytest.mark.parametrize("ids", [CountingIds, RandomIdGenerator])
@pytest.mark.parametrize("context", CONTEXTS)
def test_span_is_the_one_that_the_tracer_starts(context: str, ids: type[IdGenerator], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.getrandbits", lambda bits: 2 ** (bits - 1) + 9)
    spans, told = [], []
    for start_of in (span_starts.starter, _asked):
        tracer, started = _tracer(ids())
        around = CONTEXTS[context](tracer)
        spans.append(start_of(tracer, SpanKind.CLIENT)("chat", around))
        assert all(parent is not None for _, parent in started.told)
        told.append([(seen.name, parent is around) for seen, parent in started.told])
    ours, theirs = map(_seen, spans)
    assert ours == theirs
    assert told[0] == told[1]


def test_tracer_that_is_as_known_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would compare OpenTelemetry's way with itself."""
    tracer, _ = _tracer(CountingIds())
    start = span_starts.starter(tracer, SpanKind.CLIENT)
    monkeypatch.setattr(Tracer, "start_span", None)
    with trace.use_span(start("outer", Context())) as outer:
        inner = start("inner", trace.set_span_in_context(outer, Context()))
    assert inner.get_span_context().trace_id == outer.get_span_context().trace_id


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF])
def test_sampler_of_the_application_is_asked(sampler: Sampler) -> None:
    tracer, _ = _tracer(CountingIds(), sampler=sampler)
    assert span_starts.starter(tracer, SpanKind.CLIENT)("chat", Context()).is_recording() is (sampler is ALWAYS_ON)


def test_tracer_that_is_switched_off_later_starts_none() -> None:
    tracer, _ = _tracer(CountingIds())
    start = span_starts.starter(tracer, SpanKind.CLIENT)
    tracer._tracer_config.is_enabled = False
    assert not start("chat", Context()).is_recording()


@pytest.mark.parametrize("other", ["a span that takes more", "a tracer that keeps more", "a tracer of another class"])
def test_other_version_of_opentelemetry_starts_its_spans_itself(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tracer, _ = _tracer(CountingIds())
    if other == "a span that takes more":
        monkeypatch.setattr(span_starts, "_TAKEN", (*span_starts._TAKEN, "verdict"))
    elif other == "a tracer that keeps more":
        monkeypatch.setattr(tracer, "_verdict", None, raising=False)
    else:
        tracer.__class__ = type("Other", (Tracer,), {})
    start, asked = span_starts.starter(tracer, SpanKind.CLIENT), []
    monkeypatch.setattr(Tracer, "start_span", lambda *given: asked.append(given[1:]))
    start("chat", Context())
    assert asked == [("chat", Context(), SpanKind.CLIENT)]
