"""Telemetry of coding agents that use a tool, from the names that their makers publish.

`python -m tests.corpus.capture.documented` writes it. The texts and figures are those of every other recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tests.corpus.capture.calls import ORDER, ORDER_RESULT
from tests.corpus.capture.replies import DATED_CLAUDE, ORDER_CALL
from tests.corpus.capture.replies import ORDER as ORDER_REPLY

CORPUS = Path(__file__).resolve().parents[1]
#: What each file is made after.
SOURCES = {
    "claude_code/interaction": "Claude Code's page on monitoring, traces (beta), of 2.1",
    "claude_code/events": "Claude Code's page on monitoring, events, of 2.1",
    "codex/turn": "Codex's crate for telemetry, session_telemetry.rs",
}

# A minute in the evening of 2026-11-23, in ns.
_START_NS = 1_795_460_400_000_000_000
_MS = 1_000_000
_TRACE = bytes.fromhex("5b8efff798038103d269b633813fc60c")
_SESSION = "session-1"

Value = str | int | float | bool
Attributes = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """Something that began `at_ms` after the start; `number` is its span's, `parent` that of the one above."""

    name: str
    at_ms: int
    attributes: Attributes
    took_ms: int = 0
    number: int = 0
    parent: int = 0


def _claude_usage(*, input_tokens: int, output_tokens: int, cache_read: int, request: str) -> dict[str, Value]:
    # Without what came from a cache, as the Messages API counts.
    return {
        "model": DATED_CLAUDE,
        "input_tokens": input_tokens - cache_read,
        "output_tokens": output_tokens,
        "cache_read_tokens": cache_read,
        "cache_creation_tokens": 0,
        "request_id": request,
    }


_CALL = _claude_usage(input_tokens=ORDER_CALL.usage.input, output_tokens=ORDER_CALL.usage.output, cache_read=0, request="req_1")
_ANSWER = _claude_usage(
    input_tokens=ORDER_REPLY.usage.input,
    output_tokens=ORDER_REPLY.usage.output,
    cache_read=ORDER_REPLY.usage.cache_read,
    request="req_2",
)
_GEN_AI: dict[str, Value] = {
    "gen_ai.system": "anthropic",
    "gen_ai.request.model": DATED_CLAUDE,
    "session.id": _SESSION,
    "user.id": "user-1",
}
_WHO: dict[str, Value] = {"session.id": _SESSION, "user.id": "user-1"}


def _claude_spans() -> ExportTraceServiceRequest:
    request: dict[str, Value] = {
        **_GEN_AI,
        "span.type": "llm_request",
        "query_source": "repl_main_thread",
        "success": True,
        "attempt": 1,
    }
    return _traces(
        Resource(attributes=_attributes({"service.name": "claude-code", "service.version": "2.1.266"})),
        "com.anthropic.claude_code.tracing",
        _Timed(
            name="claude_code.interaction",
            at_ms=0,
            took_ms=2_000,
            number=1,
            attributes={
                **_WHO,
                "span.type": "interaction",
                "user_prompt": ORDER,
                "user_prompt_length": len(ORDER),
                "interaction.sequence": 1,
                "interaction.duration_ms": 2_000,
            },
        ),
        _Timed(
            name="claude_code.llm_request",
            at_ms=10,
            took_ms=700,
            number=2,
            parent=1,
            attributes={**request, **_CALL, "duration_ms": 700, "ttft_ms": 300, "stop_reason": "tool_use"},
        ),
        _Timed(
            name="claude_code.tool",
            at_ms=720,
            took_ms=100,
            number=3,
            parent=1,
            attributes={
                **_WHO,
                "span.type": "tool",
                "tool_name": "get_order",
                "tool_use_id": "toolu_7",
                "gen_ai.tool.call.id": "toolu_7",
                "tool_input": ORDER_CALL.arguments,
                "duration_ms": 100,
            },
        ),
        _Timed(
            name="claude_code.llm_request",
            at_ms=830,
            took_ms=900,
            number=4,
            parent=1,
            attributes={**request, **_ANSWER, "duration_ms": 900, "ttft_ms": 250, "stop_reason": "end_turn"},
        ),
    )


