"""The short way of the OpenAI client's calls writes the span that OpenTelemetry's own instrumentation writes."""

import asyncio
import contextlib
import json
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import openai
import opentelemetry.metrics._internal
import opentelemetry.trace
import pytest
from openai.resources.chat.completions import Completions
from openai.types.chat import ChatCompletionMessage
from opentelemetry.context import Context, attach, detach, set_value
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

import spanhouse
from spanhouse.openai_calls import calls
from tests.sdk import applications
from tests.sdk.openai_server import MODEL
from tests.sdk.otlp_receiver import ReceivedSpan, Receiver

pytestmark = pytest.mark.net

MESSAGES: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": 'Why "ö"?\n😀'}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "look_up", "description": "Finds an order.", "parameters": {"type": "object"}}}
]
CALLED: list[Any] = [
    {"role": "user", "content": "Where is A-17?"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c-1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": "A-17"}'}},
        {"id": "c-2", "type": "function", "function": {"name": "look_up", "arguments": "not JSON"}},
    ]},
    {"role": "tool", "tool_call_id": "c-1", "content": "sent"},
    {"role": "assistant", "content": [{"type": "text", "text": "It was"}, {"type": "text", "text": "sent."}]},
    ChatCompletionMessage(role="assistant", content="It was sent."),
    {"role": "user", "content": "When?", "name": "ada"},
    {"role": "assistant", "content": None},
]  # fmt: skip
# Arguments of a chat completion that take the short way, and of some that do not.
SHORT: dict[str, dict[str, Any]] = {
    "texts": {},
    "numbers": {"temperature": 0.5, "top_p": 1, "max_tokens": 5, "seed": 7, "presence_penalty": 0.1, "frequency_penalty": -1},
    "both limits": {"max_completion_tokens": 9, "max_tokens": 3, "user": "u-1"},
    "no messages": {"messages": []},
    "not given": {"temperature": openai.NOT_GIVEN, "tools": openai.omit, "stop": None},
    "choices": {"n": 2},
    "one choice": {"n": 1, "stop": "END"},
    "stops": {"stop": ["END", "."], "response_format": {"type": "json_object"}, "service_tier": "flex"},
    "tools": {"tools": TOOLS, "tool_choice": "auto", "parallel_tool_calls": False},
    "tools that were called": {"messages": CALLED, "tools": TOOLS, "service_tier": "auto"},
    "refused": {"user": "refused"},
    "cut short": {"max_tokens": 1, "extra_headers": {"x-request": "1"}},
}
LONG: dict[str, dict[str, Any]] = {
    "image": {
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]
    },
    "extra body": {"extra_body": {"max_completion_tokens": 9}},
    "tools that cannot be written": {"tools": ({"type": "function", "function": {"name": "look_up"}},)},
}
# Arguments of the Responses API.
RESPONSES_SHORT: dict[str, dict[str, Any]] = {
    "text": {},
    "instructions": {"instructions": "Be brief.", "max_output_tokens": 50},
    "numbers": {"temperature": 1, "top_p": 0.5, "service_tier": "flex"},
    "messages": {"input": [
        {"role": "user", "content": "Why?"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How?"}]},
    ]},
    "tools": {"tools": [{"type": "function", "name": "look_up", "parameters": {"type": "object"}, "strict": True}]},
    "tools that were called": {"input": [
        {"role": "user", "content": "Where?"},
        {"type": "function_call", "call_id": "c-1", "name": "look_up", "arguments": "{}"},
        {"type": "function_call", "call_id": "c-2", "name": "look_up", "arguments": "{"},
        {"type": "function_call_output", "call_id": "c-1", "output": "sent"},
    ]},
    "format": {"text": {"format": {"type": "json_object"}}, "reasoning": {"effort": "low"}},
    "failed": {"user": "failed"},
    "cut short": {"max_output_tokens": 1},
}  # fmt: skip
RESPONSES_LONG: dict[str, dict[str, Any]] = {
    "tools of the server": {"tools": [{"type": "web_search"}]},
    "conversation": {"conversation": "conv-1"},
    "thoughts": {"input": [{"type": "reasoning", "id": "rs-1", "summary": [{"type": "summary_text", "text": "Hm."}]}]},
}


@pytest.fixture(autouse=True)
def fresh_provider(no_tracer_provider: None) -> None:
    """Every test has a tracer provider of its own."""


class Keeping(SpanProcessor):
    """Keeps the spans that end."""

    def __init__(self, seen: list[ReadableSpan]) -> None:
        self._seen = seen

    def on_end(self, span: ReadableSpan) -> None:
        self._seen.append(span)


def is_short() -> bool:
    return getattr(getattr(Completions.create, "_self_wrapper", None), "__module__", "") == calls.__name__


class Rerouted(openai.OpenAI):
    """A client of the application's own making."""

    @property  # type: ignore[misc]  # nobody sets it
    def base_url(self) -> Any:
        return self._base_url.copy_with(host="localhost")


def ask(url: str, arguments: Mapping[str, Any], make: type[openai.OpenAI] = openai.OpenAI) -> None:
    with make(base_url=url, api_key="none", max_retries=0) as client:
        answer = client.chat.completions.create(**{"model": MODEL, "messages": MESSAGES, **arguments})
        if arguments.get("stream"):
            list(answer)


def ask_responses(url: str, arguments: Mapping[str, Any]) -> None:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        answer = client.responses.create(**{"model": MODEL, "input": "Why?", **arguments})
        if arguments.get("stream"):
            list(answer)


async def ask_async(url: str, arguments: Mapping[str, Any]) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        answer = await client.chat.completions.create(**{"model": MODEL, "messages": MESSAGES, **arguments})
        if arguments.get("stream"):
            [chunk async for chunk in answer]


async def ask_responses_async(url: str, arguments: Mapping[str, Any]) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        answer = await client.responses.create(**{"model": MODEL, "input": "Why?", **arguments})
        if arguments.get("stream"):
            [event async for event in answer]


@dataclass(frozen=True, slots=True)
class BothWays:
    """Makes the same call by OpenTelemetry's instrumentation and by the short way, and keeps what they wrote."""

    receiver: Receiver
    monkeypatch: pytest.MonkeyPatch

    def spans(self, call: Callable[[], object], *, short: bool = True) -> list[ReceivedSpan]:
        """Theirs, and ours. ``short`` says whether the second call is to take the short way."""
        started: list[object] = []
        start = calls.ShortWay.start
        faults = spanhouse.report().faults  # those of the process so far

        def noted(*given: Any, **named: Any) -> Any:
            started.append(start(*given, **named))
            return started[-1]

        with self.monkeypatch.context() as patch:
            patch.setattr(calls.ShortWay, "start", lambda *_, **__: None)
            call()
            patch.setattr(calls.ShortWay, "start", noted)
            call()
        assert spanhouse.flush()
        assert [one is not None for one in started] == [short]
        assert spanhouse.report().faults == faults
        return self.receiver.spans


@pytest.fixture
def both_ways(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> BothWays:
    spanhouse.init(receiver.url)
    assert is_short()
    return BothWays(receiver, monkeypatch)


def comparable(span: ReceivedSpan) -> dict[str, Any]:
    read = ("messages", "definitions", "instructions")
    parsed = {key: json.loads(str(value)) for key, value in span.attributes.items() if key.endswith(read)}
    passing = {"gen_ai.response.time_to_first_chunk": ...}
    attributes = {key: passing.get(key, value) for key, value in span.attributes.items()}
    return {
        "name": span.name,
        "scope": span.scope,
        "status": (span.status, span.status_text),
        "events": span.events,
        **attributes,
        **parsed,
    }


streamed_or_whole = pytest.mark.parametrize("streamed", [{}, {"stream": True}], ids=["whole", "streamed"])


@streamed_or_whole
@pytest.mark.parametrize("what", [*SHORT, *LONG])
def test_span_of_a_chat_completion_is_the_same_attribute_for_attribute(
    both_ways: BothWays, openai_url: str, what: str, streamed: dict[str, Any]
) -> None:
    arguments = {**SHORT, **LONG}[what] | streamed
    theirs, ours = both_ways.spans(lambda: ask(openai_url, arguments), short=what in SHORT)
    assert comparable(ours) == comparable(theirs)


@streamed_or_whole
@pytest.mark.parametrize("what", [*RESPONSES_SHORT, *RESPONSES_LONG])
def test_span_of_a_response_is_the_same_attribute_for_attribute(
    both_ways: BothWays, openai_url: str, what: str, streamed: dict[str, Any]
) -> None:
    arguments = {**RESPONSES_SHORT, **RESPONSES_LONG}[what] | streamed
    theirs, ours = both_ways.spans(lambda: ask_responses(openai_url, arguments), short=what in RESPONSES_SHORT)
    assert comparable(ours) == comparable(theirs)


@streamed_or_whole
@pytest.mark.parametrize("call", [ask_async, ask_responses_async])
def test_span_of_the_asynchronous_client_is_the_same(
    both_ways: BothWays, openai_url: str, call: Callable[..., Any], streamed: dict[str, Any]
) -> None:
    theirs, ours = both_ways.spans(lambda: asyncio.run(call(openai_url, streamed)))
    assert comparable(ours) == comparable(theirs)


def read_whole(stream: Any) -> None:
    list(stream)


def read_one_and_leave(stream: Any) -> None:
    next(iter(stream))


def read_one_and_close(stream: Any) -> None:
    for _ in stream:
        stream.close()
        break


def read_one_and_raise(stream: Any) -> None:
    with stream:
        next(stream)
        raise LookupError("nothing found")


def close_unread(stream: Any) -> None:
    with stream:
        pass


def read_and_change_the_chunks(stream: Any) -> None:
    assert isinstance(stream, openai.Stream)
    for chunk in stream:
        chunk.id = "changed"


READERS = [read_one_and_leave, read_one_and_close, read_one_and_raise, close_unread, read_and_change_the_chunks]


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize(("read", "user"), [*((reader, "u") for reader in READERS), (read_whole, "broken")])
def test_stream_that_ends_otherwise_is_recorded_the_same(
    both_ways: BothWays, openai_url: str, api: str, read: Callable[[Any], None], user: str
) -> None:
    def call() -> None:
        with openai.OpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
            create: Any = client.chat.completions.create if api == "chat" else client.responses.create
            said = {"messages": MESSAGES} if api == "chat" else {"input": "Why?"}
            with contextlib.suppress(LookupError, openai.APIError):
                read(create(model=MODEL, stream=True, user=user, **said))

    theirs, ours = both_ways.spans(call)
    assert comparable(ours) == comparable(theirs)


@streamed_or_whole
@pytest.mark.parametrize("call", [ask, ask_responses])
def test_answer_that_is_none_reaches_the_application_and_ends_the_span(
    receiver: Receiver, openai_url: str, call: Callable[..., None], streamed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    spanhouse.init(receiver.url)
    call(openai_url, {"user": "odd", **streamed})
    assert spanhouse.flush()
    assert receiver.span(f"chat {MODEL}").attributes["gen_ai.request.model"] == MODEL
    assert [record.message for record in caplog.records if "attribute" in record.message] == []


@pytest.mark.parametrize("how", ["left", "closed", "cancelled"])
async def test_asynchronous_stream_that_ends_early_is_recorded_the_same(both_ways: BothWays, openai_url: str, how: str) -> None:
    async def call() -> None:
        async with openai.AsyncOpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
            stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            if how == "cancelled":
                async with stream:
                    await anext(aiter(stream))
                    raise asyncio.CancelledError
            async for _ in stream:
                if how == "closed":
                    await stream.close()
                break

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(call())

    theirs, ours = await asyncio.to_thread(both_ways.spans, run)
    assert comparable(ours) == comparable(theirs)


def test_client_that_overrides_its_address_is_believed(both_ways: BothWays, openai_url: str) -> None:
    theirs, ours = both_ways.spans(lambda: ask(openai_url, {}, Rerouted))
    assert ours.attributes["server.address"] == theirs.attributes["server.address"] == "localhost"


def test_processor_of_the_application_sees_the_request_when_the_span_starts(receiver: Receiver, openai_url: str) -> None:
    models: list[object] = []

    class Watching(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - OpenTelemetry's name
            models.append((span.attributes or {}).get("gen_ai.request.model"))

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(Watching())
    opentelemetry.trace.set_tracer_provider(provider)
    spanhouse.init(receiver.url)
    assert is_short()
    ask(openai_url, {})
    assert models == [MODEL]


async def test_asynchronous_client_writes_it_too(receiver: Receiver, openai_url: str) -> None:
    await asyncio.to_thread(spanhouse.init, receiver.url)
    with spanhouse.span("support", kind="workflow") as parent:
        await ask_async(openai_url, {})
    await asyncio.to_thread(spanhouse.flush)
    call = receiver.span(f"chat {MODEL}")
    assert (call.parent_id, call.attributes["gen_ai.usage.output_tokens"]) == (parent.span_id, 5)


def test_call_that_fails_is_recorded_the_same_and_raises_unchanged(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    spanhouse.init(receiver.url)
    seen: list[ReadableSpan] = []
    provider = opentelemetry.trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(Keeping(seen))
    for start in (lambda *_, **__: None, calls.ShortWay.start):
        monkeypatch.setattr(calls.ShortWay, "start", start)
        with applications.nobody() as url, pytest.raises(openai.APIConnectionError):
            ask(url, {})
    theirs, ours = seen
    assert {**(ours.attributes or {}), "server.port": 0} == {**(theirs.attributes or {}), "server.port": 0}
    assert (ours.status.status_code, ours.status.description) == (theirs.status.status_code, theirs.status.description)


@pytest.mark.parametrize("watcher", ["metrics", "inference around it"])
def test_call_that_somebody_watches_goes_the_long_way(
    receiver: Receiver, openai_url: str, watcher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spanhouse.init(receiver.url)
    started: list[object] = []
    start = calls.ShortWay.start

    def noted(*given: Any, **named: Any) -> Any:
        started.append(start(*given, **named))
        return started[-1]

    monkeypatch.setattr(calls.ShortWay, "start", noted)
    token = attach(set_value("opentelemetry.genai.client.inference.context", "outer" if watcher == "inference around it" else ""))
    if watcher == "metrics":
        monkeypatch.setattr(opentelemetry.metrics._internal, "_METER_PROVIDER", MeterProvider(shutdown_on_exit=False))
    ask(openai_url, {})
    detach(token)
    assert started == [None]


@pytest.mark.parametrize("variable", ["OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK"])
def test_events_and_hooks_switch_the_short_way_off(receiver: Receiver, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "true")
    spanhouse.init(receiver.url)
    assert not is_short()


def test_short_way_stands_where_looking_for_packages_fails(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", types.ModuleType("anthropic"))  # as tests of applications put in its place
    spanhouse.init(receiver.url)
    assert is_short()


def test_no_texts_are_captured_when_content_is_off(receiver: Receiver, openai_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spanhouse.init(receiver.url, capture_content=False)
    assert is_short()
    ask(openai_url, {})
    spanhouse.flush()
    assert [key for key in receiver.span(f"chat {MODEL}").attributes if key.endswith("messages")] == []
