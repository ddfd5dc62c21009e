"""A request over the limit is cut before it is written.

OpenTelemetry's instrumentation writes all of it, for tens of milliseconds in which the application's loop stands still.
"""

import json
from collections.abc import Callable
from typing import Any, get_args

import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseErrorEvent, ResponseStreamEvent

import spanhouse
from spanhouse.content import CUT_MARK
from spanhouse.openai_calls import calls, chat, responses, texts
from tests.sdk.openai_server import MODEL
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

CALL = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
HUGE: dict[str, dict[str, Any]] = {
    "one text": {"messages": [{"role": "user", "content": "é" * 5_000_000}]},
    "one part": {"messages": [{"role": "user", "content": [{"type": "text", "text": "é" * 5_000_000}]}]},
    "many parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "é" * 10_000}] * 500}]},
    "too many parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "why?"}] * 50_000}]},
    "too many calls": {"messages": [{"role": "assistant", "tool_calls": [CALL] * 20_000}]},
    "many messages": {"messages": [{"role": "user", "content": "é" * 10_000}] * 500},
    "what a tool gave": {"messages": [{"role": "tool", "tool_call_id": "c-1", "content": "é" * 5_000_000}]},
    "too many messages": {"messages": [{"role": "user", "content": "why?"}] * 3_000},
    "too many items": {"input": [{"role": "user", "content": [{"type": "input_text", "text": "why?"}]}] * 3_000},
    "long items": {"input": [{"role": "user", "content": "é" * 10_000}] * 500},
    "long calls": {"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "[" * 5_000_000}] * 2},
    "what a function gave": {"input": [{"type": "function_call_output", "call_id": "c", "output": "é" * 5_000_000}]},
    "an input": {"input": "é" * 5_000_000, "instructions": "é" * 5_000_000},
}
MOST_QUOTED = 150_000  # characters: no more than may be written, and what is around it
MOST_QUOTES = 5_000


@pytest.mark.usefixtures("no_tracer_provider")
@pytest.mark.parametrize("what", HUGE)
def test_huge_request_is_cut_before_it_is_written(
    what: str, receiver: Receiver, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted: list[int] = []
    quote: Callable[[str], str] = texts.quoted

    def noted(text: str) -> str:
        quoted.append(len(text))
        return quote(text)

    monkeypatch.setattr(texts, "quoted", noted)
    started: list[calls.Call | None] = []
    start = calls.ShortWay.start

    def kept(*args: Any, **kwargs: Any) -> calls.Call | None:
        started.append(start(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(calls.ShortWay, "start", kept)
    spanhouse.init(receiver.url)
    arguments = HUGE[what]
    with openai.OpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
        asked: Any = client.chat.completions if "messages" in arguments else client.responses
        asked.create(model=MODEL, **arguments)
    assert spanhouse.flush()

    (span,) = receiver.spans
    written = [str(text) for key, text in span.attributes.items() if key.endswith(("input.messages", "instructions"))]
    assert len(written) == len(arguments)
    assert all("[cut]" in text and json.loads(text) for text in written)
    assert max(map(len, written)) < 800_000
    assert sum(quoted) <= MOST_QUOTED
    assert len(quoted) <= MOST_QUOTES
    assert None not in started  # by OpenTelemetry's code it would all be written


def test_of_very_many_tools_the_first_are_written() -> None:
    function = {"name": "look_up", "description": "Looks it up.", "parameters": {"type": "object", "properties": {}}}
    tools: list[Any] = [{"type": "function", "function": function}] * 500
    *first, mark = json.loads(str(texts.function_tools(tools, within="function", limit_chars=10_000)))
    assert first == [{**function, "type": "function"}] * len(first)
    assert (50 < len(first) < 100, mark) == (True, CUT_MARK)
    assert len(json.loads(str(texts.function_tools(tools, within="function", limit_chars=1_000_000)))) == 500
    for odd in ({"type": "web_search"}, {"type": "function", "function": {**function, "parameters": object}}):
        assert texts.function_tools([*tools, odd], within="function", limit_chars=1_000_000) is None


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "é" * 100},
        {"refusal": "é" * 100},
        {"tool_calls": [{"index": 0, "function": {"name": "look_up", "arguments": "é" * 100}}]},
    ],
    ids=lambda delta: next(iter(delta)),
)
def test_endless_stream_keeps_no_more_than_is_written(delta: dict[str, Any]) -> None:
    listener = chat._Listener(limit_chars=1_000)
    choice = {"index": 0, "finish_reason": None, "delta": delta}
    chunk = ChatCompletionChunk.model_validate({
        "id": "c-7", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]
    })  # fmt: skip
    for _ in range(5_000):
        listener.note(chunk)
    (heard,) = listener._choices.values()
    kept = [*heard.texts, *heard.refusals, *(piece for _, _, pieces in heard.calls.values() for piece in pieces)]
    assert len(kept) <= 500
    attributes: dict[str, Any] = {}
    listener.write(attributes)
    ((part,),) = [message["parts"] for message in json.loads(attributes["gen_ai.output.messages"])]
    assert part.get("content", part.get("arguments")) == "é" * 1_000 + CUT_MARK


def test_each_event_that_holds_a_response_or_an_error_is_listened_to() -> None:
    """The others, of which a stream has hundreds, are passed on unread."""
    events = get_args(get_args(ResponseStreamEvent)[0])
    telling = {event for event in events if "response" in event.model_fields} | {ResponseErrorEvent}
    assert telling == responses.InResponses.heard