def _claude_events() -> ExportLogsServiceRequest:
    common: dict[str, Value] = {**_WHO, "prompt.id": "prompt-1", "terminal.type": "xterm"}
    return _logs(
        Resource(attributes=_attributes({"service.name": "claude-code", "service.version": "2.1.266"})),
        "com.anthropic.claude_code.events",
        _Timed(name="claude_code.user_prompt", at_ms=1, attributes={**common, "prompt": ORDER, "prompt_length": len(ORDER)}),
        _Timed(
            name="claude_code.api_request",
            at_ms=710,
            attributes={**common, **_CALL, "cost_usd": 0.000399, "duration_ms": 700, "speed": "normal"},
        ),
        _Timed(
            name="claude_code.tool_result",
            at_ms=820,
            attributes={**common, "tool_name": "get_order", "success": "true", "duration_ms": 100, "tool_use_id": "toolu_7"},
        ),
        _Timed(
            name="claude_code.api_request",
            at_ms=1_730,
            attributes={**common, **_ANSWER, "cost_usd": 0.0002586, "duration_ms": 900, "speed": "normal"},
        ),
    )


def _codex_events() -> ExportLogsServiceRequest:
    common: dict[str, Value] = {
        "conversation.id": _SESSION,
        "app.version": "0.140.0",
        "auth_mode": "ApiKey",
        "originator": "codex_cli_rs",
        "terminal.type": "xterm",
        "model": "gpt-5-codex",
        "slug": "gpt-5-codex",
    }
    return _logs(
        Resource(attributes=_attributes({"service.name": "codex_cli_rs", "service.version": "0.140.0", "env": "dev"})),
        "codex_otel",
        _Timed(name="codex.user_prompt", at_ms=0, attributes={**common, "prompt": ORDER, "prompt_length": str(len(ORDER))}),
        _Timed(
            name="codex.api_request",
            at_ms=300,
            attributes={**common, "duration_ms": "290", "attempt": 0, "http.response.status_code": 200},
        ),
        _codex_completed(common, at_ms=700, input_tokens=48, output_tokens=17, cached=0),
        _Timed(
            name="codex.tool_result",
            at_ms=820,
            attributes={
                **common,
                "tool_name": "get_order",
                "call_id": "call_7",
                "arguments": ORDER_CALL.arguments,
                "duration_ms": "100",
                "success": "true",
                "output": ORDER_RESULT,
                "mcp_server": "",
                "mcp_server_origin": "",
            },
        ),
        _codex_completed(common, at_ms=1_700, input_tokens=70, output_tokens=9, cached=32),
    )


def _codex_completed(common: Attributes, *, at_ms: int, input_tokens: int, output_tokens: int, cached: int) -> _Timed:
    # Some counts are numbers and some are texts.
    counts: dict[str, Value] = {
        "event.kind": "response.completed",
        "input_token_count": str(input_tokens),
        "output_token_count": str(output_tokens),
        "cached_token_count": cached,
        "reasoning_token_count": 0,
        "tool_token_count": str(input_tokens + output_tokens),
    }
    return _Timed(name="codex.sse_event", at_ms=at_ms, attributes={**common, **counts})


def _traces(resource: Resource, scope: str, *timed: _Timed) -> ExportTraceServiceRequest:
    spans = [
        Span(
            trace_id=_TRACE,
            span_id=each.number.to_bytes(8, "big"),
            parent_span_id=each.parent.to_bytes(8, "big") if each.parent else b"",
            name=each.name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=_START_NS + each.at_ms * _MS,
            end_time_unix_nano=_START_NS + (each.at_ms + each.took_ms) * _MS,
            attributes=_attributes(each.attributes),
        )
        for each in timed
    ]
    scoped = ScopeSpans(scope=InstrumentationScope(name=scope), spans=spans)
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scoped])])


def _logs(resource: Resource, scope: str, *timed: _Timed) -> ExportLogsServiceRequest:
    records = [
        LogRecord(
            time_unix_nano=_START_NS + each.at_ms * _MS,
            observed_time_unix_nano=_START_NS + each.at_ms * _MS,
            body=AnyValue(string_value=each.name),
            event_name=each.name if each.name.startswith("codex.") else "",
            attributes=_attributes({"event.name": each.name.removeprefix("claude_code."), **each.attributes}),
        )
        for each in timed
    ]
    scoped = ScopeLogs(scope=InstrumentationScope(name=scope), log_records=records)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[scoped])])


def _attributes(values: Attributes) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any_value(value)) for key, value in values.items()]


def _any_value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    return AnyValue(double_value=value) if isinstance(value, float) else AnyValue(string_value=value)


DOCUMENTED: dict[str, Message] = {
    "claude_code/interaction.otlp": _claude_spans(),
    "claude_code/events.logs.otlp": _claude_events(),
    "codex/turn.logs.otlp": _codex_events(),
}

if __name__ == "__main__":
    for name, request in DOCUMENTED.items():
        (CORPUS / name).parent.mkdir(exist_ok=True)
        (CORPUS / name).write_bytes(request.SerializeToString(deterministic=True))
