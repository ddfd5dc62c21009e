"""Who is in charge of the OpenAI client when it is instrumented, uninstrumented and instrumented again in one process."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai.resources.chat.completions import AsyncCompletions, Completions
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import spanhouse
from tests.sdk.openai_server import MODEL
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

NAME = f"chat {MODEL}"
MESSAGES: list[Any] = [{"role": "user", "content": "Why?"}]
Ask = Callable[[str], None]


@pytest.fixture(autouse=True)
def fresh_provider(no_tracer_provider: None) -> None:
    """Every test has a tracer provider of its own."""


def ask(url: str) -> None:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        client.chat.completions.create(model=MODEL, messages=MESSAGES)


def ask_async(url: str) -> None:
    async def call() -> None:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
            await client.chat.completions.create(model=MODEL, messages=MESSAGES)

    asyncio.run(call())


def methods() -> set[int]:
    """The identities of what the two clients have as ``create``: a wrapper is equal to what it wraps."""
    return {id(vars(owner)["create"]) for owner in (Completions, AsyncCompletions)}


both_clients = pytest.mark.parametrize("call", [ask, ask_async])


class OwnProvider:
    """A tracer provider of the application, beside the SDK's."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()


@pytest.fixture
def own() -> Iterator[OwnProvider]:
    """The application's own provider; what it instrumented is off again afterwards."""
    yield OwnProvider()
    if OpenAIInstrumentor().is_instrumented_by_opentelemetry:
        OpenAIInstrumentor().uninstrument()


def sent(receiver: Receiver) -> list[str]:
    assert spanhouse.flush()
    return [span.name for span in receiver.spans]


@both_clients
def test_uninstrumented_client_is_as_it_came_and_makes_no_span(receiver: Receiver, openai_url: str, call: Ask) -> None:
    plain = methods()
    spanhouse.init(receiver.url)
    assert not plain & methods()
    OpenAIInstrumentor().uninstrument()
    assert plain == methods()
    call(openai_url)
    assert sent(receiver) == []


def test_method_kept_from_before_makes_no_span_after_it(receiver: Receiver, openai_url: str) -> None:
    spanhouse.init(receiver.url)
    with openai.OpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
        kept = client.chat.completions.create
        OpenAIInstrumentor().uninstrument()
        kept(model=MODEL, messages=MESSAGES)
    assert sent(receiver) == []


@both_clients
def test_instrumented_again_by_the_application_its_provider_gets_the_one_span(
    receiver: Receiver, openai_url: str, own: OwnProvider, call: Ask
) -> None:
    spanhouse.init(receiver.url)
    OpenAIInstrumentor().uninstrument()
    OpenAIInstrumentor().instrument(tracer_provider=own.provider)
    call(openai_url)
    assert (len(own.spans), sent(receiver)) == (1, [])


@both_clients
def test_instrumented_before_by_the_application_its_provider_keeps_the_spans(
    receiver: Receiver, openai_url: str, own: OwnProvider, call: Ask
) -> None:
    OpenAIInstrumentor().instrument(tracer_provider=own.provider)
    spanhouse.init(receiver.url)
    call(openai_url)
    spanhouse.shutdown()
    call(openai_url)
    assert (len(own.spans), len(receiver.spans)) == (2, 0)


@both_clients
def test_nothing_is_traced_between_shutdown_and_the_next_init(receiver: Receiver, openai_url: str, call: Ask) -> None:
    plain = methods()
    spanhouse.init(receiver.url)
    spanhouse.shutdown()
    assert plain == methods()
    call(openai_url)
    spanhouse.init(receiver.url)
    call(openai_url)
    assert sent(receiver) == [NAME]


@both_clients
def test_init_after_everybody_had_the_client_makes_one_span_a_call(
    receiver: Receiver, openai_url: str, own: OwnProvider, call: Ask
) -> None:
    spanhouse.init(receiver.url)
    spanhouse.shutdown()
    OpenAIInstrumentor().instrument(tracer_provider=own.provider)
    call(openai_url)
    OpenAIInstrumentor().uninstrument()
    spanhouse.init(receiver.url)
    call(openai_url)
    assert (len(own.spans), sent(receiver)) == (1, [NAME])


@both_clients
def test_wrapper_of_another_library_on_top_keeps_working(receiver: Receiver, openai_url: str, call: Ask) -> None:
    seen: list[dict[str, Any]] = []

    def watch(wrapped: Callable[..., Any], instance: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        seen.append(kwargs)
        return wrapped(*args, **kwargs)

    spanhouse.init(receiver.url)
    owner = Completions if call is ask else AsyncCompletions
    below: Any = vars(owner)["create"]
    owner.create = type(below)(below, watch)  # type: ignore[method-assign]  # with wrapt, as most of them do
    call(openai_url)
    owner.create = below  # type: ignore[method-assign]
    call(openai_url)
    assert (sent(receiver), len(seen)) == ([NAME, NAME], 1)


def test_each_init_decides_anew_whether_texts_are_captured(receiver: Receiver, openai_url: str) -> None:
    texts = []
    for captured in (True, False, True):
        spanhouse.init(receiver.url, capture_content=captured)
        ask(openai_url)
        spanhouse.shutdown()
        texts.append("gen_ai.input.messages" in receiver.spans[-1].attributes)
    assert texts == [True, False, True]
