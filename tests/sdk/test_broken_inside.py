"""Whatever of ours fails, wherever it is called back, the application's calls of the client give what they gave before."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, NoReturn

import openai
import pytest
from opentelemetry.sdk.trace.sampling import ParentBased

import spanhouse
from spanhouse import call_context, instrumentation, losses, pipelines, startup
from spanhouse.delivery import Outbox
from spanhouse.openai_calls import calls, chat, streams
from spanhouse.processing import Gate
from tests.sdk.odd_values import InjectedError, fail
from tests.sdk.openai_server import ANSWER, MODEL
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

# Where the SDK is called back: by the client, by OpenTelemetry, by its own threads.
PLACES: dict[str, tuple[Any, str]] = {
    "request": (chat.Chat, "request"),
    "address": (calls.ShortWay, "_server_at"),
    "answer": (chat.Chat, "answer"),
    "listener": (chat._Listener, "__init__"),
    "chunk": (chat._Listener, "note"),
    "heard": (chat._Listener, "write"),
    "first chunk": (calls.Call, "listen"),
    "stream": (streams, "_FOLLOWED"),
    "attributes": (calls, "_PLAIN"),
    "sampler": (ParentBased, "should_sample"),
    "span's start": (call_context, "attributes_in"),
    "span's end": (Gate, "on_end"),
    "way out": (pipelines.Pipelines, "put_span"),
    "queue": (Outbox, "put"),
    "connection": (pipelines, "_spans_over_http"),
    "export": (pipelines, "outgoing_spans"),
    "losses": (losses.Losses, "tell"),
    "report": (pipelines.Pipelines, "problem"),
    "flush": (pipelines.Pipelines, "flush"),
    "instrumentations": (instrumentation, "disable"),
}


MESSAGES: Any = [{"role": "user", "content": "How long?"}]


_disable = instrumentation.disable


def fail_late(*args: Any) -> NoReturn:
    """Leaves no client instrumented for the tests behind it."""
    _disable(*args)
    raise InjectedError


# What stands in for a place that fails otherwise than at once.
STAND_INS: dict[str, Any] = {
    "attributes": None,
    "stream": {openai.Stream: object},  # which takes no state
    "report": property(fail),
    "instrumentations": fail_late,
}


@pytest.fixture(autouse=True)
def faults_may_be_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.CRITICAL)
    yield
    startup.shutdown()


@spanhouse.observe(kind="workflow")
def ask(url: str) -> list[str | None]:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client, spanhouse.context(session_id="s-1"):
        whole = client.chat.completions.create(model=MODEL, messages=MESSAGES)
        stream = client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        pieces = [choice.delta.content for chunk in stream for choice in chunk.choices]
        response = client.responses.create(model=MODEL, input="How long?")
        events = client.responses.create(model=MODEL, input="How long?", stream=True)
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    return [whole.choices[0].message.content, *pieces, response.output_text, *deltas]


@spanhouse.observe(kind="workflow")
async def ask_in_a_loop(url: str) -> list[str | None]:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        whole = await client.chat.completions.create(model=MODEL, messages=MESSAGES)
        stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        pieces = [choice.delta.content async for chunk in stream for choice in chunk.choices]
        response = await client.responses.create(model=MODEL, input="How long?")
        events = await client.responses.create(model=MODEL, input="How long?", stream=True)
        deltas = [event.delta async for event in events if event.type == "response.output_text.delta"]
    return [whole.choices[0].message.content, *pieces, response.output_text, *deltas]


@pytest.mark.usefixtures("no_tracer_provider")
@pytest.mark.parametrize("place", PLACES)
def test_application_gets_its_answers_whatever_fails(
    place: str, receiver: Receiver, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(*PLACES[place], STAND_INS.get(place, fail))
        spanhouse.init(receiver.url)
        told = ["".join(ANSWER), *ANSWER, None, "".join(ANSWER), *ANSWER]
        assert ask(openai_url) == told
        assert asyncio.run(ask_in_a_loop(openai_url)) == told
        spanhouse.flush(0.2)
        spanhouse.report()
        spanhouse.shutdown(0.2)
