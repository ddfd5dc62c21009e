"""From a real model's answer to its stored row: official client, OpenTelemetry's instrumentation, SDK, server, API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest

import spanhouse
from tests.llm.calls import QUESTION, SYSTEM, Reported, ask
from tests.llm.model_server import ModelServer
from tests.server_process import ServerProcess

pytestmark = pytest.mark.llm


@pytest.fixture
def sdk(server_process: ServerProcess) -> Iterator[None]:
    spanhouse.init(server_process.url, service_name="support", environment="test", release="1.4.2")
    yield
    spanhouse.shutdown()


def _ask_as_an_application(client: openai.OpenAI, model: str, *, stream: bool) -> tuple[str, Reported]:
    """A support request: a workflow with one model call in it. Returns the trace id and what the model's server said."""
    with (
        spanhouse.context(session_id="session-1", user_id="user-1", tags=["beta"]),
        spanhouse.span("support", kind="workflow") as workflow,
    ):
        reported = ask(client, model, stream=stream)
    assert spanhouse.flush()
    return workflow.trace_id, reported


def _texts(messages: str) -> list[tuple[str, str]]:
    return [(message["role"], part["content"]) for message in json.loads(messages) for part in message["parts"]]


def _attributed(span: dict[str, Any]) -> dict[str, Any]:
    return {key: span[key] for key in ("session_id", "user_id", "tags", "service", "environment", "release", "status_code")}


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("stream", [False, True])
def test_row_says_what_the_models_server_reported(
    client: openai.OpenAI, language_model: ModelServer, server_process: ServerProcess, stream: bool
) -> None:
    trace_id, reported = _ask_as_an_application(client, language_model.model, stream=stream)
    workflow, call = server_process.trace(trace_id, spans=2)

    assert (workflow["kind"], workflow["parent_span_id"]) == ("workflow", "")
    assert (call["kind"], call["parent_span_id"]) == ("llm", workflow["span_id"])
    expected = {
        "name": f"chat {language_model.model}",
        "operation": "chat",
        "provider": "openai",
        "request_model": language_model.model,
        "response_model": reported.model,
        "response_id": reported.response_id,
        "finish_reasons": [reported.finish_reason],
        "input_tokens": reported.input_tokens,
        "output_tokens": reported.output_tokens,
        # Nobody has a price for a model that runs here: no cost, and the reason why.
        "cost_usd": None,
        "cost_status": "unknown_model",
    }
    assert {key: call[key] for key in expected} == expected
    own = {"session_id": "session-1", "user_id": "user-1", "tags": ["beta"], "service": "support"}
    own |= {"environment": "test", "release": "1.4.2", "status_code": "Unset"}
    assert [_attributed(workflow), _attributed(call)] == [own, own]

    assert _texts(call["content"]["gen_ai.output.messages"]) == [("assistant", reported.text)]
    asked = _texts(call["content"]["gen_ai.input.messages"])
    assert asked[-1] == ("user", QUESTION)
    assert SYSTEM in call["content"].get("gen_ai.system_instructions", "") or ("system", SYSTEM) in asked


@pytest.mark.usefixtures("sdk")
def test_row_has_the_time_to_the_first_token_of_a_stream_only(
    client: openai.OpenAI, language_model: ModelServer, server_process: ServerProcess
) -> None:
    streamed, _ = _ask_as_an_application(client, language_model.model, stream=True)
    whole, _ = _ask_as_an_application(client, language_model.model, stream=False)
    _, stream_call = server_process.trace(streamed, spans=2)
    _, whole_call = server_process.trace(whole, spans=2)
    assert 0 < stream_call["time_to_first_chunk_ns"] < stream_call["duration_ns"]
    assert stream_call["is_stream"] is True
    assert whole_call["time_to_first_chunk_ns"] is None
