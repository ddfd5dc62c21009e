"""What the dialects do that a table does not show: parts of totals, roll-ups, double writing, attacks, bad values."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanhouse_collector.ingest.dialects import TRANSLATOR, Event, Source
from spanhouse_collector.ingest.dialects.dialect import Dialect
from spanhouse_collector.ingest.dialects.translator import Translator
from tests.collector.dialects.cells import ANSWER, CLAUDE, LF, LF_USAGE, USER, Given
from tests.collector.dialects.conftest import Rows

CALL = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 2}


def translated(attributes: dict[str, str], **fields: Any) -> dict[str, str]:
    return TRANSLATOR.translate(Source(attributes=attributes, **fields)).attributes


@pytest.mark.store
def test_inclusive_and_exclusive_token_counts_end_up_alike_and_cost_the_same(rows: Rows) -> None:
    told = {"input_tokens": 12, "output_tokens": 2, "cache_read_tokens": 4, "cache_write_tokens": 1}
    spans: list[dict[str, Any]] = [
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 2,
            "gen_ai.usage.cache_read.input_tokens": 4,
            "gen_ai.usage.cache_write.input_tokens": 1,
        },
        {
            f"{LF}type": "generation",
            f"{LF}model.name": "claude-sonnet-4-5",
            "gen_ai.provider.name": "anthropic",
            LF_USAGE: '{"input": 7, "input_cache_read": 4, "input_cache_creation": 1, "output": 2}',
        },
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "claude-sonnet-4-5",
            "llm.provider": "anthropic",
            "llm.token_count.prompt": 12,
            "llm.token_count.completion": 2,
            "llm.token_count.prompt_details.cache_read": 4,
            "llm.token_count.prompt_details.cache_write": 1,
        },
    ]
    claude: dict[str, Any] = {"model": "claude-sonnet-4-5", "span.type": "llm_request", "input_tokens": 7, "output_tokens": 2}
    native = Given(attributes={**claude, "cache_read_tokens": 4, "cache_creation_tokens": 1}, scope=CLAUDE)
    found = rows([*(Given(attributes=one) for one in spans), native])
    assert [{column: row[column] for column in told} for row in found] == [told] * 4
    assert {row["cost_status"] for row in found} == {"computed"}
    assert len({row["cost_usd"] for row in found}) == 1


@pytest.mark.store
def test_spans_that_repeat_their_childrens_usage_are_never_priced(rows: Rows) -> None:
    outer: list[Given] = [
        Given(attributes={"gen_ai.operation.name": "invoke_agent", **CALL}),
        Given(attributes={"gen_ai.operation.name": "agent_step", **CALL}),
        Given(attributes={"gen_ai.operation.name": "invoke_workflow", **CALL}),
        Given(attributes={"ai.operationId": "ai.generateText", "ai.usage.inputTokens": 12, "ai.model.id": "gpt-4o"}),
        Given(attributes={"ai.operationId": "ai.embed", "ai.usage.tokens": 12, "ai.model.id": "gpt-4o"}),
        Given(attributes={"span.type": "interaction", "input_tokens": 12, "model": "claude-sonnet-4-5"}, scope=CLAUDE),
        Given(attributes={"mlflow.spanType": "AGENT", "mlflow.llm.cost": "0.5", **CALL}),
        Given(attributes={"traceloop.span.kind": "workflow", **CALL}),
        Given(attributes={"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 12, "llm.cost.total": 1}),
    ]
    assert [(row["cost_status"], row["cost_usd"]) for row in rows(outer)] == [("roll_up", None)] * len(outer)


@pytest.mark.store
def test_where_openinference_writes_both_names_its_own_come_first_and_the_others_fill_holes(rows: Rows) -> None:
    twice = {
        "openinference.span.kind": "LLM",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-2024-08-06",
        "llm.invocation_parameters": '{"model": "gpt-4o"}',
        "llm.model_name": "gpt-4o-2024-08-06",
        "llm.token_count.prompt": 12,
        "gen_ai.usage.input_tokens": 11,
        "llm.token_count.completion_details.reasoning": 1,
        "gen_ai.provider.name": "openai",
        "gen_ai.response.id": "r",
        "gen_ai.output.messages": json.dumps(ANSWER),
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "hi",
    }
    (row,) = rows([Given(attributes=twice)])
    columns = ("dialect", "request_model", "response_model", "input_tokens", "reasoning_tokens", "provider", "response_id")
    assert [row[column] for column in columns] == ["openinference", "gpt-4o", "gpt-4o-2024-08-06", 12, 1, "openai", "r"]
    assert (json.loads(row["input_messages"]), json.loads(row["output_messages"])) == (USER, ANSWER)


@pytest.mark.store
def test_langsmiths_kind_is_trusted_more_than_the_operation_beside_it(rows: Rows) -> None:
    (row,) = rows([Given(attributes={"langsmith.span.kind": "retriever", "gen_ai.operation.name": "embeddings"})])
    assert (row["kind"], row["operation"]) == ("retriever", "retrieval")


@pytest.mark.store
def test_a_span_that_speaks_twice_has_one_dialect_and_all_that_it_says(rows: Rows) -> None:
    both = {"traceloop.association.properties.session_id": "s", "langfuse.trace.tags": ["a"], f"{LF}type": "generation"}
    (row,) = rows([Given(attributes=both)])
    assert (row["dialect"], row["session_id"], row["tags"], row["kind"]) == ("langfuse", "s", ["a"], "llm")


@pytest.mark.store
def test_newest_names_need_no_translation(rows: Rows) -> None:
    (row,) = rows(
        [Given(attributes={"gen_ai.operation.name": "chat", **CALL}, scope="opentelemetry.instrumentation.genai.openai")]
    )
    assert (row["dialect"], row["normaliser_version"], row["translated"]) == ("otel", 0, {})


@pytest.mark.store
def test_a_span_of_another_scope_may_use_a_dialects_plain_words(rows: Rows) -> None:
    words = {"input": "x", "output": "y", "model": "m", "events": "[]", "span.type": "tool", "input_tokens": 3, "prompt": "p"}
    (row,) = rows([Given(attributes=words, scope="my.own.library")])
    columns = ("kind", "request_model", "input_tokens", "input_messages", "input_value", "dialect", "translated")
    assert [row[column] for column in columns] == ["span", "", None, "", "", "", {}]


@pytest.mark.store
def test_messages_as_events_with_an_exception_say_what_failed(rows: Rows) -> None:
    failed = Given(
        attributes={"gen_ai.operation.name": "chat"},
        events=(("exception", 5, {"exception.type": "TimeoutError"}),),
        fields={"status": {"code": 2}},
    )
    assert rows([failed])[0]["error_type"] == "TimeoutError"


@pytest.mark.store
def test_bad_values_cost_neither_a_batch_nor_a_span(rows: Rows) -> None:
    bad: list[dict[str, Any]] = [
        {LF_USAGE: "not json", f"{LF}type": "generation", f"{LF}input": "{cut off"},
        {"llm.invocation_parameters": "[1]", "llm.token_count.prompt": "many", "metadata": "7"},
        {"langfuse.observation.completion_start_time": "yesterday"},
        {"ai.prompt.tools": ["{", "plain"], "ai.prompt.messages": '[{"role": 7, "content": {"x": [null]}}]'},
        {"gen_ai.prompt.0.role": [1, 2], "gen_ai.prompt.0": "x", "gen_ai.prompt.0.content.0.0.0": True},
        {"pydantic_ai.all_messages": [[["deep", {"er": [1]}]]], "mlflow.linkedPrompts": "[[]]"},
        {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "\U0001f600 \x00"},
    ]
    found = rows([Given(attributes=one) for one in bad])
    assert [set(row["sent"]) for row in found] == [set(one) for one in bad]
    assert json.loads(found[0]["input_messages"]) == [{"role": "user", "parts": [{"type": "text", "content": "{cut off"}]}]


def test_an_absurd_number_in_a_family_allocates_nothing() -> None:
    attributes = {
        "gen_ai.prompt.999999999.content": "last",
        "gen_ai.prompt.0.content": "first",
        f"gen_ai.prompt.{'9' * 10_000}.content": "beyond",
        "gen_ai.prompt.0.tool_calls.888888888.name": "f",
    }
    tracemalloc.start()
    found = translated(attributes)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    texts = [message["parts"][0].get("content") for message in json.loads(found["gen_ai.input.messages"])]
    assert texts == ["first", "last", "beyond"]
    assert peak_bytes < 1_000_000


def test_a_beginning_too_short_to_be_found_is_refused() -> None:
    with pytest.raises(ValueError, match="of x is short"):
        Translator((Dialect(name="x", fields={}, prefixes={"ai.": "y"}),))


KEYS = st.sampled_from(
    [
        *TRANSLATOR.keys(),
        "gen_ai.prompt.1.role",
        "llm.input_messages.3.message.contents.0.message_content.type",
        "events",
        "llm.tools.0.tool",
        "retrieval.documents.0.document.score",
        "request_data",
        "response_data",
        "final_result",
        "span.type",
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["user", "text", "tool_call"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "parts", "type", "messages", "tool_calls", "function", "id", "text", "choices", "input"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
VALUES = JSON.map(json.dumps) | st.text(max_size=10) | st.sampled_from(["[" * 5_000, '"' + "\\ud800" + '"', "NaN", "1e999", "-1"])
EVENTS = st.builds(
    Event,
    time_ns=st.integers(0, 2**63),
    name=st.sampled_from(TRANSLATOR.events()),
    attributes=st.dictionaries(KEYS, VALUES, max_size=3),
)
SOURCES = st.builds(
    Source,
    attributes=st.dictionaries(KEYS, VALUES, max_size=8),
    scope=st.sampled_from(["", *TRANSLATOR.scopes()]),
    name=st.sampled_from(["", "claude_code.tool", "llm_request"]),
    events=st.lists(EVENTS, max_size=2).map(tuple),
)


@settings(max_examples=300)
@given(SOURCES)
def test_whatever_a_span_says_its_translation_is_text_that_can_be_stored(source: Source) -> None:
    found = TRANSLATOR.translate(source).attributes
    for name, value in found.items():
        assert value
        value.encode()
        name.encode()
    for name in ("gen_ai.input.messages", "gen_ai.output.messages"):
        for message in json.loads(found.get(name, "[]")):
            assert isinstance(message["role"], str)
            assert all(isinstance(part["type"], str) for part in message["parts"])
