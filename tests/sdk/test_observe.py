"""``@observe`` on every shape of function, caught in memory."""

import asyncio
import gc
import inspect
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

import spanhouse
from spanhouse.testing import Captured


def attributes(captured: Captured, name: str) -> dict[str, object]:
    return attributes_of(captured.span(name))


def attributes_of(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_plain_function_keeps_arguments_and_result(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    def add(left: int, right: int = 2) -> int:
        return left + right

    assert add(1, right=3) == 4
    assert attributes(spanhouse_capture, "add") == {
        "spanhouse.input": '{"left": 1, "right": 3}',
        "spanhouse.output": "4",
    }


def test_tool_keeps_arguments_and_result_under_their_names(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(name="look_up_order", kind="tool")
    def look_up(order: str) -> dict[str, str]:
        return {"state": "sent", "order": order}

    look_up("o-7")
    found = attributes(spanhouse_capture, "execute_tool look_up_order")
    assert found["gen_ai.tool.call.arguments"] == '{"order": "o-7"}'
    assert json.loads(str(found["gen_ai.tool.call.result"])) == {"state": "sent", "order": "o-7"}


def test_workflow_of_one_text_becomes_messages(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(kind="workflow")
    def support(question: str) -> str:
        return question.upper()

    support("why?")
    found = attributes(spanhouse_capture, "invoke_workflow support")
    assert json.loads(str(found["gen_ai.input.messages"])) == [{"role": "user", "parts": [{"type": "text", "content": "why?"}]}]
    assert json.loads(str(found["gen_ai.output.messages"]))[0]["parts"][0]["content"] == "WHY?"


def test_retrieval_takes_the_text_as_its_query(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(kind="retrieval")
    def search(query: str, top_k: int) -> list[dict[str, object]]:
        return [{"id": "a1"}]

    search("refund", 3)
    found = attributes(spanhouse_capture, "retrieval search")
    assert found["gen_ai.retrieval.query.text"] == "refund"
    assert found["gen_ai.retrieval.documents"] == '[{"id": "a1"}]'


def test_method_does_not_capture_its_receiver(spanhouse_capture: Captured) -> None:
    class Shop:
        @spanhouse.observe(kind="tool")
        def refund(self, order: str, *reasons: str) -> None:
            pass

        @classmethod
        @spanhouse.observe(kind="tool")
        def close(cls, *, at: str) -> None:
            pass

    Shop().refund("o-7", "broken", "late")
    Shop.close(at="noon")
    refund = attributes(spanhouse_capture, "execute_tool refund")
    assert json.loads(str(refund["gen_ai.tool.call.arguments"])) == {"order": "o-7", "args": ["broken", "late"]}
    assert attributes(spanhouse_capture, "execute_tool close")["gen_ai.tool.call.arguments"] == '{"at": "noon"}'


def test_decorators_order_does_not_matter_and_callables_need_no_name(spanhouse_capture: Captured) -> None:
    class Shop:
        @spanhouse.observe(kind="tool")
        @classmethod
        def close(cls, at: str) -> str:
            return at

        @spanhouse.observe(kind="tool")
        @staticmethod
        def open(at: str) -> str:
            return at

    assert (Shop.close("noon"), Shop().open("nine")) == ("noon", "nine")
    assert spanhouse.observe(partial(int, base=2))("101") == 5
    assert [span.name for span in spanhouse_capture.spans] == ["execute_tool close", "execute_tool open", "int"]


def test_property_is_traced_in_either_order_and_stays_one(spanhouse_capture: Captured) -> None:
    class Order:
        state_now = "sent"

        def read(self) -> str:
            return self.state_now

        def write(self, value: str) -> None:
            self.state_now = value

        written: Any = property(read, write)
        above: Any = spanhouse.observe(name="above")(written)  # mypy refuses a decorator above ``@property``

        @property
        @spanhouse.observe
        def below(self) -> str:
            return self.state_now

    order = Order()
    assert (order.above, order.below) == ("sent", "sent")
    order.above = "back"
    assert order.above == "back"
    assert [(span.name, attributes_of(span)) for span in spanhouse_capture.spans] == [
        ("above", {"spanhouse.output": "sent"}),
        ("below", {"spanhouse.output": "sent"}),
        ("above", {"spanhouse.output": "back"}),
    ]


def test_class_is_left_as_it_is_and_the_report_says_why() -> None:
    class Shop:
        pass

    assert spanhouse.observe(Shop) is Shop
    assert spanhouse.report().faults["observe"] >= 1


class Asked:
    async def __call__(self, question: str) -> str:
        await asyncio.sleep(0)
        return question.upper()


async def _asked(question: str) -> str:
    return await Asked()(question)


@spanhouse.observe(name="asked")
@wraps(_asked)
def handed_on(question: str) -> Coroutine[Any, Any, str]:
    return _asked(question)


@pytest.mark.parametrize("ask", [spanhouse.observe(name="asked")(Asked()), handed_on], ids=["object", "handed on"])
async def test_span_of_what_is_awaited_lasts_until_it_is_there(
    spanhouse_capture: Captured, ask: Callable[[str], Coroutine[Any, Any, str]]
) -> None:
    assert await ask("why") == "WHY"
    (span,) = spanhouse_capture.spans
    assert attributes_of(span)["spanhouse.output"] == "WHY"


async def test_function_that_hands_on_a_coroutine_that_fails_raises_unchanged(spanhouse_capture: Captured) -> None:
    error = LookupError("nothing found")

    async def fail() -> None:
        assert spanhouse.current_span().span_id
        raise error

    @spanhouse.observe
    def hand_on() -> Coroutine[Any, Any, None]:
        return fail()

    with pytest.raises(LookupError) as raised:
        await hand_on()
    assert raised.value is error
    assert spanhouse.current_span().span_id == ""
    assert spanhouse_capture.span("hand_on").status.description == "nothing found"


def test_capture_can_be_switched_off_for_one_function(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(capture_input=False, capture_output=False)
    def login(password: str) -> str:
        return password

    login("hunter2")
    assert attributes(spanhouse_capture, "login") == {}


def test_current_span_is_the_observed_call(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(kind="llm")
    def ask(question: str) -> str:
        spanhouse.current_span().set_usage(input_tokens=3)
        spanhouse.current_span().set_input([{"role": "user", "content": "replaced"}])
        return "42"

    ask("6 * 7?")
    found = attributes(spanhouse_capture, "chat ask")
    assert found["gen_ai.usage.input_tokens"] == 3
    assert "replaced" in str(found["gen_ai.input.messages"])


def test_exception_passes_through_unchanged(spanhouse_capture: Captured) -> None:
    error = ValueError("nope")

    @spanhouse.observe
    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="nope") as raised:
        fail()
    assert raised.value is error
    assert spanhouse_capture.span("fail").status.status_code is StatusCode.ERROR


def test_signature_and_name_stay(spanhouse_capture: Captured) -> None:
    def original(left: int, *, right: str = "r") -> bool:
        """Says so."""
        return True

    observed: Callable[..., bool] = spanhouse.observe(original)
    assert inspect.signature(observed) == inspect.signature(original)
    assert (observed.__name__, observed.__doc__) == ("original", "Says so.")


async def test_coroutines_nest_like_their_calls(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    async def inner(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @spanhouse.observe
    async def outer() -> int:
        return sum(await asyncio.gather(inner(1), inner(2)))

    assert await outer() == 3
    parent = spanhouse_capture.span("outer").context
    inners = [span for span in spanhouse_capture.spans if span.name == "inner"]
    assert parent is not None
    assert [span.parent and span.parent.span_id for span in inners] == [parent.span_id] * 2


async def test_cancelled_coroutine_ends_its_span(spanhouse_capture: Captured) -> None:
    started = asyncio.Event()

    @spanhouse.observe
    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert attributes(spanhouse_capture, "wait")["error.type"] == "asyncio.exceptions.CancelledError"


def test_executor_carries_the_parent_with_a_copied_context(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    def work() -> None:
        pass

    with ThreadPoolExecutor(1) as pool, spanhouse.span("parent") as parent:
        pool.submit(copy_context().run, work).result()
    child = spanhouse_capture.span("work")
    assert child.parent is not None
    assert f"{child.parent.span_id:016x}" == parent.span_id


@spanhouse.observe(kind="llm")
def words(question: str) -> Iterator[str]:
    yield "Five "
    with spanhouse.span("inside"):
        yield "days."


def test_stream_keeps_its_text_and_the_time_to_its_first_piece(spanhouse_capture: Captured) -> None:
    with spanhouse.span("request") as request:
        stream = words("How long?")
    assert "".join(stream) == "Five days."
    span = spanhouse_capture.span("chat words")
    found = attributes(spanhouse_capture, "chat words")
    assert found["gen_ai.response.time_to_first_chunk"] == 0.001
    assert "Five days." in str(found["gen_ai.output.messages"])
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == request.span_id


def test_stream_is_not_the_parent_of_what_its_consumer_does(spanhouse_capture: Captured) -> None:
    with spanhouse.span("request") as request:
        for _ in words("How long?"):
            assert spanhouse.current_span().span_id == request.span_id


def test_abandoned_stream_ends_its_span(spanhouse_capture: Captured) -> None:
    stream = words("How long?")
    next(stream)
    del stream
    gc.collect()
    found = attributes(spanhouse_capture, "chat words")
    assert found["spanhouse.stream.abandoned"] is True
    assert "error.type" not in found


def test_stream_passes_on_what_is_sent_thrown_and_returned(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    def echo() -> Generator[str, str, str]:
        got = yield "first"
        try:
            yield got
        except KeyError as error:
            yield f"caught {error}"
        return "result"

    stream = echo()
    assert next(stream) == "first"
    assert stream.send("sent") == "sent"
    assert stream.throw(KeyError("k")) == "caught 'k'"
    with pytest.raises(StopIteration) as stopped:
        next(stream)
    assert stopped.value.value == "result"
    assert attributes(spanhouse_capture, "echo")["spanhouse.output"] == "firstsentcaught 'k'"


async def test_asynchronous_stream_keeps_its_text(spanhouse_capture: Captured) -> None:
    @spanhouse.observe(kind="llm")
    async def stream(question: str) -> AsyncIterator[str]:
        yield "Five "
        await asyncio.sleep(0)
        yield "days."

    assert [piece async for piece in stream("How long?")] == ["Five ", "days."]
    found = attributes(spanhouse_capture, "chat stream")
    assert found["gen_ai.response.time_to_first_chunk"] == 0.001
    assert "Five days." in str(found["gen_ai.output.messages"])


async def test_asynchronous_stream_closed_early_ends_its_span(spanhouse_capture: Captured) -> None:
    cleaned = []

    @spanhouse.observe(kind="llm")
    async def stream() -> AsyncIterator[str]:
        try:
            yield "Five "
            yield "days."
        finally:
            cleaned.append(True)

    pieces = stream()
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]  # an async generator, typed as its protocol
    assert cleaned == [True]
    assert attributes(spanhouse_capture, "chat stream")["spanhouse.stream.abandoned"] is True


async def test_failing_asynchronous_stream_raises_unchanged(spanhouse_capture: Captured) -> None:
    error = ConnectionError("gone")

    @spanhouse.observe(kind="llm")
    async def stream() -> AsyncIterator[str]:
        yield "Five "
        raise error

    with pytest.raises(ConnectionError) as raised:
        [piece async for piece in stream()]
    assert raised.value is error
    assert attributes(spanhouse_capture, "chat stream")["error.type"] == "ConnectionError"


def test_function_that_returns_a_generator_gives_back_that_generator(spanhouse_capture: Captured) -> None:
    source = iter((1, 2))

    @spanhouse.observe(capture_output=False)
    def numbers() -> Iterator[int]:
        return source

    assert numbers() is source
