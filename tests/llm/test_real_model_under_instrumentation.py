"""A real model, the official client, OpenTelemetry's instrumentation: what a span says is what the server reported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import openai
import pytest
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.llm.calls import QUESTION, SYSTEM, ask
from tests.llm.model_server import ModelServer

pytestmark = pytest.mark.llm


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The instrumentation switched on for this test, and the spans it ends."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = OpenAIInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:  # one for the whole process: an earlier test may have left it on
        instrumentor.uninstrument()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()
    provider.shutdown()


def _texts(attributes: Mapping[str, Any], key: str) -> list[str]:
    parts = [part for message in json.loads(attributes[key]) for part in message["parts"]]
    return [part["content"] for part in parts]


@pytest.mark.parametrize("stream", [False, True])
def test_span_says_what_the_server_reported(
    client: openai.OpenAI, language_model: ModelServer, spans: InMemorySpanExporter, stream: bool
) -> None:
    reported = ask(client, language_model.model, stream=stream)
    (span,) = spans.get_finished_spans()
    attributes: Mapping[str, Any] = span.attributes or {}
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": language_model.model,
        "gen_ai.response.model": reported.model,
        "gen_ai.response.id": reported.response_id,
        "gen_ai.response.finish_reasons": (reported.finish_reason,),
        "gen_ai.usage.input_tokens": reported.input_tokens,
        "gen_ai.usage.output_tokens": reported.output_tokens,
    }
    assert {key: attributes.get(key) for key in expected} == expected
    assert _texts(attributes, "gen_ai.output.messages") == [reported.text]
    sent = _texts(attributes, "gen_ai.input.messages")
    assert sent[-1] == QUESTION
    assert SYSTEM in json.dumps([sent, attributes.get("gen_ai.system_instructions")])


def test_streaming_tells_the_time_to_the_first_chunk_within_the_call(
    client: openai.OpenAI, language_model: ModelServer, spans: InMemorySpanExporter
) -> None:
    ask(client, language_model.model, stream=True)
    (span,) = spans.get_finished_spans()
    assert span.start_time is not None
    assert span.end_time is not None
    duration_s = (span.end_time - span.start_time) / 1e9
    first_chunk_s = (span.attributes or {})["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first_chunk_s, float)
    assert 0 < first_chunk_s < duration_s
