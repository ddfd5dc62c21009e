"""The official OpenAI client under OpenTelemetry's instrumentation, switched on by ``init``."""

import json

import openai
import opentelemetry.trace
import pytest
from openai.types.chat import ChatCompletionMessageParam
from opentelemetry.sdk.trace import Span, TracerProvider

import spanhouse
from spanhouse.openai_calls import calls, chat
from tests.sdk.openai_server import ANSWER, MODEL
from tests.sdk.otlp_receiver import Plain, Receiver

pytestmark = pytest.mark.net

QUESTION = "How long does a refund take?"


def ask(client: openai.OpenAI, *, stream: bool) -> str:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
    if not stream:
        return client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content or ""
    chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True})
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def texts(attribute: Plain) -> list[tuple[str, str]]:
    messages = json.loads(str(attribute))
    return [(message["role"], part["content"]) for message in messages for part in message["parts"]]


@pytest.mark.parametrize("stream", [False, True])
def test_client_call_becomes_one_complete_span_below_ours(receiver: Receiver, openai_url: str, stream: bool) -> None:
    spanhouse.init(receiver.url, service_name="shop")
    with (
        openai.OpenAI(base_url=openai_url, api_key="none") as client,
        spanhouse.context(session_id="s-1", user_id="u-1", prompt=("support", "7")),
        spanhouse.span("support", kind="workflow"),
    ):
        assert ask(client, stream=stream) == "".join(ANSWER)
    spanhouse.flush()

    call, parent = receiver.span(f"chat {MODEL}"), receiver.span("invoke_workflow support")
    assert (call.parent_id, call.trace_id) == (parent.span_id, parent.trace_id)
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": f"{MODEL}-2024-07-18",
        "gen_ai.response.id": "chatcmpl-7",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "session.id": "s-1",
        "user.id": "u-1",
        "gen_ai.prompt.name": "support",
        "gen_ai.prompt.version": "7",
    }
    assert {key: call.attributes.get(key) for key in expected} == expected
    assert texts(call.attributes["gen_ai.input.messages"]) == [("user", QUESTION)]
    assert texts(call.attributes["gen_ai.output.messages"]) == [("assistant", "".join(ANSWER))]
    assert ("gen_ai.response.time_to_first_chunk" in call.attributes) is stream


def test_report_names_the_instrumentation_that_was_chosen(receiver: Receiver) -> None:
    spanhouse.init(receiver.url)
    (found,) = [item for item in spanhouse.report().instrumentations if item.target == "openai" and item.enabled]
    assert found.distribution == "opentelemetry-instrumentation-genai-openai"


def test_stream_helpers_of_the_client_work_on_a_followed_stream(receiver: Receiver, openai_url: str) -> None:
    spanhouse.init(receiver.url)
    faults = spanhouse.report().faults
    with openai.OpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
        with client.chat.completions.stream(model=MODEL, messages=[{"role": "user", "content": QUESTION}]) as stream:
            assert stream.get_final_completion().choices[0].message.content == "".join(ANSWER)
        with client.responses.stream(model=MODEL, input="Why?") as events:
            assert [event.type for event in events][-1] == "response.completed"
        raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}])
        assert raw.parse().choices[0].message.content == "".join(ANSWER)
    assert spanhouse.flush()
    assert [span.attributes["gen_ai.usage.output_tokens"] for span in receiver.spans] == [5, 5, 5]
    assert spanhouse.report().faults == faults


def test_span_of_a_stream_is_open_while_it_is_asked_for_and_not_while_it_is_read(receiver: Receiver, openai_url: str) -> None:
    inside: list[str] = []
    spanhouse.init(receiver.url)
    with openai.OpenAI(
        base_url=openai_url,
        api_key="none",
        http_client=openai.DefaultHttpxClient(
            event_hooks={"request": [lambda _: inside.append(spanhouse.current_span().span_id)]}
        ),
    ) as client:
        for _ in client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True):
            assert spanhouse.current_span().span_id == ""
    assert spanhouse.flush()
    assert inside == [receiver.span(f"chat {MODEL}").span_id]


@pytest.mark.usefixtures("no_tracer_provider")
@pytest.mark.parametrize(
    ("variable", "limit"), [("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", 3), ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", 6)]
)
def test_limits_that_the_application_set_hold_for_calls_of_the_client(
    receiver: Receiver,
    openai_url: str,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    limit: int,
) -> None:
    monkeypatch.setenv(variable, str(limit))
    spanhouse.init(receiver.url)
    with openai.OpenAI(base_url=openai_url, api_key="none") as client:
        ask(client, stream=False)
    assert spanhouse.flush()
    attributes = receiver.span(f"chat {MODEL}").attributes
    longest = max((len(value) for value in attributes.values() if isinstance(value, str)), default=0)
    assert (len(attributes) if variable.endswith("COUNT_LIMIT") else longest) == limit


def test_call_whose_span_the_application_ended_is_answered_and_the_span_stays_as_it_was(
    receiver: Receiver, openai_url: str, no_tracer_provider: None, caplog: pytest.LogCaptureFixture
) -> None:
    spanhouse.init(receiver.url)
    ends = [lambda _: opentelemetry.trace.get_current_span().end()]
    with openai.OpenAI(
        base_url=openai_url, api_key="none", http_client=openai.DefaultHttpxClient(event_hooks={"request": ends})
    ) as client:
        assert ask(client, stream=False) == "".join(ANSWER)
    assert spanhouse.flush()
    assert receiver.span(f"chat {MODEL}").attributes == {}
    assert "Setting attribute on ended span." in caplog.messages


def test_list_that_the_application_changes_after_the_call_is_recorded_as_it_was(
    receiver: Receiver, openai_url: str, no_tracer_provider: None
) -> None:
    spanhouse.init(receiver.url)
    with openai.OpenAI(base_url=openai_url, api_key="none") as client:
        stops: list[str] = ["END", "."]
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}], stop=stops)
        stops.append("later")
    assert spanhouse.flush()
    assert receiver.span(f"chat {MODEL}").attributes["gen_ai.request.stop_sequences"] == ["END", "."]


def test_chunk_that_comes_after_the_end_changes_nothing_of_the_span() -> None:
    span = TracerProvider(shutdown_on_exit=False).get_tracer("test").start_span("chat")
    call = calls.Call(chat.Chat(100), span, attributes={"gen_ai.request.model": MODEL})
    call.end()
    call.listen()
    assert isinstance(span, Span)
    assert span.attributes == {"gen_ai.request.model": MODEL}
