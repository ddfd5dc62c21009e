"""Which attribute becomes which column: every canonical column of a span, and every column of a log record."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import NOON_NS, SECOND_NS, attributes, logs, record, span, traces

pytestmark = pytest.mark.store

StoredAll = Callable[..., list[dict[str, Any]]]
Stored = Callable[..., dict[str, Any]]
CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}


@pytest.fixture
def stored_all(shared_store: Store, new_project: Callable[[], str], tmp_path: Path) -> StoredAll:
    """Stores a request and gives back its rows in the order of their names or bodies."""
    writers: dict[str, BatchWriter] = {}

    def write(request: Any, signal: Signal = "traces") -> list[dict[str, Any]]:
        if signal not in writers:
            writers[signal] = BatchWriter(shared_store, signal, instance="test", nested=nested)
        project = new_project()
        path = tmp_path / f"{project}.frames"
        path.write_bytes(frames.encode(request.SerializeToString(), project=project, received_ms=NOON_NS // 1_000_000))
        writers[signal].write(path)
        rows = shared_store.query(load("tests.otlp.sql", "spans" if signal == "traces" else "logs"), {"project": project})
        return sorted(rows, key=lambda row: str(row["name" if signal == "traces" else "body"]))

    return write


@pytest.fixture
def stored(stored_all: StoredAll) -> Stored:
    """Stores a request of one item and gives back its row."""

    def write(request: Any, signal: Signal = "traces") -> dict[str, Any]:
        (row,) = stored_all(request, signal)
        return row

    return write


def test_D10_fields_of_a_span(stored: Stored) -> None:
    sent = span(
        "chat gpt-4o",
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        parent_span_id=b"\xff" * 8,
        trace_state="a=b",
        flags=0x301,
        kind=Span.SPAN_KIND_CLIENT,
        status=Status(code=Status.STATUS_CODE_ERROR, message="boom"),
        end_time_unix_nano=NOON_NS + 1_234,
        dropped_attributes_count=1,
        dropped_events_count=2,
        dropped_links_count=3,
    )
    request = traces(sent, resource={"service.name": "shop", "service.version": "1.2", "deployment.environment.name": "live"})
    (resource,) = request.resource_spans
    resource.schema_url, resource.resource.dropped_attributes_count = "https://one", 4
    (scope,) = resource.scope_spans
    scope.schema_url, scope.scope.name, scope.scope.version, scope.scope.dropped_attributes_count = "https://two", "lib", "3", 5
    row = stored(request)
    expected = {
        "trace_id": "000102030405060708090a0b0c0d0e0f",
        "span_id": "0001020304050607",
        "parent_span_id": "ffffffffffffffff",
        "trace_state": "a=b",
        "flags": 0x301,
        "name": "chat gpt-4o",
        "span_kind": "Client",
        "status_code": "Error",
        "status_message": "boom",
        "start_ns": NOON_NS,
        "duration_ns": 1_234,
        "service": "shop",
        "release": "1.2",
        "environment": "live",
        "scope_name": "lib",
        "scope_version": "3",
        "dropped_attributes_count": 1,
        "dropped_events_count": 2,
        "dropped_links_count": 3,
        "resource_dropped_attributes_count": 4,
        "scope_dropped_attributes_count": 5,
        "resource_schema_url": "https://one",
        "scope_schema_url": "https://two",
    }
    assert {name: row[name] for name in expected} == expected


def test_D10_events_and_links_are_kept_whole(stored: Stored) -> None:
    sent = span("x")
    sent.events.add(time_unix_nano=NOON_NS + 5, name="e", attributes=attributes({"k": 1}), dropped_attributes_count=2)
    sent.links.add(
        trace_id=b"t" * 16,
        span_id=b"s" * 8,
        trace_state="v=1",
        flags=1,
        attributes=attributes({"k": True}),
        dropped_attributes_count=3,
    )
    row = stored(traces(sent))
    assert (row["event_times_ns"], row["event_names"], row["event_attributes"]) == ([NOON_NS + 5], ["e"], [{"k": "1"}])
    assert (row["event_attribute_kinds"], row["event_dropped_attributes_counts"]) == ([["int_value"]], [2])
    assert (row["link_trace_ids"], row["link_span_ids"]) == ([(b"t" * 16).hex()], [(b"s" * 8).hex()])
    assert (row["link_trace_states"], row["link_flags"], row["link_attributes"]) == (["v=1"], [1], [{"k": "true"}])
    assert (row["link_attribute_kinds"], row["link_dropped_attributes_counts"]) == ([["bool_value"]], [3])


# Attributes, the column that they become, and its value.
COLUMNS: list[tuple[dict[str, Any], str, Any]] = [
    ({"gen_ai.operation.name": "chat"}, "operation", "chat"),
    ({"gen_ai.provider.name": "openai"}, "provider", "openai"),
    ({"gen_ai.system": "openai"}, "provider", "openai"),
    ({"gen_ai.provider.name": "azure", "gen_ai.system": "openai"}, "provider", "azure"),
    ({"gen_ai.request.model": "gpt-4o"}, "request_model", "gpt-4o"),
    ({"gen_ai.request.model": "gpt-4o"}, "model", "gpt-4o"),
    ({"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024"}, "model", "gpt-4o"),
    ({"gen_ai.response.model": "gpt-4o-2024"}, "response_model", "gpt-4o-2024"),
    ({"gen_ai.agent.name": "clerk"}, "agent_name", "clerk"),
    ({"gen_ai.workflow.name": "order"}, "workflow_name", "order"),
    ({"gen_ai.tool.name": "search"}, "tool_name", "search"),
    ({"gen_ai.prompt.name": "greet"}, "prompt_name", "greet"),
    ({"gen_ai.prompt.version": "7"}, "prompt_version", "7"),
    ({"session.id": "s"}, "session_id", "s"),
    ({"gen_ai.conversation.id": "c"}, "session_id", "c"),
    ({"session.id": "s", "gen_ai.conversation.id": "c"}, "session_id", "s"),
    ({"user.id": "u"}, "user_id", "u"),
    ({"enduser.id": "e"}, "user_id", "e"),
    ({"spanhouse.tags": ["a", "b"]}, "tags", ["a", "b"]),
    ({"spanhouse.tags": "not a list"}, "tags", []),
    ({"gen_ai.response.id": "r"}, "response_id", "r"),
    ({"gen_ai.response.finish_reasons": ["stop"]}, "finish_reasons", ["stop"]),
    ({"error.type": "timeout"}, "error_type", "timeout"),
    ({"gen_ai.request.stream": True}, "is_stream", True),
    ({"gen_ai.request.stream": False}, "is_stream", False),
    ({}, "is_stream", None),
    ({"gen_ai.usage.input_tokens": 12}, "input_tokens", 12),
    ({"gen_ai.usage.input_tokens": 0}, "input_tokens", 0),
    ({}, "input_tokens", None),
    ({"gen_ai.usage.input_tokens": "12"}, "input_tokens", 12),
    ({"gen_ai.usage.input_tokens": 12.0}, "input_tokens", 12),
    ({"gen_ai.usage.input_tokens": -1}, "input_tokens", None),
    ({"gen_ai.usage.input_tokens": "many"}, "input_tokens", None),
    ({"gen_ai.usage.input_tokens": 2**63 - 1}, "input_tokens", None),
    ({"gen_ai.usage.input_tokens": 1e300}, "input_tokens", None),
    ({"gen_ai.usage.input_tokens": float("nan")}, "input_tokens", None),
    ({"gen_ai.usage.output_tokens": 3}, "output_tokens", 3),
    ({"gen_ai.usage.cache_read.input_tokens": 4}, "cache_read_tokens", 4),
    ({"gen_ai.usage.cache_write.input_tokens": 5}, "cache_write_tokens", 5),
    ({"gen_ai.usage.cache_creation.input_tokens": 6}, "cache_write_tokens", 6),
    ({"gen_ai.usage.reasoning.output_tokens": 7}, "reasoning_tokens", 7),
    ({"gen_ai.response.time_to_first_chunk": 0.25}, "time_to_first_chunk_ns", 250_000_000),
    ({"gen_ai.response.time_to_first_chunk": "0.25"}, "time_to_first_chunk_ns", 250_000_000),
    ({"gen_ai.response.time_to_first_chunk": -1.0}, "time_to_first_chunk_ns", None),
    ({"gen_ai.response.time_to_first_chunk": float("nan")}, "time_to_first_chunk_ns", None),
    ({"gen_ai.response.time_to_first_chunk": float("inf")}, "time_to_first_chunk_ns", None),
    ({"gen_ai.response.time_to_first_chunk": 1e300}, "time_to_first_chunk_ns", None),
    ({"gen_ai.usage.cost": 0.5}, "cost_usd", Decimal("0.5")),
    ({"gen_ai.usage.cost": "0.000000000001"}, "cost_usd", Decimal("1e-12")),
    ({"gen_ai.usage.cost": 1e-7}, "cost_usd", Decimal("1e-7")),
    ({"gen_ai.usage.cost": 1e300}, "cost_usd", None),
    ({"gen_ai.usage.cost": float("nan")}, "cost_usd", None),
    ({"gen_ai.usage.cost": "free"}, "cost_usd", None),
    ({"gen_ai.usage.cost": -1.0}, "cost_usd", None),
]


def test_attributes_become_columns(stored_all: StoredAll) -> None:
    rows = stored_all(traces(*(span(f"{number:03}", given) for number, (given, _, _) in enumerate(COLUMNS))))
    found = [(given, column, row[column]) for (given, column, _), row in zip(COLUMNS, rows, strict=True)]
    assert found == COLUMNS
    assert [set(row["attributes"]) for row in rows] == [set(given) for given, _, _ in COLUMNS]


KINDS = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "fetch_response": "llm",
    "embeddings": "embedding",
    "retrieval": "retriever",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "plan": "agent",
    "invoke_workflow": "workflow",
    "guardrail": "guardrail",
    "search_memory": "memory",
    "create_memory_store": "memory",
    "": "span",
    "something else": "span",
}


def test_an_operation_gives_the_kind(stored_all: StoredAll) -> None:
    rows = stored_all(traces(*(span(f"{number:03}", {"gen_ai.operation.name": one}) for number, one in enumerate(KINDS))))
    assert {row["operation"]: row["kind"] for row in rows} == KINDS


def test_kind_without_an_operation_is_told_from_the_rest(stored: Stored) -> None:
    assert stored(traces(span("x", {"gen_ai.tool.name": "search"})))["kind"] == "tool"
    assert stored(traces(span("x", {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1})))["kind"] == "llm"


COSTS: list[tuple[dict[str, Any], str]] = [
    ({**CALL}, "no_usage"),
    ({**CALL, "gen_ai.usage.input_tokens": 1}, "computed"),
    ({**CALL, "gen_ai.usage.output_tokens": 1, "gen_ai.usage.cost": 0.1}, "reported"),
    ({**CALL, "gen_ai.request.model": "unheard-of", "gen_ai.usage.input_tokens": 1}, "unknown_model"),
    ({**CALL, "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1}, "roll_up"),
    ({**CALL, "gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost": 1e300}, "computed"),
    ({**CALL, "gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost": 0.0}, "computed"),
    ({**CALL, "gen_ai.request.model": "unheard-of", "gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost": 0.0}, "unknown_model"),
    ({**CALL, "gen_ai.usage.input_tokens": 0, "gen_ai.usage.cost": 0.0}, "reported"),
    ({**CALL, "gen_ai.usage.cost": 0.0}, "reported"),
]


def test_a_cost_says_where_it_comes_from(stored_all: StoredAll) -> None:
    rows = stored_all(traces(*(span(f"{number:03}", given) for number, (given, _) in enumerate(COSTS))))
    assert [(given, row["cost_status"]) for (given, _), row in zip(COSTS, rows, strict=True)] == COSTS
    assert all((row["cost_usd"] is None) == (row["cost_status"] in {"no_usage", "unknown_model", "roll_up"}) for row in rows)


def test_content_lies_apart_and_lists_get_a_preview(stored: Stored) -> None:
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Where is my order? " + "x" * 500}]}])
    row = stored(traces(span("x", {"gen_ai.input.messages": messages, "long": "y" * 2_000, "short": "z"})))
    assert row["content"] == {"gen_ai.input.messages": messages, "long": "y" * 2_000}
    assert row["attributes"] == {"short": "z"}
    assert row["input_preview"] == ("Where is my order? " + "x" * 500)[:300]
    assert row["output_preview"] == ""


def test_resource_attributes_of_older_conventions_count(stored: Stored) -> None:
    assert stored(traces(span("x"), resource={"deployment.environment": "old"}))["environment"] == "old"


def test_D07_strange_times_are_kept_as_they_are(stored_all: StoredAll) -> None:
    times = {"ends early": (NOON_NS, NOON_NS - 5), "ends never": (NOON_NS, 0), "instant": (NOON_NS, NOON_NS), "no time": (0, 0)}
    rows = stored_all(
        traces(*(span(name, start_time_unix_nano=start, end_time_unix_nano=end) for name, (start, end) in times.items()))
    )
    assert {row["name"]: (row["start_ns"], row["start_ns"] + row["duration_ns"]) for row in rows} == times


def test_D09_fields_of_a_log_record(stored: Stored) -> None:
    sent = record(
        {"a": 1},
        {"k": "v"},
        observed_time_unix_nano=NOON_NS + SECOND_NS,
        severity_number=17,
        severity_text="ERROR",
        trace_id=b"t" * 16,
        span_id=b"s" * 8,
        flags=1,
        dropped_attributes_count=2,
        event_name="gen_ai.choice",
    )
    row = stored(logs(sent), "logs")
    expected = {
        "time_ns": NOON_NS,
        "observed_ns": NOON_NS + SECOND_NS,
        "trace_id": (b"t" * 16).hex(),
        "span_id": (b"s" * 8).hex(),
        "flags": 1,
        "severity_number": 17,
        "severity_text": "ERROR",
        "event_name": "gen_ai.choice",
        "service": "shop",
        "body": '{"a":1}',
        "body_kind": "kvlist_value",
        "attributes": {"k": "v"},
        "attribute_kinds": ["string_value"],
        "dropped_attributes_count": 2,
    }
    assert {name: row[name] for name in expected} == expected


def test_D09_a_record_with_an_observed_time_only_lies_there(stored: Stored) -> None:
    row = stored(logs(record(time_unix_nano=0, observed_time_unix_nano=NOON_NS)), "logs")
    assert (row["time_ns"], row["observed_ns"]) == (NOON_NS, NOON_NS)


def test_D09_an_event_of_older_conventions_has_its_name(stored: Stored) -> None:
    assert stored(logs(record(None, {"event.name": "gen_ai.choice"})), "logs")["event_name"] == "gen_ai.choice"


def test_D09_an_event_of_rust_s_tracing_has_its_name_and_not_its_place_in_the_source(stored: Stored) -> None:
    place = "event otel/src/events/session_telemetry.rs:1200"
    assert (
        stored(logs(record(None, {"event.name": "codex.user_prompt"}, event_name=place)), "logs")["event_name"]
        == "codex.user_prompt"
    )
    assert stored(logs(record(None, event_name=place)), "logs")["event_name"] == place
