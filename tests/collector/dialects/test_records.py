"""Coding agents report calls as log records: each becomes a span, with its tokens, its cost and its conversation."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.collector.dialects.cells import USER
from tests.otlp.messages import NOON_NS, SECOND_NS, logs, record

pytestmark = pytest.mark.store

Spans = Callable[..., list[dict[str, Any]]]
CLAUDE = {"session.id": "s", "prompt.id": "p1", "user.email": "ann@example.com"}
CODEX = {"conversation.id": "c", "model": "gpt-5-codex"}


@pytest.fixture
def spans(shared_store: Store, new_project: Callable[[], str], tmp_path: Path) -> Spans:
    """Stores log records in one batch, `times` over, and gives back the project's spans."""
    writer = BatchWriter(shared_store, "logs", instance="test", nested=nested)

    def write(*records: LogRecord, scope: str = "", times: int = 1) -> list[dict[str, Any]]:
        project = new_project()
        request = logs(*records)
        request.resource_logs[0].scope_logs[0].scope.name = scope
        path = tmp_path / f"{project}.frames"
        path.write_bytes(frames.encode(request.SerializeToString(), project=project, received_ms=1) * times)
        for _ in range(times):
            writer.write(path)
        found = shared_store.query(load("tests.collector.dialects.sql", "canonical"), {"project": project})
        assert len(shared_store.query(load("tests.otlp.sql", "logs"), {"project": project})) == len(records)
        return sorted(found, key=lambda row: str(row["name"]))

    return write


def claude(event: str, given: dict[str, Any], **fields: Any) -> LogRecord:
    return record(f"claude_code.{event}", {"event.name": event, **CLAUDE, **given}, **fields)


def codex(event: str, given: dict[str, Any]) -> LogRecord:
    return record(None, {"event.name": f"codex.{event}", **CODEX, **given})


REQUEST = {
    "model": "claude-sonnet-4-5",
    "input_tokens": "7",
    "output_tokens": "2",
    "cache_read_tokens": "4",
    "cache_creation_tokens": "1",
    "cost_usd": "0.0123",
    "duration_ms": "1500",
}


def test_a_request_of_claude_code_is_a_call_with_inclusive_tokens_and_its_cost(spans: Spans) -> None:
    (row,) = spans(claude("api_request", REQUEST))
    expected = {
        "dialect": "claude_code",
        "kind": "llm",
        "operation": "chat",
        "provider": "anthropic",
        "request_model": "claude-sonnet-4-5",
        "input_tokens": 12,
        "output_tokens": 2,
        "cache_read_tokens": 4,
        "cache_write_tokens": 1,
        "cost_usd": Decimal("0.0123"),
        "cost_status": "reported",
        "session_id": "s",
        "user_id": "ann@example.com",
        "status_code": "Unset",
    }
    assert {column: row[column] for column in expected} == expected
    assert row["sent"]["input_tokens"] == "7"


def test_a_call_ends_when_its_record_was_written(spans: Spans) -> None:
    (row,) = spans(claude("api_request", REQUEST))
    assert (row["start_ns"], row["duration_ns"]) == (NOON_NS - 3 * SECOND_NS // 2, 3 * SECOND_NS // 2)


def test_a_record_sent_again_is_the_same_span(spans: Spans) -> None:
    assert len(spans(claude("api_request", REQUEST), claude("api_request", {**REQUEST, "output_tokens": "3"}), times=2)) == 2


def test_a_turn_is_one_trace(spans: Spans) -> None:
    tool = claude("tool_result", {"tool_name": "Bash"})
    rows = spans(claude("user_prompt", {"prompt": "hi"}), claude("api_request", REQUEST), tool)
    assert [len({row[column] for row in rows}) for column in ("trace_id", "span_id")] == [1, 3]


def test_a_record_within_a_trace_belongs_to_it(spans: Spans) -> None:
    (row,) = spans(claude("api_request", REQUEST, trace_id=b"t" * 16, span_id=b"s" * 8))
    assert (row["trace_id"], row["parent_span_id"]) == ((b"t" * 16).hex(), (b"s" * 8).hex())


def test_prompts_tools_and_errors_of_claude_code(spans: Spans) -> None:
    failed = {"model": "claude-sonnet-4-5", "error": "overloaded", "status_code": "529"}
    tool = {"tool_name": "Bash", "success": "false", "tool_parameters": '{"command": "ls"}'}
    error, used, prompt = spans(claude("api_error", failed), claude("user_prompt", {"prompt": "hi"}), claude("tool_result", tool))
    assert (error["kind"], error["status_code"], error["status_message"], error["error_type"]) == (
        "llm",
        "Error",
        "overloaded",
        "529",
    )
    assert (prompt["kind"], json.loads(prompt["input_messages"]), prompt["input_preview"]) == ("prompt", USER, "hi")
    assert (used["kind"], used["tool_name"], used["tool_arguments"], used["status_code"]) == (
        "tool",
        "Bash",
        '{"command": "ls"}',
        "Error",
    )


def test_plain_event_names_belong_to_claude_code_under_its_scope_or_body_only(spans: Spans) -> None:
    plain = record("something", {"event.name": "api_request", **REQUEST})
    assert spans(plain) == []
    assert len(spans(plain, scope="com.anthropic.claude_code.events")) == 1


def test_codex_tells_its_tokens_when_an_answer_is_complete(spans: Spans) -> None:
    tokens = {
        "event.kind": "response.completed",
        "input_token_count": 12,
        "cached_token_count": 4,
        "output_token_count": 2,
        "reasoning_token_count": 1,
    }
    tool = {
        "tool_name": "shell",
        "call_id": "c1",
        "arguments": '{"cmd": "ls"}',
        "output": "a",
        "success": "true",
        "duration_ms": 5,
    }
    answer, used, prompt = spans(
        codex("sse_event", tokens),
        codex("sse_event", {"event.kind": "response.output_item.done"}),
        codex("sse_event", {"event.kind": "response.completed", "duration_ms": "20"}),
        codex("tool_result", tool),
        codex("user_prompt", {"prompt": "hi"}),
    )[:3]
    columns = (
        "dialect",
        "kind",
        "provider",
        "request_model",
        "session_id",
        "input_tokens",
        "cache_read_tokens",
        "reasoning_tokens",
    )
    assert [answer[column] for column in columns] == ["codex", "llm", "openai", "gpt-5-codex", "c", 12, 4, 1]
    assert (used["kind"], used["tool_arguments"], used["tool_result"], used["status_code"]) == (
        "tool",
        '{"cmd": "ls"}',
        "a",
        "Unset",
    )
    assert (prompt["kind"], json.loads(prompt["input_messages"]), prompt["session_id"]) == ("prompt", USER, "c")


def test_bad_values_cost_a_record_nothing(spans: Spans) -> None:
    bad = {"input_tokens": "many", "duration_ms": "-1", "cost_usd": "free", "model": ""}
    (row,) = spans(claude("api_request", bad))
    assert (row["kind"], row["input_tokens"], row["cost_status"]) == ("llm", None, "no_usage")
